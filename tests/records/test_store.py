"""Nothing a learner did is lost: not to a second tutor, not to kill -9, not to a newer version's file."""

import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from autograd_tutor.records.store import FILE, BadRecords, Records
from autograd_tutor.teaching.model import Attempt

WRITER = """
import sys
from pathlib import Path
from autograd_tutor.records.store import Records
from autograd_tutor.teaching.model import Attempt

records = Records.at(Path(sys.argv[1]))
for number in range(int(sys.argv[2])):
    records.record(Attempt("slopes/square", 0, 0, "x.grad", "answer", "started", answer=sys.argv[3], try_number=number))
    print(number, flush=True)
"""


def attempt(**changes: object) -> Attempt:
    values = {"exercise": "slopes/square", "seed": 2, "question": 0, "target": "x.grad", "action": "answer"}
    return Attempt(**{**values, "state": "started", **changes})


def writer(directory: Path, count: int, name: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(directory), str(count), name]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_an_attempt_comes_back_as_it_was(tmp_path):
    told = attempt(answer="cos(16) '; DROP TABLE attempts", mistakes=("sign", "value"), confidence=2)
    Records.at(tmp_path).record(told)
    assert Records.at(tmp_path).attempts("slopes/square") == [told]
    assert Records.at(tmp_path).attempts("chains/sine") == []


def test_only_the_owner_can_read_the_records(tmp_path):
    directory = tmp_path / "new" / "folder"
    Records.at(directory).record(attempt())
    assert stat.S_IMODE((directory / FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_the_learner_comes_back_to_the_exercise_and_the_draft(tmp_path):
    records = Records.at(tmp_path)
    records.visit("slopes/square", 3)
    records.visit("chains/sine", 1)
    records.save_draft("chains/sine", 1, "cos(16")
    again = Records.at(tmp_path)
    assert again.last() == "chains/sine"
    assert again.draft("chains/sine", 1) == "cos(16"
    assert again.place("slopes/square").seed == 3
    again.save_draft("chains/sine", 1, "")
    assert again.draft("chains/sine", 1) is None


def test_a_draft_belongs_to_its_variant(tmp_path):
    records = Records.at(tmp_path)
    records.visit("chains/sine", 1)
    records.save_draft("chains/sine", 1, "cos(16")
    records.visit("chains/sine", 1)
    assert records.draft("chains/sine", 1) == "cos(16"
    records.visit("slopes/square", 0)
    # The screen that is left saves what stood in it after the next one was visited.
    records.save_draft("chains/sine", 1, "8cos(16")
    assert records.last() == "slopes/square"
    records.visit("chains/sine", 2)
    records.save_draft("chains/sine", 1, "8cos(16)")
    assert records.draft("chains/sine", 2) is None
    assert records.draft("chains/sine", 1) is None


@pytest.mark.parametrize("later", ["new", "started", "skipped", "revealed", "solved"])
def test_what_was_solved_stays_solved(tmp_path, later):
    records = Records.at(tmp_path)
    records.record(attempt(verdict="right", state="solved"))
    records.record(attempt(state=later))
    assert records.progress() == {"slopes/square": "solved"}


def test_learners_of_one_database_do_not_see_each_other(tmp_path):
    url = f"sqlite:///{tmp_path / 'class.sqlite3'}"
    alice, bob = Records(url, learner="alice"), Records(url, learner="bob")
    alice.record(attempt())
    assert (alice.count(), bob.count()) == (1, 0)
    assert bob.progress() == {}


def test_two_tutors_at_once_lose_nothing(tmp_path):
    both = [writer(tmp_path, 60, name) for name in ("one", "two")]
    assert [process.wait(60) for process in both] == [0, 0]
    texts = [one.answer for one in Records.at(tmp_path).attempts()]
    assert sorted(texts) == ["one"] * 60 + ["two"] * 60


def test_killed_at_any_moment_every_finished_attempt_is_there(tmp_path):
    for moment in (1, 7, 23):
        process = writer(tmp_path, 10_000, f"round {moment}")
        finished = -1
        while finished < moment:
            finished = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        finished = max([finished, *(int(line) for line in process.stdout)])
        process.wait()
        kept = [one.try_number for one in Records.at(tmp_path).attempts() if one.answer == f"round {moment}"]
        # One more than was told may be there: the kill fell between writing and telling.
        assert kept[: finished + 1] == list(range(finished + 1))
        assert len(kept) <= finished + 2


def test_a_full_disk_is_one_sentence_and_loses_nothing_that_was_kept(tmp_path):
    code = f"import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n{WRITER}".replace(
        "for number", "resource.setrlimit(resource.RLIMIT_FSIZE, (90_000, 90_000))\nfor number"
    )
    command = [sys.executable, "-c", code, str(tmp_path), "1000", "x" * 3000]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert "BadRecords" in done.stderr.splitlines()[-1]
    assert "has room" in done.stderr.splitlines()[-1]
    kept = [one.try_number for one in Records.at(tmp_path).attempts()]
    assert kept == [int(line) for line in done.stdout.split()]
    assert len(kept) > 5


def test_a_damaged_file_is_one_sentence_and_stays_as_it_is(tmp_path):
    file = tmp_path / FILE
    file.write_bytes(b"this is no database, but somebody may still want it" * 100)
    before = file.read_bytes()
    with pytest.raises(BadRecords, match="move it away"):
        Records.at(tmp_path)
    assert file.read_bytes() == before


def test_a_newer_tutors_file_is_refused_unchanged(tmp_path):
    Records.at(tmp_path).record(attempt())
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(BadRecords, match="newer autograd-tutor"):
        Records.at(tmp_path)


def test_a_folder_that_cannot_be_made_is_one_sentence():
    with pytest.raises(BadRecords, match="AUTOGRAD_TUTOR_DATA"):
        Records.at(Path("/proc/autograd-tutor"))


def test_a_file_where_the_folder_should_be_is_one_sentence(tmp_path):
    (tmp_path / "data").write_text("a file")
    with pytest.raises(BadRecords, match="can't be opened"):
        Records.at(tmp_path / "data")
