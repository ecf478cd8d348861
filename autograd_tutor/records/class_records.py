"""The records of a class: many learners over one database, the log of all, and its polls."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Select, Table, delete, select, update

from autograd_tutor.records.database import Database, storable
from autograd_tutor.records.model import Logged, Poll, Vote
from autograd_tutor.records.schema import attempts, places, polls, votes
from autograd_tutor.records.store import KEPT, Records
from autograd_tutor.room.messages import Voted
from autograd_tutor.teaching.model import Attempt

Row = TypeVar("Row", Poll, Vote)


class ClassRecords:
    """One class's records. Safe for several processes and threads at once; all share one open database."""

    def __init__(self, database: Database, class_name: str) -> None:
        self.class_name = storable(class_name)
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
        return [Logged(row.pop("learner"), row.pop("at"), msgspec.convert(row, Attempt)) for row in self._rows(wanted)]

    def learners(self) -> list[str]:
        """Everyone who ever opened an exercise, by name."""
        wanted = select(places.c.learner).filter_by(class_name=self.class_name).distinct().order_by(places.c.learner)
        return [row["learner"] for row in self._rows(wanted)]

    def forget(self, learner: str) -> None:
        """Remove all that is kept of one learner in this class."""
        mine = {"class_name": self.class_name, "learner": storable(learner)}
        with self._database.writing() as connection:
            connection.execute(delete(attempts).filter_by(**mine))
            connection.execute(delete(places).filter_by(**mine))
            own = select(polls.c.id).filter_by(class_name=self.class_name)
            connection.execute(delete(votes).where(votes.c.learner == mine["learner"], votes.c.poll.in_(own)))

    def open_poll(self, exercise: str, seed: int, question: int, target: str) -> int:
        """Note that a poll was opened; the id by which votes name it."""
        new = polls.insert().values(
            class_name=self.class_name,
            exercise=exercise,
            seed=seed,
            question=question,
            target=target,
            opened_at=time.time(),
        )
        with self._database.writing() as connection:
            return int(connection.execute(new.returning(polls.c.id)).scalar_one())

    def vote(self, learner: str, vote: Voted) -> None:
        """Keep one learner's prediction; it replaces an earlier one in the same round."""
        values: dict[str, Any] = msgspec.structs.asdict(vote)
        values.update(answer=storable(vote.answer), read_as=storable(vote.read_as), mistakes=list(vote.mistakes))
        key = {"poll": values.pop("poll"), "round": values.pop("round"), "learner": storable(learner)}
        values["at"] = time.time()
        with self._database.writing() as connection:
            self._database.upsert(connection, votes, {**key, **values}, values, by=tuple(key))

    def reveal_poll(self, poll: int) -> None:
        """Note that the answer was shown; the first time counts."""
        unrevealed = update(polls).filter_by(id=poll, class_name=self.class_name, revealed_at=None)
        with self._database.writing() as connection:
            connection.execute(unrevealed.values(revealed_at=time.time()))

    def polls(self) -> list[Poll]:
        """Every poll of the class, oldest first."""
        return self._all(Poll, polls, select(polls).order_by(polls.c.id))

    def votes(self) -> list[Vote]:
        """Every vote of the class, by poll, round and name."""
        wanted = select(votes).join(polls).order_by(votes.c.poll, votes.c.round, votes.c.learner)
        return self._all(Vote, votes, wanted)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def _all(self, kind: type[Row], table: Table, wanted: Select[Any]) -> list[Row]:
        columns = [table.c[name] for name in kind.__struct_fields__]
        mine = wanted.where(polls.c.class_name == self.class_name).with_only_columns(*columns)
        return [msgspec.convert(row, kind) for row in self._rows(mine)]

    def _rows(self, wanted: Select[Any]) -> list[dict[str, Any]]:
        with self._database.reading() as connection:
            return [{str(key): value for key, value in row.items()} for row in connection.execute(wanted).mappings()]
