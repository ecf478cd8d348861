"""What holds in a class, in words for a student, and at the top of a teacher's own exercises."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograd_tutor.room.rules import Rules

TIME_IS_UP = "The time is up: answers are not taken any more. What you typed is kept."
NO_EDITING = "The teacher has turned free editing off."
PAUSED = "The teacher has paused the class: keys do nothing, and what you typed is kept."

PAUSED_BY_YOU = "The class is paused."

PHASES = {"vote": "first vote", "talk": "discussion", "again": "second vote", "shown": "revealed"}
"""A question to all, as a teacher speaks of it."""
_PHASES = {
    "vote": "a question to all: predict alone",
    "talk": "discuss it with your neighbour",
    "again": "predict once more",
    "shown": "what torch did",
}


def is_over(rules: Rules | None) -> bool:
    """The time for free play has ended."""
    return rules is not None and rules.until is not None and rules.until <= time.time()


def deadline(rules: Rules | None) -> float | None:
    """What the clock on the screen runs towards, in UTC seconds."""
    if rules is None:
        return None
    return rules.poll.until if rules.poll is not None else rules.until


def notes(rules: Rules | None, now: float, *, teaches: bool = False) -> str:
    """The class in one line, for a student or for who `teaches`; empty if there is nothing to say."""
    if rules is None:
        return ""
    if rules.paused:
        return PAUSED_BY_YOU if teaches else PAUSED
    said = list(_together(rules, teaches))
    if rules.locked and rules.poll is None and rules.lead is None:
        said.append("solutions are locked")
    until = deadline(rules)
    if until is not None:
        said.append(f"{clock(until - now)} left" if until > now else "the time is up")
    if rules.watched:
        said.append("the teacher sees this screen")
    return " · ".join(said)


def _together(rules: Rules, teaches: bool) -> list[str]:
    if rules.poll is not None:
        return [f"question to all: {PHASES[rules.poll.phase]}" if teaches else _PHASES[rules.poll.phase]]
    if rules.lead is None:
        return []
    return ["the class follows you" if teaches else "following the teacher"]


def clock(seconds: float) -> str:
    """`1:12`, or `1:05:00` from an hour on; a part of a second counts as one."""
    whole = max(int(-(-seconds // 1)), 0)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def due(at: float, now: float) -> str:
    """`due Thu 18:00, in 2 days`; past: `was due Thu 18:00`. The server's local time."""
    moment, today = datetime.fromtimestamp(at), datetime.fromtimestamp(now)
    near = abs(at - now) < 6 * 86400
    date = f"{moment.day} {moment:%b}" if moment.year == today.year else f"{moment.day} {moment:%b %Y}"
    when = f"{moment:%a}{'' if near else f' {date}'} {moment:%H:%M}"
    return f"due {when}, {_in(at - now)}" if at > now else f"was due {when}"


def _in(seconds: float) -> str:
    minutes = int(seconds // 60)
    if minutes < 90:
        return f"in {max(minutes, 1)} min"
    hours = minutes // 60
    return f"in {hours} h" if hours < 48 else f"in {hours // 24} days"
