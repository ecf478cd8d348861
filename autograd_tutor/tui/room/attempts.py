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

_DONE = {"hint": "took a hint", "reveal": "had it run and shown", "skip": "skipped it"}
_SIGNS = {"right": "✓ right", "partly": "◐ partly", "wrong": "✗ wrong", "invalid": "? not readable"}
_BELIEF = 31
_FIXED = 2 + 6 + 4 + 9 + 6 + 7 + 7
"""Cells of the cursor's place, number, try, verdict, hints, how sure, time."""


def header(width: int) -> Content:
    """The columns' names."""
    answer, believed = _room(width)
    text = f"  {'at':<6}{'try':<4}{padded('answer', answer)}{'':<9}{padded('belief', believed)}"
    return Content.styled(f"{text}{'hints':>6}{'sure':>7}{'time':>7}", MUTED)


def lines(attempts: Sequence[Attempt], desk: Desk, width: int) -> list[Content]:
    """One line for each attempt, in the order given."""
    return [_line(one, desk, *_room(width)) for one in attempts]


def _line(one: Attempt, desk: Desk, answer: int, believed: int) -> Content:
    said = safe(one.read_as or one.answer) if one.action == "answer" else _DONE[one.action]
    readable = one.action == "answer" and one.verdict not in ("", "invalid")
    behind = belief(held(one.verdict, one.mistakes)) if readable and one.verdict != "right" else ""
    sure = "" if one.confidence is None else "●" * one.confidence + "○" * (3 - one.confidence)
    style = {"right": "$text-success", "wrong": "$text-warning", "partly": "$text-warning"}.get(one.verdict, MUTED)
    return Content.assemble(
        "  ",
        padded(desk.number(one.exercise), 6),
        (f"{one.try_number or '':<4}", MUTED),
        (padded(said, answer), "bold" if one.action == "answer" else MUTED),
        (padded(_SIGNS.get(one.verdict, ""), 9), style),
        padded(behind, believed),
        (f"{one.hints or '':>6}{sure:>7}{span(one.milliseconds / 1000):>7}", MUTED),
    )


def _room(width: int) -> tuple[int, int]:
    """Cells of the answer and of the belief."""
    free = max(width - _FIXED, 30)
    believed = min(_BELIEF, free * 3 // 5)
    return free - believed, believed
