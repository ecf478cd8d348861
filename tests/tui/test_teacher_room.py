"""The teacher's room, played on a screen: the front is real state without a wire, the students are simulated."""

from __future__ import annotations

import random

import pytest
from classroom_front import CUBE, DETACH, Front, answered, line, press, seat, teaching, told
from screenplay import seen, type_text, until

from autograd_tutor.room.messages import Attend, EndClass, Follow, OpenPoll, Say, Set, StepPoll
from autograd_tutor.room.rules import Lead
from autograd_tutor.tui.room.room import RoomScreen
from autograd_tutor.tui.room.summary import SummaryScreen

THIRTY = [f"student{at:02}" for at in range(30)]


@pytest.fixture
def front() -> Front:
    return Front()


async def test_a_teacher_arrives_in_the_room_and_a_key_goes_to_the_lessons_and_back(front: Front) -> None:
    seat(front, "alice")
    async with teaching(front) as (app, pilot):
        assert told(front, Attend) == [Attend(True)]
        await press(pilot, "ctrl+t")
        await until(pilot, lambda: "Slopes" in seen(app))
        assert told(front, Attend)[-1] == Attend(False)
        await press(pilot, "ctrl+t")
        await until(pilot, lambda: "alice" in seen(app))


async def test_a_whole_cycle_of_peer_instruction(front: Front) -> None:
    chance = random.Random(4)
    seat(front, *THIRTY)
    async with teaching(front) as (app, pilot):
        await press(pilot, "o", *"option detach")
        await until(pilot, lambda: "z = x.detach()" in seen(app))
        await press(pilot, "right", "plus", "enter")
        await until(pilot, lambda: "first vote, 2:00 left" in seen(app))
        (asked,) = told(front, OpenPoll)
        assert asked == OpenPoll(DETACH, 1, 0, "x.grad", 120)
        assert "0 of 30 in" in seen(app)

        for name in THIRTY:
            front.vote(name, *chance.choice([("right",), ("wrong", "as-if-tracked"), ("wrong", "zero-for-none")]))
        front.room = front.room.arrived("late", front.time)
        front.show()
        await until(pilot, lambda: "30 of 31 in" in seen(app))
        first = front.room.spread
        assert first is not None
        for bar in first.bars:
            words = {"right": "✓ right", "as-if-tracked": "as if the cut let it pass"}.get(bar.belief, "read as 0")
            assert str(bar.count) in line(app, words).split()
        assert "t: end the vote" in seen(app)
        await press(pilot, "v")
        assert told(front, StepPoll) == []

        await press(pilot, "t")
        await until(pilot, lambda: "discussion" in seen(app))
        await press(pilot, "v")
        await until(pilot, lambda: "second vote" in seen(app))
        for at, name in enumerate(THIRTY):
            front.vote(name, *(("right",) if at < 24 else ("wrong", "sign")))
        front.show()
        await until(pilot, lambda: "normalised gain" in " ".join(seen(app).split()))
        share = next(bar.count for bar in first.bars if bar.belief == "right") / 30
        assert f"normalised gain {(0.8 - share) / (1 - share):.2f}" in " ".join(seen(app).split())
        assert ("before" in seen(app), "after" in seen(app)) == (True, True)
        assert "24" in line(app, "✓ right")

        await press(pilot, "r")
        await until(pilot, lambda: "revealed" in seen(app))
        await press(pilot, "x")
        await until(pilot, lambda: "free play" in seen(app))
        assert [one.to for one in told(front, StepPoll)] == ["talk", "again", "shown", "over"]
        assert "beliefs about" not in seen(app)


async def test_covered_nothing_of_what_anybody_believes_is_to_be_seen(front: Front) -> None:
    seat(front, "alice", "bob")
    front.play("alice", answered(CUBE, "wrong", "power-not-lowered", read_as="27"))
    async with teaching(front, (140, 30)) as (app, pilot):
        await press(pilot, "b")
        await until(pilot, lambda: "beliefs about x.grad" in seen(app))
        assert seen(app).count("exponent not lowered") == 2
        await press(pilot, "c")
        await until(pilot, lambda: "covered" in seen(app))
        assert ("exponent not lowered" in seen(app), "27" in seen(app)) == (False, False)
        await press(pilot, "c")
        await until(pilot, lambda: "exponent not lowered" in seen(app))
        await press(pilot, "b")
        await until(pilot, lambda: "beliefs about x.grad" not in seen(app))


async def test_what_holds_for_all_is_a_key_away_and_said(front: Front) -> None:
    seat(front, "alice")
    async with teaching(front, (120, 30)) as (app, pilot):
        for key, says in (("p", "paused"), ("k", "solutions locked"), ("e", "editing open")):
            await press(pilot, key)
            await until(pilot, lambda says=says: says in seen(app))
        assert ("p go on" in seen(app), "k unlock" in seen(app)) == (True, True)
        await press(pilot, "p", "k", "e")
        await until(pilot, lambda: "editing off" in seen(app))
        assert told(front, Set) == [
            Set(paused=True),
            Set(locked=True),
            Set(editing="open"),
            Set(paused=False),
            Set(locked=False),
            Set(editing="off"),
        ]
        await press(pilot, "T")
        await type_text(pilot, "soon")
        await until(pilot, lambda: "Type a number of minutes" in seen(app))
        await press(pilot, *["backspace"] * 4)
        await type_text(pilot, "2,5")
        await until(pilot, lambda: "free play, 2:30 left" in seen(app))


async def test_leading_goes_to_the_lessons_and_ends_with_the_same_key(front: Front) -> None:
    seat(front, "alice")
    async with teaching(front) as (app, pilot):
        await press(pilot, "f")
        await until(pilot, lambda: "alice is here" in seen(app))
        assert "? What is" not in seen(app)
        app.play = lambda place, seed=None: setattr(app, "opened_here", (place.key, seed))  # type: ignore[method-assign]
        await press(pilot, "enter")
        await until(pilot, lambda: app.current_mode == "lessons")
        assert told(front, Follow) == [Follow(Lead(CUBE, 0))]
        assert app.opened_here == (CUBE, 0)  # type: ignore[attr-defined]
        await until(pilot, lambda: "the class follows you" in seen(app))
        await press(pilot, "ctrl+t")
        await until(pilot, lambda: "all follow you in 1.3" in seen(app))
        await press(pilot, "f")
        await until(pilot, lambda: "free play" in seen(app))
        assert told(front, Follow)[-1] == Follow(None)


async def test_the_end_of_class_asks_once_and_sums_up(front: Front) -> None:
    seat(front, *THIRTY)
    for at, name in enumerate(THIRTY):
        for tries in (1, 2, 3):
            front.play(
                name, answered(CUBE, "right" if at % 3 else "wrong", *(() if at % 3 else ("sign",)), tries=tries)
            )
    async with teaching(front, (100, 40)) as (app, pilot):
        await press(pilot, "x", "escape")
        assert told(front, EndClass) == []
        await press(pilot, "x")
        await until(pilot, lambda: "End the class?" in seen(app))
        await press(pilot, "y")
        await until(pilot, lambda: isinstance(app.screen, SummaryScreen) and "30 students" in seen(app))
        assert "10  sign turned around" in seen(app)
        assert "student00, student03" in seen(app)
        assert "autograd-tutor report --class spring-26" in seen(app)
        await press(pilot, "escape")
        await until(pilot, lambda: isinstance(app.screen, RoomScreen))


async def test_seconds_go_on_between_views_and_an_old_view_is_asked_for_anew(front: Front) -> None:
    seat(front, "alice")
    async with teaching(front) as (app, pilot):
        front.clock = 7.0
        await until(pilot, lambda: "0:07" in line(app, "alice"))
        assert told(front, Attend) == [Attend(True)]
        front.time, front.clock = front.time + 190, 190.0
        await until(pilot, lambda: "! stuck" in line(app, "alice"))
        assert told(front, Attend)[-1] == Attend(True)


async def test_what_another_teacher_says_is_seen_in_the_room(front: Front) -> None:
    seat(front, "alice")
    async with teaching(front) as (app, pilot):
        front.say(Say("five minutes [b]left\x1b[2J", "mentor"))
        await until(pilot, lambda: "mentor: five minutes [b]left[2J" in seen(app))
        await press(pilot, "escape")
        await until(pilot, lambda: "mentor" not in seen(app))
        assert isinstance(app.screen, RoomScreen)


async def test_an_empty_class_and_a_room_that_has_not_come(front: Front) -> None:
    async with teaching(front) as (app, pilot):
        assert "nobody is here yet" in seen(app)
        await press(pilot, "enter", "m", "b", "g", "s", "down", "pageup")
        assert isinstance(app.screen, RoomScreen)
        await press(pilot, "w")
        assert "nobody is stuck" in seen(app)


async def test_the_help_has_the_keys_of_the_class_for_teachers(front: Front) -> None:
    async with teaching(front, (100, 60)) as (app, pilot):
        await press(pilot, "question_mark")
        for text in ("The class", "put one question to the whole class", "One student", "In the answer field"):
            assert text in seen(app)
