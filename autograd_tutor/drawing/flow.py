"""The forward dataflow of a trace: units (inputs and operations) and the wires between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Literal

from msgspec.structs import replace

from autograd_tutor.drawing.hiding import hidden, stands_in_the_code
from autograd_tutor.drawing.titles import Titles, filled
from autograd_tutor.trace import PUTS, Array, Operand, Operation, Record, Span, Trace, tensor_operands

_SILENT = {"requires_grad", "retain_grad", "register_hook", "backward", "zero_grad"}
"""Calls that compute nothing: they make no box."""


class Unit(Record, frozen=True):
    """One box: a tensor that comes from nowhere in the graph, or an operation with the name it was given."""

    id: int
    """Its position in `Flow.units`, which is the order of the program."""
    kind: Literal["input", "operation", "group"]
    title: str
    name: str
    """What to call its result in a few words: `y`, or the title where it has no name."""
    template: str = ""
    """The title with places for `inner`; see `titles.filled`."""
    inner: tuple[int, ...] = ()
    """Operations that the template has places for."""
    value: Array | None = None
    """What it held at that moment; None also where it may not be shown."""
    tensor: int | None = None
    """The tensor it is or makes."""
    parts: tuple[tuple[int, str], ...] = ()
    """Where it makes several: their ids, and what the program calls them."""
    operation: int | None = None
    nodes: tuple[int, ...] = ()
    """Graph nodes, the one nearest its inputs first; for an input its accumulate node."""
    span: Span | None = None
    call: int | None = None
    """The innermost module call that it ran in; for a group the innermost that holds it all."""


class Wire(Record, frozen=True):
    """From what makes a tensor to one use of it."""

    id: int
    source: int
    """Unit id."""
    target: int
    operand: int
    """Which of the target's wires it is, from 0, in the order of its operands."""
    tensor: int


class Flow(Record, frozen=True):
    """Units in the program's order; every wire runs from a lower id to a higher one."""

    units: tuple[Unit, ...]
    wires: tuple[Wire, ...]


def flow(trace: Trace, operations: Iterable[Operation], hide: Collection[str] = ()) -> Flow:
    """The dataflow of some of a trace's operations, in order.

    The values of the targets in `hide`, and of all that tells them, are left out.
    """
    return _Builder(trace, hide).build(operations)


class _Builder:
    def __init__(self, trace: Trace, hide: Collection[str]) -> None:
        self.trace = trace
        self.titles = Titles(trace)
        self.hidden = hidden(trace, hide, self.titles.names)
        self.units: list[Unit] = []
        self.wires: list[Wire] = []
        self.maker: dict[int, int] = {}
        """Which unit made each tensor, so far."""
        self.veiled: set[int] = set()
        """Units whose values are hidden."""

    def build(self, operations: Iterable[Operation]) -> Flow:
        for operation in operations:
            given = tuple(tensor_operands(operation.inputs))
            if operation.name == PUTS:
                self._written_through(operation)
                continue
            if operation.name in _SILENT or self._prepares(operation, given):
                continue
            if given or operation.nodes:
                self._operation(operation, given)
            else:
                self._made_from_nothing(operation)
        return self._useful()

    def _prepares(self, operation: Operation, given: tuple[Operand, ...]) -> bool:
        """It fills a module's fresh parameter or clears a gradient: no part of the function computed."""
        if not operation.in_place or len(given) != 1:
            return False
        return self.titles.inside(operation) or given[0].text.endswith(".grad")

    def _written_through(self, operation: Operation) -> None:
        """What wrote into the view made the base what it is now, of what that was before."""
        base, _, view = (operand.tensor for operand in operation.inputs)
        assert base is not None
        assert view is not None
        if base in self.maker and view in self.maker:
            source, unit = self.maker[base], self.maker[view]
            if not any((wire.source, wire.target) == (source, unit) for wire in self.wires):
                self.wires.append(Wire(len(self.wires), source, unit, 0, base))
            self.maker[base] = unit
            self._stands_for(self.units[unit], base, operation.values[0])

    def _stands_for(self, unit: Unit, base: int, value: Array | None) -> None:
        """From now on the box is the base as well, and shows all of it."""
        known = self.trace.tensors[base]
        words = f" writes {self.titles.names.get(base) or next(iter(known.names), known.label)}"
        title = unit.title + words
        self.units[unit.id] = replace(
            unit,
            title=title,
            name=title if unit.name == unit.title else unit.name,
            template=unit.template + words,
            value=None if unit.id in self.veiled else value,
        )

    def _made_from_nothing(self, operation: Operation) -> None:
        for tensor, value in zip(operation.outputs, operation.values, strict=False):
            self._input(tensor, value, "", seen=stands_in_the_code(operation))

    def _input(
        self, tensor: int, value: Array | None, text: str, call: int | None = None, *, seen: bool = False
    ) -> int:
        known = self.trace.tensors[tensor]
        name = self.titles.names.get(tensor) or next(iter(known.names), "") or known.label or text or "a tensor"
        node = None if known.node is None else self.trace.nodes[known.node]
        if node is not None and node.operation is not None:  # it was written into later
            node = None
        veiled = tensor in self.hidden.tensors and not seen
        unit = Unit(
            id=len(self.units),
            kind="input",
            title=name,
            name=name,
            value=None if veiled else value,
            tensor=tensor,
            nodes=() if node is None else (node.id,),
            span=known.span,
            call=call,
        )
        self.units.append(unit)
        self.maker[tensor] = unit.id
        self.veiled |= {unit.id} if veiled else set()
        return unit.id

    def _operation(self, operation: Operation, given: tuple[Operand, ...]) -> None:
        sources = []
        for operand in given:
            assert operand.tensor is not None
            if operand.tensor not in self.maker:
                self._input(operand.tensor, operand.value, operand.text, operation.call)
            sources.append(self.maker[operand.tensor])
        if operation.id in self.hidden.operations or self.veiled.intersection(sources):
            self.veiled.add(len(self.units))
        output = operation.outputs[0] if operation.outputs else None
        makers = [self.trace.operations[made] for at in sources if (made := self.units[at].operation) is not None]
        template, names = self.titles.template(operation, makers), self.titles.several(operation)
        title = filled(template, ["…"] * len(makers))
        unit = Unit(
            id=len(self.units),
            kind="operation",
            title=title,
            name=self.titles.name(operation) or title.removeprefix(f"{', '.join(names)} = "),
            template=template,
            parts=tuple(zip(operation.outputs, names, strict=False)),
            inner=tuple(maker.id for maker in makers),
            value=operation.values[0] if operation.values and len(self.units) not in self.veiled else None,
            tensor=output,
            operation=operation.id,
            nodes=operation.nodes,
            span=operation.span,
            call=operation.call,
        )
        self.units.append(unit)
        for at, (operand, source) in enumerate(zip(given, sources, strict=True)):
            assert operand.tensor is not None
            self.wires.append(Wire(len(self.wires), source, unit.id, at, operand.tensor))
        self.maker.update(dict.fromkeys(operation.outputs, unit.id))

    def _useful(self) -> Flow:
        """Without what leads nowhere and the program does not name; numbered anew."""
        sources: dict[int, list[int]] = defaultdict(list)
        for wire in self.wires:
            sources[wire.target].append(wire.source)
        named = set(self.titles.names) | {one.id for one in self.trace.tensors if one.names}
        named.update(root for one in self.trace.passes for root in one.root)
        used: set[int] = set()
        kept = []
        for unit in reversed(self.units):
            if unit.id in used or unit.tensor in named or not self._aside(unit):
                kept.append(unit)
                used.update(sources[unit.id])
        return renumbered(reversed(kept), self.wires)

    def _aside(self, unit: Unit) -> bool:
        """An input, or what a library did for itself outside a module's call, as a copy of a layer's weights is."""
        if unit.operation is None:
            return True
        return unit.call is None and self.titles.inside(self.trace.operations[unit.operation])


def renumbered(units: Iterable[Unit], wires: Iterable[Wire]) -> Flow:
    """A flow of these units in this order, and of the wires between them, with ids by position."""
    kept = list(units)
    ids = {unit.id: at for at, unit in enumerate(kept)}
    operands = dict.fromkeys(ids, 0)
    moved: list[Wire] = []
    for wire in wires:
        if wire.source in ids and wire.target in ids:
            moved.append(Wire(len(moved), ids[wire.source], ids[wire.target], operands[wire.target], wire.tensor))
            operands[wire.target] += 1
    return Flow(tuple(replace(unit, id=ids[unit.id]) for unit in kept), tuple(moved))
