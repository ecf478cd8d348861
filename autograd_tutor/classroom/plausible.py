"""What sessions say, cut to what their students could have done: a session may have been taken over by its input."""

from __future__ import annotations

from msgspec.structs import replace

from autograd_tutor.room.messages import Voted
from autograd_tutor.room.screen import harmless
from autograd_tutor.teaching.model import Attempt

LONGEST_TEXT = 20_000
"""Characters of one answer or draft that are kept; more than anybody types."""
_NAME = 200
"""Characters of a target, or of a mistake's tag."""
_MISTAKES = 20
_MOST = 1_000_000
"""Of anything that is counted."""
_DAY = 86_400_000
"""Milliseconds."""


def plausible(attempt: Attempt) -> Attempt:
    """An attempt that somebody could have made."""
    return replace(
        attempt,
        question=_within(attempt.question, _MOST),
        target=harmless(attempt.target, _NAME),
        answer=attempt.answer[:LONGEST_TEXT],
        read_as=attempt.read_as[:LONGEST_TEXT],
        mistakes=_tags(attempt.mistakes),
        hints=_within(attempt.hints, _MOST),
        try_number=_within(attempt.try_number, _MOST),
        milliseconds=_within(attempt.milliseconds, _DAY),
        confidence=None if attempt.confidence is None else _within(attempt.confidence, 3),
    )


def plausible_vote(vote: Voted) -> Voted:
    """A vote that somebody could have cast."""
    return replace(
        vote,
        answer=vote.answer[:LONGEST_TEXT],
        read_as=vote.read_as[:LONGEST_TEXT],
        mistakes=_tags(vote.mistakes),
        confidence=None if vote.confidence is None else _within(vote.confidence, 3),
        milliseconds=_within(vote.milliseconds, _DAY),
    )


def _tags(mistakes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(harmless(tag, _NAME) for tag in mistakes[:_MISTAKES])


def _within(number: int, most: int) -> int:
    return min(max(number, 0), most)
