"""Accidents in a class: each process killed or stopped in turn, and who notices, for how long, and what is lost."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Sequence

import pytest
from served import Bystander, Served, Student

SQUARE = "slopes/square"
NAMES = ("alice", "bob", "carol", "dora", "emil")
CLASS = tuple(f"student{number:02}" for number in range(30))


async def drafting(student: Student, text: str) -> None:
    """Open the first exercise and type something without checking it."""
    await student.sees("enter open")
    student.type("\r")
    await student.sees("enter check")
    student.type(text)
    await student.sees(text)


async def answered(student: Student, text: str) -> None:
    """Have an answer checked, and kept."""
    student.type(text + "\r")
    await student.sees("✗")


@pytest.mark.battery
async def test_a_session_that_is_killed_is_a_card_for_one_and_nothing_for_others(served):
    async with Bystander(served, "bob") as bob, Student(served, "alice") as alice:
        await drafting(alice, "")
        await answered(alice, "1001")
        alice.type("2002")
        await alice.sees("2002")
        await asyncio.sleep(1)
        served.end(served.sessions("alice")[-1])
        began = time.monotonic()
        await alice.sees("Something broke. Your work is saved. Enter starts again")
        print(f"a session was killed: its card after {time.monotonic() - began:.1f} s")
        alice.forget()
        alice.type("\r")
        await alice.sees("2002", "enter check")
        await bob.is_served()
    assert [one.answer for one in served.records.of("alice").attempts(SQUARE)] == ["1001"]


@pytest.mark.battery
async def test_the_sessions_parent_that_dies_takes_no_work_with_it(served):
    async with Student(served, "carol") as carol, Student(served, "alice") as alice:
        await drafting(carol, "3003")
        await alice.sees("enter")
        await asyncio.sleep(1)
        parent = min(served.children("autograd_tutor.sessions.parent"))
        served.end(parent)
        began = time.monotonic()
        await asyncio.gather(carol.sees("One moment"), alice.sees("One moment"))
        carol.forget()
        alice.forget()
        await carol.sees("3003", "enter check", seconds=60)
        await alice.sees("enter", seconds=60)
        print(f"the sessions' parent died: all were back after {time.monotonic() - began:.1f} s")
    assert served.process.poll() is None


@pytest.mark.battery
async def test_the_sandboxs_parent_that_dies_is_started_anew(served):
    async with Student(served, "dora") as dora:
        await dora.sees("enter open")
        for pid in served.children("autograd_tutor.sandbox"):
            served.end(pid)
        began = time.monotonic()
        await drafting(dora, "")
        await answered(dora, "4004")
        print(f"the sandbox died: the next answer came after {time.monotonic() - began:.1f} s")


@pytest.mark.battery
async def test_a_front_that_is_killed_leaves_no_process_and_loses_nothing(served):
    async with Student(served, "emil") as emil:
        await drafting(emil, "")
        await answered(emil, "4004")
        emil.type("5005")
        await emil.sees("5005")
        await asyncio.sleep(1.2)
        served.process.kill()
        served.process.wait()
        await asyncio.wait_for(emil.ended.wait(), 10)
    async with asyncio.timeout(10):
        while served.left_over():
            await asyncio.sleep(0.1)
    began = time.monotonic()
    await asyncio.to_thread(served.start)
    print(f"the front was killed: open again after {time.monotonic() - began:.1f} s")
    async with Student(served, "emil") as emil:
        await emil.sees("5005", "enter check")
    answers = [one.answer for one in served.records.of("emil").attempts(SQUARE)]
    assert answers == ["4004"]


@pytest.mark.battery
async def test_a_screen_that_hangs_is_found_and_ended(served):
    async with Bystander(served, "bob") as bob, Student(served, "alice") as alice:
        await alice.sees("enter")
        await asyncio.sleep(1.2)
        served.end(served.sessions("alice")[-1], signal.SIGSTOP)
        alice.type("x")
        began = time.monotonic()
        await alice.sees("The screen hung and was ended", seconds=30)
        alice.forget()
        print(f"a hung screen was found after {time.monotonic() - began:.1f} s")
        assert time.monotonic() - began < 20
        alice.type("\r")
        await alice.sees("enter")
        await bob.is_served()


@pytest.mark.battery
async def test_a_class_of_thirty_through_every_accident(tmp_path):
    with Served(tmp_path, CLASS) as served:
        students = [Student(served, name) for name in CLASS]
        began = time.monotonic()
        await asyncio.gather(*(one.connect() for one in students))
        await asyncio.gather(*(one.sees("enter open", seconds=60) for one in students))
        print(f"30 came at once: all painted after {time.monotonic() - began:.1f} s")
        await asyncio.gather(*(drafting(one, "") for one in students))
        await asyncio.gather(*(answered(one, f"1{number:03}") for number, one in enumerate(students)))
        for number, one in enumerate(students):
            one.type(f"77{number:02}")
        await asyncio.gather(*(one.sees(f"77{number:02}") for number, one in enumerate(students)))
        await asyncio.sleep(1.2)

        served.end(served.sessions(CLASS[0])[-1])
        await students[0].sees("Something broke")
        assert not any("Something broke" in one.screen for one in students[1:])
        students[0].forget()
        students[0].type("\r")
        await _all_back(students, "a session was killed")

        served.end(min(served.children("autograd_tutor.sessions.parent")))
        await asyncio.gather(*(one.sees("One moment") for one in students))
        for one in students:
            one.forget()
        await _all_back(students, "the sessions' parent was killed")

        served.process.kill()
        served.process.wait()
        await asyncio.gather(*(one.ended.wait() for one in students))
        await asyncio.to_thread(served.start)
        for one in students:
            one.forget()
        await asyncio.gather(*(one.connect() for one in students))
        await _all_back(students, "the front was killed")
        for number, name in enumerate(CLASS):
            assert [one.answer for one in served.records.of(name).attempts(SQUARE)] == [f"1{number:03}"]
        for one in students:
            one.connection.abort()


async def _all_back(students: Sequence[Student], after: str) -> None:
    """Everyone is where they were, with what they had typed."""
    began = time.monotonic()
    await asyncio.gather(*(one.sees(f"77{number:02}", seconds=60) for number, one in enumerate(students)))
    print(f"{after}: all were back after {time.monotonic() - began:.1f} s")
