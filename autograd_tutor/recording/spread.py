"""Inside a vmap: what the first dimensions of a tensor's numbers count, and gradients for all examples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from autograd_tutor.recording import hooks
from autograd_tutor.recording.calls import tensors
from autograd_tutor.recording.drafts import NodeDraft
from autograd_tutor.recording.state import State
from autograd_tutor.recording.wrappers import apart, bare, counted, examples
from autograd_tutor.trace import Batch


def batches_of(state: State, tensor: torch.Tensor) -> tuple[Batch, ...]:
    """What the first dimensions of its numbers count."""
    return tuple([state.levels[level] for level in counted(tensor)])


def over(state: State, value: Any) -> tuple[Batch, ...]:
    """All that the first dimensions of the tensors in `value` count, the outer first."""
    return tuple(sorted({batch for one in tensors(value) for batch in batches_of(state, one)}, key=_number))


def _number(batch: Batch) -> int:
    return batch.id


def spread(state: State, tensor: torch.Tensor, whole: tuple[Batch, ...]) -> torch.Tensor | None:
    """Its numbers for each example of all these vmaps; None where it differs from example to example of others."""
    if len(whole) == 1 and (inner := examples(tensor, whole[0].size)) is not None:
        return inner
    own, found = batches_of(state, tensor), bare(tensor)
    if own == whole:
        return found
    if not set(own) <= set(whole):
        return None
    for at, batch in enumerate(whole):
        if batch not in own:
            found = found.unsqueeze(at).expand(*found.shape[:at], batch.size, *found.shape[at:])
    return found


class Flow(hooks.Flow):
    """A pass inside a transform, of which the gradients are wrappers."""

    batch: tuple[Batch, ...] = ()
    """What their first dimensions count."""

    def _arrived(self, draft: NodeDraft) -> Callable[[Any], None]:
        return self._looking(super()._arrived(draft))

    def _passed(self, draft: NodeDraft) -> Callable[[Any, Any], None]:
        return self._looking(super()._passed(draft))

    def _looking(self, hook: Callable[..., None]) -> Callable[..., None]:
        """`hook`, given what is in the wrappers."""

        def inside(*gradients: tuple[torch.Tensor | None, ...]) -> None:
            with apart(), torch.no_grad():
                hook(*[tuple([None if one is None else self._inner(one) for one in group]) for group in gradients])

        return inside

    def _inner(self, gradient: torch.Tensor) -> torch.Tensor:
        found = spread(self._state, gradient, self.batch)
        return torch.empty(gradient.shape, dtype=gradient.dtype, device="meta") if found is None else found
