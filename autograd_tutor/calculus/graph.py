"""The part of the graph that matters to one target: what fired, which ways lead to it, in which passes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from autograd_tutor.trace import Array, Edge, Node, Pass, Trace

MOST_PATHS = 64
"""More ways than these are not spelled out one by one."""


@dataclass(frozen=True)
class Flow:
    """One backward pass, as far as it flowed into one node's output."""

    trace: Trace
    pass_: Pass
    node: int
    output: int | None
    """None for an accumulate node, which has only one."""

    def sent(self, edge: Edge) -> Array | None:
        """What went along `edge` in this pass."""
        return edge.contributions[self.pass_.id] if self.pass_.id < len(edge.contributions) else None

    def enters(self, edge: Edge) -> bool:
        """Whether `edge` leads straight into the target."""
        return edge.head == self.node and self.output in (None, edge.output)

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """The fired edges that lie on a way to the target."""
        into: dict[int, list[Edge]] = defaultdict(list)
        for edge in self.trace.edges:
            if not edge.ghost and self.sent(edge) is not None:
                into[edge.head].append(edge)
        found = [edge for edge in into[self.node] if self.enters(edge)]
        seen = set[int]()
        waiting = [edge.tail for edge in found]
        while waiting:
            node = waiting.pop()
            if node in seen or node == self.node:
                continue
            seen.add(node)
            found += into[node]
            waiting += [edge.tail for edge in into[node]]
        return tuple(sorted(found, key=lambda edge: edge.id))

    @cached_property
    def leaving(self) -> dict[int, list[Edge]]:
        """Those edges by the node they leave, in the order of its inputs."""
        found: dict[int, list[Edge]] = defaultdict(list)
        for edge in sorted(self.edges, key=lambda edge: edge.input):
            found[edge.tail].append(edge)
        return found

    @cached_property
    def order(self) -> tuple[Node, ...]:
        """The nodes that send something towards the target, in firing order."""
        return tuple(self.trace.nodes[node] for node in self.pass_.order if node in self.leaving)

    @cached_property
    def entering(self) -> tuple[Edge, ...]:
        """The edges straight into the target, in firing order."""
        place = {node: at for at, node in enumerate(self.pass_.order)}
        edges = (edge for edge in self.edges if self.enters(edge))
        return tuple(sorted(edges, key=lambda edge: (place.get(edge.tail, 0), edge.input)))

    @cached_property
    def arrivals(self) -> dict[int, tuple[Array | None, ...]]:
        """The upstream gradients at each node, one for each of its outputs."""
        return {arrival.node: arrival.gradients for arrival in self.pass_.arrivals}

    def arrived(self, node: int, output: int = 0) -> Array | None:
        """The upstream gradient at a node's output."""
        gradients = self.arrivals.get(node, ())
        return gradients[output] if output < len(gradients) else None

    @cached_property
    def tails(self) -> dict[int, list[Edge]]:
        """All edges of torch's graph by the node they leave, fired or not."""
        found: dict[int, list[Edge]] = defaultdict(list)
        for edge in self.trace.edges:
            if not edge.ghost:
                found[edge.tail].append(edge)
        return found

    def paths(self) -> tuple[tuple[int, ...], ...]:
        """The ways from the seeds to the target as edges from the root down; the first `MOST_PATHS`."""
        found: list[tuple[int, ...]] = []
        waiting: list[tuple[int, tuple[int, ...]]] = [(seed.node, ()) for seed in reversed(self.pass_.seeds)]
        while waiting and len(found) < MOST_PATHS:
            node, way = waiting.pop()
            for edge in reversed(self.leaving.get(node, [])):
                if self.enters(edge):
                    found.append((*way, edge.id))
                else:
                    waiting.append((edge.head, (*way, edge.id)))
        return tuple(found)
