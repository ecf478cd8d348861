"""The calls inside a vmap as the tape has them: on tensors whose first dimensions count the examples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from autograd_tutor.recording.calls import tensors
from autograd_tutor.trace import Batch


@dataclass(frozen=True)
class Mapped:
    """A function of one example, applied to all examples at once."""

    function: Callable[..., Any]
    given: tuple[tuple[Batch, ...], ...]
    """For each tensor among the arguments, in their order, what its first dimensions count."""
    made: tuple[tuple[Batch, ...], ...]
    """The same for each tensor that comes out."""

    @property
    def __name__(self) -> str:
        """The function's own."""
        return str(getattr(self.function, "__name__", type(self.function).__name__))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The function's result, each tensor in it with its examples first."""
        whole = sorted({one for group in (*self.given, *self.made) for one in group}, key=lambda one: one.id)
        mapped = self._one
        for batch in reversed(whole):
            mapped = self._over(mapped, batch)
        found = mapped((args, kwargs), list(tensors((args, kwargs))))
        return [_without(one, whole, kept) for one, kept in zip(found, self.made, strict=False)]

    def _one(self, arguments: Any, given: list[torch.Tensor]) -> list[torch.Tensor]:
        args, kwargs = _filled(arguments, iter(given))
        return list(tensors(self.function(*args, **kwargs)))

    def _over(self, function: Callable[..., Any], batch: Batch) -> Callable[..., Any]:
        dims = [0 if batch in group else None for group in self.given]

        def mapped(arguments: Any, given: list[torch.Tensor]) -> Any:
            count = torch.empty(batch.size)  # where no argument differs from example to example
            inner = torch.vmap(
                lambda _, *parts: tuple(function(arguments, list(parts))),
                in_dims=(0, *dims),
                randomness=batch.randomness,
            )
            return inner(count, *given)

        return mapped


def moved(tensor: torch.Tensor, at: int, to: int) -> torch.Tensor:
    """What a vmap does to an argument and to a result: a dimension comes to count the examples, or goes back."""
    return tensor.movedim(at, to)


def repeated(tensor: torch.Tensor, at: None, to: int, size: int) -> torch.Tensor:
    """What it does to a result that is the same for all examples."""
    return torch.stack([tensor] * size, to)


def _without(tensor: torch.Tensor, whole: list[Batch], kept: tuple[Batch, ...]) -> torch.Tensor:
    """Where a result is the same for all examples of a vmap, one of them."""
    for at, batch in reversed(list(enumerate(whole))):
        if batch not in kept:
            tensor = tensor.select(at, 0)
    return tensor


def _filled(arguments: Any, given: Any) -> Any:
    """`arguments` with each tensor replaced by the next of `given`."""
    if isinstance(arguments, torch.Tensor):
        return next(given)
    if isinstance(arguments, tuple | list):
        return type(arguments)([_filled(one, given) for one in arguments])
    if isinstance(arguments, dict):
        return {key: _filled(one, given) for key, one in arguments.items()}
    return arguments
