"""The graph of a gradient as operations: what torch called itself, in a pass with create_graph."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from autograd_tutor.recording.drafts import Handle, NodeDraft, TensorDraft
from autograd_tutor.recording.graph import kept, name_of, signed
from autograd_tutor.recording.recipes import RECIPES, Edge, Part, Recipe, Setting, Shape
from autograd_tutor.recording.spread import batches_of, over
from autograd_tutor.recording.state import State
from autograd_tutor.recording.values import copy, plain
from autograd_tutor.recording.wrappers import apart, bare, wrapped
from autograd_tutor.trace import Batch, Operand, Operation

LONGEST = 40
"""A longer operand is three dots in the text of an operation."""
_LEVELS: dict[type, int] = {ast.Add: 1, ast.Sub: 1, ast.Mult: 2, ast.Div: 2, ast.MatMult: 2, ast.Pow: 4}
"""How tightly an operator binds."""
_MINUS, _ATOM = 3, 5


def unfold(state: State, root: Handle, new: Sequence[int], pass_: int, made: TensorDraft) -> None:
    """Turn the `new` nodes from `root` on, which made `made`, into operations, as far as they tell what they do."""
    if not new:
        return
    state.by_node[root].tensor = made.id
    wanted = {node for node in new if state.nodes[node].operation is None}
    saved = {handle: _saved(state, handle) for handle in _below(state, root, wanted)}
    tensors = (value for values in saved.values() for value in values.values() if isinstance(value, torch.Tensor))
    outputs = {value.grad_fn: value for value in tensors}
    for handle in reversed(saved):
        recipe = RECIPES.get(name_of(handle))
        if recipe is not None:
            with apart():  # inside a torch.func transform too these are calls on plain tensors
                state.safely(_Unfolding(state, handle, recipe, saved[handle], outputs.get(handle), pass_).add)


def _below(state: State, root: Handle, wanted: set[int]) -> Iterator[Handle]:
    """torch's nodes for `wanted`, each before those that it leads to."""
    found = {}
    waiting = [root]
    while waiting:
        handle = waiting.pop()
        draft = state.by_node.get(handle)
        if draft is not None and draft.id in wanted and draft.id not in found:
            found[draft.id] = handle
            waiting += [child for child, _ in handle.next_functions if child is not None]
    yield from (found[node] for node in sorted(found, reverse=True))


def _saved(state: State, handle: Handle) -> dict[str, Any]:
    return {name: value for name, value, _ in kept(state, handle)}


class Untold(Exception):
    """The node does not tell enough."""


@dataclass
class _Unfolding:
    """One node on its way to an operation."""

    state: State
    handle: Handle
    recipe: Recipe
    saved: dict[str, Any]
    """What the node keeps, by name."""
    output: torch.Tensor | None
    """As a node that uses it keeps it."""
    pass_: int

    def add(self) -> None:
        """Append the operation, its output as a tensor of the trace, if the node tells what they are."""
        state, draft = self.state, self.state.by_node[self.handle]
        if any(self.saved.get(name) != usual for name, usual in self.recipe.usual):
            return
        try:
            values = self._values()
        except Untold:
            return
        batch = self._batch() if state.levels else ()
        if batch and not self._single(values, batch):
            return
        operands = tuple(self._operand(one, value) for one, value in zip(self.recipe.operands, values, strict=True))
        text = self.recipe.text.format(*(_within(one.text, self.recipe.text) for one in operands))
        made = self._made(values, draft, text, batch)
        if made is None:
            return
        draft.operation, draft.text, draft.tensor = len(state.operations), text, made.id
        state.operations.append(
            Operation(
                len(state.operations),
                self.recipe.name,
                text,
                draft.span,
                inputs=operands,
                outputs=(made.id,),
                values=(state.now(made).value,),
                nodes=(draft.id,),
                call=state.call,
                pass_=self.pass_,
            )
        )

    def _values(self) -> list[Any]:
        """Each operand's; raises `Untold` if one is not known."""
        found = [self._value(one) for one in self.recipe.operands]
        for at, one in enumerate(self.recipe.operands):
            if found[at] is None and isinstance(one, Edge):
                other = next((value for value in found if isinstance(value, torch.Tensor)), None)
                if one.unseen is None or self.output is None or other is None:
                    raise Untold
                found[at] = _single(one.unseen(bare(self.output).detach(), other))
        return found

    def _value(self, one: Part) -> Any:
        """A tensor, detached; a plain value; or None."""
        if isinstance(one, Shape):
            return self._shape()
        value = self.saved.get(one.saved)
        if isinstance(one, Setting):
            return signed(value)
        source = self._source(one)
        if source is not None:
            return source.bare.detach() if value is None else bare(value).detach()
        return bare(value).detach() if isinstance(value, torch.Tensor) else value

    def _source(self, one: Edge) -> TensorDraft | None:
        """The tensor at the other end of an edge; None without an edge; raises `Untold` if it is not known."""
        child, number = self._edge(one)
        if child is None:
            return None
        node = self.state.by_node[child]
        candidates = [node.tensor]
        if node.operation is not None:
            candidates += self.state.operations[node.operation].outputs
        for id_ in candidates:
            known = self.state.tensors[id_] if id_ is not None else None
            if known is None:
                continue
            made = known.kept == node.id or (known.grad_fn is child and known.held.output_nr == number)
            if made or node.kind == "accumulate":
                return known
        return self._kept(one, child, node)

    def _kept(self, one: Edge, child: Handle, node: NodeDraft) -> TensorDraft:
        """A tensor that no call of the program's returned, as this node keeps it."""
        value = self.saved.get(one.saved)
        if not isinstance(value, torch.Tensor) or value.grad_fn is not child:
            raise Untold
        known = self.state.made(value, None, None)
        if not known.label:
            known.label, known.span = f"{_snake(node.name)}(…)", node.span
        self._unwrap(known)
        if node.tensor is None:
            node.tensor = known.id
        return known

    def _unwrap(self, draft: TensorDraft) -> None:
        """Of a tensor inside a transform that only a node has kept: its numbers are in what it wraps."""
        if wrapped(draft.bare):
            draft.bare, draft.batch = bare(draft.bare).detach(), batches_of(self.state, draft.bare)
            if draft.outside:
                self.state.leaves[draft.id] = copy(draft.bare)

    def _shape(self) -> tuple[int, ...]:
        metadata = getattr(self.handle, "_input_metadata", None)
        if metadata:
            return tuple(metadata[0].shape)
        if self.output is None:
            raise Untold
        return tuple(self.output.shape)

    def _edge(self, one: Edge) -> tuple[Handle | None, int]:
        following = self.handle.next_functions
        child, number = following[one.index] if one.index < len(following) else (None, 0)
        return child, number

    def _operand(self, one: Part, value: Any) -> Operand:
        state = self.state
        if not isinstance(one, Edge):
            return Operand(_number(value), None, plain(value))
        source = self._source(one)
        if source is not None:
            return Operand(source.label or "a tensor", source.id, state.now(source).value, requires_grad=True)
        value = _single(value)
        if not isinstance(value, torch.Tensor):
            return Operand(_number(value), None, plain(value))
        saved = self.saved.get(one.saved)
        known = state.tensor(saved if isinstance(saved, torch.Tensor) else value, _ones(value))
        self._unwrap(known)
        return Operand(known.label or "a tensor", known.id, state.now(known).value)

    def _batch(self) -> tuple[Batch, ...]:
        """Inside a vmap: what the first dimensions of the operands' numbers count."""
        sources = [self._source(one) for one in self.recipe.operands if isinstance(one, Edge)]
        return max((over(self.state, self.saved), *(one.batch for one in sources if one is not None)), key=len)

    def _single(self, values: list[Any], batch: tuple[Batch, ...]) -> bool:
        """Whether each example is one number, with which the call can be made for all of them at once."""
        sizes = _sizes(batch)
        bound = any(isinstance(one, Shape) or "dim" in getattr(one, "saved", "") for one in self.recipe.operands)
        return not bound and all(one.shape in ((), sizes) for one in values if isinstance(one, torch.Tensor))

    def _made(self, values: list[Any], draft: NodeDraft, text: str, batch: tuple[Batch, ...]) -> TensorDraft | None:
        """The output: a tensor of the program's, or the same call made again."""
        state = self.state
        known = None if draft.tensor is None else state.tensors[draft.tensor]
        if known is not None and known.grad_fn is self.handle:
            return known
        with torch.no_grad(), torch.inference_mode(False):
            made = self.recipe.make(*values)
        if not isinstance(made, torch.Tensor) or (batch and made.shape != _sizes(batch)):
            return None
        new = state.made(made, len(state.operations), None)
        new.label, new.span, new.kept, new.batch = text, draft.span, draft.id, batch
        return new


def _sizes(batch: tuple[Batch, ...]) -> tuple[int, ...]:
    return tuple([one.size for one in batch])


def _snake(name: str) -> str:
    """`LogSoftmaxBackward0` as `log_softmax`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.rstrip("0123456789").removesuffix("Backward")).lower()


def _single(value: Any) -> Any:
    """A constant of one element without axes as a plain number."""
    if isinstance(value, torch.Tensor) and not value.dim():
        return value.item()
    return value


def _number(value: Any) -> str:
    whole = isinstance(value, float) and math.isfinite(value) and value == int(value) and abs(value) < 1e6
    return str(int(value)) if whole else f"{value:.6g}" if isinstance(value, float) else repr(value)


def _ones(value: torch.Tensor) -> str:
    """What to call a constant tensor that has no name."""
    if bool((value == 1).all()):
        return f"torch.ones({', '.join(map(str, value.shape))})"
    return "…"


def _within(text: str, template: str) -> str:
    """An operand's text inside another's: in parentheses where Python would need them, short."""
    if len(text) > LONGEST:
        return "…"
    try:
        own, outer = (
            ast.parse(one, mode="eval").body
            for one in (text.replace("…", "e"), template.replace("{", "a").replace("}", "b"))
        )
    except (SyntaxError, ValueError):  # a label that is no expression
        return text
    return f"({text})" if _level(own) <= _binding(outer) else text


def _level(node: ast.expr) -> int:
    """How tightly an expression holds together."""
    if isinstance(node, ast.BinOp):
        return _LEVELS.get(type(node.op), 0)
    return _MINUS if isinstance(node, ast.UnaryOp) else _ATOM


def _binding(template: ast.expr) -> int:
    """Up to which level a template's operands need parentheses."""
    if isinstance(template, ast.Call):
        return _ATOM - 1 if isinstance(template.func, ast.Attribute) and template.func.value.id.startswith("a") else 0  # type: ignore[attr-defined]
    return _level(template)
