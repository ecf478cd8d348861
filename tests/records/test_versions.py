"""A file of version 1 is upgraded in place with all that is in it, by whoever opens it first."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from autograd_tutor.records.database import FILE, BadRecords, Database
from autograd_tutor.records.schema import VERSION
from autograd_tutor.records.store import Records
from autograd_tutor.teaching.model import Attempt

VERSION_1 = """
CREATE TABLE attempts (
    id INTEGER NOT NULL, learner VARCHAR NOT NULL, at FLOAT NOT NULL, exercise VARCHAR NOT NULL,
    seed INTEGER NOT NULL, question INTEGER NOT NULL, target VARCHAR NOT NULL, action VARCHAR NOT NULL,
    state VARCHAR NOT NULL, answer TEXT NOT NULL, read_as TEXT NOT NULL, verdict VARCHAR NOT NULL,
    mistakes JSON NOT NULL, hints INTEGER NOT NULL, try_number INTEGER NOT NULL, milliseconds INTEGER NOT NULL,
    confidence INTEGER, PRIMARY KEY (id)
);
CREATE INDEX attempts_of_learner ON attempts (learner, exercise);
CREATE TABLE places (
    learner VARCHAR NOT NULL, exercise VARCHAR NOT NULL, at FLOAT NOT NULL, state VARCHAR NOT NULL,
    seed INTEGER NOT NULL, draft TEXT NOT NULL, PRIMARY KEY (learner, exercise)
);
INSERT INTO attempts VALUES (1, '', 100.5, 'slopes/square', 2, 0, 'x.grad', 'answer', 'solved', '2x', '2·x', 'right',
    '[]', 1, 2, 4000, 3);
INSERT INTO attempts VALUES (2, '', 200.5, 'chains/sine', 1, 0, 'x.grad', 'answer', 'started', '1', '1', 'wrong',
    '["sign"]', 0, 1, 900, NULL);
INSERT INTO places VALUES ('', 'slopes/square', 100.5, 'solved', 2, '');
INSERT INTO places VALUES ('', 'chains/sine', 200.5, 'started', 1, 'cos(16');
PRAGMA user_version = 1;
"""


@pytest.fixture
def old(tmp_path) -> Path:
    """A folder with a file of version 1."""
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.executescript(VERSION_1)
    return tmp_path


def version(directory: Path) -> int:
    with sqlite3.connect(directory / FILE) as connection:
        return connection.execute("PRAGMA user_version").fetchone()[0]


def test_nothing_of_an_old_file_is_lost(old):
    records = Records.at(old)
    first, second = records.attempts()
    assert first == Attempt(
        "slopes/square", 2, 0, "x.grad", "answer", "solved", "2x", "2·x", "right", (), 1, 2, 4000, 3
    )
    assert second.mistakes == ("sign",)
    assert records.last() == "chains/sine"
    assert records.draft("chains/sine", 1) == "cos(16"
    assert records.progress()["slopes/square"] == "solved"
    assert version(old) == VERSION


def test_an_upgraded_file_goes_on_as_a_new_one_does(old):
    Records.at(old).record(Attempt("slopes/square", 2, 0, "x.grad", "skip", "skipped"))
    again = Records.at(old)
    assert again.count() == 3
    assert again.progress()["slopes/square"] == "solved"


def test_a_file_of_version_2_is_the_same_but_for_its_number(tmp_path):
    Records.at(tmp_path).record(Attempt("slopes/square", 2, 0, "x.grad", "answer", "started", "3"))
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("PRAGMA user_version = 2")
    records = Records.at(tmp_path)
    records.record(Attempt("slopes/square", 2, 0, "x.grad", "apart", "started"))
    assert [attempt.action for attempt in records.attempts()] == ["answer", "apart"]
    assert version(tmp_path) == VERSION


def test_two_tutors_open_an_old_file_at_once(old):
    code = (
        "import sys; from pathlib import Path; from autograd_tutor.records.store import Records; "
        "print(Records.at(Path(sys.argv[1])).count())"
    )
    command = [sys.executable, "-c", code, str(old)]
    all_at_once = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate(timeout=60)[0].strip() for process in all_at_once] == ["2"] * 2


def test_an_upgrade_that_fails_leaves_the_file_as_it_was(old):
    with sqlite3.connect(old / FILE) as connection:
        connection.execute("DROP INDEX attempts_of_learner")  # not a file that we would have written
    before = (old / FILE).read_bytes()
    with pytest.raises(BadRecords):
        Records.at(old)
    assert (old / FILE).read_bytes() == before
    assert version(old) == 1


@pytest.mark.parametrize("url", ["mysql://host/class", "nothing", "cobol://x", "sqlite+none://"])
def test_a_database_that_we_do_not_know_is_one_sentence(url):
    with pytest.raises(BadRecords, match=r"SQLAlchemy URL|SQLite or a PostgreSQL URL"):
        Database(url)
