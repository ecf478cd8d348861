"""Teachers: codes of their own, in the data folder, made when the class is first served and shown once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from autograd_tutor.classroom.files import create_file, locked, replace_file
from autograd_tutor.classroom.names import same_as
from autograd_tutor.classroom.roster import CODE, NAME, Issued, Person, issue, read_roster, with_new
from autograd_tutor.classroom.table import Table, written

FILE = "teachers.csv"
KEYS = "keys"
"""The folder in the data folder with the teachers' own SSH keys, one file for each name."""
USUAL = "teacher"


def codes_for_new(data: Path, names: Iterable[str]) -> list[Issued]:
    """Make a code for each teacher that has none yet; [] when all have one.

    Raises:
        BadFile: the file of teachers can't be read or written.
    """
    path = data / FILE
    if not path.exists():
        create_file(path, written(Table((NAME, CODE))))
    with locked(path):
        roster = read_roster(path)
        known = {same_as(teacher.name) for teacher in roster.students}
        issued, teachers = issue(Person(name) for name in names if same_as(name) not in known)
        if issued:
            replace_file(path, written(with_new(roster, teachers)))
    return issued
