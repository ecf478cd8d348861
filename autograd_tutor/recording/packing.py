"""Saved-tensor hooks of the program.

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
    """While this lasts, the use of such hooks sets `state.hooked`; `state.packed` too on a torch that can't tell
    which of a node's values they give."""
    told = hasattr(torch._C._autograd.SavedTensor, "unpack_hook")
    hooks = torch.autograd.graph.saved_tensors_hooks
    original = hooks.__enter__

    def enter(self: Any) -> Any:
        state.hooked = True
        if not told:
            state.packed = True
            state.note(_UNREAD)
        return original(self)

    hooks.__enter__ = enter
    try:
        yield
    finally:
        hooks.__enter__ = original
