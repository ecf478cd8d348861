"""Giving out codes: a roster from a list of names, students added to it, new codes for lost ones.

A change is made under a lock and written whole, so it is safe while the class runs and beside another change.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from autograd_tutor.classroom.files import BadFile, create_file, locked, read_text, refuse_existing, replace_file
from autograd_tutor.classroom.names import BadName, login_name, quoted, same_as
from autograd_tutor.classroom.roster import (
    CODE,
    FULL,
    NAME,
    Issued,
    Person,
    Roster,
    issue,
    one_line,
    read_roster,
    roster_of,
    with_codes,
    with_new,
)
from autograd_tutor.classroom.table import Row, Table, delimiter_of, read_table, written


def new_roster(names: Path, out: Path) -> list[Issued]:
    """A roster of the people that a file lists: one `name` or `name, Full Name` a line, or a CSV with a column name.

    Raises:
        BadFile: the list can't be read, holds a bad name or one twice; or there is such a roster already.
    """
    roster = roster_of(_listed(names), names)
    if not roster.students:
        raise BadFile(f"{names} holds no names: write one a line, as `alice` or `alice, Alice Adams`.")
    refuse_existing(out)
    issued, students = issue(Person(one.name, one.full) for one in roster.students)
    create_file(out, written(with_codes(roster, students)))
    return issued


def add(path: Path, lines: Sequence[str]) -> list[Issued]:
    """Add people, each given as `name` or `name, Full Name`, to a roster.

    Raises:
        BadFile: the roster can't be read or written, a name is bad or taken, or there is no column for a full name.
    """
    people = [_person(line) for line in lines]
    with locked(path):
        roster = read_roster(path)
        taken = {same_as(student.name) for student in roster.students}
        for person in people:
            if same_as(person.name) in taken:
                raise BadFile(f"{path} has {person.name} already: `roster reset {person.name}` makes a new code.")
            if person.full and roster.table.column(FULL) is None:
                raise BadFile(f"{path} has no column for full names: add {person.name} alone, or the column `{FULL}`.")
            taken.add(same_as(person.name))
        issued, students = issue(people)
        replace_file(path, written(with_new(roster, students)))
    return issued


def reset(path: Path, names: Sequence[str]) -> list[Issued]:
    """Make new codes for people of a roster; their old ones end.

    Raises:
        BadFile: the roster can't be read or written, or has no such name.
    """
    with locked(path):
        roster = read_roster(path)
        known = {same_as(one.name): one for one in roster.students}
        chosen = [known.get(same_as(name.strip())) or _unknown(path, name, roster) for name in names]
        issued, students = issue({one.name: Person(one.name, one.full) for one in chosen}.values())
        replace_file(path, written(with_codes(roster, students)))
    return issued


def _unknown(path: Path, name: str, roster: Roster) -> NoReturn:
    near = difflib.get_close_matches(name, [one.name for one in roster.students], n=1)
    hint = f"did you mean {near[0]}?" if near else f"`roster list --roster {path}` names all."
    raise BadFile(f"{path} has no {quoted(name)}: {hint}")


def _listed(path: Path) -> Table:
    """The list as a roster whose codes are still empty."""
    text, _ = read_text(path)
    delimiter = delimiter_of(text)
    header = next((line for line in text.split("\n") if line.strip()), "")
    if any(cell.strip().casefold() == NAME for cell in header.split(delimiter)):
        table = read_table(path)
        if table.column(CODE) is not None:
            raise BadFile(f"{path} has a column {CODE}, which a roster fills itself: take that column out.")
        rows = tuple(Row(row.line, (*row.cells, "")) for row in table.rows)
        return Table((*table.columns, CODE), rows, table.delimiter, table.marked)
    people = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            name, _, full = line.partition(delimiter)
            people.append(Row(number, (name.strip(), "", one_line(full.strip().strip('"')))))
    return Table((NAME, CODE, FULL), tuple(people))


def _person(line: str) -> Person:
    name, _, full = line.partition(",")
    try:
        return Person(login_name(name), one_line(full))
    except BadName as bad:
        raise BadFile(str(bad)) from None
