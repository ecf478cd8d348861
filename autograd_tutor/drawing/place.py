"""Layered layout, second half: columns for boxes, bends and ports, so that lines run as straight as they can."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from autograd_tutor.drawing.layers import Item, Layers, Link
from autograd_tutor.drawing.sizes import Size, port_step
from autograd_tutor.drawing.spacing import fitted, spaced

GAP = 2
"""Least columns between neighbours."""
INSET = 2
"""How far from a frame's corner a line may meet it."""
SWEEPS = 6
STRAIGHT = 4
"""How much more a bend wants to be in line than a box does."""


class TooWide(Exception):
    """The graph does not fit the width in this form."""


@dataclass(slots=True)
class Places:
    """Columns of everything."""

    left: dict[int, int] = field(default_factory=dict)
    """Of each item's room, by `id(item)`."""
    ports: dict[int, int] = field(default_factory=dict)
    """Where each link meets its lower item, by `id(link)`."""
    stems: dict[int, int] = field(default_factory=dict)
    """Where the lines below each item start, by `id(item)`."""


class Placer:
    """Finds the columns of one layered graph within a width."""

    def __init__(self, layers: Layers, sizes: dict[int, Size], width: int) -> None:
        self.layers = layers
        self.sizes = sizes
        self.width = width
        self.left: dict[int, int] = {}

    def place(self) -> Places:
        """Columns from 0; raises `TooWide` if a layer's items cannot stand side by side."""
        for layer in self.layers:
            self._settle(layer, [0.0] * len(layer))
        for sweep in range(SWEEPS):
            down = sweep % 2 == 0
            for layer in self.layers if down else reversed(self.layers):
                self._settle(layer, [self._wish(item, down) for item in layer])
        for layer in self.layers:
            self._settle(layer, [self._wish_both(item) for item in layer])
        self._straighten()
        margin = min(self.left.values())
        places = Places({item: left - margin for item, left in self.left.items()})
        for upper, lower in pairwise([[], *self.layers]):
            self._ports(places, upper, lower)
        return places

    def _settle(self, layer: list[Item], wishes: list[float]) -> None:
        widths = [self._width(item) for item in layer]
        if sum(widths) + GAP * (len(layer) - 1) > self.width:
            raise TooWide
        steps = [width + GAP for width in widths[:-1]]
        for item, left in zip(layer, spaced(wishes, steps, 0, self.width - widths[-1]), strict=True):
            self.left[id(item)] = left

    def _width(self, item: Item) -> int:
        return 1 if item.unit is None else self.sizes[item.unit].width

    def _stem(self, item: Item) -> int:
        """Where its lines start, from its left."""
        return 0 if item.unit is None else self.sizes[item.unit].box // 2

    def _port(self, link: Link) -> float:
        """About where a link meets its lower item, from the left."""
        if link.lower.unit is None:
            return 0
        size = self.sizes[link.lower.unit]
        if len(size.labels) == 1:
            return size.box // 2
        order = sorted(link.lower.above, key=lambda one: (one.upper.place, one.operand))
        steps = _steps(size, order)
        return (size.box - sum(steps)) / 2 + sum(steps[: order.index(link)])

    def _wish(self, item: Item, down: bool) -> float:
        links = item.above if down else item.below
        if not links:
            return self.left[id(item)] if (item.below if down else item.above) else 0
        wishes = [self._wish_along(item, link) for link in links]
        return sum(wishes) / len(wishes)

    def _wish_along(self, item: Item, link: Link) -> float:
        if link.lower is item:
            return self.left[id(link.upper)] + self._stem(link.upper) - self._port(link)
        return self.left[id(link.lower)] + self._port(link) - self._stem(item)

    def _wish_both(self, item: Item) -> float:
        links = [*item.above, *item.below]
        weights = [STRAIGHT if link.upper.unit is None or link.lower.unit is None else 1 for link in links]
        if not links:
            return self.left[id(item)]
        return sum(self._wish_along(item, link) * weight for link, weight in zip(links, weights, strict=True)) / sum(
            weights
        )

    def _straighten(self) -> None:
        """Bring the bends of each net into one column, as far down as one is free."""
        for layer in self.layers:
            for item in layer:
                first = next((link.lower for link in item.below if link.lower.unit is None), None)
                if item.unit is None or first is None:
                    continue
                wish = self.left[id(item)] + self._stem(item)
                run: list[Item] = []
                low, high = 0, self.width
                for bend in _bends(first):
                    lowest, highest = self._room(bend)
                    if max(low, lowest) > min(high, highest):
                        wish = self._line_up(run, wish, low, high)
                        run, low, high = [], 0, self.width
                    run.append(bend)
                    low, high = max(low, lowest), min(high, highest)
                self._line_up(run, wish, low, high)

    def _room(self, bend: Item) -> tuple[int, int]:
        """The columns between a bend's neighbours."""
        layer = self.layers[bend.layer]
        at = self.left[id(bend)]
        low, high = min(at, 0), max(at, self.width - 1)
        if bend.place:
            before = layer[bend.place - 1]
            low = self.left[id(before)] + self._width(before) + GAP
        if bend.place + 1 < len(layer):
            high = self.left[id(layer[bend.place + 1])] - GAP - 1
        return min(low, at), max(high, at)

    def _line_up(self, bends: list[Item], wish: int, low: int, high: int) -> int:
        column = min(max(wish, low), high)
        self.left |= {id(bend): column for bend in bends}
        return column

    def _ports(self, places: Places, upper: list[Item], lower: list[Item]) -> None:
        """Ports of one layer's items: below where their lines come from, and below no other net's stem."""
        stems = {places.stems[id(item)]: item.net for item in upper}
        for item in lower:
            left = places.left[id(item)]
            places.stems[id(item)] = left + self._stem(item)
            if not item.above:
                continue
            links = sorted(item.above, key=lambda link: (places.stems[id(link.upper)], link.operand))
            wishes = [places.stems[id(link.upper)] for link in links]
            steps: list[int] = []
            low, high = left - 1, left + 1
            if item.unit is not None:
                size = self.sizes[item.unit]
                steps = _steps(size, links)
                label = size.labels[links[-1].operand]
                low, high = left + INSET, left + min(size.box - 1 - INSET, size.width - port_step(label))
            allowed = [
                [at for at in range(low, high + 1) if stems.get(at, link.upper.net) == link.upper.net] for link in links
            ]
            found = fitted(wishes, steps, allowed)
            if found is None:
                raise TooWide
            places.ports |= {id(link): at for link, at in zip(links, found, strict=True)}
            if item.unit is None:
                places.stems[id(item)] = places.left[id(item)] = found[0]
        self._align(places, upper, lower)

    def _align(self, places: Places, upper: list[Item], lower: list[Item]) -> None:
        """Move stems of boxes straight above where their line goes, if that is below the same box."""
        taken = {places.ports[id(link)]: link.upper.net for item in lower for link in item.above}
        for item in upper:
            if item.unit is None or not item.below:
                continue
            left, stem = places.left[id(item)], places.stems[id(item)]
            size = self.sizes[item.unit]
            ports = [places.ports[id(link)] for link in item.below]
            if len(ports) > 1 and min(ports) < stem < max(ports):
                continue
            best = min(ports, key=lambda port: abs(port - stem))
            high = left + min(size.box - 1 - INSET, size.width - size.below)
            if left + INSET <= best <= high and taken.get(best) == item.net:
                places.stems[id(item)] = best


def _steps(size: Size, order: list[Link]) -> list[int]:
    return [port_step(size.labels[link.operand]) for link in order[:-1]]


def _bends(first: Item) -> Iterator[Item]:
    """A net's bends from its first one down."""
    bend: Item | None = first
    while bend is not None:
        yield bend
        bend = next((link.lower for link in bend.below if link.lower.unit is None), None)
