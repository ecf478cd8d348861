"""What a vmap does at its two ends: it takes tensors apart into examples, and stacks what comes out.

In between torch shows the program one example, while the numbers of all of them are in one tensor with a dimension
more. torch does both in functions that no mode sees, so they are watched by name; a torch without them runs its
vmaps unrecorded.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import torch

from autograd_tutor.recording import spread, tangents, transforms
from autograd_tutor.recording.calls import Asked
from autograd_tutor.recording.mapped import moved, repeated
from autograd_tutor.recording.state import State
from autograd_tutor.recording.wrappers import apart
from autograd_tutor.trace import STACKS, TAKES, Batch

_END_NAMES = ("_vmap_increment_nesting", "_vmap_decrement_nesting", "_add_batch_dim", "_remove_batch_dim")

_unseen: Any = getattr(torch._C, "DisableTorchFunction", None)
"""While this lasts, no mode sees what is called."""


@contextmanager
def noticed(state: State) -> Iterator[None]:
    """While this lasts, the ends of every vmap in this thread are recorded."""
    module = sys.modules.get("torch._functorch.vmap")
    known = _unseen is not None and transforms.KNOWN and all(hasattr(module, name) for name in _END_NAMES)
    if module is None or not known:
        yield
        return
    originals = {name: getattr(module, name) for name in _END_NAMES}
    ends = _Ends(state, *originals.values())
    try:
        for name, watched in zip(_END_NAMES, (ends.enter, ends.leave, ends.take, ends.stack), strict=True):
            setattr(module, name, watched)
        yield
    finally:
        for name, original in originals.items():
            setattr(module, name, original)


class _Ends:
    """torch's own four functions, and what is recorded of their calls."""

    def __init__(self, state: State, enter: Any, leave: Any, take: Any, stack: Any) -> None:
        self._state = state
        self._thread = threading.get_ident()
        self._enter, self._leave, self._take, self._stack = enter, leave, take, stack
        self._outer: list[tuple[int, Batch | None]] = []
        """The vmaps that the program is in, by torch's number, each with the one that had the number before."""

    def enter(self, size: int, randomness: str) -> int:
        """A vmap begins, over so many examples."""
        level: int = self._enter(size, randomness)
        if threading.get_ident() == self._thread:
            state = self._state
            site = state.source.here(sys._getframe(1)).site
            batch = Batch(len(state.batches), size, None if site is None else site.span, randomness)
            state.batches.append(batch)
            self._outer.append((level, state.levels.get(level)))
            state.levels[level] = batch
        return level

    def leave(self) -> int:
        """The innermost vmap is over."""
        level: int = self._leave()
        if threading.get_ident() == self._thread:
            levels = self._state.levels
            number, before = self._outer.pop()
            if before is None:
                levels.pop(number, None)
            else:  # a Function of the program's own runs its vmap in the place of the one around it
                levels[number] = before
        return level

    def take(self, tensor: torch.Tensor, dim: int, level: int) -> torch.Tensor:
        """An argument of the vmap, as one example of it."""
        batched: torch.Tensor = self._take(tensor, dim, level)
        if self._watched(level):
            outer = len(spread.batches_of(self._state, tensor))
            self._recorded(TAKES, tensor, outer + dim, outer, batched)
        return batched

    def stack(self, batched: torch.Tensor, level: int, size: int, dim: int) -> torch.Tensor:
        """A result of the vmap, of all examples."""
        result: torch.Tensor = self._stack(batched, level, size, dim)
        if self._watched(level):
            batch, counted = self._state.levels[level], spread.batches_of(self._state, batched)
            if batch in counted:
                at, outer = counted.index(batch), len(counted) - 1
                self._recorded(STACKS, batched, at, dim if dim < 0 else outer + dim, result)
            else:  # all examples have the same
                to = dim if dim < 0 else len(counted) + dim
                self._recorded(STACKS, batched, None, to, result, size=batch.size)
        return result

    def _watched(self, level: int) -> bool:
        return threading.get_ident() == self._thread and level in self._state.levels and not self._state.full

    def _recorded(
        self, name: str, given: torch.Tensor, at: int | None, to: int, result: torch.Tensor, **more: int
    ) -> None:
        """That what counts the examples went from dimension `at` to `to` of the numbers."""
        frame = sys._getframe(2)
        with _unseen():
            self._state.safely(self._record, frame, name, (given, at, to), more, result)

    def _record(
        self, frame: FrameType, name: str, given: tuple[Any, ...], more: dict[str, int], result: torch.Tensor
    ) -> None:
        state = self._state
        transforms.settle(state)
        site, user, _ = state.source.here(frame)
        text = name if site is None else f"{name} in {site.text}"
        with apart():
            asked = Asked(name, name, False, repeated if more else moved, given, more, site, False, user, text)
            transforms.end_of_vmap(state, asked, result)
        if tangents.active():
            tangents.look(state, result)
        transforms.settle(state)
