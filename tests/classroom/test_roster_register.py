"""Who may come in: with a code, with a key, in an open class; and the teacher, whom nobody can play."""

import hashlib
import os
import time
from pathlib import Path

import pytest

from autograd_tutor.classroom.enrol import add, new_roster, reset
from autograd_tutor.classroom.keys import KeyFolder
from autograd_tutor.classroom.register import BadRegister, Register, Who
from autograd_tutor.classroom.teachers import FILE

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0 a key"


@pytest.fixture
def data(tmp_path) -> Path:
    """The class's data folder."""
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


@pytest.fixture
def roster(tmp_path) -> Path:
    """The path for a roster; none is there yet."""
    return tmp_path / "roster.csv"


def made(roster: Path, names: str = "alice, Alice Adams\nbob\n") -> dict[str, str]:
    """Makes a roster; each name's code."""
    listed = roster.with_name("names.txt")
    listed.write_text(names)
    return {one.name: one.code for one in new_roster(listed, roster)}


def test_with_a_roster_each_comes_in_with_their_own_code(data, roster):
    codes = made(roster)
    register = Register(data, roster=roster)
    assert register.names() == ("alice", "bob")
    assert register.who("ALICE") == Who("alice", "student", "Alice Adams")
    assert register.check("Alice", codes["alice"].lower())
    assert not register.check("alice", codes["bob"])
    assert not register.check("alice", "")
    for stranger in ("mallory", "", "../alice", "alice\0", "a" * 10_000, "\x1b[2J"):
        assert register.who(stranger) is None
        assert not register.check(stranger, codes["alice"])
        assert register.authorized_keys(stranger) is None


def test_the_teachers_code_is_made_once_and_opens_nothing_else(data, roster):
    codes = made(roster)
    (shown,) = Register(data, roster=roster).fresh
    again = Register(data, roster=roster)
    assert again.fresh == ()
    assert shown.code not in (data / FILE).read_text()
    assert again.who("Teacher") == Who("teacher", "teacher")
    assert again.check("teacher", shown.code)
    assert not again.check("alice", shown.code)
    assert not again.check("teacher", codes["alice"])
    more = Register(data, roster=roster, teachers=["teacher", "Ms.Smith"])
    assert [one.name for one in more.fresh] == ["Ms.Smith"]
    assert more.who("ms.smith") == Who("Ms.Smith", "teacher")


def test_one_who_was_a_teacher_once_is_a_stranger_now(data, roster):
    made(roster)
    (shown,) = Register(data, roster=roster, teachers=["smith"]).fresh
    register = Register(data, roster=roster)
    assert register.who("smith") is None
    assert not register.check("smith", shown.code)


def test_changes_hold_while_the_class_runs(data, roster):
    codes = made(roster)
    register = Register(data, roster=roster)
    (new,) = reset(roster, ["alice"])
    assert not register.check("alice", codes["alice"])
    assert register.check("alice", new.code)
    (dora,) = add(roster, ["dora"])
    assert register.check("dora", dora.code)
    assert register.names() == ("alice", "bob", "dora")
    (mine,) = reset(data / FILE, ["teacher"])
    assert register.check("teacher", mine.code)


def test_a_file_spoilt_while_the_class_runs_takes_nobody_out(data, roster):
    codes = made(roster)
    register = Register(data, roster=roster)
    good = roster.read_text()
    roster.write_text("name\nalice\n")
    assert register.check("bob", codes["bob"])
    assert "names no column code" in register.problem
    roster.unlink()
    assert register.check("bob", codes["bob"])
    assert "Can't read" in register.problem
    roster.write_text(good)
    assert register.check("bob", codes["bob"])
    assert register.problem is None


def test_a_teachers_name_added_to_the_roster_stays_the_teachers(data, roster):
    made(roster)
    register = Register(data, roster=roster)
    (taken,) = add(roster, ["Teacher"])
    assert register.who("teacher") == Who("teacher", "teacher")
    assert not register.check("teacher", taken.code)
    assert "Teacher" not in register.names()
    with pytest.raises(BadRegister, match="is the teacher's name"):
        Register(data, roster=roster)


def test_a_student_without_a_code_stays_out(data, roster):
    roster.write_text("name,code\ncarol,\n")
    register = Register(data, roster=roster)
    assert register.who("carol") == Who("carol", "student")
    assert not register.check("carol", "")


def test_strangers_take_as_long_as_students(data, roster, monkeypatch):
    """The slow hash is nearly all the time that a check takes: it is made once, at the same cost, for any name."""
    codes = made(roster)
    register = Register(data, roster=roster)
    costs: list[dict[str, object]] = []

    def counted(*passwords: bytes, **settings: object) -> bytes:
        costs.append({name: value for name, value in settings.items() if name != "salt"})
        return scrypt(*passwords, **settings)

    scrypt = hashlib.scrypt
    monkeypatch.setattr(hashlib, "scrypt", counted)
    tries = [
        ("alice", "wrong"),
        ("alice", codes["alice"]),
        ("mallory", "wrong"),
        ("../x", "wrong"),
        ("teacher", "wrong"),
    ]
    assert [register.check(name, code) for name, code in tries] == [False, True, False, False, False]
    assert costs == [costs[0]] * len(tries)


def test_with_keys_each_comes_in_with_their_own(data, tmp_path):
    keys = tmp_path / "keys"
    keys.mkdir()
    (keys / "alice.pub").write_text(KEY)
    register = Register(data, keys=keys)
    assert register.names() == ("alice",)
    assert register.who("Alice") == Who("alice", "student")
    assert register.authorized_keys("alice") == KEY
    assert register.who("bob") is None
    assert register.authorized_keys("bob") is None
    (keys / "bob").write_text(KEY + "2")
    assert register.authorized_keys("bob") == KEY + "2"
    assert not register.check("bob", "")
    # The teacher has a code, and may have a key in either place.
    assert register.check("teacher", register.fresh[0].code)
    (keys / "teacher").write_text(KEY + "3")
    (data / "keys").mkdir()
    (data / "keys" / "teacher.pub").write_text(KEY + "4")
    assert register.authorized_keys("teacher") == f"{KEY}3\n{KEY}4"
    assert register.names() == ("alice", "bob")


def test_a_key_is_never_read_from_elsewhere(tmp_path):
    keys = tmp_path / "keys"
    (keys / "folder").mkdir(parents=True)
    (tmp_path / "secret").write_text(KEY)
    (keys / "link").symlink_to(tmp_path / "secret")
    (keys / "empty").write_text("")
    (keys / "large").write_bytes(b"x" * (1 << 17))
    (keys / "binary").write_bytes(b"\xff\xfe")
    os.mkfifo(keys / "pipe")
    for name in (
        "../secret",
        "link",
        "folder",
        "empty",
        "large",
        "binary",
        "pipe",
        ".",
        "..",
        "",
        "/etc/passwd",
        "a\0",
    ):
        assert KeyFolder(keys).keys_of(name) is None, name
    assert KeyFolder(tmp_path / "nowhere").keys_of("alice") is None


def test_a_key_that_comes_or_goes_is_seen_at_once(tmp_path):
    folder = KeyFolder(tmp_path)
    hour_ago = time.time() - 3600
    for change in range(20):
        (tmp_path / f"bob{change}.pub").write_text(KEY)
        os.utime(tmp_path, (hour_ago + change, hour_ago + change))
        assert folder.name(f"BOB{change}") == f"bob{change}"
        (tmp_path / f"bob{change}").write_text(KEY + "2")
        assert folder.keys_of(f"bob{change}") == KEY + "2"
        (tmp_path / f"bob{change}").unlink()
        assert folder.keys_of(f"bob{change}") == KEY
    assert len(folder.names()) == 20


def test_in_an_open_class_a_proper_name_and_the_class_code_are_enough_and_nothing_is_kept(data):
    register = Register(data, open_code="Spring-26")
    assert register.who("zoë") == Who("zoë", "student", kept=False)
    assert register.check("zoë", "spring26")
    assert not register.check("zoë", "spring27")
    assert not register.check("../zoë", "spring26")
    assert register.names() == ()
    for spelling in ("teacher", "Teacher", "ＴＥＡＣＨＥＲ"):
        assert register.who(spelling) == Who("teacher", "teacher")
        assert not register.check(spelling, "spring26")


@pytest.mark.parametrize("code", ["", "abc", "a-b-c-d-e", "12345 "])
def test_a_class_code_that_is_easily_guessed_is_refused(data, code):
    with pytest.raises(BadRegister, match="too short"):
        Register(data, open_code=code)


def test_what_cannot_be_served_is_one_sentence(data, roster, tmp_path):
    made(roster)
    for wrong in ({}, {"roster": roster, "open_code": "spring26"}):
        with pytest.raises(BadRegister, match="one of --roster"):
            Register(data, **wrong)
    with pytest.raises(BadRegister, match="no folder"):
        Register(data, keys=tmp_path / "nowhere")
    with pytest.raises(BadRegister, match="Can't read"):
        Register(data, roster=tmp_path / "nowhere")
    with pytest.raises(BadRegister, match="can't be a login name"):
        Register(data, roster=roster, teachers=["a b"])
    with pytest.raises(BadRegister, match="Can't write"):
        Register(tmp_path / "nowhere", roster=roster)
    (data / FILE).write_text("spoilt")
    with pytest.raises(BadRegister, match=r"teachers\.csv, line 1"):
        Register(data, roster=roster)
