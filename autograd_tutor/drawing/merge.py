"""Several units drawn as one: the middle of a loop, or all that ran in one call of a module."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from autograd_tutor.drawing.flow import Flow, Unit, Wire, renumbered
from autograd_tutor.trace import Array


class Group(NamedTuple):
    """Operations next to each other in the program's order, and how they are drawn."""

    members: Sequence[Unit]
    title: str
    name: str
    call: int | None = None
    """The module call that holds them all, the innermost."""
    own: bool = False
    """They are all of that call: of its inputs only those that the module has itself go with them."""
    value: Array | None = None
    """What to show as their result."""


def merged(flow: Flow, groups: Sequence[Group]) -> Flow:
    """`flow` with each of these groups, and the inputs that it alone uses, in one unit."""
    place = {unit.id: group.members[-1].id for group in groups for unit in group.members}
    absorbed = _absorbed(flow, groups, place)
    wires: list[Wire] = []
    seen: set[tuple[int, int, int]] = set()
    for wire in flow.wires:
        source, target = place.get(wire.source, wire.source), place.get(wire.target, wire.target)
        if source == target or source in absorbed:
            continue
        if wire.source in place or wire.target in place:
            if (source, target, wire.tensor) in seen:
                continue
            seen.add((source, target, wire.tensor))
        wires.append(Wire(wire.id, source, target, wire.operand, wire.tensor))
    one = {group.members[-1].id: _unit(group) for group in groups}
    kept = [unit for unit in flow.units if unit.id not in absorbed and place.get(unit.id, unit.id) == unit.id]
    return renumbered([one.get(unit.id, unit) for unit in kept], wires)


def _absorbed(flow: Flow, groups: Sequence[Group], place: dict[int, int]) -> set[int]:
    """The inputs that go with the one group that uses them."""
    users: dict[int, set[int]] = defaultdict(set)
    for wire in flow.wires:
        users[wire.source].add(place.get(wire.target, wire.target))
    own = {group.members[-1].id: group.own for group in groups}
    absorbed = set()
    for unit in flow.units:
        if unit.kind == "input" and len(users[unit.id]) == 1:
            (user,) = users[unit.id]
            if user in own and not (own[user] and unit.call is None):
                absorbed.add(unit.id)
    return absorbed


def _unit(group: Group) -> Unit:
    last = group.members[-1]
    return Unit(
        id=last.id,
        kind="group",
        title=group.title,
        name=group.name,
        value=group.value,
        tensor=last.tensor,
        nodes=tuple(node for unit in group.members for node in unit.nodes),
        span=last.span,
        call=group.call,
    )
