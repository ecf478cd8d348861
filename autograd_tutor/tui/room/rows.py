"""A student as one line of the table: which columns there are at a width, and what stands in a row."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from autograd_tutor.drawing.cells import clip, columns
from autograd_tutor.room.screen import harmless
from autograd_tutor.room.view import RIGHT
from autograd_tutor.teaching.beliefs import belief

if TYPE_CHECKING:
    from autograd_tutor.room.view import Row
    from autograd_tutor.tui.syllabus import Place

MUTED = "$muted"
Kind = Literal["plain", "muted", "strong", "good", "alert", "chosen"]
"""How a piece of a row is meant to look; colour only repeats what its words say."""
Piece = tuple[str, Kind]
_FIXED = 2 + 6 + 6 + 6 + 8 + 7
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
    free = max(width - _FIXED, 20)
    name = min(max(free // 3, 10), 14)
    believed = min(free - name, 31)
    free -= name + believed
    title = min(free, 24) if free >= 10 else 0
    free -= title
    answer = min(free, 24) if free >= 10 else 0
    return Columns(name + min(free - answer, 14), title, believed, answer, polling, assigned)


def header(shape: Columns) -> list[Piece]:
    """The columns' names."""
    said = padded("last answer", shape.answer) if shape.answer else ""
    text = (
        f"  {padded('name', shape.name)}{padded('at', 6 + shape.title)}{'vote' if shape.polling else 'tries':<6}"
        f"{padded('last belief', shape.belief)}{said}{'idle':>6} {'done' if shape.assigned else 'solved':>6}"
    )
    return [(text, "muted")]


def pieces(row: Row, place: Place | None, now: float, shape: Columns, *, chosen: bool) -> list[Piece]:
    """One student's line; the chosen one has ▸ before it."""
    number = f"{place.lesson.number}.{place.number}" if place else row.exercise
    tries = ("in" if row.voted else "·") if shape.polling else str(row.tries or "")
    solved = f"{row.done}/{shape.assigned}" if shape.assigned else str(row.solved or "")
    away = not row.here
    line: list[Piece] = [
        ("▸ " if chosen else "  ", "plain"),
        (padded(safe(row.name), shape.name), "muted" if away else "strong"),
        (padded(number, 6), "muted" if away else "plain"),
        (padded(place.exercise.title if place else "", shape.title), "muted"),
        (f"{tries:<6}", "good" if shape.polling and row.voted else "plain"),
        (padded(belief(row.belief), shape.belief), "good" if row.belief == RIGHT else "muted" if away else "plain"),
        (padded(safe(row.answer), shape.answer), "muted"),
        (f"{idle(row, now):>6} {solved:>6} ", "muted"),
        (f"{'away' if away else '! stuck' if row.stuck else '':<7}", "muted" if away else "alert"),
    ]
    return [("".join(text for text, _ in line), "chosen")] if chosen else line


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
