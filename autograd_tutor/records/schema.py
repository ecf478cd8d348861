"""The tables. Times are UTC seconds since 1970; `learner` is empty for the one learner of a terminal."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    text,
)

VERSION = 3
"""Of these tables, and of the actions in them: version 2 has the tables, but not the steps of taking apart.
An older database is upgraded in place; a newer one is refused, never changed."""

metadata = MetaData()


def _class(*, primary_key: bool = False) -> Column[str]:
    """Which class; empty outside of any. Named apart in Python, where `class` is taken."""
    return Column("class", String, key="class_name", nullable=False, server_default=text("''"), primary_key=primary_key)


attempts = Table(
    "attempts",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _class(),
    Column("learner", String, nullable=False, default=""),
    Column("at", Float, nullable=False),
    Column("exercise", String, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("question", Integer, nullable=False),
    Column("target", String, nullable=False),
    Column("action", String, nullable=False),
    Column("state", String, nullable=False),
    Column("answer", Text, nullable=False),
    Column("read_as", Text, nullable=False),
    Column("verdict", String, nullable=False),
    Column("mistakes", JSON, nullable=False),
    Column("hints", Integer, nullable=False),
    Column("try_number", Integer, nullable=False),
    Column("milliseconds", BigInteger, nullable=False),
    Column("confidence", Integer),
)
"""One row for each answer, hint, reveal, skip or step, in order: the fields of `teaching.model.Attempt`."""

Index("attempts_of_one", attempts.c.class_name, attempts.c.learner, attempts.c.exercise)

places = Table(
    "places",
    metadata,
    _class(primary_key=True),
    Column("learner", String, primary_key=True),
    Column("exercise", String, primary_key=True),
    Column("at", Float, nullable=False),
    Column("state", String, nullable=False),
    Column("seed", BigInteger, nullable=False, default=0),
    Column("draft", Text, nullable=False, default=""),
)
"""Where each exercise stands: its state, the variant last opened, what was typed and not yet sent."""

polls = Table(
    "polls",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _class(),
    Column("exercise", String, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("question", Integer, nullable=False),
    Column("target", String, nullable=False),
    Column("opened_at", Float, nullable=False),
    Column("revealed_at", Float),
)
"""One question that a teacher opened to a class. `revealed_at` is null while the answer was not shown."""

votes = Table(
    "votes",
    metadata,
    Column("poll", Integer, ForeignKey("polls.id"), primary_key=True),
    Column("round", Integer, primary_key=True, autoincrement=False),
    Column("learner", String, primary_key=True),
    Column("at", Float, nullable=False),
    Column("answer", Text, nullable=False),
    Column("read_as", Text, nullable=False),
    Column("verdict", String, nullable=False),
    Column("mistakes", JSON, nullable=False),
    Column("confidence", Integer),
    Column("milliseconds", BigInteger, nullable=False),
)
"""A learner's last answer in one round of a poll: 1 before the discussion, 2 after it."""

format_table = Table("format", metadata, Column("version", Integer, nullable=False))
"""One row, in a database that has no `user_version` of its own (all but SQLite)."""
