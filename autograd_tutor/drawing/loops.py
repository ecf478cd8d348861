"""Long loops made short: the first round and the last are drawn, those between become one box."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from autograd_tutor.drawing.flow import Flow, Unit, Wire, renumbered
from autograd_tutor.trace import Span, Trace

MOST_BOXES = 12
"""A flow of up to so many boxes is drawn whole."""
MOST_ROUNDS = 3
"""A loop of up to so many rounds is drawn whole."""


def folded(trace: Trace, flow: Flow) -> Flow:
    """`flow` with the middle rounds of each long loop in one unit of kind `group`."""
    if len(flow.units) <= MOST_BOXES:
        return flow
    spans = {unit.id: unit.span for unit in flow.units if unit.operation is not None and unit.span is not None}
    counts = Counter(spans.values())
    for middle in list(_middles(flow, spans, counts)):
        flow = _grouped(flow, middle)
    return flow


def _middles(flow: Flow, spans: dict[int, Span], counts: Counter[Span]) -> Iterator[list[Unit]]:
    """For each unbroken run of looped operations, those between its first round and its last."""
    run: list[Unit] = []
    for unit in [*(unit for unit in flow.units if unit.kind != "input"), None]:
        if unit is not None and unit.id in spans and counts[spans[unit.id]] > MOST_ROUNDS:
            run.append(unit)
            continue
        first = {spans[one.id]: at for at, one in reversed(list(enumerate(run)))}
        last = {spans[one.id]: at for at, one in enumerate(run)}
        if run:
            middle = run[max(first.values()) + 1 : min(last.values())]
            if len(middle) > len(first):
                yield middle
        run = []


def _grouped(flow: Flow, middle: list[Unit]) -> Flow:
    """`flow` with these neighbouring operations, and the inputs that they alone use, in one unit."""
    operations = {unit.operation for unit in middle}
    members = {unit.id for unit in flow.units if unit.operation in operations and unit.kind == "operation"}
    outside = {wire.source for wire in flow.wires if wire.target not in members}
    users = {wire.source for wire in flow.wires if wire.target in members}
    absorbed = {unit.id for unit in flow.units if unit.kind == "input" and unit.id in users - outside}
    rounds = max(Counter(unit.span for unit in middle).values())
    place = max(members)
    last = middle[-1]
    group = Unit(
        id=place,
        kind="group",
        title=f"⋮ {rounds} rounds more",
        name=f"{rounds} rounds",
        tensor=last.tensor,
        nodes=tuple(node for unit in middle for node in unit.nodes),
        span=last.span,
    )
    gone = members | absorbed
    wires: list[Wire] = []
    seen: set[tuple[int, int, int]] = set()
    for wire in flow.wires:
        source = place if wire.source in members else wire.source
        target = place if wire.target in members else wire.target
        if source == target or source in absorbed:
            continue
        if place in (source, target):
            if (source, target, wire.tensor) in seen:
                continue
            seen.add((source, target, wire.tensor))
        wires.append(Wire(wire.id, source, target, wire.operand, wire.tensor))
    units = [group if unit.id == place else unit for unit in flow.units if unit.id not in gone or unit.id == place]
    return renumbered(units, wires)
