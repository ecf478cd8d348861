"""Long loops made short: the first round and the last are drawn, those between become one box."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from autograd_tutor.drawing.flow import Flow, Unit
from autograd_tutor.drawing.merge import Group, merged
from autograd_tutor.drawing.modules import common
from autograd_tutor.trace import Span, Trace

MOST_BOXES = 12
"""A flow of up to so many boxes is drawn whole."""
MOST_ROUNDS = 3
"""A loop of up to so many rounds is drawn whole."""
Place = tuple[Span, str]
"""A piece of source, and what it asked torch to do: a module's call asks for several things."""


def folded(trace: Trace, flow: Flow) -> Flow:
    """`flow` with the middle rounds of each long loop in one unit of kind `group`."""
    if len(flow.units) <= MOST_BOXES:
        return flow
    places = {
        unit.id: (unit.span, trace.operations[unit.operation].name)
        for unit in flow.units
        if unit.operation is not None and unit.span is not None
    }
    middles = _middles(flow, places, Counter(places.values()))
    return merged(flow, [_group(trace, middle, Counter(places[unit.id] for unit in middle)) for middle in middles])


def _middles(flow: Flow, places: dict[int, Place], counts: Counter[Place]) -> Iterator[list[Unit]]:
    """For each unbroken run of looped operations, those between its first round and its last."""
    run: list[Unit] = []
    for unit in [*(unit for unit in flow.units if unit.kind != "input"), None]:
        if unit is not None and unit.id in places and counts[places[unit.id]] > MOST_ROUNDS:
            run.append(unit)
            continue
        first = {places[one.id]: at for at, one in reversed(list(enumerate(run)))}
        last = {places[one.id]: at for at, one in enumerate(run)}
        if run:
            middle = run[max(first.values()) + 1 : min(last.values())]
            if len(middle) > len(first):
                yield middle
        run = []


def _group(trace: Trace, middle: list[Unit], rounds: Counter[Place]) -> Group:
    call = common(trace.calls, middle)
    modules = {trace.calls[unit.call].module for unit in middle if unit.call is not None}
    if len(modules) > 1:
        name = f"{len(modules)} modules"
    elif len(set(rounds.values())) == 1:
        name = f"{rounds.total() // len(rounds)} rounds"
    else:
        name = f"{len(middle)} operations"
    return Group(middle, f"⋮ {name} more", name, call)
