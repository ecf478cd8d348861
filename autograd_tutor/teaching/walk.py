"""A walk through the backward passes in the engine's own order, one stop at a time.

Towards a target that has a gradient: the seed, each edge on a way there, the sums where ways meet, and what
was added to .grad. Where the graph is cut or the program raises, the stops say so instead.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice

from autograd_tutor.explanation import Explanation, Repeat, Step, TangentStep, TargetExplanation
from autograd_tutor.notation import array
from autograd_tutor.teaching.model import Stop
from autograd_tutor.teaching.scene import called, operation
from autograd_tutor.trace import Accumulation, Array, Edge, Node, Pass, Raised, Span, Tensor, Trace, named

MOST = 400
"""Stops; a longer walk ends with a stop that says how many are left out."""

_CUTS = {
    "no_grad": "it ran while grad mode was off",
    "detach": "detach() hands on the value without its history",
    "data": ".data hands on the value without its history",
    "inference_mode": "it ran in inference mode",
    "frozen": "requires_grad was turned off for what it works on",
    "not differentiable": "its result has no gradient",
    "left torch": "the value left torch here and came back as a plain number",
}


def walk(trace: Trace, explanation: Explanation, target: str) -> tuple[Stop, ...]:
    """The stops towards `target`; of all the passes where the target has no steps of its own.

    Those are told by the rules that other targets' steps have for them, else in numbers alone.
    """
    one = explanation.of(target) or TargetExplanation(target)
    stops = list(islice(_Walk(trace, one, explanation).stops(), 20 * MOST))
    if len(stops) <= MOST:
        return tuple(stops)
    rest = Stop("rest", "…", f"{len(stops) - MOST + 1} further stops are not shown one by one.")
    return (*stops[: MOST - 1], rest)


class _Walk:
    """One trace, indexed for walking towards one target."""

    def __init__(self, trace: Trace, one: TargetExplanation, explanation: Explanation) -> None:
        self.trace = trace
        self.one = one
        self.leaving: dict[int, list[Edge]] = defaultdict(list)
        self.entering: dict[int, list[Edge]] = defaultdict(list)
        for edge in trace.edges:
            self.leaving[edge.tail].append(edge)
            self.entering[edge.head].append(edge)
        self.steps: dict[tuple[int, int], list[Step]] = defaultdict(list)
        for step in one.steps:
            self.steps[step.pass_, step.node].append(step)
        self.folded = {
            (step.pass_, step.node, step.edge is None): repeat
            for repeat in one.repeats
            for step in one.steps[repeat.start : repeat.end]
        }
        self.others = {
            (step.pass_, step.node, step.edge): step for other in explanation.targets for step in other.steps
        }
        self.told: set[int] = set()
        self.tensor = self._tensor()

    def _tensor(self) -> Tensor | None:
        found = self.trace.find(self.one.target)
        if found is not None and found.tensor is not None:
            return self.trace.tensors[found.tensor]
        return named(self.trace).get(self.one.target.removesuffix(".grad"))

    def stops(self) -> Iterator[Stop]:
        """All of them, pass by pass; then the cut that kept the gradient away, and the error.

        Towards a tangent (forward mode): each operation that carried it, in the program's order.
        """
        if self.one.forward and not self.one.steps:
            yield from map(self._carried, self.one.forward)
            return
        for one in self.trace.passes:
            yield from self._pass(one)
        yield from map(self._carried, self.one.forward)
        yield from self._cut_off()
        if isinstance(self.trace.outcome, Raised):
            yield self._raised(self.trace.outcome)

    def _carried(self, step: TangentStep) -> Stop:
        made = self.trace.operations[step.operation]
        title = step.rule.partition(" = ")[0]
        tensor = made.outputs[0] if made.outputs else None
        return Stop("tangent", title, step.words, step.rule, step.arithmetic, span=made.span, tensor=tensor)

    def _pass(self, one: Pass) -> Iterator[Stop]:
        if self.one.steps and all(pass_ != one.id for pass_, _ in self.steps):
            return
        for seed in one.seeds:
            if (one.id, seed.node, True) in self.folded:  # the rounds are whole passes
                yield from self._repeat(self.folded[one.id, seed.node, True])
                return
            yield from self._seed(one, seed.node, seed.tensor, seed.gradient)
        leaves: dict[int, list[Accumulation]] = defaultdict(list)
        for leaf in one.leaves:
            leaves[leaf.node].append(leaf)
        fired = {node: at for at, node in enumerate(one.order)}
        arrived = {arrival.node: arrival.gradients for arrival in one.arrivals}
        for node in map(self.trace.nodes.__getitem__, one.order):
            steps = [step for step in self.steps.get((one.id, node.id), ()) if step.edge is not None]
            mine = [leaf for leaf in leaves.get(node.id, ()) if self._wanted(leaf.tensor)]
            if self.one.steps and not steps and not mine:
                continue
            if (one.id, node.id, False) in self.folded:
                yield from self._repeat(self.folded[one.id, node.id, False])
                continue
            yield from self._meeting(one, node, fired, arrived.get(node.id, ()))
            yield from (self._accumulated(one, leaf) for leaf in mine)
            yield from map(self._step, steps) if self.one.steps else self._edges(one, node)
            yield from (self._cut_edge(one, edge) for edge in self.leaving[node.id] if edge.ghost)
        yield from self._returned(one)

    def _wanted(self, tensor: int) -> bool:
        return not self.one.steps or self.tensor is None or tensor == self.tensor.id

    def _seed(self, one: Pass, node: int, tensor: int | None, gradient: Array) -> Iterator[Stop]:
        root = self._called(tensor)
        step = next((step for step in self.steps.get((one.id, node), ()) if step.edge is None), None)
        if self.one.steps and step is None:
            return
        step = step or self.others.get((one.id, node, None))
        yield Stop(
            "seed",
            title=f"start at {root}",
            words=step.words if step else f"Backward starts at {root}, with {array(gradient)}.",
            formula=step.rule if step else "",
            arithmetic=array(gradient),
            node=node,
            span=one.span,
            tensor=tensor,
            pass_=one.id,
        )

    def _step(self, step: Step) -> Stop:
        assert step.edge is not None
        edge = self.trace.edges[step.edge]
        return Stop(
            "edge",
            title=step.rule.partition(" = ")[0],
            words=step.words,
            formula=step.rule,
            arithmetic=step.arithmetic,
            node=step.node,
            edge=step.edge,
            span=self.trace.nodes[step.node].span,
            tensor=self.trace.nodes[edge.head].tensor,
            pass_=step.pass_,
            jacobian=step.jacobian,
            sent=step.contribution,
        )

    def _repeat(self, repeat: Repeat) -> Iterator[Stop]:
        """A loop's rounds in one, where the first of them would be."""
        if repeat.start in self.told:
            return
        self.told.add(repeat.start)
        step = self.one.steps[repeat.start]
        rounds = f"⋮ ×{repeat.times}" if repeat.times > 1 else "⋮"
        passed = f"{array(repeat.upstream)} → {array(repeat.passed)}" if repeat.passed is not None else ""
        yield Stop(
            "repeat",
            title=f"{rounds}: {repeat.period} {'step' if repeat.period == 1 else 'steps'}",
            words=repeat.words,
            arithmetic=passed,
            node=step.node,
            span=self.trace.nodes[step.node].span,
            tensor=self.trace.nodes[step.node].tensor,
            pass_=step.pass_,
        )

    def _edges(self, one: Pass, node: Node) -> Iterator[Stop]:
        """Every edge that fired."""
        for edge in self.leaving[node.id]:
            sent = _sent(edge, one)
            step = self.others.get((one.id, node.id, edge.id))
            if step is not None:
                yield self._step(step)
            elif sent is not None:
                head = self.trace.nodes[edge.head]
                to = operation(self.trace, head)
                words = f"{operation(self.trace, node)} passes {array(sent)} on to {to}."
                yield Stop("edge", f"to {to}", words, "", array(sent), node.id, edge.id, node.span, head.tensor, one.id)

    def _meeting(self, one: Pass, node: Node, fired: dict[int, int], total: tuple[Array | None, ...]) -> Iterator[Stop]:
        """The sum, where several contributions reach the same output of a node."""
        arrived: dict[int, list[Array]] = defaultdict(list)
        for edge in sorted(self.entering[node.id], key=lambda edge: (fired.get(edge.tail, 0), edge.input)):
            sent = _sent(edge, one)
            if sent is not None:
                arrived[edge.output].append(sent)
        for output, parts in arrived.items():
            if len(parts) < 2:
                continue
            here = self._called(node.tensor)
            sum_ = total[output] if output < len(total) else None
            text = " + ".join(_term(part) for part in parts)
            yield Stop(
                "sum",
                title=f"sum at {here}",
                words=f"{len(parts)} ways meet at {here}: what comes along them is added.",
                arithmetic=f"{text} = {array(sum_)}" if sum_ is not None else text,
                node=node.id,
                span=node.span or self._span(node.tensor),
                tensor=node.tensor,
                pass_=one.id,
            )

    def _accumulated(self, one: Pass, leaf: Accumulation) -> Stop:
        name = self._called(leaf.tensor)
        target = f"{name}.grad"
        added, after = array(leaf.added), array(leaf.after)
        if leaf.before is None:
            words = f"{target} was None; it becomes what arrived: {after}."
        else:
            words = f"{target} held {array(leaf.before)}; what arrived is added to it: {after}."
        words += f" Here {leaf.note}." if leaf.note else ""
        arithmetic = f"{_term(leaf.before)} + {_term(leaf.added)} = {after}" if leaf.before is not None else added
        span = self._span(leaf.tensor)
        return Stop("accumulate", target, words, "", arithmetic, leaf.node, None, span, leaf.tensor, one.id)

    def _returned(self, one: Pass) -> Iterator[Stop]:
        for captured in one.captured:
            name = self._called(captured.of)
            words = f"autograd.grad hands the gradient of {name} back: {array(captured.value)}. No .grad is touched."
            title = f"gradient of {name}"
            yield Stop("returned", title, words, "", "", captured.node, None, one.span, captured.result, one.id)

    def _cut_edge(self, one: Pass, edge: Edge) -> Stop:
        head = self.trace.nodes[edge.head]
        ghost = self._source_of_cut(head)
        words = f"Nothing flows from here to {operation(self.trace, head)}. {self._why(ghost)}"
        return Stop("cut", "cut", words, "", "", ghost.id, edge.id, ghost.span, ghost.tensor, one.id)

    def _cut_off(self) -> Iterator[Stop]:
        """The ghosts that keep every gradient, or the target's, away."""
        raised = self.trace.outcome if isinstance(self.trace.outcome, Raised) else None
        culprit = self.trace.passes[raised.pass_].culprit if raised is not None and raised.pass_ is not None else None
        for node in self.trace.nodes:
            ours = self.tensor is not None and self.tensor.cut == node.id
            if node.kind == "ghost" and (ours or (culprit is not None and node.span == culprit)):
                yield Stop("cut", "cut", self._why(node), node=node.id, span=node.span, tensor=node.tensor)

    def _source_of_cut(self, node: Node) -> Node:
        return self.trace.nodes[node.cut] if node.cut is not None else node

    def _why(self, node: Node) -> str:
        text = operation(self.trace, node)
        if node.kind != "ghost":
            return f"{text} was cut off from here."
        return f"{text} is not recorded: {_CUTS.get(node.reason or '', 'what it works on is cut off')}."

    def _raised(self, raised: Raised) -> Stop:
        where = f"Line {raised.span.line}" if raised.span else "The program"
        words = self.one.why or f"{where} raises {raised.type}: {' '.join(raised.message.split())}"
        title = f"{where.lower()} raises {raised.type}"
        return Stop("raise", title, words, span=raised.span, pass_=raised.pass_)

    def _called(self, tensor: int | None) -> str:
        return called(self.trace.tensors[tensor]) if tensor is not None else "the result"

    def _span(self, tensor: int | None) -> Span | None:
        return self.trace.tensors[tensor].span if tensor is not None else None


def _sent(edge: Edge, one: Pass) -> Array | None:
    return edge.contributions[one.id] if one.id < len(edge.contributions) else None


def _term(value: Array | None) -> str:
    text = array(value)
    return f"({text})" if text.startswith("−") else text


__all__ = ["Stop", "walk"]
