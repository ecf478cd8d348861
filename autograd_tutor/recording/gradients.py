"""Reads and writes of .grad, and the resets that a replay needs to know of."""

from __future__ import annotations

from typing import Any

import torch

from autograd_tutor.recording.calls import Asked
from autograd_tutor.recording.drafts import TensorDraft
from autograd_tutor.recording.graph import extend
from autograd_tutor.recording.state import State
from autograd_tutor.recording.tape import Reset
from autograd_tutor.recording.unfolded import unfold
from autograd_tutor.recording.values import copy
from autograd_tutor.trace import Span

_CLEARS = frozenset({"zero", "foreach_zero"})
SAME_MEMORY = frozenset({"data", "detach", "view", "reshape", "flatten"})


def accessed(state: State, asked: Asked, result: Any) -> None:
    """After `x.grad`, `x.grad = …` or `del x.grad`."""
    owner = state.tensor(asked.args[0])
    span = asked.site.span if asked.site is not None else None
    text = f"{owner.label}.grad"
    if asked.raw == "grad.__get__":
        if result is not None:
            own(state, owner, result)
        if asked.direct:
            state.event("read", text, span, owner.id, empty=result is None)
        return
    state.event("write", text, span, owner.id)
    if asked.raw == "grad.__delete__" or asked.args[1] is None:
        _reset(state, owner.id)
    elif state.by_identity.get(id(asked.args[1])) is None or state.tensor(asked.args[1]).owner != owner.id:
        owner.filled = True
        own(state, owner, asked.args[1])
        _reset(state, owner.id, asked.args[1])


def after(state: State, asked: Asked, given: tuple[tuple[int, TensorDraft], ...], made: list[TensorDraft]) -> None:
    """After any other call: it may have written into a gradient, or made another view of one."""
    if asked.in_place:
        span = asked.site.span if asked.site is not None else None
        for draft in made:
            if draft.owner is not None:
                state.event("write", f"{state.tensors[draft.owner].label}.grad", span, draft.owner)
                if asked.name in _CLEARS or _nothing(draft.held):
                    _reset(state, draft.owner)
                elif asked.name == "fill":
                    _reset(state, draft.owner, draft.held)
                else:
                    state.tape.edits.append(_now(state, draft.owner, draft.held))
    elif asked.name in SAME_MEMORY and given:
        for draft in made:
            draft.owner = given[0][1].owner


def own(state: State, owner: TensorDraft, gradient: Any, span: Span | None = None) -> TensorDraft:
    """A tensor that is some tensor's .grad; with a graph of its own if a pass with create_graph left it there."""
    text = f"{owner.label}.grad"
    draft = state.tensor(gradient, text)
    draft.owner = owner.id
    if gradient.grad_fn is not None:
        new = extend(state, gradient.grad_fn, text, None, span or owner.span)
        unfold(state, gradient.grad_fn, new, max(len(state.passes) - 1, 0), draft)
    return draft


def _reset(state: State, tensor: int, held: torch.Tensor | None = None) -> None:
    state.tape.resets.append(_now(state, tensor, None if held is None or _nothing(held) else held))
    state.tape.edits = [one for one in state.tape.edits if one.tensor != tensor]  # all of them are gone


def _now(state: State, tensor: int, held: torch.Tensor | None) -> Reset:
    return Reset(tensor, len(state.tape.calls), len(state.passes), None if held is None else copy(held))


def _nothing(gradient: torch.Tensor) -> bool:
    """It is all zeros."""
    if gradient.is_meta:
        return False
    return not bool((gradient if gradient.layout is torch.strided else gradient.to_dense()).any())
