"""Polls: a question that a teacher opened to all, answered alone, discussed, and answered again."""

from __future__ import annotations

import time
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Select, Table, select, update

from autograd_tutor.records.database import Database, plain, storable
from autograd_tutor.records.model import Poll, Vote
from autograd_tutor.records.schema import polls, votes
from autograd_tutor.teaching.model import Attempt

Row = TypeVar("Row", Poll, Vote)


class Polls:
    """The polls of one class. Every method raises `BadRecords` when the database fails."""

    def __init__(self, database: Database, class_name: str) -> None:
        self._database = database
        self._class = class_name

    def open(self, exercise: str, seed: int, question: int, target: str) -> int:
        """Note that a poll was opened; the id by which votes name it."""
        values = {"exercise": exercise, "seed": seed, "question": question, "target": target}
        new = polls.insert().values(**values, class_name=self._class, opened_at=time.time())
        with self._database.writing() as connection:
            return int(connection.execute(new.returning(polls.c.id)).scalar_one())

    def vote(self, poll: int, round_: int, learner: str, attempt: Attempt) -> None:
        """Keep one learner's answer in round 1 or 2; it replaces an earlier one. An invalid one changes nothing."""
        if attempt.verdict == "invalid":
            return
        values: dict[str, Any] = {
            "at": time.time(),
            "answer": storable(attempt.answer),
            "read_as": storable(attempt.read_as),
            "verdict": attempt.verdict,
            "mistakes": list(attempt.mistakes),
            "confidence": attempt.confidence,
            "milliseconds": attempt.milliseconds,
        }
        key = {"poll": poll, "round": round_, "learner": storable(learner)}
        with self._database.writing() as connection:
            self._database.upsert(connection, votes, {**key, **values}, values, by=tuple(key))

    def reveal(self, poll: int) -> None:
        """Note that the answer was shown; the first time counts."""
        unrevealed = update(polls).filter_by(id=poll, class_name=self._class, revealed_at=None)
        with self._database.writing() as connection:
            connection.execute(unrevealed.values(revealed_at=time.time()))

    def all(self) -> list[Poll]:
        """Every poll of the class, oldest first."""
        return self._rows(Poll, polls, select(polls).order_by(polls.c.id))

    def votes(self) -> list[Vote]:
        """Every vote of the class, by poll, round and name."""
        order = (votes.c.poll, votes.c.round, votes.c.learner)
        return self._rows(Vote, votes, select(votes).join(polls).order_by(*order))

    def _rows(self, kind: type[Row], table: Table, wanted: Select[Any]) -> list[Row]:
        columns = [table.c[name] for name in kind.__struct_fields__]
        mine = wanted.where(polls.c.class_name == self._class).with_only_columns(*columns)
        with self._database.reading() as connection:
            return [msgspec.convert(row, kind) for row in plain(connection.execute(mine))]
