"""Forward mode: the tangent that a dual number carries along, beside its value."""

from __future__ import annotations

from typing import Any

import torch

from autograd_tutor.recording.calls import tensors
from autograd_tutor.recording.state import State
from autograd_tutor.recording.values import array
from autograd_tutor.recording.wrappers import apart, bare

_duals: Any = torch.autograd.forward_ad


def active() -> bool:
    """Whether the program is in a dual level, its own or that of torch.func.jvp."""
    return getattr(_duals, "_current_level", -1) >= 0


def look(state: State, result: Any) -> None:
    """Keep the tangents of what a call has returned, each with its tensor."""
    for tensor in tensors(result):
        tangent = _duals.unpack_dual(tensor).tangent
        if tangent is not None:
            with apart():
                draft = state.by_identity.get(id(tensor)) or state.tensor(bare(tensor))
                draft.tangent = array(bare(tangent))
