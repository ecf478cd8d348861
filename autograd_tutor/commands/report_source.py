"""Whose records a report is about: one's own, a class's folder, or a class in a shared database."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from autograd_tutor.classroom import teachers
from autograd_tutor.classroom.files import BadFile
from autograd_tutor.classroom.names import BadName, login_name
from autograd_tutor.classroom.roster import FILE as ROSTER
from autograd_tutor.classroom.roster import read_roster
from autograd_tutor.commands.common import Refusal, class_directory, data_directory, require_records
from autograd_tutor.records.classes import ClassRecords, class_names
from autograd_tutor.records.database import FILE, BadRecords, Database
from autograd_tutor.records.model import Logged, Poll, Vote


class Source(NamedTuple):
    """Open records."""

    records: ClassRecords
    learner: str | None
    """Of this learner alone; None: of all."""
    folder: Path
    """Where the key of pseudonyms is kept."""
    teachers: frozenset[str] = frozenset()
    """Who plays in the class without being a student of it."""
    students: tuple[str, ...] = ()
    """The class's list, as far as it is known."""

    @property
    def own(self) -> bool:
        """One's own records, of no class."""
        return self.learner is not None

    @property
    def title(self) -> str:
        """For people."""
        if self.own:
            return "Your records"
        return f"Class {self.records.class_name}" if self.records.class_name else "All learners"

    def log(self) -> list[Logged]:
        """The attempts, oldest first."""
        return [one for one in self.records.history(self.learner) if one.learner not in self.teachers]

    def polls(self) -> tuple[list[Poll], list[Vote]]:
        """The polls and their votes; nobody votes alone."""
        if self.own:
            return [], []
        votes = [one for one in self.records.polls.votes() if one.learner not in self.teachers]
        return self.records.polls.all(), votes


def source(group: str | None, data: str | None, roster: Path | None = None) -> Source:
    """The records that `--class` and `--data` name; one's own without both.

    Args:
        group: the class; None: the only one at `data`.
        data: the folder that serve was given, or a database's URL; None: the usual folder of the class.
        roster: the class's list; None: the one in its folder, if there is one.

    Raises:
        Refusal: there is no such class, or its records can't be opened.
    """
    if group is None and data is None:
        mine = require_records()
        return Source(ClassRecords(mine.database, mine.class_name), mine.learner, data_directory())
    try:
        name = None if group is None else login_name(group)
        if data is not None and "://" in data:
            database, folder = Database(data), data_directory()
        else:
            folder = class_directory(None if data is None else Path(data), name or "")
            if not (folder / FILE).is_file():
                raise Refusal(f"There are no records of a class in {folder}. {_elsewhere()}")
            database = Database.at(folder, many_readers=True)
        return Source(ClassRecords(database, _chosen(name, database)), None, folder, *_people(folder, roster))
    except (BadName, BadFile, BadRecords) as bad:
        raise Refusal(str(bad)) from None


def _chosen(name: str | None, database: Database) -> str:
    there = class_names(database)
    if name is None and len(there) < 2:
        return there[0] if there else ""
    if name is not None and (not there or name in there):
        return name
    listed = ", ".join(one or "work outside of any class" for one in there)
    if name is None:
        raise Refusal(f"There are several classes in {database.where} ({listed}): name one with --class.")
    raise Refusal(f"There is no class called {name} in {database.where}; there is {listed}.")


def _people(folder: Path, roster: Path | None) -> tuple[frozenset[str], tuple[str, ...]]:
    """The teachers and the students of a class."""
    own, usual = folder / teachers.FILE, folder / ROSTER
    if roster is None and usual.exists():
        roster = usual
    taught = read_roster(own).students if own.exists() else ()
    learn = read_roster(roster).students if roster is not None else ()
    return frozenset(one.name for one in taught), tuple(one.name for one in learn)


def _elsewhere() -> str:
    names = sorted(file.parent.name for file in class_directory(None, "").glob(f"*/{FILE}"))
    known = f"There is a class called {', '.join(names)}. " if names else ""
    return f"{known}Say --class NAME, and --data FOLDER if serve was given one."
