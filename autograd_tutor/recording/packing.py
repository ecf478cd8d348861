"""Saved-tensor hooks on a torch that does not tell which of a node's values they give.

To look at a value that a hook gives is to call that hook: the program would see it (a checkpoint would run again).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from autograd_tutor.recording.state import State

_UNREAD = (
    f"The program uses saved-tensor hooks (a checkpoint does), and torch {torch.__version__} does not tell which "
    "values they keep: what graph nodes saved from there on is not shown."
)


@contextmanager
def noticed(state: State) -> Iterator[None]:
    """While this lasts, the first use of such hooks sets `state.packed`."""
    if hasattr(torch._C._autograd.SavedTensor, "unpack_hook"):
        yield
        return
    hooks = torch.autograd.graph.saved_tensors_hooks
    original = hooks.__enter__

    def enter(self: Any) -> Any:
        state.packed = True
        state.note(_UNREAD)
        return original(self)

    hooks.__enter__ = enter
    try:
        yield
    finally:
        hooks.__enter__ = original
