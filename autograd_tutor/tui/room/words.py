"""What the teacher's room says in its heading, and what it makes of a vote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.content import Content

from autograd_tutor.tui.class_words import PHASES
from autograd_tutor.tui.room.rows import MUTED, safe, span
from autograd_tutor.tui.room.spread import gain, right

if TYPE_CHECKING:
    from autograd_tutor.room.rules import Poll
    from autograd_tutor.room.view import Spread
    from autograd_tutor.tui.room.desk import Desk

FEW, MANY = 0.35, 0.7
"""Between these shares of right answers a discussion teaches most (C. H. Crouch and E. Mazur, Am. J. Phys. 69, 970,
2001)."""


def heading(desk: Desk, width: int) -> Content:
    """The class and who is here on the left; on the right what is on, the most pressing first, as far as it fits."""
    view = desk.view
    if view is None:
        return Content.styled("the class comes in a moment…", MUTED)
    needy = sum(row.stuck for row in view.rows)
    stuck = (f" · {needy} stuck", "$text-warning") if needy else ""
    left = Content.assemble((safe(view.group), "bold $accent"), f" · {view.here} here of {len(view.rows)}", stuck)
    left = left.truncate(max(width // 2, 20), ellipsis=True)
    right_side = Content("")
    for said in state(desk):
        longer = Content.assemble(right_side, (" · ", MUTED), said) if right_side else said
        if left.cell_length + longer.cell_length + 2 <= width:
            right_side = longer
    return Content.assemble(left, " " * (width - left.cell_length - right_side.cell_length), right_side)


def state(desk: Desk) -> Iterator[Content]:
    """What holds for the class now, the most pressing first."""
    rules, now = desk.view.rules if desk.view else None, desk.now
    if rules is None:
        return
    if rules.poll is not None:
        yield Content.styled(f"question to all: {PHASES[rules.poll.phase]}{left(rules.poll.until, now)}", "bold")
    elif rules.lead is not None:
        yield Content.styled(f"all follow you in {desk.number(rules.lead.exercise)}", "bold")
    if rules.paused:
        yield Content.styled("paused", "bold $text-warning")
    if rules.poll is None and rules.lead is None:
        yield Content.assemble("free play", left(rules.until, now))
    if rules.locked:
        yield Content.styled("solutions locked", "$text-warning")
    yield Content.styled(f"editing {rules.editing}", MUTED)


def left(until: float | None, now: float) -> str:
    """`, 1:12 left`; `, time is up`; nothing without a limit."""
    if until is None:
        return ""
    return f", {span(until - now)} left" if until > now else ", time is up"


def advice(poll: Poll, spread: Spread | None, here: int) -> str:
    """How many are in, what share is right, and what Mazur would do next."""
    count, share = (spread.count, right(spread.bars)) if spread else (0, None)
    if poll.phase == "talk":
        return f"{_share(share)}. {_talk(share)} Then v: vote again."
    if share is None:
        return turnout(poll, spread, here)
    said = f"{turnout(poll, spread, here)} · {_share(share)}"
    if spread is not None and poll.round == 2 and spread.before:
        return f"{said} · {_change(spread)}"
    if poll.phase == "shown":
        return f"{said}."
    if count < here:
        said += " so far"
    if share < FEW:
        return f"{said}: too few to convince the others. t: end the vote and explain first; then v: vote again."
    if share <= MANY:
        return f"{said}: worth a discussion. t: end the vote and let them talk; then v: vote again."
    return f"{said}: most have it. r: reveal, and explain briefly."


def turnout(poll: Poll, spread: Spread | None, here: int) -> str:
    """`24 of 29 in`, while a vote is on or done."""
    count = spread.count if spread else 0
    return "" if poll.phase == "talk" else f"{count} of {max(here, count)} in"


def _talk(share: float | None) -> str:
    """What the time between the votes is for."""
    if share is not None and share < FEW:
        return "Explain the idea, not the answer."
    return "Each convinces a neighbour who answered otherwise."


def _share(share: float | None) -> str:
    return "nobody answered" if share is None else f"{share:.0%} right"


def _change(spread: Spread) -> str:
    """The first vote's share, and the gain."""
    gained = gain(spread.before, spread.bars)
    told = "" if gained is None else f", normalised gain {gained:.2f}".replace("-", "−")
    return f"before the discussion {right(spread.before) or 0:.0%}{told}."
