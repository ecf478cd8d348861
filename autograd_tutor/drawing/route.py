"""Lines between two neighbouring layers: which row each net runs along, so that few cross and none overlap."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import permutations

from autograd_tutor.drawing.layers import Item, Link
from autograd_tutor.drawing.place import Places

TRIED = 5
"""Up to so many nets all orders are tried."""


@dataclass(slots=True)
class Net:
    """All lines that leave one item downwards."""

    item: Item
    links: list[Link]
    top: int
    """The column where it starts."""
    bottoms: list[int]
    """The columns where it ends."""
    track: int | None = None
    """The row of its horizontal part, from 0; None: it runs straight down."""
    span: tuple[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self.span = (min(self.top, *self.bottoms), max(self.top, *self.bottoms))


def nets(layer: list[Item], places: Places) -> tuple[list[Net], int]:
    """The nets that leave a layer, each with its track, and how many tracks there are."""
    found = [
        Net(item, item.below, places.stems[id(item)], [places.ports[id(link)] for link in item.below])
        for item in layer
        if item.below
    ]
    bent = [net for net in found if net.span[0] != net.span[1]]
    orders = permutations(bent) if len(bent) <= TRIED else [tuple(sorted(bent, key=lambda net: net.span))]
    best: tuple[tuple[int, int], list[int]] | None = None
    for order in orders:
        count = _assign(order)
        cost = (_crossings(bent), count)
        if best is None or cost < best[0]:
            best = cost, [net.track or 0 for net in bent]
        if not cost[0] and count <= 1:
            break
    for net, track in zip(bent, best[1] if best else [], strict=True):
        net.track = track
    return found, best[0][1] if best else 0


def _assign(order: tuple[Net, ...]) -> int:
    """Give each net the first track on which it touches no other; returns how many tracks that took."""
    tracks: list[list[Net]] = []
    for net in order:
        for at, others in enumerate(tracks):
            if all(net.span[1] + 1 < other.span[0] or other.span[1] + 1 < net.span[0] for other in others):
                others.append(net)
                net.track = at
                break
        else:
            net.track = len(tracks)
            tracks.append([net])
    return len(tracks)


def _crossings(bent: list[Net]) -> int:
    count = 0
    for net in bent:
        low, high = net.span
        for other in bent:
            if other is net or net.track is None or other.track is None:
                continue
            count += low < other.top < high and net.track < other.track
            count += sum(low < bottom < high and net.track > other.track for bottom in other.bottoms)
    return count
