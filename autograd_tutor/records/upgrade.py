"""A database's version: an older one is brought up to date in the transaction that opens it, a newer one refused."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, inspect, select, text

from autograd_tutor.records.schema import VERSION, format_table, metadata

_LOCK = 0x61_74_75_74
"""PostgreSQL's advisory lock while tables are made: two that open a new database at once take turns."""

_FROM_1 = (
    "ALTER TABLE attempts ADD COLUMN class VARCHAR NOT NULL DEFAULT ''",
    "DROP INDEX attempts_of_learner",
    "ALTER TABLE places RENAME TO places_of_version_1",
)
_FROM_1_ROWS = (
    "INSERT INTO places (class, learner, exercise, at, state, seed, draft) "
    "SELECT '', learner, exercise, at, state, seed, draft FROM places_of_version_1",
    "DROP TABLE places_of_version_1",
)


class Newer(Exception):
    """The database was written by a newer tutor."""


def prepare(connection: Connection) -> None:
    """Make the tables that are missing, and bring those of an older version up to date.

    Raises:
        Newer: the database was left as it is.
    """
    sqlite = connection.dialect.name == "sqlite"
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    found = _sqlite_version(connection) if sqlite else _version(connection)
    if found == VERSION:
        return
    if found > VERSION:
        raise Newer
    # Version 1 was only ever an SQLite file; there 0 stands for a file that is still empty.
    if found == 1:
        _run(connection, _FROM_1)
    metadata.create_all(connection)
    if found == 1:
        _run(connection, _FROM_1_ROWS)
    if sqlite:
        connection.execute(text(f"PRAGMA user_version = {VERSION}"))
    else:
        connection.execute(delete(format_table))
        connection.execute(insert(format_table).values(version=VERSION))


def _sqlite_version(connection: Connection) -> int:
    return int(connection.execute(text("PRAGMA user_version")).scalar_one())


def _version(connection: Connection) -> int:
    if not inspect(connection).has_table(format_table.name):
        return 0
    return int(connection.execute(select(format_table.c.version)).scalar() or 0)


def _run(connection: Connection, statements: tuple[str, ...]) -> None:
    for statement in statements:
        connection.execute(text(statement))
