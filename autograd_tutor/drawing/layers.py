"""Layered layout, first half: which layer each unit lies in, and the order within each layer.

After Sugiyama, Tagawa and Toda (1981): layers by longest path, long wires through invisible
*bends* in the layers between, few crossings by moving items to the median of their neighbours.
All wires from one unit share one line as far as they can (a *net*), so there is at most one bend
for each unit and layer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from autograd_tutor.drawing.flow import Flow

SWEEPS = 8


@dataclass(slots=True, eq=False)
class Item:
    """Something in a layer: a unit, or the bend of a net that passes through."""

    net: int
    """The unit whose value the lines below it carry."""
    unit: int | None
    """None for a bend."""
    layer: int
    place: int = 0
    """Its place in the layer, from the left."""
    above: list[Link] = field(default_factory=list)
    below: list[Link] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Link:
    """A piece of line between neighbouring layers."""

    upper: Item
    lower: Item
    operand: int = 0
    """Which of the lower unit's operands; 0 for a bend."""
    wires: list[int] = field(default_factory=list)
    """The wires that run along it."""


Layers = list[list[Item]]


def layered(flow: Flow) -> Layers:
    """Units and bends by layer from the top, ordered from the left with few crossings."""
    items = _linked(flow, _depths(flow))
    layers = _first_order(flow, items)
    best, fewest = [list(layer) for layer in layers], crossings(layers)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        _sweep(layers, down=sweep % 2 == 0)
        _exchange(layers)
        count = crossings(layers)
        if count < fewest:
            best, fewest = [list(layer) for layer in layers], count
    for layer in best:
        _number(layer)
    return best


def _depths(flow: Flow) -> list[int]:
    """Each unit's layer: below all it needs; what needs nothing else sinks to just above its first use."""
    sources: dict[int, set[int]] = defaultdict(set)
    uses: dict[int, set[int]] = defaultdict(set)
    for wire in flow.wires:
        sources[wire.target].add(wire.source)
        uses[wire.source].add(wire.target)
    depth = [0] * len(flow.units)
    own = [True] * len(flow.units)
    for unit in flow.units:
        depth[unit.id] = max((depth[source] + 1 for source in sources[unit.id]), default=0)
        own[unit.id] = all(own[source] and len(uses[source]) == 1 for source in sources[unit.id])
    for unit in reversed(flow.units):
        if own[unit.id] and uses[unit.id]:
            depth[unit.id] = min(depth[use] for use in uses[unit.id]) - 1
    return depth


def _linked(flow: Flow, depth: Sequence[int]) -> dict[tuple[int, int], Item]:
    """Items by net and layer, linked; a net's unit is at its own layer, its bends below."""
    items = {(unit.id, depth[unit.id]): Item(unit.id, unit.id, depth[unit.id]) for unit in flow.units}
    for wire in flow.wires:
        upper = items[wire.source, depth[wire.source]]
        for layer in range(depth[wire.source] + 1, depth[wire.target]):
            bend = items.setdefault((wire.source, layer), Item(wire.source, None, layer))
            link = bend.above[0] if bend.above else _link(upper, bend)
            link.wires.append(wire.id)
            upper = bend
        _link(upper, items[wire.target, depth[wire.target]], wire.operand).wires.append(wire.id)
    return items


def _link(upper: Item, lower: Item, operand: int = 0) -> Link:
    link = Link(upper, lower, operand)
    upper.below.append(link)
    lower.above.append(link)
    return link


def _first_order(flow: Flow, items: dict[tuple[int, int], Item]) -> Layers:
    """As a tree would be drawn: operands from left to right above what they make."""
    layers: Layers = [[] for _ in range(max(layer for _, layer in items) + 1)]
    seen: set[int] = set()
    for root in (item for item in items.values() if not item.below):
        waiting = [(root, False)]
        while waiting:
            item, ready = waiting.pop()
            if ready:
                layers[item.layer].append(item)
            elif id(item) not in seen:
                seen.add(id(item))
                waiting.append((item, True))
                waiting += [(link.upper, False) for link in reversed(item.above)]
    for layer in layers:
        _number(layer)
    return layers


def _number(layer: list[Item]) -> None:
    for place, item in enumerate(layer):
        item.place = place


def crossings(layers: Layers) -> int:
    """How many pairs of links cross."""
    return sum(_crossings_below(layer) for layer in layers)


def _crossings_below(layer: list[Item]) -> int:
    ends = sorted((item.place, link.lower.place) for item in layer for link in item.below)
    return sum(
        1
        for at, (upper, lower) in enumerate(ends)
        for other_upper, other_lower in ends[at + 1 :]
        if upper < other_upper and lower > other_lower
    )


def _sweep(layers: Layers, down: bool) -> None:
    for layer in layers[1:] if down else reversed(layers[:-1]):
        layer.sort(key=lambda item: _median(item, down))
        _number(layer)


def _median(item: Item, down: bool) -> float:
    places = sorted(link.upper.place if down else link.lower.place for link in (item.above if down else item.below))
    if not places:
        return item.place
    middle = len(places) // 2
    return places[middle] if len(places) % 2 else (places[middle - 1] + places[middle]) / 2


def _exchange(layers: Layers) -> None:
    """Swap neighbours wherever that saves a crossing."""
    for layer in layers:
        for at in range(len(layer) - 1):
            left, right = layer[at], layer[at + 1]
            if _inversions(left, right) > _inversions(right, left):
                layer[at], layer[at + 1] = right, left
                right.place, left.place = at, at + 1


def _inversions(left: Item, right: Item) -> int:
    """How many links of two items of one layer cross if they stand in this order."""
    above = sum(one.upper.place > other.upper.place for one in left.above for other in right.above)
    return above + sum(one.lower.place > other.lower.place for one in left.below for other in right.below)
