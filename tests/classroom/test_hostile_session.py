"""What a session could say that its input has taken over; and what students' texts do on the teacher's screen."""

from __future__ import annotations

import asyncio
import itertools

import msgspec
import pytest
from forged import forged, framed
from served import Bystander, Served, Student

from autograd_tutor.room import messages as said
from autograd_tutor.room.rules import Lead
from autograd_tutor.room.screen import Picture, Piece
from autograd_tutor.sandbox.protocol import Job, encoder
from autograd_tutor.teaching.model import Attempt

SQUARE = "slopes/square"
ROGUES = itertools.count()
NAMES = ("alice", "bob", *(f"mallory{number}" for number in range(20)))
ATTEMPT = Attempt(SQUARE, 1, 0, "x.grad", "answer", "started", answer="1", read_as="1", verdict="wrong", try_number=1)


@pytest.fixture
def mallory() -> str:
    """A student's name that no other test uses."""
    return f"mallory{next(ROGUES)}"


async def seated(served: Served, name: str) -> int:
    """The process of a student's session."""
    async with asyncio.timeout(20):
        while not (sessions := served.sessions(name)):
            await asyncio.sleep(0.05)
    return sessions[-1]


async def test_it_learns_nothing_of_others_and_commands_nobody(served, mallory):
    async with Bystander(served, "bob") as bob, Student(served, mallory) as rogue:
        await rogue.sees("enter open")
        with forged(await seated(served, mallory)) as line:
            assert "Only a teacher" in str(line.ask(said.History("bob")).error)
            for command in (
                said.Attend(True),
                said.Look("bob"),
                said.Set(paused=True, locked=True),
                said.Tell("", "give up"),
                said.OpenPoll(SQUARE, 1, 0, "x.grad"),
                said.Follow(Lead(SQUARE, 1)),
                said.EndClass(),
            ):
                line.say(command)
            line.say(said.Voted(1, 1, "7", "7", "right"))
            line.say(said.Voted(-1, 99, "7", "7", "right"))
            heard = []
            with pytest.raises(TimeoutError):
                heard.extend(line.hears(1.5))
            assert not [one for one in heard if isinstance(one, said.Room | said.Glimpse | said.Say | said.Ended)]
        await bob.is_served()
        assert "give up" not in bob.screen
    assert served.log.count(f"{mallory}: a student's session gave a command") == 7


async def test_its_attempts_are_kept_as_its_own_and_as_somebody_could_have_made_them(served, mallory):
    async with Student(served, mallory) as rogue:
        await rogue.sees("enter open")
        with forged(await seated(served, mallory)) as line:
            for impossible in (
                msgspec.structs.replace(ATTEMPT, exercise="no/such"),
                msgspec.structs.replace(ATTEMPT, exercise="../../etc/passwd"),
                msgspec.structs.replace(ATTEMPT, seed=-1),
            ):
                assert "no such exercise" in str(line.ask(said.Keep(impossible)).error)
            assert line.ask(said.Visit("x" * 100_000, 1)).error is not None
            huge = msgspec.structs.replace(
                ATTEMPT,
                answer="9" * 1_000_000,
                target="\x1b]0;owned\x07" * 1000,
                mistakes=("\x1b[31m" + "m" * 10_000,) * 30,
                hints=-(2**62),
                try_number=2**62,
                milliseconds=-5,
                confidence=10**12,
            )
            assert line.ask(said.Keep(huge)).error is None
            assert line.ask(said.SaveDraft(SQUARE, 1, "7" * 1_000_000)).error is None
            assert (
                line.ask(said.Keep(msgspec.structs.replace(ATTEMPT, answer="'; DROP TABLE attempts; --"))).error is None
            )
    first, second = served.records.of(mallory).attempts(SQUARE)
    assert len(first.answer) == 20_000
    assert (first.hints, first.milliseconds, first.confidence) == (0, 0, 3)
    assert "\x1b" not in first.target + "".join(first.mistakes)
    assert second.answer == "'; DROP TABLE attempts; --"
    assert served.records.of("bob").attempts("no/such") == []


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xff\xff\xff" + b"x" * 1000,
        b"\x03\xff\xff\xff" + b"x" * 1000,
        framed({"type": "Nonsense"}),
        framed({"type": "Keep"}),
        framed([1, 2, 3]),
        framed({"type": "Pong", "number": "no number"}),
        b"\x00\x00\x00\x04\xc1\xc1\xc1\xc1",
    ],
    ids=["4 GB", "64 MB", "unknown", "not for the front", "a list", "a wrong type", "no MessagePack"],
)
async def test_what_cannot_be_read_ends_that_session_alone(served, mallory, data):
    async with Bystander(served, "bob") as bob, Student(served, mallory) as rogue:
        await rogue.sees("enter open")
        with forged(await seated(served, mallory)) as line:
            line.raw(data)
            await rogue.sees("Something broke. Your work is saved. Enter starts again")
        rogue.type("\r")
        await rogue.sees("enter open")
        await bob.is_served()
    assert f"{mallory}: the session said what cannot be read" in served.log


@pytest.mark.battery
async def test_floods_of_questions_runs_and_faults_hold_nobody_up(served, mallory):
    async with Bystander(served, "bob") as bob, Student(served, mallory) as rogue:
        await rogue.sees("enter open")
        before = served.peak
        loop = encoder.encode(Job("while True: pass"))
        with forged(await seated(served, mallory)) as line:

            def flood() -> None:
                for number in range(2000):
                    line.say(said.Execute(number, loop))
                    line.say(said.Ask(number, said.Attempts(SQUARE)))
                    line.say(said.Shown(Picture(80, ((Piece("\x1b]0;owned\x07"),),))))

            flooding = asyncio.ensure_future(asyncio.to_thread(flood))
            await asyncio.sleep(3)
            await bob.is_served()
            rogue.connection.abort()
            served.end(await seated(served, mallory))
            await asyncio.gather(flooding, return_exceptions=True)
        await bob.is_served()
        assert served.peak < before + 100


async def test_a_fault_is_written_down_harmless(served, mallory):
    async with Student(served, mallory) as rogue:
        await rogue.sees("enter open")
        with forged(await seated(served, mallory)) as line:
            line.say(said.Fault("Traceback\n\x1b]0;owned\x07\n2026-01-01 INFO bob: process 1"))
            await rogue.sees("Something broke")
    assert "a fault of the tutor:\nTraceback\n" in served.log
    assert "\x1b" not in served.log


async def test_what_a_student_types_reaches_the_teachers_screen_as_text(served, mallory):
    async with (
        Student(served, mallory, columns=100, rows=30) as rogue,
        Student(served, "teacher", columns=120, rows=40) as teacher,
    ):
        await rogue.sees("enter open")
        await teacher.sees(mallory)
        rogue.type("\r")
        await rogue.sees("enter check")
        rogue.type("[bold red]x[/] \x1b[200~\x1b]0;owned\x07\x1b[201~ 1")
        await rogue.sees("[bold red]x")
        rogue.type("\r")
        with forged(await seated(served, mallory)) as line:
            escape = "\x1b]0;owned\x07\x1b[2J[blink]@click=app.quit[/]"
            wrong = msgspec.structs.replace(ATTEMPT, answer=escape, read_as=escape, mistakes=(escape,), target=escape)
            assert line.ask(said.Keep(wrong)).error is None
            await teacher.sees("1 here")
            await teacher.settles()
            line.say(said.Shown(Picture(80, ((Piece(escape), Piece("[/][/]")),))))
            await teacher.settles()
        assert b"owned\x07" not in teacher.raw
        assert b"]0;" not in teacher.raw.replace(b"]0;owned[2J", b"")
        assert mallory in teacher.screen
