"""Item statistics: what the answers of a class say about each exercise."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from autograd_tutor.records.results import Result

ENOUGH = 10
"""Learners below which a discrimination would be noise."""


class Item(msgspec.Struct, frozen=True):
    """One exercise as an item of a test."""

    exercise: str
    """`lesson/exercise`."""
    started: int
    """Learners who did anything in it."""
    answered: int
    """Learners who gave a readable answer: n of the statistics."""
    solved: int
    difficulty: float | None
    """The share of those who answered that was right on the first try: classical test theory's p, high when easy."""
    tries: float | None
    """Mean readable answers to a question, up to the first right one."""
    hints: float
    """Mean hints of those who started."""
    revealed: float
    """The share of those who started that had an answer revealed."""
    discrimination: float | None
    """Point-biserial correlation of being right on the first try with the share of the other exercises in which the
    learner was; None: fewer than `ENOUGH` learners answered it and others, or there is no variance."""


def items(results: Sequence[Result]) -> list[Item]:
    """The statistics of each exercise in the results, in order of first appearance; the learners' order is nothing."""
    by_exercise: dict[str, list[Result]] = {}
    scores: dict[str, dict[str, bool]] = {}
    for one in results:
        by_exercise.setdefault(one.exercise, []).append(one)
        if one.right_first is not None:
            scores.setdefault(one.learner, {})[one.exercise] = one.right_first
    return [_item(exercise, given, scores) for exercise, given in by_exercise.items()]


def _item(exercise: str, given: Sequence[Result], scores: Mapping[str, Mapping[str, bool]]) -> Item:
    started = [one for one in given if one.state != "new"]
    firsts = [one.right_first for one in given if one.right_first is not None]
    questions = sum(one.questions for one in given)
    return Item(
        exercise=exercise,
        started=len(started),
        answered=len(firsts),
        solved=sum(one.state == "solved" for one in given),
        difficulty=sum(firsts) / len(firsts) if firsts else None,
        tries=sum(one.tries for one in given) / questions if questions else None,
        hints=mean(one.hints for one in started),
        revealed=mean(one.reveals > 0 for one in started),
        discrimination=_discrimination(exercise, scores),
    )


def _discrimination(exercise: str, scores: Mapping[str, Mapping[str, bool]]) -> float | None:
    pairs = []
    for own in scores.values():
        others = [right for other, right in own.items() if other != exercise]
        if exercise in own and others:
            pairs.append((own[exercise], sum(others) / len(others)))
    return point_biserial(pairs) if len(pairs) >= ENOUGH else None


def point_biserial(pairs: Sequence[tuple[bool, float]]) -> float | None:
    """The correlation of a yes-or-no score with a number: (M₁ − M₀)/s · √(p·q).

    M₁ and M₀ are the means of the number where the score is yes and where it is no, s its standard deviation over
    all (divided by n), p and q the shares of yes and no. From F. M. Lord and M. R. Novick, "Statistical Theories of
    Mental Test Scores" (1968). The rest score leaves the item itself out, since it would correlate with itself.

    Returns:
        Between −1 and 1; None where one of the two does not vary.
    """
    yes = [number for score, number in pairs if score]
    no = [number for score, number in pairs if not score]
    numbers = [*yes, *no]
    if not yes or not no or max(numbers) == min(numbers):
        return None
    middle = math.fsum(numbers) / len(numbers)
    deviation = math.sqrt(math.fsum((one - middle) ** 2 for one in numbers) / len(numbers))
    spread = math.fsum(yes) / len(yes) - math.fsum(no) / len(no)
    return spread / deviation * math.sqrt(len(yes) * len(no)) / len(numbers)


def mean(numbers: Iterable[float]) -> float:
    """The arithmetic mean; 0 of nothing."""
    given = list(numbers)
    return math.fsum(given) / len(given) if given else 0.0
