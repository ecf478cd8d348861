"""One database: its transactions, what they raise, and what differs between SQLite and others."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, Result, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError, SQLAlchemyError

from autograd_tutor.records.upgrade import Newer, prepare

FILE = "records.sqlite3"
BUSY_SECONDS = 15
"""How long a write waits for another process's; theirs take milliseconds."""

_INSERTS: Mapping[str, Callable[[Table], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class BadRecords(Exception):
    """The records can't be opened or written: one sentence that says where and what to do."""


class Database:
    """An open database whose tables are up to date. Safe for several processes and threads at once."""

    def __init__(self, url: str | URL, *, many_readers: bool = False) -> None:
        """Open, and if need be create or upgrade it.

        Args:
            url: a SQLAlchemy URL: SQLite or PostgreSQL. `sqlite://` is in memory and forgets.
            many_readers: keep an SQLite file in WAL mode: readers never wait for the writer, and small writes are
                quicker. Not for a file that several machines share over a network.

        Raises:
            BadRecords: it can't be opened, is no database, or is a newer tutor's.
        """
        try:
            self.url = make_url(url)
            self.where = self.url.database or self.url.render_as_string()
            if self.url.get_backend_name() not in _INSERTS:
                raise BadRecords(f"The records can't be kept in {self.where}: give an SQLite or a PostgreSQL URL.")
            self._engine = _engine(self.url, many_readers)
        except (ArgumentError, NoSuchModuleError, ImportError) as error:
            raise BadRecords(
                f"The records' database can't be used ({error}): give a SQLAlchemy URL, such as "
                "postgresql+psycopg://name@host/database, and install its driver."
            ) from None
        try:
            with self.writing() as connection:
                prepare(connection)
        except Newer:
            raise BadRecords(
                f"The records in {self.where} were written by a newer autograd-tutor: install that version, "
                "or name another folder in AUTOGRAD_TUTOR_DATA."
            ) from None

    @classmethod
    def at(cls, directory: Path, *, many_readers: bool = False) -> Database:
        """The SQLite file in a directory, both made if need be, for the owner alone (0700, 0600).

        Raises:
            BadRecords: as the constructor does.
        """
        file = directory / FILE
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            # SQLite gives its journals the same mode, so nobody else reads those either.
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
            file.chmod(0o600)
        except OSError as error:
            raise BadRecords(
                f"The records in {directory} can't be opened ({error.strerror}): make the folder writable, "
                "or name another in AUTOGRAD_TUTOR_DATA."
            ) from None
        return cls(URL.create("sqlite", database=str(file)), many_readers=many_readers)

    def writing(self) -> AbstractContextManager[Connection]:
        """One transaction that may write; on disk when it ends.

        Raises:
            BadRecords: the disk is full, or the database was taken away.
        """
        return self._transaction(reading=False)

    def reading(self) -> AbstractContextManager[Connection]:
        """One transaction that only reads, and sees one moment's state.

        Raises:
            BadRecords: the database was taken away, or is damaged.
        """
        return self._transaction(reading=True)

    def upsert(
        self,
        connection: Connection,
        table: Table,
        values: Mapping[str, Any],
        change: Mapping[str, Any],
        by: Sequence[str],
    ) -> None:
        """Insert a row of `values`; where there is one with the same columns `by`, make the `change` in it."""
        statement = _INSERTS[self.url.get_backend_name()](table).values(**values)
        keys = [table.c[name] for name in by]
        after = {table.c[name].name: value for name, value in change.items()}
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=after))

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self, *, reading: bool) -> Iterator[Connection]:
        try:
            with self._engine.connect().execution_options(reading=reading) as connection, connection.begin():
                yield connection
        except DatabaseError as error:
            reason = " ".join(str(error.orig).split()).rstrip(".")
            raise BadRecords(f"The records in {self.where} can't be used ({reason}): {self._advice(error)}.") from None
        except (SQLAlchemyError, OverflowError) as error:
            raise BadRecords(f"The records in {self.where} can't be used ({error}).") from None

    def _advice(self, error: DatabaseError) -> str:
        if self.url.get_backend_name() != "sqlite":
            return "see that its server runs and lets you in"
        if isinstance(error, OperationalError):
            return "see that its folder can be written, its disk has room, and no other program holds it"
        return "if the file is damaged move it away, and a new one is made"


def plain(found: Result[Any]) -> list[dict[str, Any]]:
    """The rows as dictionaries that msgspec converts to structs."""
    names = [str(name) for name in found.keys()]  # noqa: SIM118 - a result is no dictionary
    return [dict(zip(names, row, strict=True)) for row in found]


def storable(text: str) -> str:
    """`text` as every database takes it: without NUL characters and halves of surrogate pairs."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _engine(url: URL, many_readers: bool) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    in_memory = url.database in (None, "", ":memory:")
    # One connection is one database in memory: threads take turns on it.
    pool = {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0} if in_memory else {}
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}, **pool)

    # pysqlite begins a transaction late, at the first write; two tutors that both read first could then
    # deadlock. So it leaves the beginning to us, and every transaction that may write takes its turn from the start.
    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        if many_readers:
            # Where another process holds the file just now, it is switched the next time.
            with suppress(sqlite3.OperationalError):
                connection.execute("PRAGMA journal_mode = WAL")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine
