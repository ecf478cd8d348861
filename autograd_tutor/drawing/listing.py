"""The compact form: one line for each unit, and what flowed on the lines between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from autograd_tutor.drawing.annotate import Notes, UnitNote, latest
from autograd_tutor.drawing.cells import Picture, Placed, Ref, Role, Segment, clip, columns
from autograd_tutor.drawing.flow import Flow, Unit, Wire
from autograd_tutor.drawing.titles import filled, places
from autograd_tutor.drawing.values import brief

MOST_UNITS = 400
"""Of a longer program the first and the last so many are listed, half each."""
NARROW = 44
"""In fewer columns a .grad takes the place of the word `leaf` or a node's name."""
Row = tuple[Segment, ...]
Word = tuple[str, Role]


class Block(NamedTuple):
    """The rows of one unit: what flowed from it to those above, then its own line."""

    name: str
    rows: tuple[Row, ...]
    placed: Placed


def blocks(flow: Flow, notes: Sequence[Notes], width: int) -> list[Block]:
    """The rows of each unit, in the order of the program; `notes` from the longest to the shortest."""
    return _Listing(flow, notes, width, frozenset()).blocks()


def listing(
    flow: Flow, notes: Sequence[Notes], width: int, selected: frozenset[Ref], headings: Mapping[int, str]
) -> Picture:
    """The flow as lines of at most `width` columns, in the order of the program; `headings` by unit id.

    Of `notes`, from the longest to the shortest, each line takes the first that fits.
    """
    return _Listing(flow, notes, width, selected).picture(headings)


class _Listing:
    def __init__(self, flow: Flow, notes: Sequence[Notes], width: int, selected: frozenset[Ref]) -> None:
        self.flow, self.forms, self.width, self.selected = flow, notes, width, selected
        self.notes = notes[-1]
        self.numbers = _numbers(flow)
        self.margin = 2 + max(map(columns, self.numbers.values()), default=0)
        self.titles = [self._title(unit) for unit in flow.units]
        widest = max(map(columns, self.titles), default=0)
        self.title_width = max(min(widest, width - self.margin, max(width // 2 - 3, width - 34, 8)), 0)
        self.told = True
        self.told = all(map(self._tells_changes, flow.units))
        """Every .grad that changed several times tells of it; if there is no room for one, none does."""
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
        rows = (*self._above(unit), self._row(unit))
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
            texts = [f"{mark:>{self.margin}} {notes.wires[wire.id].label}{where}" for notes in self.forms]
            text = next((one for one in texts if columns(one) <= self.width), texts[-1])
            return [(Segment(clip(text, self.width), "selected" if chosen else "gradient", note.ref),)]
        if note.state == "quiet" and note.label:
            return [(Segment(clip(f"{'┊':>{self.margin}} {note.label}{where}", self.width), "dim", note.ref),)]
        return []

    def _row(self, unit: Unit) -> Row:
        note = self.notes.units[unit.id]
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
        for text, its_role in self._words(unit, self.width - used - gap):
            if used + gap + columns(text) <= self.width:
                row.append(Segment(" " * gap + text, its_role, note.ref))
                used, gap = used + gap + columns(text), 2
        return tuple(row)

    def _title(self, unit: Unit) -> str:
        if not unit.template:
            return unit.title
        return filled(unit.template, [self.numbers.get(inner, "…") for inner in unit.inner])

    def _words(self, unit: Unit, room: int) -> list[Word]:
        """What follows the title: the longest words that fit, else the shortest."""
        choices = list(self._choices(unit))
        return next((words for words in choices if _columns(words) <= room), choices[-1])

    def _choices(self, unit: Unit) -> Iterator[list[Word]]:
        """From the longest to the shortest: what it holds, what made it, what its .grad held and holds."""
        once = " → " not in self._changes(unit)
        for whole in (True, False) if self.told or once else (False,):
            for name in self._names(self.notes.units[unit.id]):
                for notes in self.forms if once or not whole else self.forms[:-1]:  # a history of sizes tells little
                    grad = notes.units[unit.id].grad
                    words: list[Word] = [
                        (brief(unit.value, notes.most), "value"),
                        name,
                        (grad if whole or not grad else latest(grad), "gradient"),
                    ]
                    yield [word for word in words if word[0]]

    def _names(self, note: UnitNote) -> list[Word]:
        if note.state == "ghost":
            return [("not recorded", "ghost")]
        node, hook, _ = note.name.partition(" · hook")
        first, *others = node.split(", ")
        short = "hook" if hook else ""
        if note.grad:
            names = [short if self.width < NARROW else note.name, short, ""]
        else:
            names = [note.name, f"{first} and {len(others)} more{hook}" if others else f"{node}{hook}", short]
        return [(name, "label") for name in names]

    def _tells_changes(self, unit: Unit) -> bool:
        """Whether there is room for all that its .grad held, if it changed several times."""
        grads = [notes.units[unit.id].grad for notes in self.forms]
        room = self.width - self.margin - self.title_width - 2
        return " → " not in self._changes(unit) or any(text in grads for text, _ in self._words(unit, room))

    def _changes(self, unit: Unit) -> str:
        """What its .grad held but for its last value."""
        return self.notes.units[unit.id].grad.rpartition(" → ")[0]


def _columns(words: Sequence[Word]) -> int:
    return sum(columns(text) + 2 for text, _ in words) - 2


def _numbers(flow: Flow) -> dict[int | None, str]:
    """Signs for results that have no name and are used within a longer expression, by operation."""
    used = {unit.inner[place] for unit in flow.units for place in places(unit.template)}
    found = [unit.operation for unit in flow.units if unit.operation in used and unit.name == unit.title]
    return {operation: chr(0x2460 + at) if at < 20 else f"#{at + 1}" for at, operation in enumerate(found)}
