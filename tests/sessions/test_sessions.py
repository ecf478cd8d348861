"""Sessions as the front has them: a real parent, real ptys, real lines; the front is a small one of the test's own."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from front import SINE, Front, Session

from autograd_tutor.room import messages as said
from autograd_tutor.room.rules import Rules, Terminal
from autograd_tutor.sandbox.client import Sandbox
from autograd_tutor.sandbox.protocol import Job
from autograd_tutor.sessions.app import CUT

ASKED = "What is x.grad"


@pytest.fixture(scope="module")
def front(sandbox: Sandbox) -> Iterator[Front]:
    with Front(sandbox=sandbox) as front:
        yield front


@pytest.fixture
def alice(front: Front) -> Iterator[Session]:
    """At an exercise that has run, the cursor in the answer field."""
    session = front.open()
    front.until(lambda: all(one in session.text for one in (ASKED, "s skip", "enter check")), 30)
    yield session
    if session.code is None:
        os.kill(session.pid, signal.SIGKILL)
        front.until(lambda: session.code is not None)


def test_one_types_and_what_was_typed_is_kept_when_one_has_to_leave(front: Front, alice: Session) -> None:
    alice.type("2*x")
    front.until(lambda: "read as 2·x" in alice.text)
    alice.tell(said.Leave("the class is over"))
    front.until(lambda: alice.code is not None)
    assert alice.code == 0
    kept = [asked.question for asked in alice.heard_of(said.Ask) if isinstance(asked.question, said.SaveDraft)]
    assert [(draft.exercise, draft.text) for draft in kept] == [(SINE, "2*x")]
    assert isinstance(alice.told[-1], said.Gone)


def test_an_answer_is_judged_by_the_run_of_the_fronts_sandbox(front: Front, alice: Session) -> None:
    (run,) = alice.heard_of(said.Execute)
    assert run.shared, "a lesson's own code may be run once for all"
    assert msgspec.msgpack.decode(run.job, type=Job).confined
    alice.type("\x1b")
    front.until(lambda: "r run it" in alice.text and "; then" not in alice.text)
    alice.type("r")
    front.until(lambda: "all three agree" in alice.text)
    (kept,) = [asked.question for asked in alice.heard_of(said.Ask) if isinstance(asked.question, said.Keep)]
    assert (kept.attempt.exercise, kept.attempt.state) == (SINE, "revealed")


def test_a_window_of_another_size(front: Front, alice: Session) -> None:
    alice.resize(120, 40)
    front.until(lambda: "╮╭─ graph" in alice.text)
    for columns in (*range(100, 60, -1), 60):
        alice.resize(columns, 20)
    front.until(lambda: "╮" in alice.screen.display[1][59] and ASKED in alice.text)


def test_another_terminal_takes_the_seat(front: Front, alice: Session) -> None:
    alice.type("3/2")
    front.until(lambda: "read as 3/2" in alice.text)
    alice.screen.reset()
    alice.raw.clear()
    alice.tell(said.Sit(Terminal()))
    front.until(lambda: "read as 3/2" in alice.text and "╭─ code" in alice.text)
    assert b"\x1b[?1049h" in b"".join(alice.raw)
    assert b"\x1b[?2004h" in b"".join(alice.raw)


def test_whoever_looks_sees_the_screen_and_no_longer_when_they_look_away(front: Front, alice: Session) -> None:
    alice.tell(said.Now(Rules(watched=True)))
    front.until(lambda: alice.heard_of(said.Shown))
    alice.type("7*x")
    front.until(lambda: "read as 7·x" in shown(alice))
    assert [row.rstrip() for row in shown(alice).splitlines()] == alice.text.splitlines()
    alice.tell(said.Now(Rules()))
    front.settle()
    before = len(alice.heard_of(said.Shown))
    alice.type("+1")
    front.until(lambda: "read as 7·x + 1" in alice.text)
    front.settle()
    assert len(alice.heard_of(said.Shown)) == before


def test_a_paste_of_three_megabytes_holds_nothing_up(front: Front, alice: Session) -> None:
    os.set_blocking(alice.master, False)
    left = b"\x1b[200~" + b"9" * 3_000_000 + b"\x1b[201~"
    began = time.perf_counter()
    while left:
        try:
            left = left[os.write(alice.master, left) :]
        except BlockingIOError:
            front.turn(0.002)
    alice.tell(said.Ping(7))
    front.until(lambda: said.Pong(7) in alice.told, 10)
    assert time.perf_counter() - began < 10
    os.set_blocking(alice.master, True)
    front.until(lambda: "9999" in alice.text)


def test_a_stuck_key_is_dropped_and_ctrl_c_still_leaves(front: Front, alice: Session) -> None:
    os.set_blocking(alice.master, False)
    for _ in range(400):
        try:
            os.write(alice.master, b"1" * 1000)
        except BlockingIOError:
            front.turn(0.002)
    os.set_blocking(alice.master, True)
    alice.type("\x03")
    front.until(lambda: alice.code is not None, 20)
    assert alice.code == 0


def test_what_cannot_be_understood_of_the_front_is_reported(front: Front, alice: Session) -> None:
    alice.line.sendall(b"\0\0\0\1\xc1")
    front.until(lambda: alice.code is not None)
    assert alice.code == 1
    (fault,) = alice.heard_of(said.Fault)
    assert "DecodeError" in fault.report


def test_a_session_that_hangs_answers_no_ping(front: Front, alice: Session) -> None:
    os.kill(alice.pid, signal.SIGSTOP)
    alice.tell(said.Ping(1))
    front.settle(0.5)
    assert not alice.heard_of(said.Pong)
    os.kill(alice.pid, signal.SIGCONT)
    front.until(lambda: said.Pong(1) in alice.told)


def test_a_session_ends_with_its_line(front: Front, alice: Session) -> None:
    alice.line.close()
    alice.line = alice.theirs
    ended(alice.pid)
    alice.code = CUT


def test_the_sessions_know_neither_torch_nor_sympy_nor_anything_but_their_terminal_and_line(
    front: Front, alice: Session
) -> None:
    for pid in (front.parent.pid, alice.pid):
        mapped = Path(f"/proc/{pid}/maps").read_text()
        assert not any(name in mapped for name in ("libtorch", "numpy", "gmpy2"))
    assert len(os.listdir(f"/proc/{front.parent.pid}/task")) == 1, "it must not fork with threads"
    status = dict(line.split(":\t") for line in Path(f"/proc/{alice.pid}/status").read_text().splitlines())
    assert status["NoNewPrivs"] == "1"
    assert int(status["CapEff"], 16) == 0
    open_now = {os.readlink(f"/proc/{alice.pid}/fd/{one}") for one in os.listdir(f"/proc/{alice.pid}/fd")}
    assert not any(path.startswith("/") and not path.startswith("/dev/pts/") for path in open_now)


def test_a_fault_of_ours_is_reported_and_ends_one_session_only() -> None:
    class Faulty(Front):
        module = "faulty_parent"

    with Faulty() as front:
        alice, bob = front.open("alice"), front.open("bob")
        front.until(lambda: ASKED in alice.text and ASKED in bob.text, 30)
        alice.type("\x1b")
        front.settle()
        alice.type("?")
        front.until(lambda: alice.code is not None)
        assert alice.code == 1
        (fault,) = alice.heard_of(said.Fault)
        assert "help is broken" in fault.report
        assert not alice.heard_of(said.Gone)
        bob.type("4")
        front.until(lambda: "read as 4" in bob.text)

        front.parent.kill()
        ended(bob.pid)


def shown(session: Session) -> str:
    """The last picture, as text."""
    picture = session.heard_of(said.Shown)[-1].picture
    return "\n".join("".join(piece.text for piece in row).rstrip() for row in picture.rows)


def ended(pid: int, seconds: float = 10) -> None:
    """Wait until a process is no more, or only a word to its parent."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return
        except (FileNotFoundError, ProcessLookupError):
            return
        time.sleep(0.02)
    raise AssertionError(f"process {pid} did not end")
