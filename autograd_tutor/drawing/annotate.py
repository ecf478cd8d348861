"""What is written beside boxes and along wires once the prediction is made: names, gradients, cuts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Literal

from autograd_tutor.drawing.cells import Ref
from autograd_tutor.drawing.flow import Flow, Unit, Wire
from autograd_tutor.drawing.hooks import changes
from autograd_tutor.drawing.values import LENGTHS, ROOMY, TIGHT, brief, numbers
from autograd_tutor.trace import Accumulation, Array, Edge, Node, Reason, Record, Trace

WORDS: dict[Reason, str] = {
    "no_grad": "no_grad",
    "detach": "detach",
    "data": ".data",
    "inference_mode": "inference_mode",
    "frozen": "frozen",
    "not differentiable": "not differentiable",
    "left torch": "left torch",
    "downstream": "",
}

MOST_PARTS = 4
"""Of more gradients along one line only their number is written."""
State = Literal[
    "open",  # nothing is told yet
    "fired",  # a gradient flowed
    "quiet",  # torch has the edge, but nothing flowed in the pass shown
    "ghost",  # a gradient would have flowed here but for a cut
    "data",  # nothing here could ever require grad
]


class UnitNote(Record, frozen=True):
    """What the picture says of one unit besides its title and value."""

    ref: Ref
    state: State = "open"
    name: str = ""
    """The node's name, `leaf`, or why there is no node."""
    grad: str = ""
    """A leaf's .grad, before and after."""
    total: str = ""
    """The sum where gradients meet: `9 + 18 + 6 = 33`."""
    nodes: tuple[int, ...] = ()
    """All nodes that it stands for."""


class WireNote(Record, frozen=True):
    """What the picture says of one wire."""

    ref: Ref
    state: State = "open"
    label: str = ""
    edges: tuple[int, ...] = ()
    """All edges that it stands for."""


class Notes(Record, frozen=True):
    """One note for each unit and wire, in the order of the flow."""

    units: tuple[UnitNote, ...]
    wires: tuple[WireNote, ...]
    most: int = ROOMY
    """About how many characters of a value are shown."""


def before(flow: Flow, most: int = ROOMY) -> Notes:
    """Notes that tell nothing of what torch recorded: every input is alike, every operation is alike."""
    return Notes(
        units=tuple(
            UnitNote(ref=Ref(operation=unit.operation, tensor=unit.tensor), name="leaf" if unit.kind == "input" else "")
            for unit in flow.units
        ),
        wires=tuple(WireNote(ref=Ref(tensor=wire.tensor)) for wire in flow.wires),
        most=most,
    )


def after(trace: Trace, flow: Flow, pass_: int | None, lengths: Sequence[int] = LENGTHS) -> list[Notes]:
    """Notes with all that torch recorded; `pass_` chooses one backward pass, None takes them together.

    One for each of `lengths`: about how many characters of a value are shown.
    """
    told = _After(trace, flow, pass_)
    return [told.notes(most) for most in lengths]


class _After:
    def __init__(self, trace: Trace, flow: Flow, pass_: int | None) -> None:
        self.trace = trace
        self.flow = flow
        self.most = ROOMY
        self.passes = range(len(trace.passes)) if pass_ is None else (pass_,)
        self.leaving: dict[int, list[Edge]] = defaultdict(list)
        for edge in trace.edges:
            self.leaving[edge.tail].append(edge)
        self.fired_at = {node: at for one in self.passes for at, node in enumerate(trace.passes[one].order)}
        self.edges = self._matched()
        self.hooked = changes(trace, self.passes)

    def _matched(self) -> dict[int, tuple[Edge, ...]]:
        """The graph's edges behind each wire; of parallel wires each takes one, the last takes what is left."""
        parallel: dict[tuple[int, int], list[Wire]] = defaultdict(list)
        for wire in self.flow.wires:
            parallel[wire.target, wire.tensor].append(wire)
        matched: dict[int, tuple[Edge, ...]] = {}
        for wires in parallel.values():
            edges = self._edges_behind(wires[0])
            for at, wire in enumerate(wires):
                matched[wire.id] = tuple(edges[at:] if wire is wires[-1] else edges[at : at + 1])
        return matched

    def _edges_behind(self, wire: Wire) -> list[Edge]:
        """All edges from the target's nodes to where the wire's tensor comes from, in the order of operands."""
        source, target, tensor = (
            self.flow.units[wire.source],
            self.flow.units[wire.target],
            self.trace.tensors[wire.tensor],
        )
        heads = set(source.nodes)
        if tensor.is_leaf and tensor.node is not None:
            heads.add(tensor.node)
        made = source.operation is not None and len(self.trace.operations[source.operation].outputs) > 1
        if made and tensor.node in heads:  # others made its other outputs
            heads = {tensor.node}
        tails = set(target.nodes)
        return sorted(
            (
                edge
                for tail in tails
                for edge in self.leaving[tail]
                if edge.head in heads - tails and (not made or edge.output == tensor.output)
            ),
            key=lambda edge: (edge.tail, edge.input),
        )

    def notes(self, most: int) -> Notes:
        self.most = most
        wires = tuple(map(self._wire, self.flow.wires))
        leaving: dict[int, list[WireNote]] = defaultdict(list)
        for wire, note in zip(self.flow.wires, wires, strict=True):
            leaving[wire.source].append(note)
        return Notes(tuple(self._unit(unit, leaving[unit.id]) for unit in self.flow.units), wires, self.most)

    def _flowed(self, edge: Edge) -> list[Array]:
        shown = (edge.contributions[at] for at in self.passes if at < len(edge.contributions))
        return [contribution for contribution in shown if contribution is not None]

    def _wire(self, wire: Wire) -> WireNote:
        edges = self.edges[wire.id]
        ids = tuple(edge.id for edge in edges)
        ref = Ref(edge=ids[0] if ids else None, tensor=wire.tensor)
        flowed = [value for edge in edges for value in self._flowed(edge)]
        if len(flowed) > MOST_PARTS:
            return WireNote(ref, "fired", f"{len(flowed)} parts", ids)
        if flowed:
            return WireNote(ref, "fired", self._joined(flowed, " then " if len(edges) == 1 else " + "), ids)
        if not edges:
            return WireNote(ref, "data")
        if all(edge.ghost for edge in edges):
            return WireNote(ref, "ghost", "", ids)
        missed = any(edge.tail in self.fired_at for edge in edges)
        return WireNote(ref, "quiet", "did not fire" if missed else "", ids)

    def _joined(self, values: list[Array], between: str) -> str:
        """What flowed one after the other; where only its size can be told, that once."""
        told = [brief(value, self.most) for value in values]
        alike = len(set(told)) == 1 and not numbers(values[0], self.most)
        return told[0] if alike else between.join(told).replace("+ −", "− ")

    def _unit(self, unit: Unit, leaving: list[WireNote]) -> UnitNote:
        nodes = [self.trace.nodes[node] for node in unit.nodes]
        main = nodes[-1] if nodes else None
        fired = [note.label for note in sorted(leaving, key=self._when) if note.state == "fired"]
        state: State = "fired" if fired or self._ran(unit) else "quiet"
        name = ", ".join(dict.fromkeys(node.name for node in reversed(nodes) if node.kind == "function"))
        if unit.kind == "input":
            tensor = None if unit.tensor is None else self.trace.tensors[unit.tensor]
            tracked = main is not None or (tensor is not None and tensor.requires_grad and tensor.is_leaf)
            made = main is not None and main.kind == "function"  # where nothing is recorded, or by a backward pass
            state, name = (state, name if made else "leaf") if tracked else ("data", "")
        elif main is None:
            state = "data"
        elif main.kind == "ghost":
            state, name = "ghost", ghost_words(main)
        hook = self._hook(unit)
        return UnitNote(
            ref=Ref(main.id if main else None, None, unit.operation, unit.tensor),
            state=state,
            name=f"{name} · {hook}" if name and hook else name or hook,
            grad=self._grad(unit),
            total=self._total(unit, fired) if self._meet(leaving) else "",
            nodes=unit.nodes,
        )

    def _hook(self, unit: Unit) -> str:
        """`hook 5 → 1` where the program's own code changed what arrived, in a few words."""
        told = {
            f"hook {brief(change.came, TIGHT)} → {brief(change.went, TIGHT)}"
            for node in unit.nodes
            for change in self.hooked.get(node, ())
        }
        return min(told) if len(told) == 1 else "hook" if told else ""

    def _when(self, note: WireNote) -> int:
        """When its gradient was added, by the firing order."""
        return 0 if note.ref.edge is None else self.fired_at.get(self.trace.edges[note.ref.edge].tail, 0)

    def _ran(self, unit: Unit) -> bool:
        return any(node in self.fired_at for node in unit.nodes)

    def _grad(self, unit: Unit) -> str:
        """`.grad` before and after, for tensors that keep one."""
        if unit.tensor is None or (unit.operation is not None and self.trace.operations[unit.operation].in_place):
            return ""
        tensor = self.trace.tensors[unit.tensor]
        if unit.kind == "group" and tensor.is_leaf:  # it stands at the leaf itself
            return ""
        done = [one for at in self.passes for one in self.trace.passes[at].leaves if one.tensor == unit.tensor]
        if done:
            last = tensor.grad if len(self.passes) == len(self.trace.passes) else done[-1].after
            return self._history(done, last)
        if unit.kind == "input" and tensor.requires_grad and len(self.passes) == len(self.trace.passes) > 0:
            return f"grad {brief(tensor.grad, self.most) or 'None'}"
        return ""

    def _history(self, done: list[Accumulation], last: Array | None) -> str:
        """`grad None → 2, cleared → 3, zeroed`: what each pass added to, and what the program did in between."""
        held = done[0].before
        text = f"grad {brief(held, self.most) or 'None'}"
        for one in done:
            text += self._set(held, one.before) + self._arrow(one.before, one.after)
            held = one.after
        return text + self._set(held, last)

    def _set(self, held: Array | None, now: Array | None) -> str:
        """What the program itself made of a .grad; nothing where it is as it was."""
        if repr(held) == repr(now):  # of nan too
            return ""
        if now is None:
            return ", cleared"
        return ", zeroed" if now.data is not None and not any(now.data) else self._arrow(held, now)

    def _arrow(self, held: Array | None, now: Array | None) -> str:
        return "" if repr(held) == repr(now) else f" → {brief(now, self.most) or 'None'}"

    def _meet(self, leaving: list[WireNote]) -> bool:
        """Whether all that flowed to a unit came to the same result of it: only then is it summed."""
        edges = [self.trace.edges[edge] for note in leaving if note.state == "fired" for edge in note.edges]
        return len({(edge.head, edge.output) for edge in edges if self._flowed(edge)}) == 1

    def _total(self, unit: Unit, fired: list[str]) -> str:
        """The sum where several gradients meet, from what torch says arrived."""
        if len(fired) < 2 or len(self.passes) != 1:
            return ""
        (at,) = self.passes
        one = self.trace.passes[at]
        arrived = next((one.added for one in one.leaves if one.tensor == unit.tensor), None)
        if arrived is None:
            node = unit.nodes[-1] if unit.nodes else None
            gradients = next((arrival.gradients for arrival in one.arrivals if arrival.node == node), ())
            arrived = gradients[0] if len(gradients) == 1 else None
            if arrived is not None and node in self.hooked:
                arrived = self.hooked[node][0].came
        if arrived is None or not numbers(arrived, self.most):
            return ""
        if len(fired) > MOST_PARTS:
            return f"{len(fired)} parts = {brief(arrived, self.most)}"
        parts = " + ".join(f"({label})" if " + " in label or " then " in label else label for label in fired)
        parts = parts.replace("+ −", "− ")
        return f"{parts} = {brief(arrived, self.most)}"


def latest(grad: str) -> str:
    """The end of what a .grad held, where there is no room for all of it."""
    changes, _, last = grad.rpartition(" → ")
    if changes.endswith(("cleared", "zeroed")):
        return f"grad …, {changes.rpartition(', ')[2]} → {last}"
    return f"grad … → {last}" if " → " in changes else f"grad {last.removeprefix('grad ')}"


def ghost_words(node: Node) -> str:
    """What a ghost says: where it was cut, or only that it was not recorded."""
    if node.reason is None or node.reason == "downstream":
        return "not recorded"
    return f"cut here: {WORDS[node.reason]}"
