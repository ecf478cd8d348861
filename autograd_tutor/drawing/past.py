"""Wires for gradients that go past the calls between: those of a tangent, which went along with a value.

jacfwd and jvp put their result together from what each call did to the tangent. Backward goes from there straight to
what the slopes of these calls were computed from, not through the calls.
"""

from __future__ import annotations

from autograd_tutor.drawing.flow import Flow, Wire
from autograd_tutor.trace import Edge, Trace


def past(trace: Trace, flow: Flow) -> Flow:
    """`flow` with a wire more between each two boxes that a gradient flowed between, and no wire joins."""
    boxes = {node: unit.id for unit in flow.units for node in unit.nodes}
    joined = {(wire.source, wire.target) for wire in flow.wires}
    operands = {unit.id: sum(wire.target == unit.id for wire in flow.wires) for unit in flow.units}
    wires = list(flow.wires)
    for edge in trace.edges:
        source, target = boxes.get(edge.head), boxes.get(edge.tail)
        if source is None or target is None or source >= target or not _fired(edge):
            continue
        tensor = flow.units[source].tensor
        if tensor is not None and (source, target) not in joined:
            joined.add((source, target))
            wires.append(Wire(len(wires), source, target, operands[target], tensor))
            operands[target] += 1
    return Flow(flow.units, tuple(wires)) if len(wires) > len(flow.wires) else flow


def _fired(edge: Edge) -> bool:
    return not edge.ghost and any(one is not None for one in edge.contributions)
