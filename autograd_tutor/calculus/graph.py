"""The part of the graph that matters to one target: what fired, which ways lead to it, in which passes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from autograd_tutor.trace import PUTS, Array, Edge, Node, Operation, Pass, Trace

MOST_PATHS = 64
"""More ways than these are not spelled out one by one."""


class Index:
    """The edges of torch's graph by their ends, fired or not; none of them a ghost."""

    def __init__(self, trace: Trace) -> None:
        self.tails: dict[int, list[Edge]] = defaultdict(list)
        self.heads: dict[int, list[Edge]] = defaultdict(list)
        for edge in trace.edges:
            if not edge.ghost:
                self.tails[edge.tail].append(edge)
                self.heads[edge.head].append(edge)


@dataclass(frozen=True)
class Flow:
    """One backward pass, as far as it flowed into one node's output."""

    trace: Trace
    pass_: Pass
    node: int
    output: int | None
    """None for an accumulate node, which has only one."""
    index: Index
    """Of the same trace; shared by the flows of many passes."""

    def own(self, operation: Operation) -> tuple[int, ...]:
        """The nodes of an operation that this pass could reach: inside torch.func.grad it may have others besides."""
        return tuple(node for node in operation.nodes if node in self._reached)

    @cached_property
    def _reached(self) -> set[int]:
        waiting = [seed.node for seed in self.pass_.seeds]
        found = set(waiting)
        while waiting:
            for edge in self.index.tails.get(waiting.pop(), ()):
                if edge.head not in found:
                    found.add(edge.head)
                    waiting.append(edge.head)
        return found

    def within(self, operation: Operation) -> bool:
        """Whether this pass came into an operation of several nodes past the one that stands for its result."""
        own = set(operation.nodes)
        results = {self.trace.tensors[output].node for output in operation.outputs} | {operation.nodes[-1]}
        written = {node for node in own if self.trace.nodes[node].name == "CopySlices"}  # the base of a view
        led_to = {edge.head for node in own for edge in self.index.tails.get(node, ())}
        inner = (own & led_to) - results - written
        return any(edge.tail not in own for node in inner for edge in self._came(node))

    def sent(self, edge: Edge) -> Array | None:
        """What went along `edge` in this pass."""
        return edge.contributions[self.pass_.id] if self.pass_.id < len(edge.contributions) else None

    def enters(self, edge: Edge) -> bool:
        """Whether `edge` leads straight into the target."""
        return edge.head == self.node and self.output in (None, edge.output)

    def fired(self, node: int) -> list[Edge]:
        """The edges out of a node that something went along in this pass, wherever they lead."""
        return [edge for edge in self.index.tails.get(node, ()) if self.sent(edge) is not None]

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """The fired edges that lie on a way to the target."""
        found = [edge for edge in self._came(self.node) if self.enters(edge)]
        seen = set[int]()
        waiting = [edge.tail for edge in found]
        while waiting:
            node = waiting.pop()
            if node in seen or node == self.node:
                continue
            seen.add(node)
            came = self._came(node)
            found += came
            waiting += [edge.tail for edge in came]
        return tuple(sorted(found, key=lambda edge: edge.id))

    def _came(self, node: int) -> list[Edge]:
        return [edge for edge in self.index.heads.get(node, ()) if self.sent(edge) is not None]

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
        return self.ordered(edge for edge in self.edges if self.enters(edge))

    def into(self, node: int, output: int = 0) -> tuple[Edge, ...]:
        """The fired edges into one output of a node on the way, in firing order."""
        return self.ordered(edge for edge in self._heads.get(node, ()) if edge.output == output)

    def ordered(self, edges: Iterable[Edge]) -> tuple[Edge, ...]:
        """Fired edges, in firing order."""
        return tuple(sorted(edges, key=lambda edge: (self._place.get(edge.tail, 0), edge.input)))

    @cached_property
    def _place(self) -> dict[int, int]:
        return {node: at for at, node in enumerate(self.pass_.order)}

    @cached_property
    def _heads(self) -> dict[int, list[Edge]]:
        """Those edges by the node they lead to."""
        found: dict[int, list[Edge]] = defaultdict(list)
        for edge in self.edges:
            found[edge.head].append(edge)
        return found

    @cached_property
    def arrivals(self) -> dict[int, tuple[Array | None, ...]]:
        """The upstream gradients at each node, one for each of its outputs."""
        return {arrival.node: arrival.gradients for arrival in self.pass_.arrivals}

    def arrived(self, node: int, output: int = 0) -> Array | None:
        """The upstream gradient at a node's output."""
        gradients = self.arrivals.get(node, ())
        return gradients[output] if output < len(gradients) else None

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


def needed(trace: Trace, roots: Iterable[int]) -> frozenset[int]:
    """The operations whose results the tensors `roots` are made of, also through results of autograd.grad."""
    makers: dict[int, list[Operation]] = {}
    for operation in trace.operations:
        for output in operation.outputs:
            makers.setdefault(output, []).append(operation)
    sources = {one.result: started(pass_) for pass_ in trace.passes for one in pass_.captured if one.result is not None}
    found = set[int]()
    seen = set[int]()
    waiting = list(roots)
    while waiting:
        tensor = waiting.pop()
        if tensor in seen:
            continue
        seen.add(tensor)
        if tensor in sources:  # differentiated, and not put together of what torch called for it
            waiting += sources[tensor]
            continue
        for operation in makers.get(tensor, ()):
            found.add(operation.id)
            for operand in operation.inputs:
                waiting += [one.tensor for one in (operand, *operand.items) if one.tensor is not None]
    return frozenset(found)


def started(pass_: Pass) -> tuple[int, ...]:
    """The tensors that a pass starts from, and those that weigh them."""
    return (*pass_.root, *(seed.given for seed in pass_.seeds if seed.given is not None))


def written_through(trace: Trace, operation: Operation) -> Operation | None:
    """For a call that wrote into a view: that its base has the new numbers, too."""
    after = trace.operations[operation.id + 1 : operation.id + 2]
    wrote = after and after[0].name == PUTS and operation.outputs == (after[0].inputs[-1].tensor,)
    return after[0] if wrote else None
