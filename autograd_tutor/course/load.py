"""Lesson files become `Lesson`s; a bad file becomes all its problems at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec

from autograd_tutor.course import sense, shape
from autograd_tutor.course.document import Document, Fault, Place, open_document
from autograd_tutor.course.model import FORMAT, Exercise, Lesson, Problem

_PACKAGE = Path(__file__).resolve().parents[1]


class BadLesson(Exception):
    """Lesson files that cannot be used; `problems` has everything found in them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(sentence, problems)))


class UnknownLesson(LookupError):
    """No lesson or exercise has this name; the message is a sentence for people."""


def sentence(problem: Problem) -> str:
    """One line for people: where, what, and what to do."""
    return f"{problem.file}:{problem.line}: {problem.problem} {problem.fix}"


def shipped() -> Path:
    """The folder of the course itself: inside an installed wheel, beside the package in a checkout."""
    inside = _PACKAGE / "lessons"
    return inside if inside.is_dir() else _PACKAGE.parent / "lessons"


def files(path: Path) -> list[Path]:
    """The lesson files at `path`: itself, or every YAML file of the folder, by name."""
    try:
        inside = sorted(path.iterdir()) if path.is_dir() else [path]
    except OSError:
        return [path]
    return [one for one in inside if one == path or (one.suffix in (".yaml", ".yml") and one.name[0] != ".")]


def lessons(paths: Iterable[str | Path] | None = None) -> list[Lesson]:
    """The course by number, then the lessons of the files and folders at `paths`; a same id replaces.

    Raises `BadLesson` with the problems of all files.
    """
    found: dict[str, Lesson] = {}
    problems: list[Problem] = []
    for path in (shipped(), *map(Path, paths or ())):
        for file in files(path):
            try:
                lesson = read(file)
            except BadLesson as bad:
                problems += bad.problems
            else:
                found[lesson.id] = lesson
    if problems:
        raise BadLesson(problems)
    return sorted(found.values(), key=lambda lesson: (lesson.number, lesson.id))


def find(key: str, among: Sequence[Lesson] | None = None) -> tuple[Lesson, Exercise | None]:
    """The lesson `key` or the exercise `lesson/exercise`, in the course or `among` others.

    Raises `UnknownLesson` with what may have been meant.
    """
    course = lessons() if among is None else among
    wanted, _, name = key.partition("/")
    lesson = next((one for one in course if wanted in (one.id, str(one.number))), None)
    if lesson is None:
        raise UnknownLesson(_unknown("lesson", wanted, [one.id for one in course]))
    if not name:
        return lesson, None
    exercise = next((one for one in lesson.exercises if one.id == name), None)
    if exercise is None:
        names = [one.id for one in lesson.exercises]
        raise UnknownLesson(_unknown(f"exercise in {lesson.id}", name, names))
    return lesson, exercise


def _unknown(what: str, name: str, known: Sequence[str]) -> str:
    close = get_close_matches(name, known, 1)
    advice = f"Did you mean {close[0]}?" if close else f"There are {', '.join(known)}."
    return f"There is no {what} called {name}. {advice}"


def read(path: str | Path) -> Lesson:
    """The lesson in the file at `path`. Raises `BadLesson` with everything wrong in it."""
    return read_marked(path)[0]


def read_marked(path: str | Path) -> tuple[Lesson, Document]:
    """As `read`, with the document, which knows the line of everything in the lesson."""
    document = open_document(Path(path))
    lesson: Lesson | None = None
    faults = document.faults or list(_version(document))
    if not faults:
        try:
            lesson = msgspec.convert(document.data, Lesson)
        except msgspec.ValidationError:
            # msgspec stops at the first fault; this finds them all.
            found = shape.findings(document.data, shape.shape_of(Lesson))
            faults += [Fault(document.line(where), problem, fix, where) for where, problem, fix in found]
        faults += _exercises(document)
    if faults or lesson is None:
        faults.sort(key=lambda fault: fault.line)
        raise BadLesson([_problem(str(path), document, fault) for fault in faults])
    return lesson, document


def _version(document: Document) -> Iterator[Fault]:
    version = document.data.get("format") if isinstance(document.data, dict) else None
    if isinstance(version, int) and version != FORMAT:
        place: Place = ("format",)
        fix = "Update autograd-tutor, or write the lesson in this format."
        yield Fault(document.line(place), f"The lesson has format {version}; this tutor reads {FORMAT}.", fix, place)


def _exercises(document: Document) -> Iterator[Fault]:
    written: Any = document.data.get("exercises") if isinstance(document.data, dict) else None
    if not isinstance(written, list):
        return
    taken: Counter[Any] = Counter()
    for at, data in enumerate(written):
        try:
            exercise = msgspec.convert(data, Exercise)
        except msgspec.ValidationError:
            continue  # its shape was found wanting above
        here: Place = ("exercises", at)
        for where, offset, problem, fix in sense.findings(exercise):
            yield Fault(document.line((*here, *where), offset), problem, fix, (*here, *where))
        taken[exercise.id] += 1
        if taken[exercise.id] == 2:
            where = (*here, "id")
            problem = f"Two exercises have the id {exercise.id}."
            yield Fault(document.line(where), problem, "Give each its own id.", where)


def _problem(file: str, document: Document, fault: Fault) -> Problem:
    match fault.place, document.data:
        case ("exercises", int(at), *_), {"exercises": list(written)} if at < len(written):
            name = written[at].get("id") if isinstance(written[at], dict) else None
        case _:
            name = None
    return Problem(file, fault.line, fault.problem, fault.fix, name if isinstance(name, str) else None)
