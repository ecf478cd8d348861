"""The roster: who is in the class, each with the hash of a personal code. Pure functions over its table."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from autograd_tutor.classroom.codes import hashed, is_hash, new_code
from autograd_tutor.classroom.files import BadFile
from autograd_tutor.classroom.names import BadName, login_name, quoted, same_as
from autograd_tutor.classroom.table import Row, Table, read_table

FILE = "roster.csv"
"""What a class's roster is called in the class's folder."""
NAME, CODE, FULL = "name", "code", "full name"


class Student(msgspec.Struct, frozen=True):
    """Someone who may log in with a code."""

    name: str
    """As it is typed after ssh."""
    code: str
    """The code's hash; never the code. Empty: no code was made yet."""
    full: str = ""
    """Free text on one line."""


class Person(msgspec.Struct, frozen=True):
    """Someone who is to get a code."""

    name: str
    full: str = ""


class Issued(msgspec.Struct, frozen=True):
    """A code in clear, which is shown once and then forgotten."""

    name: str
    code: str
    full: str = ""


class Roster(msgspec.Struct, frozen=True):
    """A class."""

    table: Table
    students: tuple[Student, ...]
    """In the table's order, one for each row."""


def read_roster(path: Path) -> Roster:
    """The class in a file.

    Raises:
        BadFile: it can't be read, lacks a column, or holds a bad name, a name twice or a code that is no hash.
    """
    return roster_of(read_table(path), path)


def roster_of(table: Table, path: Path) -> Roster:
    """The class in a table; `path` is for the sentences.

    Raises:
        BadFile: it lacks a column, or holds a bad name, a name twice or a code that is no hash.
    """
    at_name, at_code, at_full = table.column(NAME), table.column(CODE), table.column(FULL)
    if at_name is None or at_code is None:
        missing = NAME if at_name is None else CODE
        raise BadFile(
            f"{path}, line 1, names no column {missing}: `autograd-tutor roster new NAMES --out FILE` makes a roster."
        )
    names = unique_names(path, [(row.line, row.cells[at_name]) for row in table.rows])
    students = []
    for row, name in zip(table.rows, names, strict=True):
        if (code := row.cells[at_code].strip()) and not is_hash(code):
            raise BadFile(
                f"{path}, line {row.line}, holds something else than the hash of {name}'s code: empty that cell, "
                f"then `autograd-tutor roster reset {name} --roster {path}` makes a code."
            )
        students.append(Student(name, code, one_line(row.cells[at_full]) if at_full is not None else ""))
    return Roster(table, tuple(students))


def unique_names(path: Path, given: Iterable[tuple[int, str]]) -> list[str]:
    """The login names on these lines of a file.

    Raises:
        BadFile: one can't be a login name, or is there twice (alice and Alice are one).
    """
    seen: dict[str, int] = {}
    names = []
    for line, text in given:
        try:
            name = login_name(text)
        except BadName as bad:
            raise BadFile(f"{path}, line {line}: {bad}") from None
        if (before := seen.setdefault(same_as(name), line)) != line:
            raise BadFile(
                f"{path}, line {line}: {quoted(name)} is there already, in line {before} (upper and lower case "
                "are one): give each student a name of their own."
            )
        names.append(name)
    return names


def one_line(text: str) -> str:
    """Free text without control characters, its blanks single."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def issue(people: Iterable[Person]) -> tuple[list[Issued], list[Student]]:
    """A new code for each: in clear to show once, and hashed to keep. Takes about 15 ms for each on two cores."""
    issued = [Issued(person.name, new_code(), person.full) for person in people]
    with ThreadPoolExecutor() as threads:
        hashes = list(threads.map(hashed, [one.code for one in issued]))
    return issued, [Student(one.name, code, one.full) for one, code in zip(issued, hashes, strict=True)]


def with_new(roster: Roster, students: Iterable[Student]) -> Table:
    """The table with these students' rows at its end."""
    columns = roster.table.columns
    at = {roster.table.column(NAME): "name", roster.table.column(CODE): "code", roster.table.column(FULL): "full"}
    rows = [
        Row(0, tuple(getattr(student, at[place]) if place in at else "" for place in range(len(columns))))
        for student in students
    ]
    return msgspec.structs.replace(roster.table, rows=(*roster.table.rows, *rows))


def with_codes(roster: Roster, students: Iterable[Student]) -> Table:
    """The table with these students' codes in place of their old ones; all else untouched."""
    new = {same_as(student.name): student.code for student in students}
    place = roster.table.column(CODE)
    rows = []
    for row, student in zip(roster.table.rows, roster.students, strict=True):
        code = new.get(same_as(student.name))
        cells = tuple(code if code and at == place else cell for at, cell in enumerate(row.cells))
        rows.append(Row(row.line, cells))
    return msgspec.structs.replace(roster.table, rows=tuple(rows))
