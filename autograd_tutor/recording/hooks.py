"""Watching the engine: what arrives at each node and what flows along each edge, in firing order.

A hook costs more than most nodes do. Where one edge alone leads to a node, what arrives is what flowed along it, and
what the node passes on tells that it fired: one hook will do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
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

    def __init__(self, state: State, number: int, watched: frozenset[Slot], starts: frozenset[int], free: bool) -> None:
        self._state = state
        self._number = number
        self._starts = starts
        """The nodes that seeds arrive at."""
        self._free = free
        """No code of the program's runs in the pass, and all that it reaches fires."""
        self._inside: int | None = None
        """The function that has been come to, with a hook before it, and has not passed on anything yet."""
        self._feeds: dict[int, EdgeDraft] = {}
        """By node, the only edge to it."""
        self.watched = watched
        """Where a tensor's gradient is wanted."""
        self.order: list[int] = []
        self.arrivals: list[Arrival] = []
        self.sums: dict[Slot, torch.Tensor] = {}
        """The contributions into each slot watched so far, summed in firing order: then they are bit-equal to .grad."""

    @contextmanager
    def watching(self, handles: list[Handle]) -> Iterator[None]:
        """Hooks on the nodes, always removed: one that holds its node would be a cycle that nobody frees."""
        hooks = []
        try:
            drafts = [self._state.by_node[handle] for handle in handles]
            if self._free:
                self._feeds = self._alone(drafts)
            for handle, draft in zip(handles, drafts, strict=True):
                function = draft.kind == "function"
                if not function or draft.id not in self._feeds:
                    hooks.append(handle.register_prehook(self._arrived(draft)))
                if function:
                    hooks.append(handle.register_hook(self._passed(draft)))
            yield
        except BaseException:
            self._failed(handles)
            raise
        finally:
            for hook in hooks:
                hook.remove()

    def seed(self, slot: Slot, gradient: torch.Tensor) -> None:
        """The pass starts there, with this."""
        if slot in self.watched:
            self._add(slot, gradient)

    def _alone(self, drafts: list[NodeDraft]) -> dict[int, EdgeDraft]:
        feeds: dict[int, EdgeDraft] = {}
        fed = set(self._starts)
        several = set(fed)
        for draft in drafts:
            for edge in draft.edges:
                if edge is not None:
                    head = edge.head
                    (several if head in fed else fed).add(head)
                    feeds[head] = edge
        for node in several:
            feeds.pop(node, None)
        return feeds

    def _failed(self, handles: list[Handle]) -> None:
        """The engine raised. If it did in a node that no hook was called for, that is the next one in its queue."""
        if self._inside is not None:
            return
        by_node, fired = self._state.by_node, set(self.order)
        ready = [
            handle
            for handle in handles
            if (feed := self._feeds.get(node := by_node[handle].id)) is not None
            and feed.tail in fired
            and node not in fired
            and by_node[handle].kind == "function"
        ]
        if ready:
            handle = ready[0] if len(ready) == 1 else max(ready, key=_sequence)
            node = by_node[handle].id
            feed = self._feeds[node]
            self.order.append(node)
            value = feed.flows.get(self._number)
            outputs = len(getattr(handle, "_input_metadata", (None,)))
            self.arrivals.append(Arrival(node, _only(value, feed.output, outputs)))

    def _add(self, slot: Slot, gradient: torch.Tensor) -> None:
        """One more contribution. (With create_graph the engine runs with grad mode on.)"""
        with torch.no_grad():
            known = self.sums.get(slot)
            self.sums[slot] = copy(gradient) if known is None else known + gradient

    def _arrived(self, draft: NodeDraft) -> Callable[[Any], None]:
        node, order, arrivals, number = draft.id, self.order, self.arrivals, self._number
        function, feed = draft.kind == "function", self._feeds.get(draft.id)

        def prehook(gradients: tuple[torch.Tensor | None, ...]) -> None:
            self._inside = node if function else None
            order.append(node)
            known = (feed.flows.get(number),) if feed is not None else tuple([maybe(one) for one in gradients])
            arrivals.append(Arrival(node, known))

        return prehook

    def _passed(self, draft: NodeDraft) -> Callable[[Any, Any], None]:
        number, watched, node = self._number, self.watched, draft.id
        order, arrivals, feed = self.order, self.arrivals, self._feeds.get(node)
        edges = [
            (edge, slot if edge is not None and (slot := (edge.head, edge.output)) in watched else None)
            for edge in draft.edges
        ]

        def hook(contributions: tuple[torch.Tensor | None, ...], arrived: tuple[torch.Tensor | None, ...]) -> None:
            last: torch.Tensor | None = None
            value: Any = None
            if feed is None:
                self._inside = None
            else:
                last, value = arrived[feed.output], feed.flows.get(number)
                order.append(node)
                arrivals.append(
                    Arrival(node, (value,) if len(arrived) == 1 else _only(value, feed.output, len(arrived)))
                )
            for (edge, slot), gradient in zip(edges, contributions, strict=False):
                if gradient is not None and edge is not None:
                    if gradient is not last:  # many operations pass on what arrives, or the same to all
                        last, value = gradient, array(gradient)
                    edge.flows[number] = value
                    if slot is not None:
                        self._add(slot, gradient)

        return hook


def _only(value: Array | None, output: int, count: int) -> tuple[Array | None, ...]:
    """What arrives at a node of which one output alone was used."""
    return tuple([value if at == output else None for at in range(count)])


def _sequence(handle: Handle) -> int:
    """By which the engine chooses among the nodes that are ready: the one made last comes first."""
    number = getattr(handle, "_sequence_nr", None)
    return int(number()) if number is not None else 0


def maybe(value: torch.Tensor | None) -> Array | None:
    """The value of a tensor that may be missing."""
    return None if value is None else array(value)
