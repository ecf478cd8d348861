"""A pass in which no code of the program's runs, and which will not raise: fewer and cheaper hooks tell all of it.

torch's hooks before a node cost less than half of those after it. Where one edge alone leads to a node, what arrives
there is what flowed along that edge. Only what flows along the edges that meet in one node has to be told by hooks
after the nodes above. No gradient is held beyond its hook: torch would not make it a leaf's .grad as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import torch

from autograd_tutor.recording.drafts import EdgeDraft, Handle, NodeDraft
from autograd_tutor.recording.graph import readable
from autograd_tutor.recording.hooks import Flow
from autograd_tutor.recording.state import State
from autograd_tutor.recording.values import array
from autograd_tutor.trace import Arrival

Gradients = tuple[torch.Tensor | None, ...]

_RAISING = frozenset({"NotImplemented", "Error"})
"""The nodes of operations that have no derivative."""


def quiet(state: State, handles: list[Handle]) -> bool:
    """Whether a pass that may go over all of `handles` will be one. (When one raises, some gradients are on their
    way to nodes that never fire: hooks before those can't tell them.)"""
    if state.hooked or state.packed or state.aliased or torch.is_anomaly_enabled():
        return False
    if any(state.by_node[handle].name in _RAISING for handle in handles):
        return False
    return not (state.passes or state.wrote) or all(map(readable, handles))


class QuietFlow(Flow):
    """What one such pass did."""

    @contextmanager
    def watching(self, handles: list[Handle]) -> Iterator[None]:
        """Hooks on the nodes, always removed."""
        drafts = [self._state.by_node[handle] for handle in handles]
        feeds, meetings = self._fed(drafts)
        hooks = []
        try:
            for handle, draft in zip(handles, drafts, strict=True):
                hooks.append(handle.register_prehook(self._comes(draft.id, feeds.get(draft.id))))
                if meetings:
                    told = [edge if edge is not None and edge.head in meetings else None for edge in draft.edges]
                    if any(told):
                        hooks.append(handle.register_hook(self._along(told)))
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def _fed(self, drafts: list[NodeDraft]) -> tuple[dict[int, EdgeDraft], set[int]]:
        """By node, the edge to it where there is but one; and the nodes in which several edges or seeds meet."""
        feeds: dict[int, EdgeDraft] = {}
        fed = set(self._starts)
        meetings: set[int] = set()
        for draft in drafts:
            for edge in draft.edges:
                if edge is not None:
                    head = edge.head
                    (meetings if head in fed else fed).add(head)
                    feeds[head] = edge
        for node in meetings:
            del feeds[node]
        return feeds, meetings

    def _comes(self, node: int, feed: EdgeDraft | None) -> Callable[[Gradients], None]:
        """A hook before a node, to which that edge leads if it is the only one."""
        if feed is None:
            return self._arrived(self._state.nodes[node])
        return partial(self._along_one if (node, feed.output) not in self.watched else self._into_one, feed)

    def _along_one(self, feed: EdgeDraft, gradients: Gradients) -> None:
        """The node to which this edge alone leads is about to run."""
        gradient = gradients[feed.output]
        value = None
        if gradient is not None:
            self.along[feed.id] = value = array(gradient)
        known = (value,) if len(gradients) == 1 else tuple([value if one is gradient else None for one in gradients])
        self.arrivals.append(Arrival(feed.head, known))

    def _into_one(self, feed: EdgeDraft, gradients: Gradients) -> None:
        """The same where a tensor's gradient is wanted."""
        self._along_one(feed, gradients)
        gradient = gradients[feed.output]
        if gradient is not None:
            self._add((feed.head, feed.output), gradient)
