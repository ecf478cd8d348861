"""The forward dataflow of a trace: units (inputs and operations) and the wires between them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Literal

from autograd_tutor.drawing.titles import Source, title
from autograd_tutor.trace import Array, Operand, Operation, Record, Span, Trace

_SILENT = {"requires_grad_", "retain_grad", "register_hook", "backward", "zero_grad"}
"""Calls that compute nothing: they make no box."""


class Unit(Record, frozen=True):
    """One box: a tensor that comes from nowhere in the graph, or an operation with the name it was given."""

    id: int
    """Its position in `Flow.units`, which is the order of the program."""
    kind: Literal["input", "operation", "group"]
    title: str
    value: Array | None = None
    """What it held at that moment; None also where it may not be shown."""
    tensor: int | None = None
    """The tensor it is or makes."""
    operation: int | None = None
    nodes: tuple[int, ...] = ()
    """Graph nodes, the one nearest its inputs first; for an input its accumulate node."""
    span: Span | None = None
    repeats: int = 1
    """group: how many rounds of a loop it stands for."""


class Wire(Record, frozen=True):
    """From what makes a tensor to one use of it."""

    id: int
    source: int
    """Unit id."""
    target: int
    operand: int
    """Which of the target's tensor operands it is."""
    tensor: int


class Flow(Record, frozen=True):
    """Units in the program's order; every wire runs from a lower id to a higher one."""

    units: tuple[Unit, ...]
    wires: tuple[Wire, ...]


def names(trace: Trace) -> dict[int, str]:
    """The first name each tensor was given, by its id."""
    first: dict[int, str] = {}
    for event in trace.events:
        if event.kind == "assign" and event.ref is not None:
            first.setdefault(event.ref, event.text)
    return first


def flow(trace: Trace, operations: Iterable[Operation], hide: Collection[str] = ()) -> Flow:
    """The dataflow of some of a trace's operations, in order; values of `hide` and all that follows are left out."""
    return _Builder(trace, hide).build(operations)


class _Builder:
    def __init__(self, trace: Trace, hide: Collection[str]) -> None:
        self.trace = trace
        self.source = Source(trace.source)
        self.names = names(trace)
        words = {word for text in hide for word in (text, *re.findall(r"[^\W\d]\w*", text))}
        self.tainted = {tensor.id for tensor in trace.tensors if words & {*tensor.names, self.names.get(tensor.id, "")}}
        self.units: list[Unit] = []
        self.wires: list[Wire] = []
        self.maker: dict[int, int] = {}
        """Which unit made each tensor, so far."""

    def build(self, operations: Iterable[Operation]) -> Flow:
        for operation in operations:
            operands = tuple(operand for operand in operation.inputs if operand.tensor is not None)
            if operation.name in _SILENT:
                continue
            if not operands:
                self._inputs_made_by(operation)
            elif operation.outputs or operation.nodes:
                self._operation(operation, operands)
        return Flow(tuple(self.units), tuple(self.wires))

    def _inputs_made_by(self, operation: Operation) -> None:
        for tensor, value in zip(operation.outputs, operation.values, strict=False):
            self._input(tensor, value)

    def _input(self, tensor: int, value: Array | None) -> int:
        known = self.trace.tensors[tensor]
        unit = Unit(
            id=len(self.units),
            kind="input",
            title=self.names.get(tensor) or known.label,
            value=None if tensor in self.tainted else value,
            tensor=tensor,
            nodes=() if known.node is None or not known.is_leaf else (known.node,),
            span=known.span,
        )
        self.units.append(unit)
        self.maker[tensor] = unit.id
        return unit.id

    def _operation(self, operation: Operation, operands: tuple[Operand, ...]) -> None:
        sources = []
        for operand in operands:
            assert operand.tensor is not None
            if operand.tensor not in self.maker:
                self._input(operand.tensor, operand.value)
            sources.append(self.maker[operand.tensor])
        if any(operand.tensor in self.tainted for operand in operands):
            self.tainted.update(operation.outputs)
        output = operation.outputs[0] if operation.outputs else None
        makers = [self.trace.operations[made] for at in sources if (made := self.units[at].operation) is not None]
        name = None if output is None else self.names.get(output)
        unit = Unit(
            id=len(self.units),
            kind="operation",
            title=title(self.trace, self.source, operation, makers, name),
            value=operation.values[0] if operation.values and output not in self.tainted else None,
            tensor=output,
            operation=operation.id,
            nodes=operation.nodes,
            span=operation.span,
        )
        self.units.append(unit)
        for at, (operand, source) in enumerate(zip(operands, sources, strict=True)):
            assert operand.tensor is not None
            self.wires.append(Wire(len(self.wires), source, unit.id, at, operand.tensor))
        self.maker.update(dict.fromkeys(operation.outputs, unit.id))
