"""Which names reach which tensors."""

from __future__ import annotations

from typing import Any

import torch

from autograd_tutor.recording.drafts import State
from autograd_tutor.trace import Span


def assigned(state: State, before: dict[str, Any], after: dict[str, Any], span: Span) -> None:
    """An event for each name that a statement bound to a tensor, and the label it gives."""
    for name, value in after.items():
        if isinstance(value, torch.Tensor) and before.get(name) is not value and not name.startswith("__"):
            draft = state.tensor(value)
            if not draft.named:
                draft.label, draft.named = name, True
            state.event("assign", name, span, draft.id)


def paths(state: State, space: dict[str, Any]) -> dict[int, list[str]]:
    """By tensor id, the expressions that reach it at the program's end, the plainest first."""
    found: dict[int, list[str]] = {}
    for name, value in space.items():
        if name.startswith("__"):
            continue
        if isinstance(value, torch.Tensor):
            found.setdefault(state.tensor(value).id, []).append(name)
    return found
