"""The compact form: one line for each unit, and what flowed on the lines between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from autograd_tutor.drawing.annotate import Notes, UnitNote, brief
from autograd_tutor.drawing.cells import Picture, Placed, Ref, Role, Segment, clip, columns
from autograd_tutor.drawing.flow import Flow, Unit, Wire
from autograd_tutor.drawing.titles import filled, places

MOST_UNITS = 400
"""Of a longer program the first and the last so many are listed, half each."""
Row = tuple[Segment, ...]


class Block(NamedTuple):
    """The rows of one unit: what flowed from it to those above, then its own line."""

    name: str
    rows: tuple[Row, ...]
    placed: Placed


def blocks(flow: Flow, notes: Notes, width: int) -> list[Block]:
    """The rows of each unit, in the order of the program."""
    return _Listing(flow, notes, width, frozenset()).blocks()


def listing(flow: Flow, notes: Notes, width: int, selected: frozenset[Ref], headings: Mapping[int, str]) -> Picture:
    """The flow as lines of at most `width` columns, in the order of the program; `headings` by unit id."""
    return _Listing(flow, notes, width, selected).picture(headings)


class _Listing:
    def __init__(self, flow: Flow, notes: Notes, width: int, selected: frozenset[Ref]) -> None:
        self.flow, self.notes, self.width, self.selected = flow, notes, width, selected
        self.numbers = _numbers(flow)
        self.margin = 2 + max(map(columns, self.numbers.values()), default=0)
        self.titles = [self._title(unit) for unit in flow.units]
        widest = max(map(columns, self.titles), default=0)
        self.title_width = max(min(widest, width - self.margin, max(width // 2 - 3, width - 34, 8)), 0)
        self.into: list[list[Wire]] = [[] for _ in flow.units]
        self.out: list[list[int]] = [[] for _ in flow.units]
        for wire in flow.wires:
            self.into[wire.target].append(wire)
            self.out[wire.source].append(wire.target)

    def blocks(self) -> list[Block]:
        return [self._block(unit, 0) for unit in self.flow.units]

    def picture(self, headings: Mapping[int, str]) -> Picture:
        rows: list[Row] = []
        placed: list[Placed] = []
        left_out = range(MOST_UNITS // 2, max(len(self.flow.units) - MOST_UNITS // 2, MOST_UNITS // 2))
        for unit in self.flow.units:
            if unit.id not in left_out:
                if unit.id in headings:
                    rows.append((Segment(clip(f"── {headings[unit.id]}".rstrip(), self.width), "dim"),))
                block = self._block(unit, len(rows))
                rows += block.rows
                placed.append(block.placed)
                continue
            if unit.id == left_out.start:
                rows.append((Segment(clip(f"  ⋮ {len(left_out)} more", self.width), "dim"),))
            placed.append(self._placed(unit, len(rows) - 1))
        return Picture(tuple(rows), "list", tuple(placed))

    def _block(self, unit: Unit, start: int) -> Block:
        rows = (*self._above(unit), self._row(unit, self.notes.units[unit.id]))
        return Block(unit.name, rows, self._placed(unit, start + len(rows) - 1))

    def _placed(self, unit: Unit, row: int) -> Placed:
        inputs = tuple(wire.source for wire in self.into[unit.id])
        ref = self.notes.units[unit.id].ref
        return Placed(ref, 0, row, self.width, 1, inputs, tuple(self.out[unit.id]), unit.title)

    def _above(self, unit: Unit) -> list[Row]:
        """What flowed from this unit to those above, or where it was cut off from them."""
        note = self.notes.units[unit.id]
        wires = self.into[unit.id]
        plain = len(wires) == 1 and wires[0].source == unit.id - 1
        rows = [row for wire in wires for row in self._wire(wire, plain)]
        if note.state == "ghost" and note.name.startswith("cut"):
            rows.append((Segment(clip(f"{'╳':>{self.margin}} {note.name}", self.width), "cut", note.ref),))
        return rows

    def _wire(self, wire: Wire, plain: bool) -> list[Row]:
        note = self.notes.wires[wire.id]
        source = self.flow.units[wire.source]
        part = dict(source.parts).get(wire.tensor)
        of = f"{part} of " if part else ""
        where = "" if plain and not part else f" to {of}{self.numbers.get(source.operation) or source.name}"
        chosen = note.ref.edge is not None and note.ref in self.selected
        if note.state == "fired":
            mark = "▸▲" if chosen else "▲"
            text = f"{mark:>{self.margin}} {note.label}{where}"
            return [(Segment(clip(text, self.width), "selected" if chosen else "gradient", note.ref),)]
        if note.state == "quiet" and note.label:
            return [(Segment(clip(f"{'┊':>{self.margin}} {note.label}{where}", self.width), "dim", note.ref),)]
        return []

    def _row(self, unit: Unit, note: UnitNote) -> Row:
        role: Role = "plain"
        mark = " "
        if note.state == "ghost":
            role, mark = "ghost", "┆"
        elif note.state == "data":
            role = "constant"
        elif unit.kind == "input":
            role = "leaf"
        if note.ref in self.selected:
            role, mark = "selected", "▸"
        title = clip(self.titles[unit.id], self.title_width)
        used = self.margin + columns(title)
        gap = self.title_width + self.margin + 2 - used
        lead = (mark + self.numbers.get(unit.operation, "")).ljust(self.margin)
        row = [Segment(clip(lead + title, self.width), role, note.ref)]
        for choices, its_role in self._words(unit, note):
            text = next((one for one in choices if used + gap + columns(one) <= self.width), "")
            if text:
                row.append(Segment(" " * gap + text, its_role, note.ref))
                used, gap = used + gap + columns(text), 2
        return tuple(row)

    def _title(self, unit: Unit) -> str:
        if not unit.template:
            return unit.title
        return filled(unit.template, [self.numbers.get(inner, "…") for inner in unit.inner])

    def _words(self, unit: Unit, note: UnitNote) -> list[tuple[tuple[str, ...], Role]]:
        """What follows the title; of each the first form that fits is written."""
        words: list[tuple[tuple[str, ...], Role]] = []
        if unit.value is not None:
            words.append(((brief(unit.value, 18), brief(unit.value, 9)), "value"))
        if note.state == "ghost":
            words.append((("not recorded",), "ghost"))
        elif note.name and not (note.grad and self.width < 44):
            first, *others = note.name.split(", ")
            words.append(((note.name, f"{first} and {len(others)} more") if others else (note.name,), "label"))
        if note.grad:
            words.append(((note.grad, f"grad {note.grad.split(' → ')[-1]}"), "gradient"))
        return words


def _numbers(flow: Flow) -> dict[int | None, str]:
    """Signs for results that have no name and are used within a longer expression, by operation."""
    used = {unit.inner[place] for unit in flow.units for place in places(unit.template)}
    found = [unit.operation for unit in flow.units if unit.operation in used and unit.name == unit.title]
    return {operation: chr(0x2460 + at) if at < 20 else f"#{at + 1}" for at, operation in enumerate(found)}
