"""What the records hand out, as plain data. Times are UTC seconds since 1970."""

from __future__ import annotations

import msgspec

from autograd_tutor.teaching.model import Attempt, State

RANKS: tuple[State, ...] = ("new", "started", "skipped", "revealed", "solved")
"""How an exercise may stand, the best last: playing it once more takes nothing away."""


class Place(msgspec.Struct, frozen=True):
    """Where one exercise stands."""

    exercise: str
    """`lesson/exercise`."""
    state: str
    seed: int
    draft: str


class Logged(msgspec.Struct, frozen=True):
    """One attempt with its learner and its time."""

    learner: str
    at: float
    attempt: Attempt


class Poll(msgspec.Struct, frozen=True):
    """One question that a teacher opened to all, answered alone, discussed, and answered again."""

    id: int
    exercise: str
    """`lesson/exercise`."""
    seed: int
    """The variant that everyone had."""
    question: int
    """Its index in the variant's questions."""
    target: str
    opened_at: float
    revealed_at: float | None
    """None: the answer was not shown yet."""


class Vote(msgspec.Struct, frozen=True):
    """A learner's last readable answer in one round of a poll."""

    poll: int
    round: int
    """1 before the discussion, 2 after it."""
    learner: str
    at: float
    answer: str
    """As typed."""
    read_as: str
    verdict: str
    mistakes: tuple[str, ...]
    """Tags, the likeliest first."""
    confidence: int | None
    milliseconds: int
