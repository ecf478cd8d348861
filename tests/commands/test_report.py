"""A teacher and a learner ask what was done: in words, for a grade book, for a program."""

import csv
import io
import json
import sqlite3
import stat
from pathlib import Path

import pytest

from autograd_tutor.records.classes import ClassRecords
from autograd_tutor.records.store import FILE, Records
from autograd_tutor.teaching.model import Attempt

EVIL = ["=cmd|'/C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", " =1", "\uff1d1", 'a\nb,"c"', "\x1b[2J|<b>*x*"]


def attempt(exercise: str = "slopes/square", verdict: str = "right", *mistakes: str, **changes: object) -> Attempt:
    values = {"answer": "8", "read_as": "8", "try_number": 1, "milliseconds": 30_000, **changes}
    state = "solved" if verdict == "right" else "started"
    return Attempt(exercise, 0, 0, "x.grad", "answer", state, verdict=verdict, mistakes=mistakes, **values)


@pytest.fixture
def home(tutor, monkeypatch, tmp_path) -> Path:
    """The folder of all records."""
    monkeypatch.setenv("AUTOGRAD_TUTOR_DATA", str(tmp_path))
    return tmp_path


@pytest.fixture
def spring(home) -> ClassRecords:
    """A class of two who did something, where serve keeps it."""
    records = ClassRecords.at(home / "classes" / "spring", "spring")
    records.of("alice").record(attempt())
    records.of("bob").record(attempt("slopes/square", "wrong", "sign"))
    records.of("bob").record(attempt(try_number=2))
    poll = records.polls.open("chains/sine", 0, 0, "x.grad")
    for round_, verdict in ((1, "wrong"), (2, "right")):
        records.polls.vote(poll, round_, "bob", attempt("chains/sine", verdict, *["half"] * (verdict == "wrong")))
    return records


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_learner_reads_what_was_learnt(tutor, home):
    Records.at(home).record(attempt("slopes/square", "wrong", "sign"))
    Records.at(home).record(attempt(try_number=2))
    done = tutor("report")
    assert done.code == 0
    for told in ("Your records", "slopes/square", "solved", "sign turned around"):
        assert told in done.out
    assert "student" not in done.out


def test_before_anything_was_done(tutor, home):
    done = tutor("report")
    assert (done.code, done.out) == (0, "Your records: nothing is recorded yet.\n")
    assert tutor("report", "--json").json["results"] == []
    assert len(tutor("report", "--csv").out.splitlines()) == 1


def test_a_teacher_reads_a_class_from_all_sides(tutor, spring):
    out = tutor("report", "--class", "spring").out
    for title in ("Class spring", "Students", "Exercises", "Mistakes", "Polls"):
        assert title in out
    document = tutor("report", "--class", "spring", "--json").json
    assert document["class"] == "spring"
    assert [(one["learner"], one["right_first"]) for one in document["students"]] == [("alice", 1.0), ("bob", 0.0)]
    assert document["exercises"][0]["difficulty"] == 0.5
    assert document["mistakes"] == [{"mistake": "sign", "learners": 1, "times": 1, "exercises": ["slopes/square"]}]
    (poll,) = document["polls"]
    assert (poll["before"], poll["after"]) == ([{"belief": "half", "count": 1}], [{"belief": "right", "count": 1}])
    assert poll["gain"] == 1.0


@pytest.mark.parametrize("by", ["student", "exercise", "mistake", "poll"])
def test_one_side_alone(tutor, spring, by):
    whole = tutor("report", "--class", "spring", "--json").json
    alone = tutor("report", "--class", "spring", "--json", "--by", by).json
    (name,) = set(alone) - {"format", "class", "assignment"}
    assert alone[name] == whole[name] != []
    assert len(rows(tutor("report", "--class", "spring", "--csv", "--by", by).out)) >= 1
    assert tutor("report", "--class", "spring", "--markdown", "--by", by).out.count("\n## ") == 1


def test_a_grade_book_takes_the_csv(tutor, spring):
    out = tutor("report", "--class", "spring", "--csv").out
    assert out.endswith("\r\n")
    alice, bob = rows(out)
    assert (alice["student"], alice["exercise"], alice["state"], alice["right_first"]) == (
        "alice",
        "slopes/square",
        "solved",
        "yes",
    )
    assert (bob["right_first"], bob["tries"], bob["minutes"], bob["mistakes"]) == ("no", "2", "1.0", "sign")


def test_no_name_becomes_a_formula_or_markup(tutor, spring):
    for name in EVIL:
        spring.of(name).record(attempt())
    found = rows(tutor("report", "--class", "spring", "--csv").out)
    assert len(found) == 2 + len(EVIL)
    assert not [row for row in found if row["student"].strip()[0] in "=+-@\uff1d"]
    for form in ("--markdown", "--csv", "--by=student"):
        out = tutor("report", "--class", "spring", form).out
        assert len(out.splitlines()) > len(EVIL)
        assert not [one for one in out if ord(one) < 32 and one not in "\r\n"]
    assert r"\<b\>\*x\*" in tutor("report", "--class", "spring", "--markdown").out
    names = {one["learner"] for one in tutor("report", "--class", "spring", "--json").json["students"]}
    assert names == {"alice", "bob", *EVIL}


def test_pseudonyms_stay_the_same_and_tell_no_name(tutor, spring, home):
    for form in ("--json", "--csv", "--markdown"):
        out = tutor("report", "--class", "spring", "--pseudonyms", form).out
        assert out == tutor("report", "--class", "spring", "--pseudonyms", form).out
        assert "alice" not in out
        assert "bob" not in out
        assert out.count("student-") >= 2
    key = home / "classes" / "spring" / "pseudonyms.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = tutor("report", "--class", "spring", "--pseudonyms", "--csv").out
    key.unlink()
    assert tutor("report", "--class", "spring", "--pseudonyms", "--csv").out != before
    key.write_bytes(b"short")
    assert tutor("report", "--class", "spring", "--pseudonyms").code == 2


def test_an_assignment_lists_who_did_not_begin(tutor, spring, tmp_path):
    file = tmp_path / "week.yaml"
    file.write_text("title: Week 1\ndue: 2001-01-01\nexercises: [slopes/square, chains/middle]\n")
    found = rows(tutor("report", "--class", "spring", "--csv", "--assignment", str(file)).out)
    assert [(one["student"], one["exercise"], one["state"], one["on_time"]) for one in found] == [
        ("alice", "slopes/square", "solved", "no"),
        ("alice", "chains/middle", "new", "no"),
        ("bob", "slopes/square", "solved", "no"),
        ("bob", "chains/middle", "new", "no"),
    ]
    file.write_text(file.read_text().replace("2001", "2999"))
    in_time = rows(tutor("report", "--class", "spring", "--csv", "--assignment", str(file)).out)
    assert [one["on_time"] for one in in_time] == ["yes", "no", "yes", "no"]
    document = tutor("report", "--class", "spring", "--json", "--assignment", str(file)).json
    assert document["assignment"]["exercises"] == ["slopes/square", "chains/middle"]
    assert [one["on_time"] for one in document["results"]] == [True, False, True, False]
    assert "Week 1, due 2999-01-01" in tutor("report", "--class", "spring", "--assignment", str(file)).out
    file.write_text("title: Week 1\nexercises: [slopes/squar]\n")
    refused = tutor("report", "--class", "spring", "--assignment", str(file))
    assert (refused.code, "week.yaml:2: " in refused.complaint) == (2, True)


def test_a_class_that_is_not_there(tutor, spring, home):
    unknown = tutor("report", "--class", "sprong")
    assert unknown.code == 2
    assert "spring" in unknown.complaint
    assert not (home / "classes" / "sprong").exists()
    there = tutor("report", "--class", "autumn", "--data", str(home / "classes" / "spring"))
    assert there.code == 2
    assert "There is no class called autumn" in there.complaint
    assert tutor("report", "--class", "../x").code == 2
    assert tutor("report", "--by", "poll").code == 2


def test_a_class_in_which_nothing_happened_yet(tutor, home):
    ClassRecords.at(home / "classes" / "new", "new").close()
    done = tutor("report", "--class", "new")
    assert (done.code, done.out) == (0, "Class new: nothing is recorded yet.\n")
    assert tutor("report", "--class", "new", "--json").json["students"] == []


def test_a_folder_or_a_database_may_be_named(tutor, spring, home):
    folder = home / "classes" / "spring"
    whole = tutor("report", "--class", "spring", "--json").json
    assert tutor("report", "--data", str(folder), "--json").json == whole
    assert tutor("report", "--data", f"sqlite:///{folder / FILE}", "--json").json == whole


def test_the_teacher_s_own_play_is_not_the_class_s(tutor, spring, home):
    (home / "classes" / "spring" / "teachers.csv").write_text("name,code\nteacher,\n")
    spring.of("teacher").record(attempt("chains/sine"))
    found = rows(tutor("report", "--class", "spring", "--csv").out)
    assert [one["student"] for one in found] == ["alice", "bob"]


def test_who_is_on_the_class_s_list_and_did_nothing_is_told_too(tutor, spring, home, tmp_path):
    listed = "name,code\nalice,\nzoe,\n"
    (home / "classes" / "spring" / "roster.csv").write_text(listed)
    week = tmp_path / "week.yaml"
    week.write_text("title: Week 1\nexercises: [slopes/square]\n")
    found = rows(tutor("report", "--class", "spring", "--csv", "--assignment", str(week)).out)
    assert [(one["student"], one["state"]) for one in found] == [("alice", "solved"), ("bob", "solved"), ("zoe", "new")]
    assert "zoe" in tutor("report", "--class", "spring", "--by", "student").out
    elsewhere = tmp_path / "other.csv"
    elsewhere.write_text(listed.replace("zoe", "yan"))
    assert "yan" in tutor("report", "--class", "spring", "--roster", str(elsewhere)).out
    elsewhere.write_text("who\nx\n")
    for file in (elsewhere, tmp_path / "none.csv"):
        assert tutor("report", "--class", "spring", "--roster", str(file)).code == 2


def test_a_newer_or_damaged_file_is_one_sentence(tutor, spring, home):
    file = home / "classes" / "spring" / FILE
    spring.close()
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version = 99")
    done = tutor("report", "--class", "spring")
    assert (done.code, "newer autograd-tutor" in done.complaint) == (2, True)
    assert "Traceback" not in done.complaint


def test_the_json_s_numbers_are_exact(tutor, spring):
    for _ in range(2):
        spring.of("cy").record(attempt("slopes/square", "wrong"))
    document = tutor("report", "--class", "spring", "--json").json
    assert document["exercises"][0]["difficulty"] == 1 / 3
    assert json.loads(json.dumps(document)) == document
