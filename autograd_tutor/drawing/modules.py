"""The calls of modules in a drawing: a large graph's in one unit each, a list's under a heading."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from autograd_tutor.drawing.flow import Flow, Unit
from autograd_tutor.drawing.merge import Group, merged
from autograd_tutor.trace import ModuleCall

MOST_UNITS = 60
"""In a larger graph the calls of modules are one unit each, the innermost first…"""
FEW_UNITS = 24
"""…and those around them, until it has no more than so many."""


def gathered(calls: tuple[ModuleCall, ...], flow: Flow) -> Flow:
    """A large `flow` with calls of modules in one unit each, level by level, until it is small.

    A module that is most of the graph stays open: one box for all tells nothing.
    """
    if len(flow.units) <= MOST_UNITS:
        return flow
    depths = _depths(calls)
    for level in range(max(depths, default=-1), -1, -1):
        if len(flow.units) <= FEW_UNITS:
            break
        inside: dict[int, list[Unit]] = defaultdict(list)
        parameters: dict[int, int] = defaultdict(int)
        operations = 0
        for unit in flow.units:
            operations += unit.kind != "input"
            at = unit.call
            while at is not None and depths[at] > level:
                at = calls[at].parent
            if at is not None and depths[at] == level:
                if unit.kind == "input":
                    parameters[at] += 1
                else:
                    inside[at].append(unit)
        flow = merged(
            flow,
            [
                Group(members, heading(calls, at), calls[at].module, at, own=True)
                for at, members in inside.items()
                if len(members) + parameters[at] > 1 and 2 * len(members) <= operations
            ],
        )
    return flow


def headings(calls: tuple[ModuleCall, ...], flow: Flow) -> dict[int, str]:
    """By unit id, what to write above it in a list: the module call of several units that begins or goes on there.

    An empty heading ends one. Where no call has several units, there is none.
    """
    count: dict[int, int] = defaultdict(int)
    for unit in flow.units:
        for call in _chain(calls, unit.call) if unit.kind == "operation" else ():
            count[call] += 1
    found = {}
    before = None
    for unit in flow.units:
        at = next((call for call in _chain(calls, unit.call) if count[call] > 1), None)
        if at != before:
            found[unit.id] = heading(calls, at) if at is not None else ""
            before = at
    return found


def heading(calls: tuple[ModuleCall, ...], at: int) -> str:
    """`model.fc1 · Linear`, and which call it is where the module is called again."""
    call = calls[at]
    again = f", call {call.repeat + 1}" if call.repeat else ""
    return f"{call.module} · {call.kind}{again}"


def common(calls: tuple[ModuleCall, ...], units: Iterable[Unit]) -> int | None:
    """The innermost call that holds all of the units."""
    chains = [list(_chain(calls, unit.call))[::-1] for unit in units]
    found = None
    for level in zip(*chains, strict=False):
        if len(set(level)) > 1:
            break
        found = level[0]
    return found


def _chain(calls: tuple[ModuleCall, ...], at: int | None) -> Iterable[int]:
    """A call and those around it, the innermost first."""
    while at is not None:
        yield at
        at = calls[at].parent


def _depths(calls: tuple[ModuleCall, ...]) -> list[int]:
    depths: list[int] = []
    for call in calls:
        depths.append(0 if call.parent is None else depths[call.parent] + 1)
    return depths
