"""A student as one line of the table: which columns there are at a width, and how a row is painted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from textual.content import Content

from autograd_tutor.drawing.cells import clip, columns
from autograd_tutor.room.screen import harmless
from autograd_tutor.teaching.beliefs import belief

if TYPE_CHECKING:
    from autograd_tutor.room.view import Row
    from autograd_tutor.tui.syllabus import Place

MUTED = "$muted"
_FIXED = 2 + 6 + 6 + 6 + 7 + 8
"""Cells of the cursor, the exercise's number, tries, idle, solved and the sign at the end."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Cells of the columns that depend on the width; 0: left out."""

    name: int
    title: int
    belief: int
    answer: int
    polling: bool = False
    """A poll is on: whether one has predicted stands where the tries were."""
    assigned: int = 0
    """Exercises of the assignment: those done are counted in place of all that were solved."""


def fit(width: int, polling: bool, assigned: int) -> Columns:
    """The columns of a table `width` cells wide: first the belief is given room, then names, titles, answers."""
    free = max(width - _FIXED, 24)
    name = min(max(free // 3, 10), 14)
    believed = min(free - name, 31)
    free -= name + believed
    title = min(free, 24) if free >= 10 else 0
    free -= title
    answer = min(free, 24) if free >= 10 else 0
    return Columns(name + min(free - answer, 14), title, believed, answer, polling, assigned)


def header(shape: Columns) -> Content:
    """The columns' names."""
    said = padded("last answer", shape.answer) if shape.answer else ""
    text = (
        f"  {padded('name', shape.name)}{padded('at', 6 + shape.title)}{'vote' if shape.polling else 'tries':<6}"
        f"{padded('last belief', shape.belief)}{said}{'idle':>6} {'done' if shape.assigned else 'solved':>6} "
    )
    return Content.styled(text, MUTED)


def paint(row: Row, place: Place | None, now: float, shape: Columns, *, chosen: bool) -> Content:
    """One student's line; the chosen one has ▸ before it."""
    number = f"{place.lesson.number}.{place.number}" if place else row.exercise
    title = padded(place.exercise.title if place else "", shape.title)
    tries = ("in" if row.voted else "·") if shape.polling else str(row.tries or "")
    held = belief(row.belief)
    solved = f"{row.done}/{shape.assigned}" if shape.assigned else str(row.solved or "")
    away = not row.here
    line = Content.assemble(
        "▸ " if chosen else "  ",
        (padded(safe(row.name), shape.name), MUTED if away else "bold"),
        (padded(number, 6), MUTED if away else ""),
        (title, MUTED),
        (f"{tries:<6}", "$text-success" if shape.polling and row.voted else ""),
        (padded(held, shape.belief), "$text-success" if row.belief == "right" else MUTED if away else ""),
        (padded(safe(row.answer), shape.answer), MUTED),
        (f"{idle(row, now):>6} {solved:>6} ", MUTED),
        ("away" if away else "! stuck" if row.stuck else "", MUTED if away else "bold $text-warning"),
    )
    return Content.styled(line.plain, "bold reverse") if chosen else line


def idle(row: Row, now: float) -> str:
    """Since when nothing was done, `m:ss`; nothing for one who was never here."""
    return span(now - row.since) if row.since else ""


def span(seconds: float) -> str:
    """`2:40`, from an hour on `3:05 h`; never below 0:00."""
    whole = max(int(seconds), 0)
    return f"{whole // 60}:{whole % 60:02}" if whole < 3600 else f"{whole // 3600}:{whole % 3600 // 60:02} h"


@lru_cache(maxsize=4096)
def padded(text: str, width: int) -> str:
    """`text` in exactly `width` cells, the last of them blank."""
    if width < 2:
        return ""
    kept = clip(text, width - 1)
    return kept + " " * (width - columns(kept))


@lru_cache(maxsize=4096)
def safe(text: str) -> str:
    """A learner's or a roster's text, fit for the screen."""
    return harmless(text, 80)
