"""What the commands share: refusing in one sentence, reading a program, printing one JSON document."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd_tutor.course.model import Exercise, Lesson
    from autograd_tutor.records.store import Records

LARGEST_PROGRAM = 1 << 20
"""Bytes; a program to explain is meant to be read by a person."""


class Refusal(Exception):
    """The command was used wrongly or its input can't be read: one sentence; exit code 2."""


def read_program(file: str) -> tuple[str, str | None]:
    """The program's text, and its absolute path (None for standard input, `-`).

    Raises:
        Refusal: the file is missing, is no file, is too large or is not UTF-8 text.
    """
    shown = "standard input" if file == "-" else file
    try:
        data = sys.stdin.buffer.read(LARGEST_PROGRAM + 1) if file == "-" else _bytes_of(Path(file))
    except OSError as error:
        raise Refusal(f"Can't read {shown}: {error.strerror or error}. Give the path of a Python file, or -.") from None
    if len(data) > LARGEST_PROGRAM:
        raise Refusal(f"{shown} is larger than 1 MB: give a program that a person would read.")
    try:
        source = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Refusal(f"{shown}, line {line}, is not UTF-8 text: save the program as UTF-8.") from None
    if "\0" in source:
        raise Refusal(f"{shown} holds a null character, so it is not a Python program: give a text file.")
    return source, None if file == "-" else str(Path(file).resolve())


def _bytes_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST_PROGRAM + 1)


_OBEYED = {code: None for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}


def say(text: str = "", end: str = "\n") -> None:
    """Print for a person: without the control characters that a program or a lesson may hold and a terminal obeys."""
    print(text.translate(_OBEYED), end=end, flush=True)


def print_json(document: dict[str, Any]) -> None:
    """Print one JSON document, and nothing else, to standard output. Doubles are written exactly.

    Numbers that JSON lacks must have become strings before (`autograd_tutor.jsonable`).
    """
    print(json.dumps(document, ensure_ascii=False, allow_nan=False))


def data_directory() -> Path:
    """Where this learner's records are kept: `AUTOGRAD_TUTOR_DATA`, else the system's place for user data."""
    import platformdirs

    given = os.environ.get("AUTOGRAD_TUTOR_DATA")
    return Path(given) if given else Path(platformdirs.user_data_dir("autograd-tutor", appauthor=False))


def require_lessons() -> list[Lesson]:
    """The shipped lessons, in the course's order.

    Raises:
        Refusal: a lesson file can't be read.
    """
    from autograd_tutor.course.load import BadLesson, lessons

    try:
        return lessons()
    except BadLesson as bad:
        raise Refusal(str(bad)) from None


def require_records() -> Records:
    """This learner's records: in the database that `AUTOGRAD_TUTOR_RECORDS` names, else in their data directory.

    A database that is named so may be shared: the learner is then the system's user.

    Raises:
        Refusal: they can't be opened.
    """
    from autograd_tutor.records.database import BadRecords
    from autograd_tutor.records.store import Records

    url = os.environ.get("AUTOGRAD_TUTOR_RECORDS")
    try:
        return Records(url, learner=system_user()) if url else Records.at(data_directory())
    except BadRecords as bad:
        raise Refusal(str(bad)) from None


def system_user() -> str:
    """Whose process this is, by the kernel's word where there is one: an environment variable could say anything."""
    try:
        import pwd
    except ImportError:  # Windows
        import getpass

        return getpass.getuser()
    user = os.getuid()
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def require_exercises(name: str) -> list[tuple[Lesson, Exercise]]:
    """The exercises that `LESSON` or `LESSON/EXERCISE` names, in order.

    Raises:
        Refusal: there is no such lesson or exercise; the sentence offers the nearest name.
    """
    from autograd_tutor.course.load import UnknownLesson, find

    try:
        lesson, exercise = find(name, require_lessons())
    except UnknownLesson as unknown:
        raise Refusal(f"{unknown} `autograd-tutor list` names them all.") from None
    return [(lesson, one) for one in ([exercise] if exercise else lesson.exercises)]


USUAL_CLASS = "class"


def class_directory(given: Path | None, group: str) -> Path:
    """Where a class's records, teachers' codes, host key and log are kept: the folder given, else one of its own."""
    return given if given is not None else data_directory() / "classes" / group
