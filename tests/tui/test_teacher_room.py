"""The teacher's room, played on a screen: the front is real state without a wire, the students are simulated."""

from __future__ import annotations

import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from classroom_front import DETACH, Front, NoSandbox, answered
from screenplay import Kept, seen, type_text, until
from textual.pilot import Pilot

from autograd_tutor.course.load import lessons
from autograd_tutor.room.messages import Attend, EndClass, Follow, Glimpse, Look, OpenPoll, Set, StepPoll, Tell
from autograd_tutor.room.rules import Lead
from autograd_tutor.room.screen import Picture, Piece
from autograd_tutor.tui.app import TutorApp
from autograd_tutor.tui.room.live import LiveScreen
from autograd_tutor.tui.room.room import RoomScreen
from autograd_tutor.tui.room.rows import Columns, fit
from autograd_tutor.tui.room.student import StudentScreen
from autograd_tutor.tui.room.summary import SummaryScreen
from autograd_tutor.tui.room.table import StudentTable
from autograd_tutor.tui.services import Services

CUBE = "slopes/cube"
THIRTY = [f"student{at:02}" for at in range(30)]


@pytest.fixture
def front() -> Front:
    return Front()


@asynccontextmanager
async def teaching(front: Front, size: tuple[int, int] = (80, 24)) -> AsyncIterator[tuple[TutorApp, Pilot[None]]]:
    """A teacher's session, the room on the screen."""
    app = TutorApp(Services(NoSandbox(), lessons, Kept, lambda: front.clock, line=front))
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: isinstance(app.screen, RoomScreen) and bool(app.syllabus.lessons))
        front.show()
        await until(pilot, lambda: "here of" in seen(app))
        yield app, pilot
    assert app.return_code in (0, None)


def seat(front: Front, *names: str) -> None:
    """These students sit in the room, at the same exercise."""
    for name in names:
        front.room = front.room.arrived(name, front.time).opened(name, CUBE, front.time)


def line(app: TutorApp, word: str) -> str:
    """The first line of the screen with `word` in it."""
    return next(one for one in seen(app).splitlines() if word in one)


def told(front: Front, kind: type) -> list:
    return [one for one in front.told if isinstance(one, kind)]


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await pilot.pause()


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


@pytest.mark.parametrize("size", [(80, 24), (200, 60), (60, 16)])
async def test_two_hundred_students_at_any_size(front: Front, size: tuple[int, int]) -> None:
    names = [f"pupil{at:03}" for at in range(200)]
    seat(front, *names)
    for name in names[::3]:
        front.play(name, answered(CUBE, "wrong", "inner-derivative-dropped", tries=3))
    async with teaching(front, size) as (app, pilot):
        assert "200 here of 200" in seen(app)
        assert "67 stuck" in seen(app) or size[0] < 80
        rows = [one for one in seen(app).splitlines() if "pupil" in one and "of 200" not in one]
        assert len(rows) == app.screen.query_one(StudentTable).page
        assert all(len(one) <= size[0] for one in rows)
        await press(pilot, "end")
        assert "▸ pupil199" in seen(app)
        await press(pilot, "w")
        assert "▸ pupil198" in seen(app)
        assert "! stuck" in line(app, "▸ pupil198")


async def test_the_cursor_stays_on_its_student_whatever_happens_to_the_rows(front: Front) -> None:
    seat(front, "dora", "bob", "carol")
    async with teaching(front) as (app, pilot):
        await press(pilot, "down")
        assert "▸ carol" in seen(app)
        seat(front, "alice", "bea")
        front.show()
        await until(pilot, lambda: "bea" in seen(app))
        assert "▸ carol" in seen(app)
        for tries in (1, 2, 3):
            front.play("dora", answered(CUBE, "wrong", "sign", tries=tries))
        front.show()
        await press(pilot, "s")
        await until(pilot, lambda: "sorted by need" in seen(app))
        assert seen(app).index("dora") < seen(app).index("alice")
        assert "▸ carol" in seen(app)
        front.room = front.room.left("carol")
        front.show()
        await until(pilot, lambda: "carol" not in seen(app))
        assert seen(app).count("▸") == 1


async def test_sorting_listing_and_searching(front: Front) -> None:
    front.room = front.room.expecting(["away"])
    seat(front, "alice", "bob")
    front.time += 100
    front.room = front.room.acted("alice", front.time).opened("alice", DETACH, front.time)
    async with teaching(front) as (app, pilot):
        assert "away" not in seen(app)
        await press(pilot, "s", "s")
        assert "sorted by idle time" in seen(app)
        assert seen(app).index("bob") < seen(app).index("alice")
        await press(pilot, "s")
        assert seen(app).index("bob") < seen(app).index("alice")
        await press(pilot, "s", "w", "w")
        assert "everyone" in seen(app)
        assert "away" in seen(app)
        await press(pilot, "slash")
        await type_text(pilot, "LIC")
        await until(pilot, lambda: "“LIC” in the name" in seen(app))
        assert ("alice" in seen(app), "bob" in seen(app)) == (True, False)
        await press(pilot, "slash")
        await type_text(pilot, "zzz")
        await until(pilot, lambda: "nobody's name has" in seen(app))
        await press(pilot, "enter", "m", "slash", "enter")
        await until(pilot, lambda: "bob" in seen(app))


async def test_what_holds_for_all_is_a_key_away_and_said(front: Front) -> None:
    seat(front, "alice")
    async with teaching(front, (120, 30)) as (app, pilot):
        for key, says in (("p", "paused"), ("k", "solutions locked"), ("e", "editing open")):
            await press(pilot, key)
            await until(pilot, lambda says=says: says in seen(app))
        assert ("p go on" in seen(app), "k unlock solutions" in seen(app)) == (True, True)
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
        await press(pilot, "ctrl+t")
        await until(pilot, lambda: "all follow you in 1.3" in seen(app))
        await press(pilot, "f")
        await until(pilot, lambda: "free play" in seen(app))
        assert told(front, Follow)[-1] == Follow(None)


async def test_looking_in_shows_the_attempts_and_follows_them(front: Front) -> None:
    seat(front, "alice")
    front.play("alice", answered(CUBE, "wrong", "power-not-lowered", read_as="27"))
    async with teaching(front, (100, 30)) as (app, pilot):
        await press(pilot, "enter")
        await until(pilot, lambda: "✗ wrong" in seen(app))
        assert isinstance(app.screen, StudentScreen)
        assert "exponent not lowered" in line(app, "27")
        front.time += 5
        front.play("alice", answered(CUBE, "right", read_as="12", tries=2))
        front.show()
        await until(pilot, lambda: "✓ right" in seen(app))
        assert seen(app).index("✓ right") < seen(app).index("✗ wrong")
        await press(pilot, "m")
        await type_text(pilot, "good")
        assert told(front, Tell) == [Tell("alice", "good")]
        await press(pilot, "escape")
        await until(pilot, lambda: isinstance(app.screen, RoomScreen))


async def test_a_student_whom_the_front_does_not_know_is_a_sentence(front: Front) -> None:
    seat(front, "alice")
    async with teaching(front) as (app, pilot):
        front.room = front.room.forgotten("alice")
        await press(pilot, "enter")
        await until(pilot, lambda: "There is no student called alice." in seen(app))


async def test_looking_at_a_screen_is_read_only_and_ends(front: Front) -> None:
    front.pictures["alice"] = Picture(
        20, ((Piece("\x1b[31mred", "#ff0000"), Piece(" [b]plain[/b]", "javascript:", bold=True)), (Piece("second"),))
    )
    seat(front, "alice")
    async with teaching(front) as (app, pilot):
        await press(pilot, "enter", "l")
        await until(pilot, lambda: "second" in seen(app))
        assert "[31mred [b]plain[/b]" in seen(app)
        assert "\x1b" not in seen(app)
        assert "20×2, read only" in seen(app)
        front.say(Glimpse("bob", Picture(20, ((Piece("somebody else"),),))))
        front.say(Glimpse("alice", None))
        await until(pilot, lambda: "not connected" in seen(app))
        assert "somebody else" not in seen(app)
        await press(pilot, "x", "enter", "a")
        assert isinstance(app.screen, LiveScreen)
        await press(pilot, "ctrl+t")
        assert front.watching == ""
        await press(pilot, "ctrl+t")
        await until(pilot, lambda: front.watching == "alice")
        await press(pilot, "escape")
        await until(pilot, lambda: isinstance(app.screen, StudentScreen))
        assert told(front, Look)[-1] == Look("")


async def test_a_message_to_one_and_to_all(front: Front) -> None:
    seat(front, "alice", "bob")
    async with teaching(front) as (app, pilot):
        await press(pilot, "down", "m")
        await until(pilot, lambda: "Message to bob" in seen(app))
        await type_text(pilot, "[b]x")
        await press(pilot, "M")
        await until(pilot, lambda: "Message to everyone" in seen(app))
        await type_text(pilot, "hi")
        await press(pilot, "M", "escape", "M", "space", "enter")
        assert told(front, Tell) == [Tell("bob", "[b]x"), Tell("", "hi")]


async def test_names_of_students_are_never_markup_or_control(front: Front) -> None:
    nasty = ["[bold red]x[/]", "a\x1b[2Jb", "‮evil", "王小明 with a very long name indeed", "[@click=app.quit]q"]
    seat(front, *nasty)
    for name in nasty:
        front.play(name, answered(CUBE, "wrong", "[blink]tag", read_as="\x1b]0;t\x07[red]"))
    async with teaching(front, (140, 30)) as (app, pilot):
        text = seen(app)
        assert "[bold red]x[/]" in text
        assert "[@click=app.quit]q" in text
        assert not {"\x1b", "\x07", "\u202e"} & set(text)
        for name in nasty[:2]:
            app.screen.order = replace(app.screen.order, cursor=name)  # type: ignore[attr-defined]
            await press(pilot, "enter")
            await until(pilot, lambda: "✗ wrong" in seen(app))
            await press(pilot, "m")
            await until(pilot, lambda: "Message to" in seen(app))
            await press(pilot, "escape", "escape")
            await until(pilot, lambda: isinstance(app.screen, RoomScreen))


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


@pytest.mark.parametrize("width", range(40, 220, 7))
def test_the_columns_fill_the_width_and_no_more(width: int) -> None:
    shape = fit(width, False, 0)
    assert isinstance(shape, Columns)
    fixed = 2 + 6 + 6 + 7 + 7 + 7
    assert shape.name + shape.title + shape.belief + shape.answer + fixed <= max(width, 60)


def _busy(front: Front, names: list[str], chance: random.Random) -> Callable[[], None]:
    def step() -> None:
        front.time += 0.5
        for name in chance.sample(names, 40):
            front.play(name, answered(CUBE, "wrong", chance.choice(["sign", "zero", "own-factor"]), tries=2))
        front.show()

    return step


async def test_two_hundred_who_change_twice_a_second_cost_a_few_milliseconds(front: Front) -> None:
    names = [f"student{at:03}" for at in range(200)]
    seat(front, *names)
    step = _busy(front, names, random.Random(1))
    async with teaching(front) as (_, pilot):
        await press(pilot, "s")
        spent = []
        for _ in range(8):
            step()
            begun = time.process_time()
            await pilot.pause()
            spent.append(time.process_time() - begun)
        # The fastest of them: the machine may be busy with other work. A few times what was measured.
        assert min(spent) < 0.06
