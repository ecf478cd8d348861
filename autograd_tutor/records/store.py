"""The records of one learner: each call is one transaction, on disk when it returns.

SQLAlchemy costs 0.1 s to import, so a face imports this module after its first frame.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, case, func, select, update
from sqlalchemy.engine import URL

from autograd_tutor.records.database import FILE, BadRecords, Database, plain, storable
from autograd_tutor.records.model import RANKS, Place
from autograd_tutor.records.schema import attempts, places
from autograd_tutor.teaching.model import Attempt

KEPT = [attempts.c[field] for field in Attempt.__struct_fields__]
"""The columns that make an `Attempt`."""


class Records:
    """One learner's attempts and places in one database. Safe for several processes and threads at once."""

    def __init__(self, database: Database | str | URL, *, learner: str = "", class_name: str = "") -> None:
        """Records in an open database, which others may share, or in the one that a URL names.

        Args:
            database: as it says.
            learner: whose records; empty for the one learner of a terminal.
            class_name: in which class; empty outside of any.

        Raises:
            BadRecords: it can't be opened, is no database, or is a newer tutor's.
        """
        self.learner = storable(learner)
        self.class_name = storable(class_name)
        self.database = database if isinstance(database, Database) else Database(database)
        """Which others may share."""

    @classmethod
    def at(cls, directory: Path) -> Records:
        """The records in a directory of the user's, which is made if it is not there.

        Raises:
            BadRecords: as the constructor does.
        """
        return cls(Database.at(directory))

    @property
    def where(self) -> str:
        """The database, for people."""
        return self.database.where

    def record(self, attempt: Attempt) -> None:
        """Keep one attempt, and the exercise's new state with it.

        Raises:
            BadRecords: the disk is full, or the file was taken away.
        """
        now = time.time()
        values = {
            name: storable(value) if isinstance(value, str) else value
            for name, value in msgspec.structs.asdict(attempt).items()
        }
        values["mistakes"] = list(attempt.mistakes)
        with self.database.writing() as connection:
            connection.execute(attempts.insert(), {**values, **self._own, "at": now})
            self._keep(connection, attempt.exercise, now, state=attempt.state, seed=attempt.seed, draft="")

    def attempts(self, exercise: str | None = None) -> list[Attempt]:
        """The learner's attempts, oldest first; of one exercise, or of all."""
        wanted = select(*KEPT).filter_by(**self._own).order_by(attempts.c.id)
        if exercise is not None:
            wanted = wanted.where(attempts.c.exercise == exercise)
        with self.database.reading() as connection:
            rows = plain(connection.execute(wanted))
        return [msgspec.convert(row, Attempt) for row in rows]

    def count(self) -> int:
        """How many attempts the learner has made."""
        wanted = select(func.count()).select_from(attempts).filter_by(**self._own)
        with self.database.reading() as connection:
            return int(connection.execute(wanted).scalar_one())

    def progress(self) -> dict[str, str]:
        """Each exercise that was ever opened, with its state."""
        return {place.exercise: place.state for place in self.places()}

    def places(self) -> list[Place]:
        """Where each exercise stands, the one last touched first."""
        wanted = select(places).filter_by(**self._own).order_by(places.c.at.desc())
        with self.database.reading() as connection:
            rows = connection.execute(wanted).all()
        return [Place(row.exercise, row.state, row.seed, row.draft) for row in rows]

    def last(self) -> str | None:
        """The exercise that the learner left off at, as `lesson/exercise`."""
        return next((place.exercise for place in self.places()), None)

    def place(self, exercise: str) -> Place | None:
        """Where one exercise stands; None if it was never opened."""
        return next((place for place in self.places() if place.exercise == exercise), None)

    def visit(self, exercise: str, seed: int) -> None:
        """Note that a variant of an exercise was opened: this is where the learner comes back to.

        What was typed into another variant is forgotten: it answers another question.
        """
        kept = case((places.c.seed == seed, places.c.draft), else_="")
        with self.database.writing() as connection:
            self._keep(connection, exercise, time.time(), {"draft": kept}, seed=seed)

    def draft(self, exercise: str, seed: int) -> str | None:
        """What stood in the answer field when this variant was left."""
        place = self.place(exercise)
        return place.draft if place and place.seed == seed and place.draft else None

    def save_draft(self, exercise: str, seed: int, draft: str) -> None:
        """Keep that, if it is the variant last opened; the empty text forgets it."""
        with self.database.writing() as connection:
            self.put_draft(connection, exercise, seed, draft)

    def put_draft(self, connection: Connection, exercise: str, seed: int, draft: str) -> None:
        """As `save_draft`, within a transaction of the caller's."""
        this = update(places).filter_by(**self._own, exercise=exercise, seed=seed)
        connection.execute(this.values(draft=storable(draft)))

    def close(self) -> None:
        """Let go of the database, for all who share it."""
        self.database.close()

    @property
    def _own(self) -> dict[str, str]:
        """The values of the columns that make a row this learner's."""
        return {"class_name": self.class_name, "learner": self.learner}

    def _keep(
        self,
        connection: Connection,
        exercise: str,
        now: float,
        change: dict[str, ColumnElement[str]] | None = None,
        **values: float | str,
    ) -> None:
        """Where there is no row yet, `values`; where there is, `values` and `change`."""
        key = {**self._own, "exercise": storable(exercise)}
        new = {"state": "started", "seed": 0, "draft": "", **values}
        after: dict[str, Any] = {**values, **(change or {}), "at": now}
        if "state" in values:
            after["state"] = _stands(str(values["state"]))
        self.database.upsert(connection, places, {**key, **new, "at": now}, after, by=tuple(key))


def _stands(now: str) -> ColumnElement[str]:
    """The state that an exercise keeps: playing it once more takes nothing away that was reached before."""
    lower = RANKS[: RANKS.index(now) + 1]
    return case((places.c.state.in_(lower), now), else_=places.c.state)


__all__ = ["FILE", "BadRecords", "Place", "Records"]
