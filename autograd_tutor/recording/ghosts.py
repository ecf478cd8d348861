"""Operations that torch did not record though the learner would expect it: ghost nodes, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from autograd_tutor.recording.calls import COPIES, FACTORIES, LEAVES_TORCH
from autograd_tutor.recording.drafts import NodeDraft, State, TensorDraft
from autograd_tutor.recording.graph import connect, leaf_node
from autograd_tutor.recording.source import Site
from autograd_tutor.trace import Reason


@dataclass(frozen=True, slots=True)
class Inputs:
    """How the tensors given to a call stood to autograd just before it."""

    live: bool
    """One of them required grad."""
    cut: int | None
    """The ghost that made one of them, if none is live."""
    frozen: bool

    @classmethod
    def of(cls, drafts: list[TensorDraft]) -> Inputs:
        """Of the tensors given."""
        return cls(
            any(draft.held.requires_grad for draft in drafts),
            next((draft.ghost for draft in drafts if draft.ghost is not None), None),
            any(draft.frozen for draft in drafts),
        )


def leaves(raw: str, inputs: Inputs) -> bool:
    """The call takes a tracked value out of torch."""
    return raw in LEAVES_TORCH and (inputs.live or inputs.cut is not None or inputs.frozen)


def after(
    state: State,
    raw: str,
    name: str,
    operation: int,
    site: Site | None,
    given: list[torch.Tensor],
    drafts: list[TensorDraft],
    inputs: Inputs,
    made: list[TensorDraft],
    nodes: list[int],
    result: Any,
) -> list[int]:
    """The ghost of a call, if it is one; and ghost edges from a real node to operands that were cut off."""
    lost = [draft for draft in made if not draft.held.requires_grad]
    if nodes:
        _touch(state, nodes[0], drafts, only_cut=True)
    expected = inputs.live or inputs.cut is not None or inputs.frozen
    if not expected or raw in FACTORIES or name == "requires_grad" or (made and not lost) or nodes:
        return []
    reason = _reason(raw, inputs, lost)
    origin = None
    if reason == "downstream" and inputs.cut is not None:
        before = state.nodes[inputs.cut]
        origin = before.cut if before.cut is not None else before.id
    ghost = NodeDraft(
        id=len(state.nodes),
        kind="ghost",
        name=name,
        text=site.text if site else name,
        operation=operation,
        tensor=lost[0].id if lost else None,
        span=site.span if site else None,
        reason=reason,
        cut=origin,
    )
    state.nodes.append(ghost)
    _touch(state, ghost.id, drafts, only_cut=False)
    for draft in lost:
        draft.ghost = ghost.id
    return [ghost.id]


def _reason(raw: str, inputs: Inputs, lost: list[TensorDraft]) -> Reason:
    if inputs.live:
        if raw in ("detach", "detach_"):
            return "detach"
        if raw == "data.__get__":
            return "data"
        if raw in LEAVES_TORCH or raw in COPIES:
            return "left torch"
        if torch.is_inference_mode_enabled():
            return "inference_mode"
        if not torch.is_grad_enabled():
            return "no_grad"
        return "not differentiable"
    return "downstream" if inputs.cut is not None else "frozen"


def _touch(state: State, tail: int, drafts: list[TensorDraft], only_cut: bool) -> None:
    """Ghost edges from `tail` to the node behind each operand."""
    for index, draft in enumerate(drafts):
        tensor = draft.held
        if draft.ghost is not None:
            connect(state, tail, draft.ghost, index, ghost=True)
        elif draft.frozen and not tensor.requires_grad:
            connect(state, tail, leaf_node(state, draft), index, ghost=True)
        elif not only_cut and tensor.requires_grad:
            node = state.by_node.get(tensor.grad_fn) if tensor.grad_fn is not None else None
            head = node.id if node is not None else leaf_node(state, draft)
            connect(state, tail, head, index, tensor.output_nr, ghost=True)
