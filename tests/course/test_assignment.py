"""A teacher writes down what the class is to play, and slips become sentences with file and line."""

from datetime import timedelta
from pathlib import Path

import pytest

from autograd_tutor.course.assignment import BadAssignment, read_assignment
from autograd_tutor.course.load import lessons

COURSE = lessons()


@pytest.fixture
def assignment(tmp_path):
    def read(text: str | bytes):
        path = tmp_path / "week.yaml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return read_assignment(path, COURSE)

    return read


def test_a_teacher_names_exercises_and_a_date(assignment):
    read = assignment("title: Week 3\ndue: 2026-12-01 18:00\nexercises:\n  - slopes/square\n  - chains/middle\n")
    assert read.title == "Week 3"
    assert read.exercises == ("slopes/square", "chains/middle")
    assert (read.due.year, read.due.month, read.due.day, read.due.hour, read.due.minute) == (2026, 12, 1, 18, 0)


def test_a_day_without_an_hour_lasts_until_it_ends(assignment):
    due = assignment("title: t\ndue: 2026-12-01\nexercises: [slopes/square]").due
    assert (due.day, due.hour, due.minute) == (1, 23, 59)


def test_without_a_date_it_is_never_late(assignment):
    assert assignment("title: t\nexercises: [slopes/square]").due is None


def test_another_time_zone_may_be_named(assignment):
    read = assignment("title: t\ndue: 2026-12-01 18:00+02:00\nexercises: [slopes/square]")
    other = assignment("title: t\ndue: 2026-12-01 16:00+00:00\nexercises: [slopes/square]")
    assert read.due - other.due == timedelta(0)


def test_a_lesson_stands_for_all_its_exercises(assignment):
    slopes = next(one for one in COURSE if one.id == "slopes")
    read = assignment("title: t\nexercises: [slopes]")
    assert read.exercises == tuple(f"slopes/{one.id}" for one in slopes.exercises)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("title: t\nexercises:\n  - slopes/squar\n", 3, "Did you mean square?"),
        ("title: t\nexercises: [slpes/square]", 2, "Did you mean slopes?"),
        ("title: t\ndue: tomorrow\nexercises: [slopes/square]", 2, "no date. Write a date such as 2026-12-01"),
        ("title: t\ndue: 2026-02-30\nexercises: [slopes/square]", 2, "no date"),
        ("title: t\ndue: 9999-12-31\ntask: x\nexercises: [slopes/square]", 3, "has no field task"),
        ("title: t\n", 1, "lacks exercises"),
        ("exercises: [slopes/square]", 1, "lacks title"),
        ("title: t\nexercises: slopes/square", 2, "not a list"),
        ("title: t\nexercises: []", 2, "Give at least one"),
        ("title: t\nexercises: [slopes/square, slopes]", 2, "slopes/square is given twice"),
        ("title: t\nexercises: [3.5]", 2, "Put it in quotes"),
        ("- slopes/square", 1, "The file is a list"),
        ("title: t\nexercises: [slopes", 2, "A bracket opens here"),
        ("", 1, "Write an assignment into it"),
        (b"title: \xff\xfe", 1, "not UTF-8"),
    ],
)
def test_a_slip_is_a_sentence_with_file_and_line(assignment, text, line, says):
    with pytest.raises(BadAssignment, match=f"week.yaml:{line}: ") as bad:
        assignment(text)
    assert says in str(bad.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(BadAssignment, match="the path of an assignment file"):
        read_assignment(Path(tmp_path) / "none.yaml", COURSE)
