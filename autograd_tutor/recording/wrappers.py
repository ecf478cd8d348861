"""The wrappers that torch.func's transforms put around tensors, and the tensors in them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

apart: Callable[[], AbstractContextManager[Any]] = getattr(torch._C, "_DisableFuncTorch", nullcontext)
"""While this lasts, what is done with plain tensors is no part of a transform."""

functorch: Any = getattr(torch._C, "_functorch", None)
"""What torch.func is made of; None in a torch without it, where there are no wrappers."""


def wrapped(tensor: torch.Tensor) -> bool:
    """Whether it belongs to a torch.func transform, also one that is over: then its numbers are in what it wraps."""
    known = getattr(functorch, "is_functorch_wrapped_tensor", None)
    return known is not None and bool(known(tensor))


def batched(tensor: torch.Tensor) -> bool:
    """Whether a vmap's wrapper, which shows one example of many, is the outermost."""
    known = getattr(functorch, "is_batchedtensor", None)
    return known is not None and bool(known(tensor))


def examples(tensor: torch.Tensor, size: int) -> torch.Tensor | None:
    """What is in the wrapper that autograd.grad(is_grads_batched=True) has of its own, examples first; None without."""
    known, unwrap = getattr(functorch, "is_legacy_batchedtensor", None), getattr(torch, "_remove_batch_dim", None)
    if known is None or unwrap is None or not known(tensor):
        return None
    found: torch.Tensor = unwrap(tensor, 1, size, 0)
    return found


def layers(tensor: torch.Tensor) -> list[torch.Tensor]:
    """A tensor and what it wraps, the outermost first."""
    found = [tensor]
    while wrapped(found[-1]):
        found.append(functorch.get_unwrapped(found[-1]))
    return found


def counted(tensor: torch.Tensor) -> tuple[int, ...]:
    """The levels of the vmaps around it, the outer first."""
    return tuple([functorch.maybe_get_level(one) for one in reversed(layers(tensor)) if batched(one)])


def bare(tensor: torch.Tensor) -> torch.Tensor:
    """The tensor in all its wrappers; of a vmap, all examples: its first dimensions count them (`counted`)."""
    if not wrapped(tensor):
        return tensor
    dims = []
    while wrapped(tensor):
        if batched(tensor):
            dims.append(functorch.maybe_get_bdim(tensor))
        tensor = functorch.get_unwrapped(tensor)
    if any(dims):
        with apart(), torch.no_grad():
            for at, dim in enumerate(reversed(dims)):
                tensor = tensor.movedim(at + dim, at)
    return tensor
