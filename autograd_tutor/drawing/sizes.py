"""How much room each unit takes: its box, the words beside it, and its ports."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from autograd_tutor.drawing.annotate import Notes, UnitNote
from autograd_tutor.drawing.cells import Role, clip, columns
from autograd_tutor.drawing.flow import Flow, Unit
from autograd_tutor.drawing.values import ROOMY, brief


class Form(NamedTuple):
    """How boxes are filled, from roomy to tight."""

    words: str
    """line: beside the box in one line. stack: beside it, one below the other. inside: in it."""
    title: int
    """Most columns of a title."""
    even: bool = False
    """All boxes equally wide: for chains."""


_LAST = re.compile(r"(\.\w+|\[[^\[\]]*\])$")
"""The last step of the way to a module."""
CHAIN = (Form("line", 48, True), Form("stack", 48, True), Form("inside", 40), Form("inside", 18))
GRAPH = (Form("stack", 48), Form("inside", 40), Form("inside", 24), Form("inside", 14))


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
    """A unit's room, in columns and rows."""

    lines: tuple[tuple[str, Role | None], ...]
    """What is written in the frame; no role: the unit's own."""
    box: int
    """The frame's width."""
    beside: tuple[Word, ...]
    labels: tuple[str, ...]
    """What is written right of each line that comes in, by operand."""
    below: int
    """Columns that the sum below the box takes, right of its line."""
    width: int
    """Frame and words together."""

    @property
    def height(self) -> int:
        """The frame's rows."""
        return len(self.lines) + 2


def port_step(label: str) -> int:
    """How far right of a port with this label the next one may be."""
    return columns(label) + 3 if label else 2


def sizes(flow: Flow, notes: Notes, form: Form) -> dict[int, Size]:
    """The room of every unit, by its id."""
    labels: dict[int, list[str]] = {unit.id: [] for unit in flow.units}
    for wire in flow.wires:
        labels[wire.target].append(notes.wires[wire.id].label)
    least = max(columns(_title(unit, form, notes.most)) for unit in flow.units) + 4 if form.even else 0
    return {
        unit.id: _size(unit, notes.units[unit.id], notes.most, tuple(labels[unit.id]), form, least)
        for unit in flow.units
    }


def _title(unit: Unit, form: Form, most: int) -> str:
    text = clip(_short(unit, form.title), form.title)
    if unit.value is not None and (unit.kind == "input" or form.words == "inside"):
        return f"{text}  {brief(unit.value, min(form.title, max(most, ROOMY)))}"
    return text


def _short(unit: Unit, width: int) -> str:
    """A title that fits, if the way to its module can be left out: `linear in …[0]`, else the title."""
    operation, inside, module = unit.title.partition(" in ")
    last = _LAST.search(module)
    if unit.call is None or not inside or last is None or columns(unit.title) <= width:
        return unit.title
    choices = (f"{operation} in …{last[0]}", f"{operation} …{last[0]}")
    return next((one for one in choices if columns(one) <= width), unit.title)


def _size(unit: Unit, note: UnitNote, most: int, labels: tuple[str, ...], form: Form, least: int) -> Size:
    words = _words(unit, note, form, most)
    lines: list[tuple[str, Role | None]] = [(_title(unit, form, most), None)]
    beside: tuple[Word, ...] = ()
    if form.words == "inside":
        lines += words
    elif form.words == "line":
        starts = accumulate((columns(text) + 3 for text, _ in words), initial=1)
        beside = tuple(Word(start, 1, text, role) for start, (text, role) in zip(starts, words, strict=False))
    else:
        rows = (0, 1, 2) if len(words) == 3 else (1, 2)
        beside = tuple(Word(1, row, text, role) for row, (text, role) in zip(rows, words, strict=False))
    ports = sum(port_step(label) for label in labels[:-1]) + max(len(labels), 1)
    box = max(*(columns(text) + 4 for text, _ in lines), ports + 4, least)
    reach = max((word.start + columns(word.text) for word in beside), default=0)
    below = columns(note.total) + 2 if note.total else 0
    overhang = columns(labels[-1]) + 3 if labels and labels[-1] else 0
    width = max(box + reach, box // 2 + below, (box + ports - 1) // 2 + overhang)
    return Size(tuple(lines), box, beside, labels, below, width)


def _words(unit: Unit, note: UnitNote, form: Form, most: int) -> list[tuple[str, Role]]:
    """What is said of a unit besides its title: its value, its node or why it has none, its .grad."""
    words: list[tuple[str, Role]] = []
    if unit.kind != "input" and unit.value is not None and form.words != "inside":
        words.append((brief(unit.value, max(most, ROOMY + 2)), "value"))
    if note.name and not (form.words == "inside" and unit.kind == "input" and note.state == "open"):
        name = f"╳ {note.name}" if note.name.startswith("cut") else note.name
        words.append((clip(name, max(form.title, 24)), "cut" if note.state == "ghost" else "label"))
    if note.grad:
        words += [(text, "gradient") for text in _broken(note.grad, form)]
    return words


def _broken(grad: str, form: Form) -> list[str]:
    """What a .grad held, in a box in several lines where one would be too wide."""
    lines = [""]
    for part in grad.split(" → "):
        longer = f"{lines[-1]} → {part}" if lines[-1] else part
        if form.words == "inside" and lines[-1] and columns(longer) > form.title:
            lines[-1] += " →"
            lines.append(part)
        else:
            lines[-1] = longer
    return lines
