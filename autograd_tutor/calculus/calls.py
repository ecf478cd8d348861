"""One operation of the program as its rule sees it: operands as numbers and as symbols, the edges it owns."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from autograd_tutor.calculus.graph import Flow
from autograd_tutor.calculus.ink import ink
from autograd_tutor.calculus.names import MODULE_HOOK, Names
from autograd_tutor.calculus.rule import Rule, Slope
from autograd_tutor.calculus.rules import find
from autograd_tutor.calculus.values import numbers
from autograd_tutor.trace import Edge, Operand, Operation, Trace

IGNORED = {"inplace", "out", "dtype", "requires_grad", "memory_format", "copy", "non_blocking", "device", "_stacklevel"}
"""Keywords that change no number a rule works with."""
SPELLINGS = {"axis": "dim", "keepdims": "keepdim", "ord": "p"}
"""Keywords that torch takes in numpy's spelling too."""
NO_OPTIONS = {"to", "clone", "contiguous", "detach", "data"}
"""Operations whose further arguments change no number."""
BY_ROW = {"cross_entropy", "nll_loss"}
"""Losses that are averaged over rows, not over elements."""
WEIGHED = {"cross_entropy(weight)", "nll_loss(weight)"}
"""Those that are divided by the sum of the rows' weights."""


class Unfit(Exception):
    """The call has a form that its rule does not know."""


@dataclass(frozen=True)
class Call:
    """An operation with its rule."""

    operation: Operation
    rule: Rule
    operands: tuple[Operand, ...]
    """The positional ones, as the rule's functions take them."""
    options: dict[str, Any]
    """The keyword ones, as plain values."""
    mapped: bool = False
    """It stands for one call on all examples of a vmap: its numbers are those of the first."""

    def numbers(self) -> list[Any]:
        """The operands as they were when the operation ran; raises `Unfit` if one was too large to keep."""
        return list(self._numbers)

    @cached_property
    def _numbers(self) -> tuple[Any, ...]:
        return tuple(_kept(operand) for operand in self.operands)

    def output(self) -> Any:
        """The output as it was then; a tuple where there are several."""
        return self._output

    @cached_property
    def _output(self) -> Any:
        values = [numbers(one) for one in self.operation.values]
        if not values or any(one is None for one in values):
            raise Unfit("too large")
        return values[0] if len(values) == 1 else tuple(values)

    def slope(self, position: int) -> Slope:
        """The rule's, as it is told at these numbers: where elements tie in words of its own."""
        slope = self.rule.slope(position)
        key = self.rule.form or (None if self.mapped else self.rule.where)
        if not slope.tied or key is None:
            return slope
        words, symbol = slope.tied.get(key(*self._numbers, **self.options), (slope.words, slope.symbol))
        return replace(slope, words=words, symbol=symbol)

    def places(self, names: Names) -> dict[str, str]:
        """The symbols by the letters that rules use in their words: `y` and `a`, `b`, `c`…; counts as `n`."""
        if names not in self._symbols:
            self._symbols[names] = self._places(names)
        return _Places(self._symbols[names])

    @cached_property
    def _symbols(self) -> dict[Names, _Places]:
        return {}

    def _places(self, names: Names) -> _Places:
        found = {
            letter: ink(names.operand(operand)).text for letter, operand in zip("abcdefgh", self.operands, strict=False)
        }
        for letter, operand in zip("abcdefgh", self.operands, strict=False):
            found[f"×{letter}"] = f"·{found[letter]}" if operand.tensor is not None else ""
        return _Places(
            found,
            y=names.of(self.operation.outputs[0]).text,
            n=str(self.count),
            per=self._per(found.get("c", "")),
            less=self._less,
            divisor=f"({self._less})" if " " in self._less else self._less,
            share="The mean of one element is that element"
            if self.count == 1
            else f"A mean shares what arrives equally, 1/{self.count} of it for each of its {self.count} elements",
        )

    @property
    def _less(self) -> str:
        """What a variance is divided by: `n − 1`, or `n` where it is not corrected."""
        if "unbiased" not in self.rule.parameters:
            return ""
        given = {**dict(zip(self.rule.parameters, self._numbers, strict=False)), **self.options}
        unbiased = given["dim"] if isinstance(given.get("dim"), bool) else given.get("unbiased", True)
        less = int(bool(unbiased)) if given.get("correction") is None else given["correction"]
        return f"n − {less}" if less else "n"

    @property
    def count(self) -> int:
        """How many elements of the first operand went into one of the output."""
        value, output = self.operands[0].value, self.operation.values[0]
        return value.numel // max(output.numel, 1) if value is not None else 1

    def _per(self, weight: str) -> str:
        """For a loss that is averaged, the division: `/3`; by the sum of the rows' weights where they have some."""
        value, reduction = self.operands[0].value, self.options.get("reduction", "mean")
        if value is None or reduction not in ("mean", "batchmean"):
            return ""
        if self.rule.name in WEIGHED and not self._shared:
            return f"/Σ{weight}"
        over = value.shape[0] if reduction == "batchmean" else self._rows if self._by_row else value.numel
        return f"/{over}" if over != 1 else ""

    @property
    def _by_row(self) -> bool:
        return self.rule.name.partition("(")[0] in BY_ROW

    @property
    def _shared(self) -> bool:
        """Whether a target gives a probability for each class."""
        value, target = self.operands[0].value, self.operands[1].value
        return value is not None and target is not None and value.shape == target.shape

    @property
    def _rows(self) -> int:
        """How many rows of classes are not ignored."""
        value, target = self.operands[0].value, numbers(self.operands[1].value)
        if self._shared and value is not None:
            return value.numel // value.shape[min(1, len(value.shape) - 1)]
        return int(np.sum(target != self.options.get("ignore_index", -100)))


class _Places(dict[str, str]):
    """Symbols by letter, the counts `n` and `per`; an operand that the call left out is a dot.

    `×c` is `·` and the symbol, or nothing if it was left out.
    """

    def __missing__(self, key: str) -> str:
        return "" if key.startswith("×") else "·"


CHECKPOINT = "checkpointfunction"
"""The Function in which torch runs what a reentrant checkpoint is given."""


def _own(trace: Trace, operation: Operation) -> bool:
    """Whether it is a torch.autograd.Function, of the program's or of torch's own in Python."""
    return any(trace.nodes[node].own for node in operation.nodes)


def opaque(trace: Trace, operation: Operation) -> str | None:
    """Why a torch.autograd.Function has no closed form; None for all other operations."""
    if not _own(trace, operation):
        return None
    what = operation.text.partition(" in ")[2] if operation.inside else operation.text
    why = {MODULE_HOOK: "has backward hooks", CHECKPOINT: "runs what it is given again in backward, out of sight"}
    return f"There is no closed form: {what} {why.get(operation.name, 'has a backward of its own')}."


SAVED = "saved"
"""The option by which a rule asks for what the operation's nodes saved for backward."""


def call(trace: Trace, operation: Operation) -> Call | None:
    """The operation with its rule, if there is one that fits the form of the call.

    A Function of the program's own has none, whatever it is called: `Clip` and `Exp` do as their author wrote.
    """
    rule = find(operation)
    if rule is None or not operation.outputs or _own(trace, operation):
        return None
    try:
        return _fitted(trace, operation, rule)
    except Unfit:
        return None


def _fitted(trace: Trace, operation: Operation, rule: Rule) -> Call:
    positional: list[Operand] = []
    named: dict[str, Operand] = {}
    behind: list[str] = []
    for operand in operation.inputs:
        keyword = SPELLINGS.get(operand.keyword or "", operand.keyword)
        if operand.items and rule.lists:
            positional += operand.items
            behind = list(rule.behind)
        elif keyword is None and behind:
            named[behind.pop(0)] = operand
        elif keyword in (None, rule.rest):
            positional.append(operand)
        elif keyword in rule.parameters:
            named[keyword] = operand
        elif operand.tensor is not None:
            positional.append(operand)
        elif keyword not in IGNORED:
            raise Unfit(keyword)
    if rule.name in NO_OPTIONS:
        positional, named = positional[:1], {}
    positional += _bound(rule, len(positional), named)
    options = {name: _value(operand) for name, operand in named.items()}
    if SAVED in rule.parameters:
        options[SAVED] = _saved(trace, operation)
    return Call(operation, rule, tuple(positional), options)


def _bound(rule: Rule, given: int, named: dict[str, Operand]) -> list[Operand]:
    """Up to the last tensor that was passed by keyword, the operands in the rule's order; taken out of `named`."""
    names = list(rule.parameters)[given:]
    last = max((at for at, name in enumerate(names) if name in named and named[name].tensor is not None), default=-1)
    return [named.pop(name, Operand(repr(rule.parameters[name]))) for name in names[: last + 1]]


def _saved(trace: Trace, operation: Operation) -> dict[str, Any]:
    """By name the numbers that the operation's nodes keep for backward."""
    kept = [one for node in operation.nodes for one in trace.nodes[node].saved]
    return {one.name: numbers(one.value) for one in kept if not isinstance(one.value, str)}


def _value(operand: Operand) -> Any:
    """A number, a numpy array, or for anything else (a slice, a tuple, a string) the constant it is written as.

    An index that holds tensors (`x[rows, 1:]`) is a tuple of such.
    """
    if operand.items:
        return tuple(_kept(item) for item in operand.items)
    found = numbers(operand.value)
    if found is not None or operand.tensor is not None:
        return found
    return constant(operand.constant or operand.text)


def _kept(operand: Operand) -> Any:
    value = _value(operand)
    if value is None and operand.tensor is not None:
        raise Unfit("too large")
    return value


def constant(text: str) -> Any:
    """A constant from its source: `1`, `(0, 1)`, `None`, `'sum'`, `1:3`, `..., 0`; raises `Unfit` for others."""
    try:
        body = ast.parse(f"_[{text}]", mode="eval").body
        assert isinstance(body, ast.Subscript)
        return _index(body.slice)
    except (SyntaxError, ValueError, AssertionError) as error:
        raise Unfit(text) from error


def _index(node: ast.expr) -> Any:
    match node:
        case ast.Tuple(elts=parts):
            return tuple(_index(part) for part in parts)
        case ast.Slice(lower=lower, upper=upper, step=step):
            return slice(*(None if part is None else ast.literal_eval(part) for part in (lower, upper, step)))
        case _:
            return ast.literal_eval(node)


def slots(flow: Flow, call: Call) -> list[tuple[int, int]]:
    """For each output of the operation, the node and the node's output at which its gradient arrives; no node (-1) for
    an operand that was handed on as it was."""
    own = flow.own(call.operation)
    if len(call.operation.outputs) == 1:
        tensor = flow.trace.tensors[call.operation.outputs[0]]
        return [(own[-1], tensor.output if tensor.node == own[-1] else 0)]
    found = []
    for at, output in enumerate(call.operation.outputs):
        tensor = flow.trace.tensors[output]
        if tensor.node is not None and tensor.node in call.operation.nodes:
            found.append((tensor.node, tensor.output))
        else:
            handed_on = output in [one.tensor for one in call.operands]
            found.append((-1, 0) if handed_on else (own[-1], at))
    return found


@dataclass(frozen=True)
class Way:
    """How the gradient of one operand leaves an operation."""

    edges: tuple[Edge, ...]
    """Mostly one. An operation made of several nodes may send it in parts (`softsign`), to the same place."""
    positions: tuple[int, ...]
    """The operand; all those that are the same tensor where its parts can't be told apart."""


def ways(flow: Flow, call: Call) -> list[Way]:
    """The edges that leave the operation's nodes, by the operand they lead to.

    Edges lead where their operand came from; two edges to the same place (`x * x`) stand in the
    operands' order. Raises `Unfit` where that is not clear.
    """
    own = set(flow.own(call.operation))
    edges = [edge for node in own for edge in flow.index.tails.get(node, ()) if edge.head not in own]
    edges.sort(key=lambda edge: (edge.tail, edge.input))
    tracked = [at for at, operand in enumerate(call.operands) if operand.requires_grad]
    sources: dict[tuple[int | None, int], list[int]] = {}
    for at in tracked:
        tensor = flow.trace.tensors[call.operands[at].tensor or 0]
        sources.setdefault((tensor.node, tensor.output), []).append(at)
    heads: dict[tuple[int | None, int], list[Edge]] = {}
    for edge in edges:
        heads.setdefault((edge.head, edge.output), []).append(edge)
    found: list[Way] = []
    unmatched: list[int] = []
    for source, positions in sources.items():
        parts = heads.pop(source, [])
        if not parts:  # only its shape counts (`x.view_as(other)`), or it is another tensor by now
            unmatched += positions
        elif len(parts) == len(positions):
            found += [Way((edge,), (at,)) for edge, at in zip(parts, positions, strict=True)]
        else:
            found.append(Way(tuple(parts), tuple(positions)))
    rest = [edge for parts in heads.values() for edge in parts]
    if rest and len(rest) != len(unmatched):
        raise Unfit("not one edge for each operand")
    if rest:  # an operand was written to since: its tensor is what it became
        found += [Way((edge,), (at,)) for edge, at in zip(rest, unmatched, strict=True)]
    return found
