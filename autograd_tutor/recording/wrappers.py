"""The wrappers that torch.func's transforms put around tensors, and the tensors in them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

apart: Callable[[], AbstractContextManager[Any]] = getattr(torch._C, "_DisableFuncTorch", nullcontext)
"""While this lasts, what is done with plain tensors is no part of a transform."""


def wrapped(tensor: torch.Tensor) -> bool:
    """Whether it belongs to a torch.func transform, also one that is over: then its numbers are in what it wraps."""
    known = getattr(torch._C._functorch, "is_functorch_wrapped_tensor", None)
    return known is not None and bool(known(tensor))


def bare(tensor: torch.Tensor) -> torch.Tensor:
    """The tensor in all its wrappers; of a vmap, with its hidden dimension."""
    while wrapped(tensor):
        tensor = torch._C._functorch.get_unwrapped(tensor)
    return tensor
