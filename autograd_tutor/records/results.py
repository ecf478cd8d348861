"""What each learner did in each exercise, worked out from the log of attempts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from autograd_tutor.records.model import RANKS, Logged
from autograd_tutor.room.state import belief
from autograd_tutor.room.view import RIGHT
from autograd_tutor.teaching.model import State

LONGEST_ACT = 600.0
"""Seconds counted for one act at most: who takes longer has gone away in between."""


class Result(msgspec.Struct, frozen=True):
    """One learner in one exercise."""

    learner: str
    exercise: str
    """`lesson/exercise`."""
    state: State
    """The best that was reached."""
    right_first: bool | None = None
    """Whether the first readable answer to each of its questions was right; None: none was given."""
    questions: int = 0
    """How many of its questions got a readable answer."""
    tries: int = 0
    """Readable answers to them, up to the first right one each."""
    hints: int = 0
    reveals: int = 0
    apart: int = 0
    """How often it was taken apart, step by step."""
    seconds: float = 0.0
    """Spent on it, each act counted as `LONGEST_ACT` at most."""
    last_at: float | None = None
    """UTC seconds since 1970; None: never touched."""
    solved_at: float | None = None
    mistakes: tuple[str, ...] = ()
    """One tag for each wrong answer, the likeliest; `unknown` where no mistake was found. In order."""


def results(log: Iterable[Logged]) -> list[Result]:
    """One result for each learner and exercise in the log (oldest first), by learner, in the order of first touch."""
    groups: dict[tuple[str, str], list[Logged]] = {}
    for one in log:
        groups.setdefault((one.learner, one.attempt.exercise), []).append(one)
    return sorted((_result(*key, entries) for key, entries in groups.items()), key=lambda result: result.learner)


def _result(learner: str, exercise: str, log: Sequence[Logged]) -> Result:
    answers: dict[int, list[str]] = {}
    for one in log:
        if one.attempt.try_number:
            held = belief(one.attempt.verdict, one.attempt.mistakes)
            answers.setdefault(one.attempt.question, []).append(held)
    return Result(
        learner=learner,
        exercise=exercise,
        state=max((one.attempt.state for one in log), key=RANKS.index),
        right_first=all(given[0] == RIGHT for given in answers.values()) if answers else None,
        questions=len(answers),
        tries=sum(given.index(RIGHT) + 1 if RIGHT in given else len(given) for given in answers.values()),
        hints=sum(one.attempt.action == "hint" for one in log),
        reveals=sum(one.attempt.action == "reveal" for one in log),
        apart=sum(one.attempt.action == "apart" for one in log),
        seconds=sum(min(max(one.attempt.milliseconds, 0) / 1000, LONGEST_ACT) for one in log),
        last_at=max(one.at for one in log),
        solved_at=next((one.at for one in log if one.attempt.state == "solved"), None),
        mistakes=tuple(held for given in answers.values() for held in given if held != RIGHT),
    )
