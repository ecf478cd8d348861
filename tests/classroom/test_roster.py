"""A class's names and codes: what teachers' files look like, what is refused, and that nothing is lost."""

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_tutor.classroom.codes import hashed, verify
from autograd_tutor.classroom.files import BadFile
from autograd_tutor.classroom.register import Register
from autograd_tutor.classroom.roster import read_roster
from autograd_tutor.classroom.table import Row, Table, read_table, written
from autograd_tutor.cli import main
from autograd_tutor.commands.common import class_directory


class Said(NamedTuple):
    """What a command left."""

    code: int
    out: str
    complaint: str

    @property
    def codes(self) -> dict[str, str]:
        """The codes it showed, by name."""
        rows = [line.split() for line in self.out.splitlines()[:-1]]
        return {row[0]: row[1] for row in rows}


@pytest.fixture
def command(capsys, tmp_path, monkeypatch):
    """Runs `autograd-tutor roster …` in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Said:
        return Said(main(["roster", *arguments]), *capsys.readouterr())

    return run


@pytest.fixture
def roster(command, tmp_path) -> Path:
    """A class of two."""
    (tmp_path / "names.txt").write_text("alice, Alice Adams\nbob\n")
    command("new", "names.txt", "--out", "roster.csv")
    return tmp_path / "roster.csv"


# --- a new roster -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "alice, Alice Adams\nbob\n",
        "\ufeffalice, Alice Adams\r\n\r\nbob\r\n",
        "name,full name\nalice,Alice Adams\nbob,\n",
        "Name;Full Name;Seat\r\nalice;Alice Adams;7\r\nbob;;9\r\n",
        "\ufeffseat\tNAME\tfull_name\n7\talice\tAlice Adams\n\n9\tbob\n",
    ],
    ids=["plain", "marked and CRLF", "CSV", "semicolons", "tabs"],
)
def test_a_roster_is_made_of_what_teachers_have(command, tmp_path, text):
    (tmp_path / "names.txt").write_bytes(text.encode())
    said = command("new", "names.txt", "--out", "roster.csv")
    assert (said.code, set(said.codes)) == (0, {"alice", "bob"})
    assert "Alice Adams" in said.out
    path = tmp_path / "roster.csv"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for student in read_roster(path).students:
        assert said.codes[student.name] not in path.read_text(encoding="utf-8-sig")
        assert verify(said.codes[student.name], student.code)
        assert student.full == ("Alice Adams" if student.name == "alice" else "")
    if "7" in text:
        assert "7" in path.read_text(encoding="utf-8-sig")


def test_slips_carry_what_a_student_needs(command, tmp_path):
    (tmp_path / "names.txt").write_text("alice, Alice Adams\nzoë\n")
    said = command(
        "new", "names.txt", "--out", "roster.csv", "--slips", "slips.txt", "--host", "lab.example", "--port", "22"
    )
    slips = (tmp_path / "slips.txt").read_text()
    first, second, rest = slips.split("\n" + "- " * 35 + "-\n")
    assert "Alice Adams" in first
    assert "ssh -C alice@lab.example\n" in first
    assert said.codes["alice"] in first
    assert said.codes["zoë"] in second
    assert rest == ""
    assert max(map(len, slips.splitlines())) <= 72
    assert stat.S_IMODE((tmp_path / "slips.txt").stat().st_mode) == 0o600


def test_nothing_is_written_over(command, roster):
    before = roster.read_bytes()
    said = command("new", "names.txt", "--out", "roster.csv")
    assert (said.code, said.out) == (2, "")
    assert "roster.csv is there already" in said.complaint
    said = command("reset", "bob", "--roster", "roster.csv", "--slips", "names.txt")
    assert "names.txt is there already" in said.complaint
    assert roster.read_bytes() == before


def test_slips_that_cannot_be_written_stop_it_before_codes_are_made(command, tmp_path):
    (tmp_path / "names.txt").write_text("alice\n")
    for slips in ("roster.csv", "./roster.csv", "nowhere/slips.txt"):
        said = command("new", "names.txt", "--out", "roster.csv", "--slips", slips)
        assert (said.code, said.out) == (2, "")
    assert not (tmp_path / "roster.csv").exists()


def test_a_terminal_without_the_letters_of_a_name_still_shows_the_code(tmp_path):
    (tmp_path / "names.txt").write_text("zoë\n", encoding="utf-8")
    command = [sys.executable, "-m", "autograd_tutor", "roster", "new", "names.txt", "--out", "roster.csv"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    name, code = done.stdout.split()[:2]
    assert name == "zo\\xeb"
    assert verify(code, read_roster(tmp_path / "roster.csv").students[0].code)


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"alice\nAlice\n", "line 2: 'Alice' is there already, in line 1"),
        ("zoe\u0308\nzo\u00eb\n".encode(), "line 2: 'zoë' is there already"),
        (b"alice\nAlice Adams\n", "line 2: 'Alice Adams' can't be a login name"),
        (b"a\x1b[2Jb\n", "line 1: 'a\\x1b[2Jb' can't be a login name"),
        (b"", "holds no names"),
        (b"name,full name\n", "holds no names"),
        (b"alice\nzo\xeb\n", "line 2, is not UTF-8"),
        (b"alice\n" + b"x" * (1 << 20), "larger than 1 MB"),
        (b"name,code\nalice,1234\n", "has a column code"),
        (b"name,name\na,b\n", "has the column 'name' twice"),
        (b"name,seat\nalice,1,2\n", "line 2, has more cells"),
        (b'name,seat\nalice,"1\n', "line 2, can't be read as CSV"),
        (b"al\0ice\n", "null character"),
    ],
)
def test_a_bad_list_is_one_sentence_with_its_line(command, tmp_path, data, complaint):
    (tmp_path / "names.txt").write_bytes(data)
    said = command("new", "names.txt", "--out", "roster.csv")
    assert (said.code, said.out) == (2, "")
    assert complaint in said.complaint
    assert "names.txt" in said.complaint
    assert len(said.complaint.splitlines()) == 1
    assert not (tmp_path / "roster.csv").exists()


def test_what_is_not_there_is_one_sentence(command, tmp_path):
    assert "Can't read names.txt" in command("new", "names.txt", "--out", "roster.csv").complaint
    assert "Can't read roster.csv" in command("list", "--roster", "roster.csv").complaint
    (tmp_path / "names.txt").write_text("alice\n")
    assert "Can't write nowhere/roster.csv" in command("new", "names.txt", "--out", "nowhere/roster.csv").complaint
    assert "Can't change roster.csv" in command("add", "bob", "--roster", "roster.csv").complaint
    assert os.listdir(tmp_path) == ["names.txt"]


def test_without_a_file_it_is_the_roster_that_serve_takes(command, tmp_path, monkeypatch):
    monkeypatch.setenv("AUTOGRAD_TUTOR_DATA", str(tmp_path / "data"))
    (tmp_path / "names.txt").write_text("alice\n")
    made = command("new", "names.txt", "--class", "spring-26")
    folder = class_directory(None, "spring-26")
    assert str(folder / "roster.csv") in made.out
    assert "alice" in command("list", "--class", "spring-26").out
    (first,) = Register(folder, roster=folder / "roster.csv").fresh
    said = command("reset", "teacher", "--teachers", "--class", "spring-26")
    register = Register(folder, roster=folder / "roster.csv")
    assert register.check("teacher", said.codes["teacher"])
    assert not register.check("teacher", first.code)
    assert "can't be a login name" in command("list", "--class", "../..").complaint


# --- changes ------------------------------------------------------------------------------------------------------


def test_a_lost_code_is_made_anew_and_the_others_stay(command, roster):
    before = {student.name: student.code for student in read_roster(roster).students}
    said = command("reset", "ALICE", "--roster", "roster.csv")
    after = {student.name: student.code for student in read_roster(roster).students}
    assert set(said.codes) == {"alice"}
    assert verify(said.codes["alice"], after["alice"])
    assert before["bob"] == after["bob"]
    assert "did you mean alice?" in command("reset", "alcie", "--roster", "roster.csv").complaint


def test_a_student_comes_later(command, roster):
    said = command("add", "dora, Dora Quinn", "emil", "--roster", "roster.csv")
    assert set(said.codes) == {"dora", "emil"}
    assert [one.full for one in read_roster(roster).students] == ["Alice Adams", "", "Dora Quinn", ""]
    before = roster.read_bytes()
    for name in ("Alice", "a/b", "emil, E"):
        assert command("add", "frida", name, "--roster", "roster.csv").code == 2
    assert roster.read_bytes() == before
    listed = command("list", "--roster", "roster.csv").out
    assert "dora   Dora Quinn" in listed
    assert "4 students." in listed


def test_what_else_a_roster_holds_stays(command, tmp_path):
    stored = hashed("K7FQ-M2TD-9XRC")
    path = tmp_path / "roster.csv"
    path.write_text(f'\ufeffseat;Name;CODE;note\n7;alice;{stored};"shy; left-handed"\n9;bob;;\n', encoding="utf-8")
    said = command("reset", "bob", "--roster", "roster.csv")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[:2] == ["\ufeffseat;Name;CODE;note", f'7;alice;{stored};"shy; left-handed"']
    assert verify(said.codes["bob"], lines[2].split(";")[2])
    assert "no column for full names" in command("add", "dora, Dora", "--roster", "roster.csv").complaint


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("name\nalice\n", "line 1, names no column code"),
        ("code\nx\n", "line 1, names no column name"),
        ("name,code\nalice,K7FQ-M2TD-9XRC\n", "line 2, holds something else than the hash of alice's code"),
        ("name,code\nalice,\n\nAlice,\n", "line 4: 'Alice' is there already, in line 2"),
        ("name,code\n<b>,\n", "line 2: '<b>' can't be a login name"),
        ("", "is empty"),
    ],
)
def test_a_bad_roster_is_one_sentence_with_its_line(tmp_path, text, complaint):
    path = tmp_path / "roster.csv"
    path.write_text(text)
    with pytest.raises(BadFile) as told:
        read_roster(path)
    assert complaint in str(told.value)
    assert str(path) in str(told.value)


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=12)


@given(rows=st.lists(st.tuples(CELLS, CELLS), max_size=5), delimiter=st.sampled_from(",;\t"), marked=st.booleans())
def test_what_is_written_is_read_again(tmp_path_factory, rows, delimiter, marked):
    table = Table(("name", "code"), tuple(Row(0, row) for row in rows if "".join(row).strip()), delimiter, marked)
    path = tmp_path_factory.getbasetemp() / "law.csv"
    path.write_bytes(written(table))
    again = read_table(path)
    assert (again.columns, again.delimiter, again.marked) == (table.columns, delimiter, marked)
    assert [row.cells for row in again.rows] == [row.cells for row in table.rows]


def test_two_teachers_at_once_lose_nobody(roster):
    commands = [
        [sys.executable, "-m", "autograd_tutor", "roster", "add", f"student{number}", "--roster", str(roster)]
        for number in range(4)
    ]
    running = [subprocess.Popen(one, stdout=subprocess.PIPE, text=True) for one in commands]
    shown = [process.communicate(timeout=60)[0].split()[:2] for process in running]
    kept = {student.name: student.code for student in read_roster(roster).students}
    assert set(kept) == {"alice", "bob", *(f"student{number}" for number in range(4))}
    assert all(verify(code, kept[name]) for name, code in shown)
    assert {path.name for path in roster.parent.iterdir()} == {"names.txt", "roster.csv"}


def test_a_full_disk_leaves_the_roster_as_it_was(command, roster, monkeypatch):
    before = roster.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    said = command("reset", "alice", "--roster", "roster.csv")
    assert (said.code, said.out) == (2, "")
    assert "No space left on device" in said.complaint
    assert roster.read_bytes() == before
    assert {path.name for path in roster.parent.iterdir()} == {"names.txt", "roster.csv"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can hand a file to someone else")
def test_a_roster_that_root_changes_stays_its_owners(command, roster):
    os.chown(roster, 12345, 12345)
    command("reset", "alice", "--roster", "roster.csv")
    assert (roster.stat().st_uid, stat.S_IMODE(roster.stat().st_mode)) == (12345, 0o600)
