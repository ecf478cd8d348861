"""The report of a class, or of one learner: everything worked out from the records, as plain data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from autograd_tutor.course.assignment import Assignment
from autograd_tutor.records.items import Item, items
from autograd_tutor.records.model import Logged, Poll, Vote
from autograd_tutor.records.overview import (
    Mastery,
    MistakeCount,
    PollResult,
    Student,
    mastery,
    mistakes,
    poll_results,
    students,
)
from autograd_tutor.records.results import Result, results


class Report(msgspec.Struct, frozen=True):
    """What was done, seen from every side."""

    results: list[Result]
    """By learner, then in the course's order; with an assignment also what was not begun, as `new`."""
    students: list[Student]
    exercises: list[Item]
    mistakes: list[MistakeCount]
    polls: list[PollResult]
    lessons: list[Mastery]


def report(
    log: Iterable[Logged],
    course: Mapping[str, int],
    *,
    order: Sequence[str],
    polls: Iterable[Poll] = (),
    votes: Iterable[Vote] = (),
    assignment: Assignment | None = None,
    expected: Iterable[str] = (),
    called: Callable[[str], str] = str,
) -> Report:
    """Work out a report.

    Args:
        log: the attempts, oldest first.
        course: each lesson's id, and how many exercises it has.
        order: all exercises as `lesson/exercise`, in the course's order.
        polls: those to report.
        votes: theirs, and maybe others'.
        assignment: report nothing but its exercises.
        expected: the class's list; those who did nothing have a row all the same.
        called: what a learner is called in the report.
    """
    found = results(msgspec.structs.replace(one, learner=called(one.learner)) for one in log)
    names = {called(name) for name in expected}
    if assignment is not None:
        found = _assigned(found, names, assignment.exercises)
        polls = [poll for poll in polls if poll.exercise in assignment.exercises]
    places = {exercise: at for at, exercise in enumerate(order)}
    found.sort(key=lambda one: (one.learner, places.get(one.exercise, len(places)), one.exercise))
    by_course = sorted(found, key=lambda one: (places.get(one.exercise, len(places)), one.exercise))
    return Report(
        results=found,
        students=students(found, names),
        exercises=items(by_course),
        mistakes=mistakes(found),
        polls=poll_results(polls, votes),
        lessons=mastery(found, course),
    )


def _assigned(found: Iterable[Result], names: set[str], exercises: Sequence[str]) -> list[Result]:
    """Every learner's result in each of the exercises, begun or not."""
    known = {(one.learner, one.exercise): one for one in found}
    learners = names | {learner for learner, _ in known}
    return [known.get((who, key)) or Result(who, key, "new") for who in learners for key in exercises]
