"""The records: each call is one transaction, on disk when it returns.

SQLAlchemy costs 0.1 s to import, so a face imports this module after its first frame.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from sqlalchemy import ColumnElement, Connection, Engine, case, create_engine, event, func, select, text, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DatabaseError, SQLAlchemyError

from autograd_tutor.records.schema import VERSION, attempts, metadata, places
from autograd_tutor.teaching.model import Attempt, State

FILE = "records.sqlite3"
BUSY_SECONDS = 15
"""How long a write waits for another tutor's; theirs take milliseconds."""

_KEPT = [attempts.c[field] for field in Attempt.__struct_fields__]
_RANKS: tuple[State, ...] = ("new", "started", "skipped", "revealed", "solved")


class BadRecords(Exception):
    """The records can't be opened or written: one sentence that says where and what to do."""


class Place(msgspec.Struct, frozen=True):
    """Where one exercise stands."""

    exercise: str
    """`lesson/exercise`."""
    state: str
    seed: int
    draft: str


class Records:
    """One learner's attempts and places in one database. Safe for several processes and threads at once."""

    def __init__(self, url: str | URL, *, learner: str = "") -> None:
        """Open, and if need be create, the database.

        Args:
            url: a SQLAlchemy URL. A SQLite file is made readable for its owner alone (0600).
            learner: whose records; empty for the one learner of a terminal.

        Raises:
            BadRecords: it can't be opened, is no database, or is a newer tutor's.
        """
        self.learner = learner
        self.url = make_url(url)
        self.where = self.url.database or str(self.url)
        self._engine = _engine(self.url)
        with self._transaction() as connection:
            self._prepare(connection)

    @classmethod
    def at(cls, directory: Path) -> Records:
        """The records in a directory of the user's, which is made if it is not there.

        Raises:
            BadRecords: as the constructor does.
        """
        file = directory / FILE
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            # SQLite gives its journal the same mode, so nobody else reads that either.
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
            file.chmod(0o600)
        except OSError as error:
            raise BadRecords(
                f"The records in {directory} can't be opened ({error.strerror}): make the folder writable, "
                "or name another in AUTOGRAD_TUTOR_DATA."
            ) from None
        return cls(URL.create("sqlite", database=str(file)))

    def record(self, attempt: Attempt) -> None:
        """Keep one attempt, and the exercise's new state with it.

        Raises:
            BadRecords: the disk is full, or the file was taken away.
        """
        now = time.time()
        values = msgspec.structs.asdict(attempt)
        values["mistakes"] = list(attempt.mistakes)
        with self._transaction() as connection:
            connection.execute(attempts.insert().values(**values, learner=self.learner, at=now))
            self._keep(connection, attempt.exercise, state=attempt.state, seed=attempt.seed, draft="")

    def attempts(self, exercise: str | None = None) -> list[Attempt]:
        """The learner's attempts, oldest first; of one exercise, or of all."""
        wanted = select(*_KEPT).where(attempts.c.learner == self.learner).order_by(attempts.c.id)
        if exercise is not None:
            wanted = wanted.where(attempts.c.exercise == exercise)
        with self._transaction() as connection:
            rows = connection.execute(wanted).mappings().all()
        return [msgspec.convert({str(name): value for name, value in row.items()}, Attempt) for row in rows]

    def count(self) -> int:
        """How many attempts the learner has made."""
        wanted = select(func.count()).select_from(attempts).where(attempts.c.learner == self.learner)
        with self._transaction() as connection:
            return int(connection.execute(wanted).scalar_one())

    def progress(self) -> dict[str, str]:
        """Each exercise that was ever opened, with its state."""
        return {place.exercise: place.state for place in self.places()}

    def places(self) -> list[Place]:
        """Where each exercise stands, the one last touched first."""
        wanted = select(places).where(places.c.learner == self.learner).order_by(places.c.at.desc())
        with self._transaction() as connection:
            rows = connection.execute(wanted).mappings().all()
        return [Place(row["exercise"], row["state"], row["seed"], row["draft"]) for row in rows]

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
        with self._transaction() as connection:
            self._keep(connection, exercise, {"draft": kept}, seed=seed)

    def draft(self, exercise: str, seed: int) -> str | None:
        """What stood in the answer field when this variant was left."""
        place = self.place(exercise)
        return place.draft if place and place.seed == seed and place.draft else None

    def save_draft(self, exercise: str, seed: int, draft: str) -> None:
        """Keep that, if it is the variant last opened; the empty text forgets it."""
        this = (places.c.learner == self.learner) & (places.c.exercise == exercise) & (places.c.seed == seed)
        with self._transaction() as connection:
            connection.execute(update(places).where(this).values(draft=draft))

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _keep(
        self,
        connection: Connection,
        exercise: str,
        change: dict[str, ColumnElement[str]] | None = None,
        **values: float | str,
    ) -> None:
        """Where there is no row yet, `values`; where there is, `values` and `change`."""
        now = time.time()
        new = {"state": "started", "seed": 0, "draft": "", **values}
        statement = insert(places).values(learner=self.learner, exercise=exercise, at=now, **new)
        if "state" in values:
            values = {**values, "state": _stands(self._state(connection, exercise), str(values["state"]))}
        after = {**values, **(change or {}), "at": now}
        connection.execute(statement.on_conflict_do_update(index_elements=["learner", "exercise"], set_=after))

    def _state(self, connection: Connection, exercise: str) -> str | None:
        mine = (places.c.learner == self.learner) & (places.c.exercise == exercise)
        return connection.execute(select(places.c.state).where(mine)).scalar_one_or_none()

    def _prepare(self, connection: Connection) -> None:
        if self.url.get_backend_name() == "sqlite":
            version = int(connection.execute(text("PRAGMA user_version")).scalar_one())
            if version > VERSION:
                raise BadRecords(
                    f"The records in {self.where} were written by a newer autograd-tutor: install that version, "
                    "or name another folder in AUTOGRAD_TUTOR_DATA."
                )
            connection.execute(text(f"PRAGMA user_version = {VERSION}"))
        metadata.create_all(connection)

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except DatabaseError as error:
            raise BadRecords(
                f"The records in {self.where} can't be used ({error.orig}): if the file is damaged move it away, "
                "and a new one is made."
            ) from None
        except SQLAlchemyError as error:
            raise BadRecords(f"The records in {self.where} can't be used ({error}).") from None


def _stands(before: str | None, now: str) -> str:
    """The state that an exercise keeps: playing it once more takes nothing away that was reached before."""
    return max(before or "new", now, key=_RANKS.index)


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})

    # pysqlite begins a transaction late, at the first write; two tutors that both read first could then
    # deadlock. So it leaves the beginning to us, and every transaction takes its turn from the start.
    @event.listens_for(engine, "connect")
    def _manual(connection: object, _record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]

    @event.listens_for(engine, "begin")
    def _immediate(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
