"""An assignment: the exercises that a class is given, and by when. One small YAML file.

title: Chains and forks
due: 2026-12-01 18:00
exercises: [chains/middle, forks]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from autograd_tutor.course import shape
from autograd_tutor.course.document import Document, Fault, open_document
from autograd_tutor.course.load import UnknownLesson, find, sentence
from autograd_tutor.course.model import Lesson, Part, Problem, Text

_DAY = len("2026-12-01")


class BadAssignment(Exception):
    """An assignment that cannot be used: one sentence a line, each with file, line and what to do."""


class Assignment(msgspec.Struct, frozen=True):
    """What a class is to play."""

    title: str
    due: datetime | None
    """Until when, in this machine's time zone unless the file names another; None: no date."""
    exercises: tuple[str, ...]
    """As `lesson/exercise`, in the file's order, each once."""


class _Written(Part, frozen=True, kw_only=True):
    """The file as its author wrote it."""

    title: Annotated[Text, Meta(description="What the class is shown")]
    due: Annotated[str | None, Meta(description="2026-12-01, or 2026-12-01 18:00")] = None
    exercises: Annotated[list[Text], Meta(min_length=1, description="LESSON/EXERCISE, or LESSON for all of it")]


def read_assignment(path: str | Path, lessons: Sequence[Lesson]) -> Assignment:
    """The assignment in the file at `path`. A lesson's name stands for all its exercises.

    Raises:
        BadAssignment: the file can't be read, or names what is not in `lessons`.
    """
    document = open_document(Path(path), "assignment")
    faults = list(document.faults)
    if not faults:
        found = shape.findings(document.data, shape.shape_of(_Written))
        faults = [Fault(document.line(place), problem, fix) for place, problem, fix in found]
    exercises: list[str] = []
    due: datetime | None = None
    if not faults:
        written = msgspec.convert(document.data, _Written)
        due = _due(written.due)
        if written.due and due is None:
            fix = "Write a date such as 2026-12-01, or 2026-12-01 18:00."
            faults.append(Fault(document.line(("due",)), f"due is “{written.due[:60]}”, which is no date.", fix))
        faults += _exercises(written.exercises, document, lessons, exercises)
    if faults:
        faults.sort(key=lambda fault: fault.line)
        problems = [Problem(str(path), fault.line, fault.problem, fault.fix) for fault in faults]
        raise BadAssignment("\n".join(map(sentence, problems)))
    return Assignment(written.title.strip(), due, tuple(exercises))


def _due(text: str | None) -> datetime | None:
    """The moment that is meant; a day alone ends with its last second."""
    try:
        moment = datetime.fromisoformat((text or "").strip())
        if len((text or "").strip()) <= _DAY:
            moment += timedelta(days=1, seconds=-1)
        return moment.astimezone()
    except (ValueError, OverflowError, OSError):
        return None


def _exercises(names: Sequence[str], document: Document, lessons: Sequence[Lesson], into: list[str]) -> Iterator[Fault]:
    """Puts the exercises that are meant into `into`; what is wrong with the names."""
    for at, name in enumerate(names):
        line = document.line(("exercises", at))
        try:
            lesson, exercise = find(name.strip(), lessons)
        except UnknownLesson as unknown:
            yield Fault(line, str(unknown), "`autograd-tutor list` names them all.")
            continue
        for one in [exercise] if exercise else lesson.exercises:
            key = f"{lesson.id}/{one.id}"
            if key in into:
                yield Fault(line, f"{key} is given twice.", "Name each exercise once.")
            else:
                into.append(key)
