"""The table of students, and one student: their attempts, their screen, a word to them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from classroom_front import CUBE, DETACH, Front, answered, line, press, seat, teaching, told
from screenplay import seen, type_text, until

from autograd_tutor.room.messages import Glimpse, Look, Tell
from autograd_tutor.room.screen import Picture, Piece
from autograd_tutor.tui.room.live import LiveScreen
from autograd_tutor.tui.room.room import RoomScreen
from autograd_tutor.tui.room.rows import Columns, fit
from autograd_tutor.tui.room.student import StudentScreen
from autograd_tutor.tui.room.table import StudentTable


@pytest.fixture
def front() -> Front:
    return Front()


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


@pytest.mark.parametrize("width", range(40, 220, 7))
def test_the_columns_fill_the_width_and_no_more(width: int) -> None:
    shape = fit(width, False, 0)
    assert isinstance(shape, Columns)
    fixed = 2 + 6 + 6 + 7 + 7 + 7
    assert shape.name + shape.title + shape.belief + shape.answer + fixed <= max(width, 60)
