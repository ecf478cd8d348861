"""A class's records: many learners over one database, each under the own name, polls with both votes."""

import os
import sqlite3
import stat
import subprocess
import sys
import threading
import time
import uuid

import pytest

from autograd_tutor.records.classes import ClassRecords, class_names
from autograd_tutor.records.database import FILE, Database
from autograd_tutor.records.store import Records
from autograd_tutor.teaching.model import Attempt

NAMES = ["'; DROP TABLE attempts; --", "[bold red]eve[/]", "<script>", "\x1b[2J", "é", "\u202eevil", "a" * 10_000, "0"]

READER = """
import sys, time
from pathlib import Path
from autograd_tutor.records.classes import ClassRecords
records = ClassRecords.at(Path(sys.argv[1]), "spring")
counts = []
while not counts or counts[-1] < int(sys.argv[2]):
    counts.append(len(records.history()))
    time.sleep(0.05)
assert counts == sorted(counts)
print(len(counts))
"""


def attempt(**changes: object) -> Attempt:
    values = {"exercise": "slopes/square", "seed": 2, "question": 0, "target": "x.grad", "action": "answer"}
    return Attempt(**{**values, "state": "started", **changes})


SERVER = os.environ.get("AUTOGRAD_TUTOR_TEST_DATABASE")
"""A SQLAlchemy URL of a database server, for who has one: the same stories are played there too."""


@pytest.fixture(params=["a file", "memory", *(["a server"] if SERVER else [])])
def records(request, tmp_path):
    name = f"spring-{uuid.uuid4()}"
    if request.param == "a server":
        kept = ClassRecords(Database(SERVER), name)
    else:
        kept = ClassRecords.at(tmp_path, name) if request.param == "a file" else ClassRecords.forgetful(name)
    yield kept
    kept.close()


def test_each_learner_finds_only_the_own_work(records):
    for name in ("alice", "bob"):
        records.of(name).visit("chains/sine", 1)
        records.of(name).record(attempt(answer=f"by {name}"))
    records.of("bob").save_draft("chains/sine", 1, "cos(16")
    assert [one.answer for one in records.of("alice").attempts()] == ["by alice"]
    assert records.of("alice").draft("chains/sine", 1) is None
    assert records.of("bob").draft("chains/sine", 1) == "cos(16"
    assert records.learners() == ["alice", "bob"]


def test_the_log_tells_who_did_what_when(records):
    before = time.time()
    records.of("alice").record(attempt(answer="1"))
    records.of("bob").record(attempt(answer="2", exercise="chains/sine"))
    log = records.history()
    assert [(one.learner, one.attempt.answer) for one in log] == [("alice", "1"), ("bob", "2")]
    assert before <= log[0].at <= log[1].at <= time.time()
    assert records.history(learner="bob") == [log[1]]
    assert records.history(exercise="slopes/square") == [log[0]]
    assert records.history("bob", "slopes/square") == []


def test_two_classes_of_one_database_know_nothing_of_each_other(tmp_path):
    database = Database.at(tmp_path)
    spring, autumn = ClassRecords(database, "spring"), ClassRecords(database, "autumn")
    poll = spring.polls.open("slopes/square", 0, 0, "x.grad")
    for one in (spring, autumn):
        one.of("alice").record(attempt(answer=one.class_name))
    autumn.polls.reveal(poll)
    assert [one.attempt.answer for one in autumn.history()] == ["autumn"]
    assert autumn.polls.all() == []
    assert spring.polls.all()[0].revealed_at is None
    assert class_names(database) == ["autumn", "spring"]
    autumn.forget("alice")
    assert spring.of("alice").count() == 1


@pytest.mark.parametrize("name", NAMES)
def test_names_and_answers_are_only_data(records, name):
    told = attempt(answer=name, mistakes=(name, "sign"), target=name)
    records.of(name).record(told)
    records.of(name).visit(name, 3)
    assert records.of(name).attempts() == [told]
    assert records.of(name).last() == name
    assert records.learners() == [name]


def test_what_no_database_takes_is_replaced(records):
    records.of("\0\ud800").record(attempt(answer="1\0\udfff"))
    (name,) = records.learners()
    assert records.of(name).attempts()[0].answer == "1\ufffd?"
    assert records.of("\0\ud800").count() == 1


def test_a_vote_may_be_changed_until_its_round_ends_and_both_rounds_are_kept(records):
    poll = records.polls.open("chains/sine", 7, 1, "x.grad")
    records.polls.vote(poll, 1, "alice", attempt(verdict="wrong", mistakes=("sign",), answer="1"))
    records.polls.vote(poll, 1, "alice", attempt(verdict="wrong", mistakes=("half",), answer="2", confidence=3))
    records.polls.vote(poll, 1, "bob", attempt(verdict="right"))
    records.polls.vote(poll, 2, "alice", attempt(verdict="right", answer="3"))
    records.polls.vote(poll, 2, "alice", attempt(verdict="invalid", answer="what?"))
    assert [(one.round, one.learner, one.answer, one.mistakes, one.confidence) for one in records.polls.votes()] == [
        (1, "alice", "2", ("half",), 3),
        (1, "bob", "", (), None),
        (2, "alice", "3", (), None),
    ]


def test_a_poll_is_revealed_once(records):
    poll = records.polls.open("chains/sine", 7, 1, "x.grad")
    (opened,) = records.polls.all()
    assert (opened.id, opened.seed, opened.question, opened.revealed_at) == (poll, 7, 1, None)
    records.polls.reveal(poll)
    revealed = records.polls.all()[0].revealed_at
    records.polls.reveal(poll)
    assert records.polls.all()[0].revealed_at == revealed
    assert revealed >= opened.opened_at


def test_one_who_wants_to_be_forgotten_is(records):
    poll = records.polls.open("chains/sine", 0, 0, "x.grad")
    for name in ("alice", "bob"):
        records.of(name).record(attempt())
        records.polls.vote(poll, 1, name, attempt(verdict="right"))
    records.forget("alice")
    assert records.learners() == ["bob"]
    assert records.of("alice").count() == 0
    assert [one.learner for one in records.polls.votes()] == ["bob"]


def test_a_class_that_keeps_nothing_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first = ClassRecords.forgetful("open")
    first.of("guest").record(attempt())
    assert first.of("guest").count() == 1
    first.close()
    assert ClassRecords.forgetful("open").learners() == []
    assert list(tmp_path.iterdir()) == []


def test_threads_share_one_database_in_memory():
    records = ClassRecords.forgetful("open")
    names = ["a", "b", "c", "d"]
    threads = [
        threading.Thread(target=lambda who=name: [records.of(who).record(attempt()) for _ in range(20)])
        for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [records.of(name).count() for name in names] == [20] * 4


def test_only_the_owner_reads_the_class_s_files_while_they_are_written(tmp_path):
    records = ClassRecords.at(tmp_path, "spring")
    records.of("alice").record(attempt())
    files = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert FILE in files
    assert set(files.values()) == {0o600}


def test_200_learners_are_written_by_one_thread_while_another_process_reads(tmp_path):
    records = ClassRecords.at(tmp_path, "spring")
    reader = subprocess.Popen([sys.executable, "-c", READER, str(tmp_path), "200"], stdout=subprocess.PIPE, text=True)
    for number in range(200):
        records.of(f"student-{number}").record(attempt(answer=str(number)))
    assert int(reader.communicate(timeout=60)[0]) >= 1
    assert reader.returncode == 0
    assert len(records.learners()) == 200
    assert all(one.learner == f"student-{one.attempt.answer}" for one in records.history())


@pytest.mark.battery
def test_a_whole_class_s_log_survives_a_front_that_is_killed(tmp_path):
    code = (
        "import sys, os, signal; from pathlib import Path; sys.path.insert(0, sys.argv[2]); "
        "from test_class_records import *; records = ClassRecords.at(Path(sys.argv[1]), 'spring'); "
        "[records.of(f's{n}').record(attempt()) for n in range(20)]; os.kill(os.getpid(), signal.SIGKILL)"
    )
    folder = __file__.rpartition("/")[0]
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path), folder], timeout=60)
    assert done.returncode < 0
    assert len(ClassRecords.at(tmp_path, "spring").learners()) == 20
    with sqlite3.connect(tmp_path / FILE) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_the_learner_of_a_terminal_is_in_no_class(tmp_path):
    Records.at(tmp_path).record(attempt())
    assert ClassRecords(Database.at(tmp_path), "").learners() == [""]
    assert ClassRecords(Database.at(tmp_path), "spring").learners() == []
