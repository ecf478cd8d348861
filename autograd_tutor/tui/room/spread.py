"""A spread of beliefs as bars: how many hold each, and of a poll how that was before the discussion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from autograd_tutor.room.view import RIGHT
from autograd_tutor.teaching.beliefs import belief
from autograd_tutor.tui.room.rows import MUTED, padded

if TYPE_CHECKING:
    from autograd_tutor.room.view import Bar, Spread

_WORDS = 32
"""Cells of a belief's name."""
_EIGHTHS = " ▏▎▍▌▋▊▉"


def right(bars: tuple[Bar, ...]) -> float | None:
    """The share of right answers, 0 to 1; None without answers."""
    count = sum(bar.count for bar in bars)
    return sum(bar.count for bar in bars if bar.belief == RIGHT) / count if count else None


def gain(before: tuple[Bar, ...], after: tuple[Bar, ...]) -> float | None:
    """Hake's normalised gain (R. R. Hake, Am. J. Phys. 66, 64, 1998): of what could be gained, the share that was.

    None where nothing could be gained, or one of the votes is empty.
    """
    first, second = right(before), right(after)
    return None if first is None or second is None or first == 1 else (second - first) / (1 - first)


def paint(spread: Spread, width: int, height: int) -> list[Content]:
    """At most `height` lines of `width` cells; what does not fit is counted together in the last."""
    if not spread.bars and not spread.before:
        return [Content.styled("nobody has answered yet", MUTED)]
    votes = [spread.before, spread.bars] if spread.before else [spread.bars]
    counts = [{bar.belief: bar.count for bar in bars} for bars in votes]
    held = list(dict.fromkeys(bar.belief for bars in reversed(votes) for bar in bars))
    shown, rest = (held[: height - 1], held[height - 1 :]) if len(held) > height else (held, [])
    words = min(_WORDS, width // 2)
    most = max(max(of.values(), default=0) for of in counts)
    room = max((width - words) // len(votes), 8)
    lines = []
    for one in shown:
        numbers = [of.get(one, 0) for of in counts]
        style = "$text-success" if one == RIGHT else ""
        lines.append(_line(numbers, most, room, style, f"✓ {belief(one)}" if style else belief(one), words))
    if rest:
        numbers = [sum(of.get(one, 0) for one in rest) for of in counts]
        lines.append(_line(numbers, most, room, MUTED, f"{len(rest)} other beliefs", words))
    if spread.before and height > len(lines):
        lines.insert(0, Content.styled(f"{'before':<{room}}{'after':<{room}}", MUTED))
    return lines


def _line(numbers: list[int], most: int, room: int, style: str, words: str, cells: int) -> Content:
    """A count and its bar for each vote, then what is believed."""
    parts: list[str | tuple[str, str]] = []
    for number in numbers:
        parts += [f"{number:>3}  ", (_bar(number, most, room - 5), style or "$accent")]
    return Content.assemble(*parts, (padded(words, cells), style))


def _bar(count: int, most: int, room: int) -> str:
    """To an eighth of a cell, and never nothing for somebody."""
    full, part = divmod(max(8 * count * (room - 1) // max(most, 1), min(count, 1)), 8)
    return ("█" * full + _EIGHTHS[part]).ljust(room)
