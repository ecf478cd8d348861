"""Watching the engine: what arrives at each node and what flows along each edge, in firing order.

Every gradient is read as it goes by: a hook of the program's may change it in the next moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from autograd_tutor.recording.drafts import EdgeDraft, Handle, NodeDraft
from autograd_tutor.recording.state import State
from autograd_tutor.recording.values import array, copy
from autograd_tutor.trace import Array, Arrival

Slot = tuple[int, int]
"""A node and which of its outputs."""


class Flow:
    """What one pass of the engine did."""

    def __init__(self, state: State, watched: frozenset[Slot], starts: frozenset[int]) -> None:
        self._state = state
        self._starts = starts
        """The nodes that seeds arrive at."""
        self.watched = watched
        """Where a tensor's gradient is wanted."""
        self.arrivals: list[Arrival] = []
        """In firing order."""
        self.along: dict[int, Array] = {}
        """What flowed along each edge, by its id."""
        self.sums: dict[Slot, torch.Tensor] = {}
        """The contributions into each slot watched so far, summed in firing order: then they are bit-equal to .grad."""
        self.open = state.hooked
        """Code of the program's may run within the pass."""
        self._seeds: dict[Slot, torch.Tensor] = {}
        self._run: int | None = None
        """torch's number of the pass; those of passes that start within it are higher."""

    @contextmanager
    def watching(self, handles: list[Handle]) -> Iterator[None]:
        """Hooks on the nodes, always removed: one that holds its node would be a cycle that nobody frees."""
        hooks = []
        try:
            for handle in handles:
                draft = self._state.by_node[handle]
                hooks.append(handle.register_prehook(self._arrived(draft)))
                if draft.kind == "function":
                    hooks.append(handle.register_hook(self._passed(draft)))
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def seed(self, slot: Slot, gradient: torch.Tensor) -> None:
        """The pass starts there, with this."""
        if slot in self.watched:
            self._add(slot, gradient)
            self._seeds = dict(self.sums)

    def _ours(self) -> bool:
        """Whether the engine is at this pass, not at one that a hook or a reentrant checkpoint started within it."""
        run = _run()
        if self._run is None or run < self._run:
            self._run = run
            if self.arrivals:  # all so far was of one within, which a hook on the root has started
                self.arrivals.clear()
                self.along.clear()
                self.sums = dict(self._seeds)
        return run == self._run

    def _add(self, slot: Slot, gradient: torch.Tensor) -> None:
        """One more contribution. (With create_graph it has a graph itself.)"""
        known = self.sums.get(slot)
        self.sums[slot] = copy(gradient) if known is None else known + gradient.detach()

    def _arrived(self, draft: NodeDraft) -> Callable[[Any], None]:
        node, arrivals = draft.id, self.arrivals

        def prehook(gradients: tuple[torch.Tensor | None, ...]) -> None:
            if not self._ours():
                return
            arrivals.append(Arrival(node, tuple([maybe(one) for one in gradients])))

        return prehook

    def _passed(self, draft: NodeDraft) -> Callable[[Any, Any], None]:
        return self._along(draft.edges)

    def _along(self, told: Sequence[EdgeDraft | None]) -> Callable[[Any, Any], None]:
        """A hook after a node that tells what flowed along these of its edges."""
        watched, along = self.watched, self.along
        edges = [
            (edge, slot if edge is not None and (slot := (edge.head, edge.output)) in watched else None)
            for edge in told
        ]

        def hook(contributions: tuple[torch.Tensor | None, ...], _: tuple[torch.Tensor | None, ...]) -> None:
            if not self._ours():
                return
            last: torch.Tensor | None = None
            value: Any = None
            for (edge, slot), gradient in zip(edges, contributions, strict=False):
                if gradient is not None and edge is not None:
                    if gradient is not last:  # many operations pass the same on to all
                        last, value = gradient, array(gradient)
                    along[edge.id] = value
                    if slot is not None:
                        self._add(slot, gradient)

        return hook


def _one_run() -> int:
    return 0


_run: Callable[[], int] = getattr(torch._C, "_current_graph_task_id", _one_run)
"""The number of the pass that the engine is at. A torch that does not tell takes all for one."""


def maybe(value: torch.Tensor | None) -> Array | None:
    """The value of a tensor that may be missing."""
    return None if value is None else array(value)
