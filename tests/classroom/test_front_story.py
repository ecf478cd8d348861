"""A lesson over SSH as students and the teacher live it, with OpenSSH's own client and another."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import asyncssh
import pytest
from served import QUIET, Served, Student
from terminal import Terminal

NAMES = ("alice", "bob", "carol", "dora", "emil", "frida", "gus", "hana")


class Client(Terminal):
    """OpenSSH's client, asked for its code on its own terminal."""

    def __init__(self, command: Sequence[str], code: str, *, columns: int = 100, rows: int = 30) -> None:
        super().__init__(command, columns=columns, rows=rows, controlling=True)
        self.wait_for("pass")
        self.send(f"{code}\r")


@pytest.mark.parametrize("method", ["keyboard-interactive", "password"])
def test_a_student_logs_in_and_plays_an_exercise(served, method):
    name = {"password": "alice", "keyboard-interactive": "bob"}[method]
    with Client(served.openssh(name, "-o", f"PreferredAuthentications={method}"), served.codes[name]) as terminal:
        terminal.wait_for("start", "The slope of a square", "enter open", seconds=60)
        terminal.send("\r")
        terminal.wait_for("What is x.grad", "enter check", seconds=60)
        terminal.send("1001\r")
        terminal.wait_for("✗", seconds=60)
        terminal.process.kill()
    (attempt,) = served.records.of(name).attempts("slopes/square")
    assert (attempt.answer, attempt.verdict) == ("1001", "wrong")


async def test_a_cut_connection_resumes_where_it_was_with_what_was_typed(served):
    with Client(served.openssh("carol"), served.codes["carol"]) as terminal:
        terminal.wait_for("start", "enter open", seconds=60)
        terminal.send("\r")
        terminal.wait_for("What is x.grad", "enter check", seconds=60)
        terminal.send("2*x*3+7")
        terminal.wait_for("2*x*3+7")
        terminal.process.kill()
        terminal.process.wait()
    async with Student(served, "carol") as carol:
        await carol.sees("What is x.grad", "2*x*3+7")
        carol.type("1")
        await carol.sees("2*x*3+71")


async def test_a_line_that_died_without_a_word_is_taken_over(served):
    async with Student(served, "dora") as before, Student(served, "dora", columns=100, rows=30) as after:
        await after.sees("start", "enter open")
        after.type("\r")
        await after.sees("What is x.grad")
        assert "goes on in another place" in before.screen
        await asyncio.wait_for(before.ended.wait(), 5)
    assert "dora: taken over from another place" in served.log


async def test_one_name_many_spellings_one_session(served):
    async with Student(served, "Emil", code=served.codes["emil"]) as first:
        await first.sees("enter open")
        first.type("\r")
        await first.sees("What is x.grad")
        first.type("123")
        await first.sees("123")
        async with Student(served, "EMIL", code=served.codes["emil"].lower()) as second:
            await second.sees("What is x.grad", "123")
    assert len(served.sessions("emil")) == 1


async def test_ten_connections_at_once_are_one_session(served):
    many = [Student(served, "frida") for _ in range(10)]
    await asyncio.gather(*(one.connect() for one in many))
    await asyncio.sleep(0)
    async with asyncio.timeout(30):
        while sum(one.ended.is_set() for one in many) < 9:
            await asyncio.sleep(0.05)
    (last,) = (one for one in many if not one.ended.is_set())
    await last.sees("enter open")
    assert len(served.sessions("frida")) == 1
    for one in many:
        one.connection.abort()


def test_a_wrong_code_is_refused(served):
    with Client(
        served.openssh("alice", "-o", "NumberOfPasswordPrompts=1", "-o", "PreferredAuthentications=password"),
        "AAAA-BBBB-CCCC",
    ) as terminal:
        with pytest.raises(AssertionError, match="ended with 255"):
            terminal.wait_for("enter open")
        assert "Permission denied" in terminal.screen


async def test_codes_are_made_anew_while_the_class_runs(served):
    def roster(*words: str) -> str:
        command = [sys.executable, "-m", "autograd_tutor", "roster", *words, "--roster", str(served.roster)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    lost = served.codes["gus"]
    new = dict(line.split()[:2] for line in (roster("reset", "gus"), roster("add", "zoe")))
    assert set(new) == {"gus", "zoe"}
    with pytest.raises(asyncssh.PermissionDenied):
        await Student(served, "gus", code=lost).connect()
    for name, code in new.items():
        async with Student(served, name, code=code) as student:
            await student.sees("enter open")


async def test_the_teacher_comes_in_with_a_code_that_is_shown_once(served):
    assert served.printed.count(served.codes["teacher"]) == 1
    async with Student(served, "teacher", columns=120, rows=40) as teacher:
        await teacher.sees("here of 9")


@pytest.mark.battery
async def test_a_class_closes_and_opens_again_and_nothing_is_lost(tmp_path):
    with Served(tmp_path, ["alice"]) as served:
        first = served.printed.splitlines()[0]
        assert first == f"listening on 127.0.0.1 port {served.port}"
        async with Student(served, "alice") as alice:
            await alice.sees("enter open")
            alice.type("\r")
            await alice.sees("What is x.grad")
            alice.type("12345")
            await alice.sees("12345")
            began = time.monotonic()
            assert await asyncio.to_thread(served.stop) == 0
            assert time.monotonic() - began < 12
            await alice.ended.wait()
            assert "The class is closed. Your work is saved." in alice.screen
        assert served.left_over() == []
        key = (served.data / "host_key").read_bytes()
        code = served.codes["teacher"]
        served.start()
        assert "shown only now" not in served.printed
        assert (served.data / "host_key").read_bytes() == key
        async with Student(served, "alice") as alice, Student(served, "teacher", code=code) as teacher:
            await alice.sees("What is x.grad", "12345")
            await teacher.sees("alice")
        assert "alice (student) from 127.0.0.1" in served.log


async def test_a_class_with_keys_on_two_addresses_with_an_assignment_and_a_card(tmp_path):
    keys = tmp_path / "keys"
    keys.mkdir()
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "me")], check=True)
    (keys / "alice").write_text((tmp_path / "me.pub").read_text())
    other = asyncssh.generate_private_key("ssh-ed25519")
    (keys / "mallory").write_text(other.export_public_key().decode())
    due = tmp_path / "due.yaml"
    due.write_text("title: Two slopes\ndue: 2099-12-01 18:00\nexercises: [slopes/square]\n")
    options = ("--keys", str(keys), "--listen", "::1", "--assignment", str(due), "--card")
    with Served(tmp_path, [], *options) as served:
        assert served.printed.startswith(
            f"listening on 127.0.0.1 port {served.port}\nlistening on ::1 port {served.port}\n"
        )
        assert "╭" in served.printed
        assert "passcode" not in served.printed
        for host in ("127.0.0.1", "::1"):
            mine = served.openssh("alice", "-i", str(tmp_path / "me"), "-o", "BatchMode=yes", host=host)
            with Terminal(mine, columns=100, rows=30) as terminal:
                terminal.wait_for("Two slopes", seconds=60)
        for name in ("alice", "teacher"):
            with pytest.raises(asyncssh.PermissionDenied):
                await asyncssh.connect("::1", served.port, username=name, **(QUIET | {"client_keys": [other]}))


@pytest.mark.battery
async def test_an_open_class_lets_in_whoever_knows_its_code_and_keeps_nothing(tmp_path):
    with Served(tmp_path, [], "--open", "maple-river") as served:
        async with Student(served, "stranger", code="maple-river") as stranger:
            await stranger.sees("enter open")
            stranger.type("\r")
            await stranger.sees("What is x.grad", "enter check")
            stranger.type("1001\r")
            await stranger.sees("✗")
        for name in ("teacher", "Teacher"):
            with pytest.raises(asyncssh.PermissionDenied):
                await Student(served, name, code="maple-river").connect()
        assert not list(served.data.glob("*.sqlite3"))


@pytest.mark.battery
async def test_in_an_open_class_a_name_that_somebody_uses_is_theirs(tmp_path):
    with Served(tmp_path, [], "--open", "maple-river") as served:
        async with Student(served, "robin", code="maple-river") as robin:
            await robin.sees("enter open")
            other = Student(served, "robin", code="maple-river")
            await other.connect(local_addr=("127.0.0.2", 0))
            await other.sees("come under another name")
            async with Student(served, "robin", code="maple-river") as again:
                await again.sees("enter open")
                await robin.sees("goes on in another place")


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--port", "70000"], "70000 is no port"),
        (["--listen", "203.0.113.7"], "can't be listened on"),
        (["--listen", "no such host"], "can't be listened on"),
        (["--roster", "missing.csv"], "missing.csv"),
        (["--keys", "missing"], "missing is no folder"),
        (["--open", "abc"], "too short to be a secret"),
        (["--class", "../x"], "can't be a login name"),
        (["--teacher", "a b"], "can't be a login name"),
        (["--teacher", "alice"], "alice is the teacher's name"),
        (["--assignment", "missing.yaml"], "missing.yaml"),
        (["--data", "roster.csv/x"], "another with --data"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_what_cannot_be_is_one_sentence(served, tmp_path, monkeypatch, capsys, options, complaint):
    from autograd_tutor.cli import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUTOGRAD_TUTOR_DATA", str(tmp_path / "home"))
    Path("roster.csv").write_bytes(served.roster.read_bytes())
    if not {"--keys", "--open", "--roster"} & set(options):
        options = [*options, "--roster", "roster.csv"]
    assert main(["serve", *options]) == 2
    said = capsys.readouterr()
    assert complaint in said.err
    assert said.err.count("\n") == 1
    assert "Traceback" not in said.err


def test_a_port_that_is_taken_is_one_sentence(served):
    command = [sys.executable, "-m", "autograd_tutor", "serve", "--roster", str(served.roster)]
    command += ["--data", str(served.folder / "second"), "--listen", "127.0.0.1", "--port", str(served.port)]
    environment = {**os.environ, "AUTOGRAD_TUTOR_DATA": str(served.folder / "home")}
    said = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)
    assert (said.returncode, said.stderr.count("\n")) == (2, 1)
    assert f"Port {served.port} can't be listened on" in said.stderr
    assert "listening on" not in said.stdout
