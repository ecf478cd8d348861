"""The tables. Times are UTC seconds since 1970; `learner` is empty for the one learner of a terminal."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, Index, Integer, MetaData, String, Table, Text

VERSION = 1
"""Kept in SQLite's `user_version`. A newer file is refused, never changed."""

metadata = MetaData()

attempts = Table(
    "attempts",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("learner", String, nullable=False, default=""),
    Column("at", Float, nullable=False),
    Column("exercise", String, nullable=False),
    Column("seed", Integer, nullable=False),
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
    Column("milliseconds", Integer, nullable=False),
    Column("confidence", Integer),
    Index("attempts_of_learner", "learner", "exercise"),
)
"""One row for each answer, hint, reveal and skip, in order: the fields of `teaching.model.Attempt`."""

places = Table(
    "places",
    metadata,
    Column("learner", String, primary_key=True),
    Column("exercise", String, primary_key=True),
    Column("at", Float, nullable=False),
    Column("state", String, nullable=False),
    Column("seed", Integer, nullable=False, default=0),
    Column("draft", Text, nullable=False, default=""),
)
"""Where each exercise stands: its state, the variant last opened, what was typed and not yet sent."""
