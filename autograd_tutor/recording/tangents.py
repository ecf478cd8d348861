"""Forward mode: the tangent that a dual number carries along, beside its value."""

from __future__ import annotations

from typing import Any

import torch

from autograd_tutor.recording import spread, transforms
from autograd_tutor.recording.calls import tensors
from autograd_tutor.recording.state import State
from autograd_tutor.recording.values import array
from autograd_tutor.recording.wrappers import apart, bare, batched, layers

_duals: Any = torch.autograd.forward_ad


def active() -> bool:
    """Whether the program is in a dual level, its own or that of torch.func.jvp."""
    return getattr(_duals, "_current_level", -1) >= 0


def look(state: State, result: Any) -> None:
    """Keep the tangents of what a call has returned, each with its tensor."""
    for tensor in tensors(result):
        tangent = _tangent(tensor)
        if tangent is not None:
            with apart():
                draft = transforms.draft(state, tensor)
                draft.tangent = array(bare(tangent))
                draft.spread = spread.batches_of(state, tangent)


def _tangent(tensor: torch.Tensor) -> torch.Tensor | None:
    """None too inside a vmap in forward mode, where torch does not tell."""
    try:
        found: torch.Tensor | None = _duals.unpack_dual(next(one for one in layers(tensor) if not batched(one))).tangent
    except RuntimeError:
        return None
    return found
