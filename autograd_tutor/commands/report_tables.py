"""A report as tables, the same for every form in which it is printed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from autograd_tutor.course.assignment import Assignment
from autograd_tutor.records.report import Report
from autograd_tutor.records.results import Result
from autograd_tutor.room.view import Bar
from autograd_tutor.teaching.beliefs import belief

Cell = str | int | float | bool | datetime | None


class Table(NamedTuple):
    """Rows under a title."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Cell, ...]]


def sides(report: Report, assignment: Assignment | None) -> dict[str, Table]:
    """A class from each side, by the name that --by gives it."""
    return {
        "student": students(report, assignment),
        "exercise": exercises(report),
        "mistake": mistakes(report),
        "poll": polls(report),
    }


def students(report: Report, assignment: Assignment | None) -> Table:
    """One row for each student; with an assignment also how many of its exercises were solved in time."""
    columns = (
        "student",
        "solved",
        "revealed",
        "skipped",
        "started",
        "right first",
        "tries",
        "hints",
        "apart",
        "minutes",
    )
    rows: list[tuple[Cell, ...]] = []
    for one in report.students:
        row: tuple[Cell, ...] = (one.learner, one.solved, one.revealed, one.skipped, one.started, one.right_first)
        row += (one.tries, one.hints, one.apart, one.seconds / 60, moment(one.last_at))
        if assignment is not None:
            own = [result for result in report.results if result.learner == one.learner]
            row += (sum(on_time(result, assignment) for result in own),)
        rows.append(row)
    return Table("Students", (*columns, "last seen", *(("on time",) if assignment else ())), rows)


def exercises(report: Report) -> Table:
    """One row for each exercise, as an item of a test."""
    columns = ("exercise", "started", "n", "solved", "right first", "tries", "hints", "revealed", "discrimination")
    rows: list[tuple[Cell, ...]] = [
        (
            one.exercise,
            one.started,
            one.answered,
            one.solved,
            one.difficulty,
            one.tries,
            one.hints,
            one.revealed,
            one.discrimination,
        )
        for one in report.exercises
    ]
    return Table("Exercises", columns, rows)


def mistakes(report: Report, *, named: bool = True) -> Table:
    """One row for each mistake; not `named`: of the one learner."""
    rows: list[tuple[Cell, ...]] = []
    for one in report.mistakes:
        who = (one.learners,) if named else ()
        rows.append((belief(one.mistake), one.mistake, *who, one.times, ", ".join(one.exercises)))
    who_column = ("students",) if named else ()
    return Table("Mistakes", ("mistake", "tag", *who_column, "times", "exercises"), rows)


def polls(report: Report) -> Table:
    """One row for each belief in each poll, and the gain of those who voted twice."""
    rows: list[tuple[Cell, ...]] = []
    for one in report.polls:
        before, after = _counts(one.before), _counts(one.after)
        for tag in dict.fromkeys((*before, *after)):
            key = (one.poll.id, moment(one.poll.opened_at), one.poll.exercise, one.poll.target)
            rows.append((*key, belief(tag), before.get(tag, 0), after.get(tag, 0), one.gain))
    columns = ("poll", "opened", "exercise", "target", "belief", "before", "after", "gain")
    return Table("Polls", columns, rows)


def _counts(bars: Sequence[Bar]) -> dict[str, int]:
    return {bar.belief: bar.count for bar in bars}


def lessons(report: Report) -> Table:
    """One row for each lesson that was begun."""
    rows: list[tuple[Cell, ...]] = [(one.lesson, one.exercises, one.solved, one.right_first) for one in report.lessons]
    return Table("Lessons", ("lesson", "exercises", "share solved", "right first"), rows)


def grades(report: Report, assignment: Assignment | None, *, named: bool = True) -> Table:
    """One row for each student and exercise, as a grade book takes it; not `named`: of the one learner."""
    columns = ("exercise", "state", "right first", "tries", "hints", "apart", "minutes", "last seen", "mistakes")
    rows: list[tuple[Cell, ...]] = []
    for one in report.results:
        row: tuple[Cell, ...] = (
            one.exercise,
            one.state,
            one.right_first,
            one.tries,
            one.hints,
            one.apart,
            one.seconds / 60,
            moment(one.last_at),
            ", ".join(dict.fromkeys(one.mistakes)),
        )
        due = (on_time(one, assignment),) if assignment else ()
        rows.append(((one.learner,) if named else ()) + row + due)
    names = ("student",) if named else ()
    return Table("Exercises", names + columns + (("on time",) if assignment else ()), rows)


def on_time(result: Result, assignment: Assignment) -> bool:
    """Whether an assigned exercise was solved before it was due."""
    if result.solved_at is None:
        return False
    return assignment.due is None or result.solved_at <= assignment.due.timestamp()


def moment(seconds: float | None) -> datetime | None:
    """UTC seconds as a moment, to the second."""
    return None if seconds is None else datetime.fromtimestamp(int(seconds), UTC)
