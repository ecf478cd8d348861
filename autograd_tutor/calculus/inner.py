"""What single nodes do inside an operation that has no rule of its own, as an LSTM cell: by the rules of their kind.

torch names a node by what was called there, and the node keeps what its slope is made of, under the names of torch's
derivatives.yaml. So the rule of that name is asked, with what was kept as its operands; what was not kept is nan,
and a rule that needs it gives nan. It is believed where it gives what torch sent along the edge.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_tutor.calculus.calls import SPELLINGS, Call
from autograd_tutor.calculus.ink import Ink, ink
from autograd_tutor.calculus.local import FAILURES, local
from autograd_tutor.calculus.rule import Rule, written
from autograd_tutor.calculus.rules import find
from autograd_tutor.calculus.values import close, numbers, plain, precision
from autograd_tutor.trace import Array, Node, Operand, Operation

Kept = dict[str, Any]
"""What a node keeps, by name."""

_NAMES = {
    "to_copy": "to", "reshape_alias": "reshape", "safe_softmax": "softmax", "nll_loss2d": "nll_loss",
    "clamp_min": "clamp", "clamp_max": "clamp",
    "linalg_inv_ex": "inverse", "linalg_solve_ex": "solve", "linalg_cholesky_ex": "cholesky", "index": "getitem",
    "im2_col": "unfold", "unfold": "unfold(dimension)", "col2_im": "fold",
}  # fmt: skip
"""Of nodes that are called otherwise than their operation."""
_POSITIONS = {
    "self": 0, "A": 0, "other": 1, "exponent": 1, "vec": 1, "tensor": 1, "B": 1,
    "mat1": 1, "batch1": 1, "tensor1": 1, "vec1": 1, "mat2": 2, "batch2": 2, "tensor2": 2, "vec2": 2,
}  # fmt: skip
"""Where operands stand that rules know by letters; without a first summand those of a product stand one earlier."""
_BEHIND = {"where": 1, "embedding": 1}
"""How many operands without a gradient stand before those that have one."""
_SAME_SIDE = frozenset({"relu"})
"""Whose result lies above 0 where the operand does: only it is kept."""
_REDUCTIONS = ("none", "mean", "sum")
_PICKS = frozenset({"sort", "topk", "kthvalue", "median", "max", "min", "aminmax"})
"""Their rules see numbers that their nodes do not keep; but they move numbers and change none."""
_LETTERS = "abcdefgh"


class _Letters:
    """Stands for `Names`: inside an operation nothing has a name."""

    def operand(self, operand: Operand) -> Ink:
        return Ink(operand.text)

    def of(self, tensor: int) -> Ink:
        return Ink("y")


_AS_LETTERS: Any = _Letters()


@dataclass(frozen=True)
class _Kept(Call):
    """A node as its rule sees it."""

    given: tuple[Any, ...] = ()
    result: Any = None

    @property
    def _numbers(self) -> tuple[Any, ...]:
        return self.given

    @property
    def _output(self) -> Any:
        return self.result


@dataclass(frozen=True, slots=True)
class Inner:
    """A node's edge that its rule accounts for."""

    symbol: str
    """`∂(a·b)/∂a = b`; `y` is what the node gave."""
    words: str
    """Why, as a sentence without its point."""
    local: Array | None
    """The slope, elementwise; None where it has no such form."""
    several: bool = False
    """Gradients arrived at several of its outputs."""


def inner(node: Node, input_: int, upstreams: tuple[Array | None, ...], sent: Array | None) -> Inner | None:
    """The rule that accounts for what a node sent along its edge number `input_`; None if none does."""
    given, arrived = numbers(sent), [numbers(one) for one in upstreams if one is not None]
    name = re.sub(r"(?<!^)(?=[A-Z][a-z])", "_", re.sub(r"Backward\d*$", "", node.name)).lower()
    rule = find(Operation(0, _NAMES.get(name, name), "", None))
    if rule is None or sent is None or given is None or not arrived or any(one is None for one in arrived):
        return None
    position = input_ + _BEHIND.get(rule.name, 0)
    try:
        call = _call(rule, node, position, np.asarray(arrived[0]), given)
        if (rule.moves or rule.name in _PICKS) and _moved(arrived, given):
            return Inner(*_told(call, position), None, len(arrived) > 1)
        if any(one is not None for one in upstreams[1:]):
            return None
        found = local(call, position, arrived[0])
        if not close(found.contribution, given, 10 * precision(sent.dtype), float(np.max(np.abs(given), initial=0.0))):
            return None
        return Inner(*_told(call, position), None if found.factor is None else plain(found.factor, sent.dtype))
    except FAILURES:
        return None


def _call(rule: Rule, node: Node, position: int, arrived: Any, sent: Any) -> _Kept:
    """The rule with what the node kept; nan in place of the rest."""
    kept = {
        SPELLINGS.get(one.name, one.name): _value(one.value) for one in node.saved if not isinstance(one.value, str)
    }
    less = len(rule.slopes) < 3
    for name, place in _POSITIONS.items():
        if name in kept:
            kept.setdefault(str(place - (less and name[-1] in "12")), kept[name])
    if rule.name in _SAME_SIDE:
        kept.setdefault("0", kept.get("result"))
    if "reduction" in kept:
        kept["reduction"] = _REDUCTIONS[kept["reduction"]]
    names = [] if rule.rest and len(rule.parameters) == 1 else [one for one in rule.parameters if one != rule.rest]
    count = max(len(rule.slopes), position + 1)
    operands = []
    for at in range(count):
        name = names[at] if at < len(names) else ""
        default = rule.parameters.get(name)
        operand: Any = kept.get(name, kept.get(str(at), default if isinstance(default, int | float | None) else np.nan))
        if at == position and np.shape(operand) != np.shape(sent):
            operand = np.full_like(sent, np.nan)
        operands.append(operand)
    if rule.rest and rule.moves:
        operands += [kept.get(rule.rest, arrived.shape)]
    options = {name: kept[name] for name in names[count:] if name in kept}
    result = kept.get("result", kept.get("result0", np.full_like(arrived, np.nan)))
    letters = tuple(
        Operand(_LETTERS[at], at, Array(str(sent.dtype), np.shape(one))) for at, one in enumerate(operands[:count])
    )
    made = Array(str(sent.dtype), arrived.shape)
    operation = Operation(0, rule.name, "", inputs=letters, outputs=(count,), values=(made,))
    return _Kept(operation, rule, letters, options, False, tuple(operands), result)


def _value(value: Any) -> Any:
    """What was kept: a number, numbers, or a tuple of plain ones."""
    return value.data if value.dtype == "python" and value.shape else numbers(value)


def _told(call: _Kept, position: int) -> tuple[str, str]:
    """The slope in symbols, `a`, `b`… for the operands; and the words for it."""
    slope, inks = call.slope(position), [Ink(letter) for letter in _LETTERS[: len(call.operands)]]
    output = Ink("y")
    if slope.local is not None:
        with suppress(*FAILURES):
            output = ink(call.rule.forward(*inks, **call.options))
    places = call.places(_AS_LETTERS)
    places["it"] = _LETTERS[position]
    symbol = written(slope, output, list(inks), places, **call.options)
    return f"∂{output.within(3)}/∂{_LETTERS[position]} = {symbol}", slope.words.format_map(places)


def _moved(arrived: list[Any], sent: Any) -> bool:
    """Whether all numbers of `sent` but zeros arrived."""
    return bool(np.isin(sent[sent != 0], np.concatenate([np.ravel(one) for one in arrived])).all())
