"""What a class did, by student, by mistake, by poll and by lesson."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from autograd_tutor.records.items import mean
from autograd_tutor.records.model import Poll, Vote
from autograd_tutor.records.results import Result
from autograd_tutor.room.state import bars, belief
from autograd_tutor.room.view import RIGHT, Bar


class Student(msgspec.Struct, frozen=True):
    """One learner over all exercises."""

    learner: str
    solved: int
    revealed: int
    skipped: int
    started: int
    """Begun and not settled."""
    right_first: float | None
    """The share of the exercises answered that was right on the first try; None: nothing was answered."""
    tries: int
    hints: int
    apart: int
    """How often an exercise was taken apart, step by step."""
    seconds: float
    last_at: float | None
    """UTC seconds since 1970."""


class MistakeCount(msgspec.Struct, frozen=True):
    """One mistake over all learners."""

    mistake: str
    """Its tag; `unknown`: wrong answers that no known mistake gives."""
    learners: int
    times: int
    exercises: tuple[str, ...]
    """Where it was made, the most frequent first."""


class PollResult(msgspec.Struct, frozen=True):
    """One poll: the spread of beliefs before the discussion and after it."""

    poll: Poll
    before: tuple[Bar, ...]
    after: tuple[Bar, ...]
    both: int
    """Learners who voted twice."""
    gain: float | None
    """Of those who voted twice; see `normalised_gain`."""


class Mastery(msgspec.Struct, frozen=True):
    """One lesson, over all learners of the report."""

    lesson: str
    exercises: int
    """In the lesson."""
    solved: float
    """The share of them that is solved, in the mean over the learners."""
    right_first: float | None
    """The share of the answered ones that was right on the first try."""


def students(results: Iterable[Result], expected: Iterable[str] = ()) -> list[Student]:
    """One row for each learner, by name; those `expected` have one even if they did nothing."""
    groups: dict[str, list[Result]] = {learner: [] for learner in expected}
    for one in results:
        groups.setdefault(one.learner, []).append(one)
    return [_student(learner, groups[learner]) for learner in sorted(groups)]


def _student(learner: str, given: Sequence[Result]) -> Student:
    states = Counter(one.state for one in given)
    return Student(
        learner=learner,
        solved=states["solved"],
        revealed=states["revealed"],
        skipped=states["skipped"],
        started=states["started"],
        right_first=_right_first(given),
        tries=sum(one.tries for one in given),
        hints=sum(one.hints for one in given),
        apart=sum(one.apart for one in given),
        seconds=sum(one.seconds for one in given),
        last_at=max((one.last_at for one in given if one.last_at is not None), default=None),
    )


def _right_first(given: Iterable[Result]) -> float | None:
    firsts = [one.right_first for one in given if one.right_first is not None]
    return mean(firsts) if firsts else None


def mistakes(results: Iterable[Result]) -> list[MistakeCount]:
    """One row for each mistake: that of the most learners first, then the most frequent, then by name."""
    where: dict[str, Counter[str]] = {}
    who: dict[str, set[str]] = {}
    for one in results:
        for tag in one.mistakes:
            where.setdefault(tag, Counter())[one.exercise] += 1
            who.setdefault(tag, set()).add(one.learner)
    rows = [
        MistakeCount(tag, len(who[tag]), counts.total(), tuple(sorted(counts, key=lambda key: (-counts[key], key))))
        for tag, counts in where.items()
    ]
    return sorted(rows, key=lambda row: (-row.learners, -row.times, row.mistake))


def poll_results(polls: Iterable[Poll], votes: Iterable[Vote]) -> list[PollResult]:
    """One row for each poll, in order."""
    cast: dict[tuple[int, int], dict[str, str]] = {}
    for vote in votes:
        cast.setdefault((vote.poll, vote.round), {})[vote.learner] = belief(vote.verdict, vote.mistakes)
    rows = []
    for poll in polls:
        before, after = (cast.get((poll.id, round_), {}) for round_ in (1, 2))
        both = sorted(before.keys() & after.keys())
        gain = normalised_gain(
            mean(before[name] == RIGHT for name in both), mean(after[name] == RIGHT for name in both)
        )
        rows.append(PollResult(poll, bars(before.values()), bars(after.values()), len(both), gain if both else None))
    return rows


def normalised_gain(before: float, after: float) -> float | None:
    """The part of what could be gained that was gained: (after − before) / (1 − before), of the shares right.

    From R. R. Hake, "Interactive-engagement versus traditional methods", American Journal of Physics 66 (1998),
    64-74. None when all were right before.
    """
    return None if before >= 1 else (after - before) / (1 - before)


def mastery(results: Sequence[Result], lessons: Mapping[str, int]) -> list[Mastery]:
    """One row for each lesson (its id and how many exercises it has) in which anything was done."""
    learners = len({one.learner for one in results})
    rows = []
    for lesson, count in lessons.items():
        given = [one for one in results if one.exercise.partition("/")[0] == lesson]
        solved = sum(one.state == "solved" for one in given)
        if given:
            rows.append(Mastery(lesson, count, solved / (count * learners), _right_first(given)))
    return rows
