"""The large form: a box for each unit in layers, lines between them, words beside and along."""

from __future__ import annotations

from autograd_tutor.drawing.annotate import Notes, State
from autograd_tutor.drawing.canvas import HEAVY, LIGHT, Canvas, Dash, Pen
from autograd_tutor.drawing.cells import Picture, Placed, Ref, Role
from autograd_tutor.drawing.flow import Flow
from autograd_tutor.drawing.layers import Item, Layers, layered
from autograd_tutor.drawing.place import Placer, Places, TooWide
from autograd_tutor.drawing.route import Net, nets
from autograd_tutor.drawing.sizes import HEIGHT, Form, Size, sizes

MOST_UNITS = 120
"""A larger graph is only listed."""
_LINES: dict[State, tuple[Role, Dash]] = {
    "open": ("wire", "solid"),
    "fired": ("wire", "solid"),
    "quiet": ("dim", "dotted"),
    "ghost": ("ghost", "dashed"),
    "data": ("constant", "dotted"),
}
_ORDER: tuple[State, ...] = ("data", "quiet", "ghost", "open", "fired")


def boxes(flow: Flow, notes: Notes, width: int, selected: frozenset[Ref]) -> Picture | None:
    """The flow as boxes in at most `width` columns; None if it does not fit or is too large."""
    if len(flow.units) > MOST_UNITS:
        return None
    layers = layered(flow)
    forms: tuple[Form, ...] = ("wide", "stacked", "short") if max(map(len, layers)) == 1 else ("stacked", "short")
    for form in forms:
        room = sizes(flow, notes, form)
        try:
            places = Placer(layers, room, width).place()
        except TooWide:
            continue
        return _Drawing(flow, notes, selected, layers, room, places).picture()
    return None


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
        self.tops: dict[int, int] = {}
        """The row of each unit's frame."""

    def picture(self) -> Picture:
        row = 0
        for layer in self.layers:
            for item in layer:
                self._item(item, row)
            found, tracks = nets(layer, self.places)
            totals = any(self.notes.units[net.item.net].total for net in found if net.item.unit is not None)
            labels = any(
                self.notes.wires[link.wires[0]].label
                for net in found
                for link in net.links
                if link.operand >= 0 and link.lower.unit is not None
            )
            below = row + HEIGHT + totals + tracks + labels
            self._wires(found, row + HEIGHT - 1, row + HEIGHT + totals, below)
            row = below
        return Picture(self.canvas.rows(), "boxes", self._placed())

    def _item(self, item: Item, row: int) -> None:
        if item.unit is None:
            return
        unit, note, size = self.flow.units[item.unit], self.notes.units[item.unit], self.room[item.unit]
        left = self.places.left[id(item)]
        self.tops[item.unit] = row
        chosen = note.ref in self.selected
        role: Role = "plain"
        if chosen:
            role = "selected"
        elif note.state == "ghost":
            role = "ghost"
        elif note.state == "data":
            role = "constant"
        elif unit.kind == "input":
            role = "leaf"
        dash: Dash = "dashed" if note.state == "ghost" else "solid"
        pen = Pen(role, note.ref, HEAVY if chosen else LIGHT, dash)
        if note.state != "data" or chosen:
            self.canvas.box(left, row, size.box, HEIGHT, pen)
        text = size.title
        self.canvas.text(left + 1, row + 1, f" {text} ".center(size.box - 2), role, note.ref)
        for word in size.beside:
            self.canvas.text(left + size.box + word.start, row + word.row, word.text, word.role, note.ref)

    def _wires(self, found: list[Net], start: int, tracks: int, end: int) -> None:
        """Lines of one gap: from the frames' last row `start` to the next frames' first row `end`."""
        pieces = []
        for net in found:
            for link, bottom in zip(net.links, net.bottoms, strict=True):
                for wire in link.wires:
                    note = self.notes.wires[wire]
                    chosen = note.ref.edge is not None and note.ref in self.selected
                    rank = len(_ORDER) if chosen else _ORDER.index(note.state)
                    pieces.append((rank, wire, net, link, bottom))
        for rank, wire, net, link, bottom in sorted(pieces, key=lambda piece: piece[:2]):
            note = self.notes.wires[wire]
            role, dash = _LINES[note.state]
            chosen = rank == len(_ORDER)
            pen = Pen("selected" if chosen else role, note.ref, HEAVY if chosen else LIGHT, dash, net.item.net)
            down = end + HEIGHT - 1 if link.lower.unit is None else end
            if net.track is None:
                self.canvas.line((net.top, start), (bottom, down), pen)
            else:
                row = tracks + net.track
                self.canvas.line((net.top, start), (net.top, row), pen)
                self.canvas.line((net.top, row), (bottom, row), pen)
                self.canvas.line((bottom, row), (bottom, down), pen)
            if link.lower.unit is not None and note.label:
                self.canvas.text(bottom + 2, end - 1, note.label, "selected" if chosen else "gradient", note.ref)
            if net.item.unit is not None and note.state == "fired":
                self.canvas.text(net.top, start, "▲", "selected" if chosen else "gradient", note.ref)
        for net in found:
            total = self.notes.units[net.item.net].total
            if net.item.unit is not None and total:
                self.canvas.text(net.top + 2, start + 1, total, "gradient", self.notes.units[net.item.net].ref)

    def _placed(self) -> tuple[Placed, ...]:
        inputs: dict[int, list[int]] = {unit.id: [] for unit in self.flow.units}
        outputs: dict[int, list[int]] = {unit.id: [] for unit in self.flow.units}
        for wire in self.flow.wires:
            inputs[wire.target].append(wire.source)
            outputs[wire.source].append(wire.target)
        lefts = {item.unit: self.places.left[id(item)] for layer in self.layers for item in layer}
        return tuple(
            Placed(
                ref=self.notes.units[unit.id].ref,
                column=lefts[unit.id],
                row=self.tops[unit.id],
                width=self.room[unit.id].box,
                height=HEIGHT,
                inputs=tuple(inputs[unit.id]),
                outputs=tuple(outputs[unit.id]),
                name=unit.title,
            )
            for unit in self.flow.units
        )
