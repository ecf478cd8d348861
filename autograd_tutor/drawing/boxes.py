"""The large form: a box for each unit in layers, lines between them, words beside and along."""

from __future__ import annotations

from dataclasses import dataclass

from autograd_tutor.drawing.annotate import Notes, State
from autograd_tutor.drawing.canvas import HEAVY, LIGHT, Canvas, Dash, Pen
from autograd_tutor.drawing.cells import Picture, Placed, Ref, Role, columns
from autograd_tutor.drawing.flow import Flow
from autograd_tutor.drawing.layers import Item, Layers, Link, layered
from autograd_tutor.drawing.place import Placer, Places, TooWide
from autograd_tutor.drawing.route import Net, nets
from autograd_tutor.drawing.sizes import CHAIN, GRAPH, Size, sizes

MOST_UNITS = 120
"""A larger graph is only listed."""
_LINES: dict[State, tuple[Role, Dash]] = {
    "open": ("wire", "solid"),
    "fired": ("wire", "solid"),
    "quiet": ("dim", "dotted"),
    "ghost": ("ghost", "dashed"),
    "data": ("constant", "dotted"),
}
_RANK: tuple[State, ...] = ("data", "quiet", "ghost", "open", "fired")
"""Where lines share cells the later state shows."""


def boxes(flow: Flow, notes: Notes, width: int, selected: frozenset[Ref], forms: int = 4) -> Picture | None:
    """The flow as boxes in at most `width` columns; None if it does not fit or is too large.

    So many forms are tried, the roomiest first.
    """
    if len(flow.units) > MOST_UNITS:
        return None
    layers = layered(flow)
    for form in (CHAIN if max(map(len, layers)) == 1 else GRAPH)[:forms]:
        room = sizes(flow, notes, form)
        try:
            places = Placer(layers, room, width).place()
        except TooWide:
            continue
        return _Drawing(flow, notes, selected, layers, room, places).picture()
    return None


@dataclass(slots=True)
class _Gap:
    """The rows between two layers."""

    nets: list[Net]
    start: int
    """The last row of the frames above."""
    tracks: int
    """The first row in which lines run across."""
    end: int
    """The first row of the frames below."""
    through: int
    """The row to which a bend's line goes on: the last of the frames below."""


class _Drawing:
    def __init__(
        self,
        flow: Flow,
        notes: Notes,
        selected: frozenset[Ref],
        layers: Layers,
        room: dict[int, Size],
        places: Places,
    ) -> None:
        self.flow, self.notes, self.selected = flow, notes, selected
        self.layers, self.room, self.places = layers, room, places
        self.canvas = Canvas()
        self.heights = [max(room[item.unit].height for item in layer if item.unit is not None) for layer in layers]
        self.tops: list[int] = []
        """The first row of each layer."""

    def picture(self) -> Picture:
        gaps = self._gaps()
        for gap in gaps:
            self._lines(gap)
        for layer in self.layers:
            for item in layer:
                self._box(item)
        for gap in gaps:
            self._labels(gap)
        return Picture(self.canvas.rows(), "boxes", self._placed())

    def _gaps(self) -> list[_Gap]:
        gaps = []
        row = 0
        told = any(note.state != "open" for note in self.notes.wires)
        for at, layer in enumerate(self.layers):
            self.tops.append(row)
            found, tracks = nets(layer, self.places)
            totals = any(net.item.unit is not None and self.notes.units[net.item.unit].total for net in found)
            labels = any(self._label(link) for net in found for link in net.links)
            start = row + self.heights[at] - 1
            end = start + 1 + max(totals + tracks + labels, bool(told and found))
            below = self.heights[at + 1] if at + 1 < len(self.layers) else 0
            gaps.append(_Gap(found, start, start + 1 + totals, end, end + below - 1))
            row = end
        return gaps

    def _label(self, link: Link) -> str:
        return "" if link.lower.unit is None else self.notes.wires[link.wires[0]].label

    def _chosen(self, wire: int) -> bool:
        ref = self.notes.wires[wire].ref
        return ref.edge is not None and ref in self.selected

    def _lines(self, gap: _Gap) -> None:
        pieces = []
        for net in gap.nets:
            for link, bottom in zip(net.links, net.bottoms, strict=True):
                for wire in link.wires:
                    rank = _RANK.index(self.notes.wires[wire].state)
                    pieces.append((len(_RANK) if self._chosen(wire) else rank, wire, net, link, bottom))
        for _, wire, net, link, bottom in sorted(pieces, key=lambda piece: piece[:2]):
            pen = self._pen(wire, net)
            top = gap.start - self._hollow(net.item)
            down = gap.through if link.lower.unit is None else gap.end + self._frameless(link.lower.unit)
            if net.track is None:
                self.canvas.line((net.top, top), (bottom, down), pen)
                continue
            row = gap.tracks + net.track
            self.canvas.line((net.top, top), (net.top, row), pen)
            self.canvas.line((net.top, row), (bottom, row), pen)
            self.canvas.line((bottom, row), (bottom, down), pen)

    def _pen(self, wire: int, net: Net) -> Pen:
        note = self.notes.wires[wire]
        role, dash = _LINES[note.state]
        if self._chosen(wire):
            return Pen("selected", note.ref, HEAVY, dash, net.item.net)
        return Pen(role, note.ref, LIGHT, dash, net.item.net)

    def _frameless(self, unit: int) -> bool:
        note = self.notes.units[unit]
        return note.state == "data" and note.ref not in self.selected

    def _hollow(self, item: Item) -> int:
        """Rows between the words of an item without a frame and where the frames beside it end."""
        if item.unit is None or not self._frameless(item.unit):
            return 0
        return self.heights[item.layer] - 1 - len(self.room[item.unit].lines)

    def _box(self, item: Item) -> None:
        if item.unit is None:
            return
        note, size = self.notes.units[item.unit], self.room[item.unit]
        left, top, height = self.places.left[id(item)], self.tops[item.layer], self.heights[item.layer]
        role = self._role(item.unit)
        if not self._frameless(item.unit):
            weight = HEAVY if role == "selected" else LIGHT
            pen = Pen(role, note.ref, weight, "dashed" if note.state == "ghost" else "solid")
            self.canvas.box(left, top, size.box, height, pen)
        for at in range(len(size.lines) if self._frameless(item.unit) else height - 2):
            text, its_role = size.lines[at] if at < len(size.lines) else ("", None)
            before = (size.box - 2 - columns(text)) // 2
            padded = " " * before + text + " " * (size.box - 2 - before - columns(text))
            self.canvas.text(left + 1, top + 1 + at, padded, its_role or role, note.ref)
        for word in size.beside:
            self.canvas.text(left + size.box + word.start, top + word.row, word.text, word.role, note.ref)

    def _role(self, unit: int) -> Role:
        note = self.notes.units[unit]
        if note.ref in self.selected:
            return "selected"
        if note.state in ("ghost", "data"):
            return "ghost" if note.state == "ghost" else "constant"
        return "leaf" if self.flow.units[unit].kind == "input" else "plain"

    def _labels(self, gap: _Gap) -> None:
        for net in gap.nets:
            for link, bottom in zip(net.links, net.bottoms, strict=True):
                wire = link.wires[0]
                role: Role = "selected" if self._chosen(wire) else "gradient"
                self.canvas.text(bottom + 2, gap.end - 1, self._label(link), role, self.notes.wires[wire].ref)
            if net.item.unit is None:
                continue
            unit = self.notes.units[net.item.unit]
            self.canvas.text(net.top + 2, gap.start + 1, unit.total, "gradient", unit.ref)
            fired = [wire for link in net.links for wire in link.wires if self.notes.wires[wire].state == "fired"]
            if fired:
                best = next(filter(self._chosen, fired), fired[0])
                head: Role = "selected" if self._chosen(best) else "gradient"
                self.canvas.text(net.top, gap.start, "▲", head, self.notes.wires[best].ref)

    def _placed(self) -> tuple[Placed, ...]:
        inputs: dict[int, list[int]] = {unit.id: [] for unit in self.flow.units}
        outputs: dict[int, list[int]] = {unit.id: [] for unit in self.flow.units}
        for wire in self.flow.wires:
            inputs[wire.target].append(wire.source)
            outputs[wire.source].append(wire.target)
        items = {item.unit: item for layer in self.layers for item in layer}
        return tuple(
            Placed(
                ref=self.notes.units[unit.id].ref,
                column=self.places.left[id(items[unit.id])],
                row=self.tops[items[unit.id].layer],
                width=self.room[unit.id].box,
                height=self.heights[items[unit.id].layer],
                inputs=tuple(inputs[unit.id]),
                outputs=tuple(outputs[unit.id]),
                name=unit.title,
            )
            for unit in self.flow.units
        )
