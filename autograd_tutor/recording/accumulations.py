"""What one pass did to the .grad of tensors: the contributions that it added, and what else changed it meanwhile."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import torch

from autograd_tutor.recording.drafts import TensorDraft
from autograd_tutor.recording.graph import leaf_node
from autograd_tutor.recording.hooks import Flow, Slot, maybe
from autograd_tutor.recording.state import State
from autograd_tutor.recording.values import array, copy, same
from autograd_tutor.trace import WITHIN, Accumulation, Array

Before = dict[int, torch.Tensor | None]
"""What the .grad of tensors held before a pass, by their ids."""


def before(state: State, watched: Collection[int], *, everything: bool) -> Before:
    """Of the tensors that a pass may feed; and of all leaves, if code of the program's may run within it."""
    leaves = [one.id for one in state.tensors if one.is_leaf and one.held.requires_grad] if everything else []
    found = {}
    for id_ in dict.fromkeys((*watched, *leaves)):
        gradient = state.tensors[id_].gradient
        found[id_] = None if gradient is None else copy(gradient)
    return found


def accumulation(draft: TensorDraft, slot: Slot, flow: Flow, held: torch.Tensor | None, raised: bool) -> Accumulation:
    """Of a tensor that contributions came to; `held` is what was there before."""
    added, after = flow.sums[slot], draft.gradient
    # A hook of the program's may have taken it away again.
    draft.filled = draft.filled or after is not None or (draft.held.requires_grad and not raised)
    with torch.no_grad():
        exact = same(added if held is None else held + added, after.detach() if after is not None else None)
    sent = array(added)
    note = None if exact else _why(draft, sent, slot, flow)
    return Accumulation(draft.id, slot[0], maybe(held), sent, maybe(after), exact, note)


def beside(state: State, held: Before, told: Collection[int]) -> Iterator[Accumulation]:
    """What happened to the .grad of others while the pass ran."""
    for id_ in held:
        draft = state.tensors[id_]
        after = draft.gradient
        if id_ not in told and not same(held[id_], after):
            draft.filled = True
            yield Accumulation(id_, leaf_node(state, draft), maybe(held[id_]), None, maybe(after), False, WITHIN)


def _why(draft: TensorDraft, sent: Array, slot: Slot, flow: Flow) -> str:
    """Why .grad is not what it held before and what was added."""
    if not draft.held.requires_grad:
        return "it no longer requires grad"
    hooks = draft.held._backward_hooks or getattr(draft.held, "_post_accumulate_grad_hooks", None)
    arrived = next((one.gradients[slot[1]] for one in reversed(flow.arrivals) if one.node == slot[0]), None)
    if draft.hooked or hooks or (arrived is not None and arrived != sent):  # or one on the node
        return "a hook changed it"
    return WITHIN if flow.open else "torch combined the contributions in another way"
