"""What an optimizer's step does to the leaves, in one unit: `opt.step()`."""

from __future__ import annotations

from itertools import groupby

from msgspec.structs import replace

from autograd_tutor.drawing.flow import Flow, Unit
from autograd_tutor.drawing.merge import Group, merged
from autograd_tutor.trace import Operation, Span, Trace

Place = tuple[Span, int]
"""A piece of source, and which of its runs."""
MOST_LEAVES = 2
"""More leaves are counted, not named."""


def stepped(trace: Trace, flow: Flow) -> Flow:
    """`flow` with each run of library code that writes into leaves unrecorded in one unit of kind `group`."""
    made = {unit.id: trace.operations[unit.operation] for unit in flow.units if unit.operation is not None}
    units = [unit for unit in flow.units if unit.id in made]
    groups = []
    for place, run in groupby(units, key=lambda unit: _place(trace, made[unit.id])):
        members = list(run)
        if place is not None and len(members) > 1 and any(_updates(trace, made[unit.id]) for unit in members):
            groups.append(_group(trace, members, [made[unit.id] for unit in members]))
    return merged(flow, groups)


def at_leaves(trace: Trace, flow: Flow) -> Flow:
    """`flow` with what uses a leaf that was stepped meanwhile drawn at the leaf: there its gradient goes.

    What a step writes is a new value of the same leaf: torch has no node for it. A leaf that is only filled
    before its first use stands where it was filled.
    """
    leaves = {unit.tensor: unit.id for unit in flow.units if unit.kind == "input"}
    recorded = {unit.id for unit in flow.units if any(trace.nodes[node].kind == "function" for node in unit.nodes)}
    first: dict[int, int] = {}
    wires = []
    for wire in sorted(flow.wires, key=lambda wire: wire.target):
        tensor = trace.tensors[wire.tensor]
        tracked = tensor.is_leaf and tensor.requires_grad and wire.tensor in leaves
        used = tracked and wire.target in recorded
        stepped_since = used and first.setdefault(wire.tensor, wire.target) < wire.source
        wires.append(replace(wire, source=leaves[wire.tensor]) if stepped_since else wire)
    return Flow(flow.units, tuple(sorted(wires, key=lambda wire: wire.id)))


def _place(trace: Trace, operation: Operation) -> Place | None:
    """Where the program called the library; None for a module's call, and for what autograd recorded."""
    recorded = any(trace.nodes[node].kind == "function" for node in operation.nodes)
    if operation.span is None or operation.call is not None or recorded:
        return None
    return operation.span, operation.repeat


def _updates(trace: Trace, operation: Operation) -> bool:
    return operation.in_place and any(trace.tensors[output].is_leaf for output in operation.outputs)


def _group(trace: Trace, members: list[Unit], made: list[Operation]) -> Group:
    """Named after the call: the text of what a library did there is `add in opt.step()`."""
    text = made[0].text
    called = " ".join((text.partition(" in ")[2] or text).split())
    written = [trace.tensors[output] for one in made if _updates(trace, one) for output in one.outputs]
    leaves = [leaf for leaf in written if leaf.requires_grad] or written  # the others are what it keeps for itself
    labels = list(dict.fromkeys(leaf.label for leaf in leaves))
    what = ", ".join(labels) if len(labels) <= MOST_LEAVES else f"{len(labels)} leaves"
    return Group(members, f"{called} writes {what}", called)
