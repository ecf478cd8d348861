"""`report`: attempts, mastery and mistakes, of one learner or of a class; for people, a grade book or a program."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from autograd_tutor.commands import report_forms as forms
from autograd_tutor.commands import report_tables as tables
from autograd_tutor.commands.common import Refusal, print_json, require_lessons
from autograd_tutor.commands.report_source import Source, source
from autograd_tutor.course.assignment import Assignment, BadAssignment, read_assignment
from autograd_tutor.course.model import Lesson
from autograd_tutor.records.database import BadRecords
from autograd_tutor.records.pseudonyms import BadKey, key_in, pseudonym
from autograd_tutor.records.report import Report, report
from autograd_tutor.room.screen import harmless

FORMAT = 1
SIDES = {"student": "students", "exercise": "exercises", "mistake": "mistakes", "poll": "polls"}
"""What --by names, and what the document calls it."""


def options(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON document")
    form.add_argument("--csv", action="store_true", help="a row for each student and exercise, or for what --by names")
    form.add_argument("--markdown", action="store_true", help="tables in Markdown")
    parser.add_argument("--class", dest="group", metavar="NAME", help="of this class; left out: your own records")
    parser.add_argument("--data", metavar="FOLDER", help="where serve keeps the class, or a database's URL")
    parser.add_argument("--roster", metavar="FILE", type=Path, help="the class's list, if it is not in its folder")
    parser.add_argument("--by", choices=list(SIDES), help="this side alone")
    parser.add_argument("--pseudonyms", action="store_true", help="no names; the key stays with the records")
    parser.add_argument("--assignment", metavar="FILE", help="only what this file assigns, and whether it was in time")


def run(given: argparse.Namespace) -> int:
    """Work out the report and print it in the form asked for."""
    lessons = require_lessons()
    assignment = _assignment(given.assignment, lessons)
    where = source(given.group, given.data, given.roster)
    if where.own and given.by in ("student", "poll"):
        raise Refusal(f"--by {given.by} is about a class: name it with --class.")
    found = _worked_out(where, lessons, assignment, _called(where) if given.pseudonyms else str)
    if given.json:
        print_json(_document(found, where, assignment, given.by))
    elif given.csv:
        whole = tables.grades(found, assignment, named=not where.own)
        sys.stdout.write(forms.csv_of(_chosen(found, where, assignment, given.by)[0] if given.by else whole))
    elif not found.results and not found.polls:
        print(f"{_heading(where, assignment)}: nothing is recorded yet.")
    else:
        chosen = [table for table in _chosen(found, where, assignment, given.by) if table.rows or given.by]
        form = forms.markdown if given.markdown else forms.text
        print(form(_heading(where, assignment), chosen))
    return 0


def _assignment(file: str | None, lessons: list[Lesson]) -> Assignment | None:
    try:
        return None if file is None else read_assignment(file, lessons)
    except BadAssignment as bad:
        raise Refusal(str(bad)) from None


def _called(where: Source) -> Callable[[str], str]:
    try:
        key = key_in(where.folder)
    except BadKey as bad:
        raise Refusal(str(bad)) from None
    return lambda name: pseudonym(name, key)


def _worked_out(
    where: Source, lessons: list[Lesson], assignment: Assignment | None, called: Callable[[str], str]
) -> Report:
    try:
        polls, votes = where.polls()
        return report(
            where.log(),
            {lesson.id: len(lesson.exercises) for lesson in lessons},
            order=[f"{lesson.id}/{one.id}" for lesson in lessons for one in lesson.exercises],
            polls=polls,
            votes=votes,
            assignment=assignment,
            expected=where.students,
            called=called,
        )
    except BadRecords as bad:
        raise Refusal(str(bad)) from None
    finally:
        where.records.close()


def _document(found: Report, where: Source, assignment: Assignment | None, by: str | None) -> dict[str, Any]:
    parts: dict[str, Any] = msgspec.to_builtins(found)
    if assignment is not None:
        for part, result in zip(parts["results"], found.results, strict=True):
            part["on_time"] = tables.on_time(result, assignment)
    if by is not None:
        parts = {SIDES[by]: parts[SIDES[by]]}
    return {
        "format": FORMAT,
        "class": None if where.own else where.records.class_name,
        "assignment": None if assignment is None else _assigned(assignment),
        **parts,
    }


def _assigned(assignment: Assignment) -> dict[str, Any]:
    """In the document all moments are UTC seconds since 1970."""
    due = assignment.due.timestamp() if assignment.due else None
    return {"title": assignment.title, "due": due, "exercises": assignment.exercises}


def _chosen(found: Report, where: Source, assignment: Assignment | None, by: str | None) -> list[tables.Table]:
    """The tables asked for; without --by all of them."""
    if where.own:
        own = {
            "exercise": tables.grades(found, assignment, named=False),
            "mistake": tables.mistakes(found, named=False),
        }
        return [own[by]] if by else [tables.lessons(found), *own.values()]
    sides = tables.sides(found, assignment)
    return [sides[by]] if by else list(sides.values())


def _heading(where: Source, assignment: Assignment | None) -> str:
    if assignment is None:
        return where.title
    due = f", due {assignment.due:%Y-%m-%d %H:%M}" if assignment.due else ""
    return f"{where.title}: {harmless(assignment.title)}{due}"
