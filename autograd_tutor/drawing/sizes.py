"""How much room each unit takes: its box, the words beside it, and its ports."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from autograd_tutor.drawing.annotate import Notes, UnitNote, brief
from autograd_tutor.drawing.cells import Role, clip, columns
from autograd_tutor.drawing.flow import Flow, Unit

HEIGHT = 3
"""Rows of a box."""
Form = Literal["wide", "stacked", "short"]
"""wide: words in one line beside the box. stacked: on its three lines. short: titles cut short as well."""


@dataclass(frozen=True, slots=True)
class Word:
    """Something written right of a frame."""

    start: int
    """Columns from the frame."""
    row: int
    """From 0, the frame's top line."""
    text: str
    role: Role


@dataclass(frozen=True, slots=True)
class Size:
    """A unit's room, in columns."""

    title: str
    box: int
    """The frame's width."""
    beside: tuple[Word, ...]
    total: str
    """The sum written below the box."""
    labels: tuple[str, ...]
    """What is written right of each line that comes in, by operand."""
    width: int
    """Frame and words together."""

    @property
    def steps(self) -> tuple[int, ...]:
        """Least distances between neighbouring ports."""
        return tuple(port_step(label) for label in self.labels[:-1])


def port_step(label: str) -> int:
    """How far right of a port with this label the next one may be."""
    return columns(label) + 3 if label else 2


def sizes(flow: Flow, notes: Notes, form: Form) -> dict[int, Size]:
    """The room of every unit, by its id; in a chain all boxes are equally wide."""
    labels: dict[int, list[str]] = {unit.id: [] for unit in flow.units}
    for wire in flow.wires:
        labels[wire.target].append(notes.wires[wire.id].label)
    least = 0
    if form == "wide":
        least = max(columns(_title(unit, form)) for unit in flow.units) + 4
    return {unit.id: _size(unit, notes.units[unit.id], tuple(labels[unit.id]), form, least) for unit in flow.units}


def _title(unit: Unit, form: Form) -> str:
    limit = {"wide": 34, "stacked": 24, "short": 12}[form]
    text = clip(unit.title, limit)
    if unit.kind == "input" and unit.value is not None:
        text += f"  {brief(unit.value, 18 if form != 'short' else 8)}"
    return text


def _size(unit: Unit, note: UnitNote, labels: tuple[str, ...], form: Form, least: int) -> Size:
    title = _title(unit, form)
    ports = sum(port_step(label) for label in labels[:-1]) + 1
    box = max(columns(title) + 4, ports + 4, least)
    beside = _beside(unit, note, form)
    reach = max((word.start + columns(word.text) for word in beside), default=0)
    below = columns(note.total) + 2 if note.total else 0
    overhang = columns(labels[-1]) + 3 if labels and labels[-1] else 0
    last_port = (box + ports - 1) // 2
    width = max(box + reach, box // 2 + below, last_port + overhang)
    return Size(title, box, beside, note.total, labels, width)


def _beside(unit: Unit, note: UnitNote, form: Form) -> tuple[Word, ...]:
    texts: list[tuple[str, Role]] = []
    if unit.kind != "input" and unit.value is not None:
        texts.append((brief(unit.value, 10 if form == "short" else 20), "value"))
    if note.name:
        name = f"╳ {note.name}" if note.name.startswith("cut") else note.name
        texts.append((clip(name, 14 if form == "short" else 34), "cut" if note.state == "ghost" else "label"))
    if note.grad:
        texts.append((note.grad, "gradient"))
    if form == "wide":
        starts = accumulate((columns(text) + 3 for text, _ in texts), initial=1)
        return tuple(Word(start, 1, text, role) for start, (text, role) in zip(starts, texts, strict=False))
    rows = (0, 1, 2) if len(texts) == 3 else (1, 2)
    return tuple(Word(1, row, text, role) for row, (text, role) in zip(rows, texts, strict=False))
