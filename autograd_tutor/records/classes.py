"""The records of a class: many learners over one database, the log of all, and its polls."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec
from sqlalchemy import delete, select

from autograd_tutor.records.database import Database, plain, storable
from autograd_tutor.records.model import Logged
from autograd_tutor.records.polls import Polls
from autograd_tutor.records.schema import attempts, places, polls, votes
from autograd_tutor.records.store import KEPT, Records
from autograd_tutor.teaching.model import Attempt


class ClassRecords:
    """One class's records. Safe for several processes and threads at once; all share one open database."""

    def __init__(self, database: Database, class_name: str) -> None:
        self.class_name = storable(class_name)
        self.polls = Polls(database, self.class_name)
        self._database = database

    @classmethod
    def at(cls, directory: Path, class_name: str) -> ClassRecords:
        """The class's records in a directory, made if need be, for its owner alone.

        Raises:
            BadRecords: they can't be opened, or are a newer tutor's. So do all the methods when the database fails.
        """
        return cls(Database.at(directory, many_readers=True), class_name)

    @classmethod
    def forgetful(cls, class_name: str) -> ClassRecords:
        """Records in memory, for a class that keeps none: they end with this object."""
        return cls(Database("sqlite://"), class_name)

    def of(self, learner: str) -> Records:
        """One learner's records, over the same open database; making them costs nothing."""
        return Records(self._database, learner=learner, class_name=self.class_name)

    def history(self, learner: str | None = None, exercise: str | None = None) -> list[Logged]:
        """The attempts of one learner or all, in one exercise or all, oldest first."""
        given = {"class_name": self.class_name, "learner": learner, "exercise": exercise}
        wanted = select(attempts.c.learner, attempts.c.at, *KEPT).order_by(attempts.c.id)
        wanted = wanted.filter_by(**{name: value for name, value in given.items() if value is not None})
        with self._database.reading() as connection:
            rows = plain(connection.execute(wanted))
        return [Logged(row.pop("learner"), row.pop("at"), msgspec.convert(row, Attempt)) for row in rows]

    def save_drafts(self, drafts: Iterable[tuple[str, str, int, str]]) -> None:
        """Keep what many learners have typed (learner, exercise, seed, text): one wait for the disk for all."""
        with self._database.writing() as connection:
            for learner, exercise, seed, text in drafts:
                self.of(learner).put_draft(connection, exercise, seed, text)

    def learners(self) -> list[str]:
        """Everyone who ever opened an exercise, by name."""
        wanted = select(places.c.learner).filter_by(class_name=self.class_name).distinct().order_by(places.c.learner)
        with self._database.reading() as connection:
            return list(connection.execute(wanted).scalars())

    def forget(self, learner: str) -> None:
        """Remove all that is kept of one learner in this class."""
        mine = {"class_name": self.class_name, "learner": storable(learner)}
        with self._database.writing() as connection:
            connection.execute(delete(attempts).filter_by(**mine))
            connection.execute(delete(places).filter_by(**mine))
            own = select(polls.c.id).filter_by(class_name=self.class_name)
            connection.execute(delete(votes).where(votes.c.learner == mine["learner"], votes.c.poll.in_(own)))

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()


def class_names(database: Database) -> list[str]:
    """Every class that a database holds records of; empty for those outside of any."""
    wanted = select(places.c.class_name).union(select(polls.c.class_name))
    with database.reading() as connection:
        return sorted(connection.execute(wanted).scalars())
