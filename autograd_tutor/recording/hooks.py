"""Watching the engine: what arrives at each node and what flows along each edge, in firing order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from autograd_tutor.recording.drafts import NodeDraft, State
from autograd_tutor.recording.values import array, copy, same
from autograd_tutor.trace import Array


class Flow:
    """What one pass of the engine did."""

    def __init__(self, state: State, number: int) -> None:
        self._state = state
        self._number = number
        self.order: list[int] = []
        self.arrivals: list[tuple[int, tuple[Array | None, ...]]] = []
        self.sums: dict[tuple[int, int], torch.Tensor] = {}
        """By node and output: the contributions so far, summed in firing order."""

    @contextmanager
    def watching(self, nodes: list[Any]) -> Iterator[None]:
        """Hooks on `nodes`, always removed: a hook that holds its node would be a cycle that nobody frees."""
        handles = []
        try:
            for node in nodes:
                draft = self._state.by_node[node]
                handles.append(node.register_prehook(self._before(draft)))
                if draft.kind == "function":
                    handles.append(node.register_hook(self._after(draft)))
            yield
        finally:
            for handle in handles:
                handle.remove()

    def arrive(self, node: int, output: int, gradient: torch.Tensor) -> None:
        """Add one contribution."""
        key = (node, output)
        with torch.no_grad():
            self.sums[key] = self.sums[key] + gradient if key in self.sums else copy(gradient)

    def reached(self, node: int, output: int) -> bool:
        """Something arrived there."""
        return (node, output) in self.sums

    @staticmethod
    def exact(added: torch.Tensor, before: torch.Tensor | None, after: torch.Tensor | None) -> bool:
        """`before` plus `added` is `after`, bit for bit."""
        return same(added if before is None else before + added, after.detach() if after is not None else None)

    def _before(self, draft: NodeDraft) -> Callable[[Any], None]:
        def arrived(gradients: tuple[torch.Tensor | None, ...]) -> None:
            self.order.append(draft.id)
            self.arrivals.append((draft.id, tuple(None if one is None else array(one) for one in gradients)))

        return arrived

    def _after(self, draft: NodeDraft) -> Callable[[Any, Any], None]:
        def passed(inputs: tuple[torch.Tensor | None, ...], _: Any) -> None:
            for index, gradient in enumerate(inputs):
                edge = self._state.edge_at.get((draft.id, index))
                if edge is not None and gradient is not None:
                    edge.flows[self._number] = array(gradient)
                    self.arrive(edge.head, edge.output, gradient.detach())

        return passed
