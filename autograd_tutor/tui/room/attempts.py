"""What one student did, as lines: what was answered, what stands behind it, how long it took."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from autograd_tutor.room.state import belief as held
from autograd_tutor.teaching.beliefs import belief
from autograd_tutor.tui.room.rows import MUTED, padded, safe, span

if TYPE_CHECKING:
    from autograd_tutor.teaching.model import Attempt
    from autograd_tutor.tui.room.desk import Desk

_DONE = {
    "hint": "took a hint",
    "reveal": "had it run and shown",
    "skip": "skipped it",
    "apart": "began to take it apart",
    "keep": "went on with that",
    "tell": "had a step told",
}
_SIGNS = {"right": "✓ right", "partly": "◐ partly", "wrong": "✗ wrong", "invalid": "? unread"}
_BELIEF = 31
_FIXED = 2 + 6 + 4 + 10 + 6 + 7
"""Cells of the margin, number, try, verdict, hints, time."""
_SURE = 7
"""Cells of how sure the student was, where there is room."""
_WIDE = 96


def header(width: int) -> Content:
    """The columns' names."""
    answer, believed, sure = _room(width)
    text = f"  {'at':<6}{'try':<4}{padded('answer', answer)}{'':<10}{padded('belief', believed)}{'hints':>6}"
    return Content.styled(f"{text}{'sure' if sure else '':>{sure}}{'time':>7}", MUTED)


def lines(attempts: Sequence[Attempt], desk: Desk, width: int) -> list[Content]:
    """One line for each attempt, in the order given."""
    room = _room(width)
    return [_line(one, desk, *room) for one in attempts]


def _line(one: Attempt, desk: Desk, answer: int, believed: int, sure: int) -> Content:
    said = _DONE.get(one.action) or safe(one.read_as or one.answer)
    wrong = one.verdict in ("wrong", "partly")
    dots = "" if one.confidence is None or not sure else "●" * one.confidence + "○" * (3 - one.confidence)
    style = "$text-success" if one.verdict == "right" else "$text-warning" if wrong else MUTED
    return Content.assemble(
        "  ",
        padded(desk.number(one.exercise), 6),
        (f"{one.try_number or '':<4}", MUTED),
        (padded(said, answer), "bold" if one.action == "answer" else MUTED),
        (padded(_SIGNS.get(one.verdict, ""), 10), style),
        padded(belief(held(one.verdict, one.mistakes)) if wrong and one.action == "answer" else "", believed),
        (f"{one.hints or '':>6}{dots:>{sure}}{span(one.milliseconds / 1000):>7}", MUTED),
    )


def _room(width: int) -> tuple[int, int, int]:
    """Cells of the answer, of the belief, and of how sure."""
    sure = _SURE if width >= _WIDE else 0
    free = max(width - _FIXED - sure, 30)
    believed = min(_BELIEF, free * 3 // 5)
    return min(free - believed, 44), believed, sure
