"""The pieces of the chain rule towards one target, from the steps of its account, in the engine's order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Set

from msgspec.structs import replace

from autograd_tutor.explanation import Repeat, Step, TargetExplanation, outline
from autograd_tutor.notation import array, is_name
from autograd_tutor.teaching.apart import carry, words
from autograd_tutor.teaching.apart.model import Piece
from autograd_tutor.teaching.scene import called, operation
from autograd_tutor.trace import Accumulation, Array, Node, Trace

MOST_STEPS = 120
"""A longer account is not taken apart."""
TYPED = 9
"""Elements that one can be asked to type; of more only the last result is asked for."""

Place = tuple[str, int]
"""Where gradients arrive: at an operation that a rule accounts for, else at a single node."""


def chain(trace: Trace, one: TargetExplanation, hidden: Set[str]) -> tuple[list[Piece], int] | None:
    """All pieces, and which of them is what the target gets; None where there is no chain to take apart.

    `hidden` are names whose values are not to be seen yet.
    """
    items = list(outline(one))
    if not items or len(items) > MOST_STEPS or one.rewritten:
        return None
    found = _Chain(trace, one, hidden)
    found.follow(items)
    return (found.pieces, found.last) if found.last is not None else None


class _Chain:
    """The pieces so far, and which of them have arrived where."""

    def __init__(self, trace: Trace, one: TargetExplanation, hidden: Set[str]) -> None:
        self.trace = trace
        self.one = one
        self.hidden = hidden
        self.pieces: list[Piece] = []
        self.last: int | None = None
        """What .grad held after the pass before."""
        found = trace.find(one.target)
        self.tensor = found.tensor if found is not None else None
        self.ruled = {trace.nodes[step.node].operation for step in one.steps if step.ruled and step.edge is not None}
        self.sources = {(step.pass_, self._place(step.node)) for step in one.steps if step.edge is not None}

    def follow(self, items: Iterable[int | Repeat]) -> None:
        """Pass by pass."""
        by_pass: dict[int, list[int | Repeat]] = defaultdict(list)
        for item in items:
            at = item.start if isinstance(item, Repeat) else item
            by_pass[self.one.steps[at].pass_].append(item)
        for pass_, mine in by_pass.items():
            self._pass(pass_, mine)

    def _pass(self, pass_: int, items: list[int | Repeat]) -> None:
        self.root = "L"
        self.arrived: dict[Place, list[int]] = defaultdict(list)
        self.here: dict[Place, int] = {}
        ends: list[int] = []
        leaving = self._leaving(items)
        for item in items:
            if isinstance(item, Repeat):
                ends += self._repeat(item)
                continue
            step = self.one.steps[item]
            if step.edge is None:
                place = self._place(step.node)
                seed = self._seed(step)
                (self.arrived[place] if (pass_, place) in self.sources else ends).append(seed)
                continue
            place = self._place(step.node)
            here = self._at(place, step.upstream, settled=leaving[place] > 1)
            passed = self._edge(step, here)
            head = self._place(self.trace.edges[step.edge].head)
            (self.arrived[head] if (pass_, head) in self.sources else ends).append(passed)
        if ends:
            self._end(pass_, ends)

    def _leaving(self, items: list[int | Repeat]) -> dict[Place, int]:
        """How many ways go on from each place."""
        count: dict[Place, int] = defaultdict(int)
        for item in items:
            if not isinstance(item, Repeat) and self.one.steps[item].edge is not None:
                count[self._place(self.one.steps[item].node)] += 1
        return count

    def _place(self, node: int) -> Place:
        made = self.trace.nodes[node].operation
        return ("operation", made) if made is not None and made in self.ruled else ("node", node)

    def _add(self, piece: Piece) -> int:
        self.pieces.append(piece)
        return len(self.pieces) - 1

    def _settle(self, at: int) -> int:
        """Ask for a product that is needed as a number, unless nothing comes that way."""
        if self.pieces[at].how == "product" and not carry.even(self._value(at), 0):
            self.pieces[at] = replace(self.pieces[at], asked=True)
        return at

    def _seed(self, step: Step) -> int:
        self.root = step.rule[1:].partition("/∂")[0]
        node = self.trace.nodes[step.node]
        question = f"With what does backward start at {self._name(node)}?"
        return self._add(
            Piece(
                "passed",
                step.contribution,
                step.rule.partition(" = ")[0],
                question=question,
                said=step.words,
                reason="How much does a number change with itself?",
                node=node.id,
                span=self.trace.passes[step.pass_].span,
            )
        )

    def _at(self, place: Place, true: Array | None, *, settled: bool) -> int:
        """The piece that has arrived there; the sum, where ways meet."""
        if place not in self.here:
            parts = self.arrived[place]
            here = parts[0] if len(parts) == 1 else self._sum(parts, place, true) if parts else None
            if here is None or not carry.agrees(self._value(here), true):
                title = self._title(self._name(self._node(place)))
                here = self._add(Piece("passed", true, title, said=f"Here torch goes on with {array(true)}."))
            self.here[place] = here
        return self._settle(self.here[place]) if settled else self.here[place]

    def _sum(self, parts: list[int], place: Place, true: Array | None) -> int:
        node = self._node(place)
        name = self._name(node)
        nonzero = [part for part in parts if not carry.even(self._value(part), 0)]
        return self._met(parts, name, true, node, asked=len(nonzero) > 1)

    def _met(self, parts: list[int], name: str, true: Array | None, node: Node | None, *, asked: bool) -> int:
        for part in map(self._settle, parts):
            piece = self.pieces[part]
            if piece.how in ("product", "scaled"):
                self.pieces[part] = replace(piece, title=f"{piece.title} along one way")
        return self._add(
            Piece(
                "sum",
                true,
                self._title(name),
                "sum",
                tuple(parts),
                asked=asked,
                said=f"Of the ways that meet at {name} only one brings anything.",
                reason=f"Every way to {name} brings its share.",
                node=node.id if node is not None else None,
                span=node.span if node is not None else None,
            )
        )

    def _edge(self, step: Step, here: int) -> int:
        """The local derivative, and what goes on with it."""
        node = self.trace.nodes[step.node]
        below = self._below(step)
        sent = step.contribution
        product = carry.times(step.upstream, step.local) if step.upstream and step.local and step.ruled else None
        if step.local is None or not carry.same(product, sent):
            return self._linear(step, self._settle(here), below)
        trivial = carry.even(step.local, 1) and step.symbol == "1"
        # Where nothing arrives, nothing goes on, whatever the slope.
        asked = not trivial and _typed(step.local) and not carry.even(self._value(here), 0)
        slope = self._add(words.slope(self.trace, step, below, self.hidden, asked=asked))
        if carry.even(step.local, 1) and trivial and _shape(sent) == _shape(self._value(here)):
            return here
        if self.pieces[here].how == "given" and carry.even(self._value(here), 1) and _shape(sent) == step.local.shape:
            return slope
        return self._add(
            Piece("passed", sent, self._title(below), "product", (here, slope), node=node.id, span=node.span)
        )

    def _linear(self, step: Step, here: int, below: str) -> int:
        """Where what goes on is no product with a slope, it is asked for by the rule."""
        node = self.trace.nodes[step.node]
        return self._add(
            Piece(
                "passed",
                step.contribution,
                self._title(below),
                "scaled",
                (here,),
                asked=step.ruled and _typed(step.contribution),
                question=words.by_rule(step, below),
                said=f"{step.rule}." if step.ruled else f"{operation(self.trace, node)} passes on what it picks.",
                reason=f"{step.reason}." if step.reason else "",
                rule=step.rule if step.ruled else "",
                node=node.id,
                span=node.span,
            )
        )

    def _repeat(self, one: Repeat) -> Iterator[int]:
        """A loop's rounds, told together; yields what they send to the target."""
        node = self.trace.nodes[self.one.steps[one.start].node]
        if one.upstream is None or one.end >= len(self.one.steps):
            self._add(Piece("slope", None, node.text, said=words.first_sentence(one.words)))
            self.last = None
            return
        here = self._at(self._place(node.id), one.upstream, settled=True)
        title = self._title(self._name(node))
        if one.product is not None:
            said = f"{words.first_sentence(one.words)} Together their slopes are {array(one.product)}."
            rounds = f"the {one.times} rounds"
            slope = self._add(Piece("slope", one.product, rounds, said=said, node=node.id, span=node.span))
            passed = Piece("passed", one.passed, title, "product", (here, slope), node=node.id, span=node.span)
        else:
            passed = Piece("passed", one.passed, title, "scaled", (here,), said=words.first_sentence(one.words))
        self.arrived[self._place(self.one.steps[one.end].node)].append(self._add(passed))
        if one.added is not None:
            said = f"They send {array(one.added)} to {self.one.target.removesuffix('.grad')}."
            yield self._add(Piece("passed", one.added, "the rounds", "scaled", (here,), said=said))

    def _end(self, pass_: int, ends: list[int]) -> None:
        """What all ways bring to the target, and what .grad makes of it."""
        name = self.one.target.removesuffix(".grad")
        left = next((one for one in self.trace.passes[pass_].leaves if one.tensor == self.tensor), None)
        total = ends[0]
        if len(ends) > 1:
            true = left.added if left is not None else None
            for end in ends if true is None else ():
                value = self._value(end)
                true = value if true is None or value is None else carry.plus(true, value)
            node = self.trace.nodes[left.node] if left is not None else None
            total = self._met(ends, name, true, node, asked=True)
        self._settle(total)
        self.last = self._kept(left, total) if left is not None else total

    def _kept(self, left: Accumulation, total: int) -> int:
        """`.grad` after the pass: what came is added to what was there."""
        if left.before is None or carry.even(left.before, 0):
            return total
        before = self.last
        if before is None or not carry.same(self._value(before), left.before):
            said = f"{self.one.target} held {array(left.before)} before."
            before = self._add(Piece("grad", left.before, self.one.target, said=said))
        return self._add(
            Piece(
                "grad",
                left.after,
                self.one.target,
                "sum",
                (before, total),
                asked=True,
                reason="backward() adds to what .grad holds already.",
                node=left.node,
            )
        )

    def _value(self, at: int) -> Array | None:
        value = self.pieces[at].value
        return value if isinstance(value, Array) else None

    def _node(self, place: Place) -> Node:
        kind, at = place
        return self.trace.nodes[self.trace.operations[at].nodes[-1] if kind == "operation" else at]

    def _name(self, node: Node) -> str:
        return called(self.trace.tensors[node.tensor]) if node.tensor is not None else operation(self.trace, node)

    def _below(self, step: Step) -> str:
        """What the step leads to, as its rule calls it."""
        below = step.rule.partition(" = ")[0].partition("/∂")[2] if step.ruled else ""
        return below or self._name(self.trace.nodes[self.trace.edges[step.edge or 0].head])

    def _title(self, below: str) -> str:
        return f"∂{self.root}/∂{below if is_name(below) or below.startswith('(') else f'({below})'}"


def _shape(value: Array | None) -> tuple[int, ...] | None:
    return value.shape if value is not None else None


def _typed(value: Array | None) -> bool:
    """Whether one can be asked to type it."""
    if value is None or not value.data:
        return False
    return len(value.data) <= TYPED or len(set(value.data)) == 1
