"""Stories of what else a class asks of a student's screen: following, a pause, locks, time, messages."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta

from classmates import FrontLine, on_screen, seated
from msgspec.structs import replace as changed
from screenplay import Kept, opened, seen, type_text, until

from autograd_tutor.notation import array
from autograd_tutor.room.messages import Follow, Leave, Say
from autograd_tutor.room.rules import Assignment, Lead, Rules, Seat, Terminal
from autograd_tutor.tui.apart import ApartScreen
from autograd_tutor.tui.class_follow import FollowScreen
from autograd_tutor.tui.exercise import ExerciseScreen
from autograd_tutor.tui.services import Services

SINE = "chains/sine-of-square"


async def test_following_the_teacher_step_by_step(services: Services, kept: Kept) -> None:
    line = FrontLine()
    app = seated(services, line, "slopes/square")
    async with app.run_test(size=(120, 36)) as pilot:
        mine = await opened(pilot)
        await pilot.press(*"7")
        line.now(lead=Lead(SINE, 2))
        follow = await on_screen(pilot, FollowScreen)
        truth = array(follow.scene.run.trace.find("x.grad").value)
        await until(pilot, lambda: "following the teacher" in seen(app))
        await pilot.press("enter", *"12", "enter")
        assert truth not in seen(app)
        assert not follow.view.answer.display
        line.now(lead=Lead(SINE, 2, "x.grad", 1, shown=True))
        await until(pilot, lambda: truth in seen(app))
        assert follow.scene.stop == 1
        line.now(lead=Lead(SINE, 2, "x.grad", 2, shown=True))
        await until(pilot, lambda: follow.scene.stop == 2)
        line.now(lead=Lead(SINE, 2))
        await until(pilot, lambda: truth not in seen(app))
        line.now(lead=None)
        await until(pilot, lambda: app.screen is mine)
        assert mine.view.answer.text == "7"
    assert kept.made == []


async def test_a_teacher_who_leads_tells_where_the_screen_is(services: Services) -> None:
    line = FrontLine(Seat(1, "teacher", "teacher", "spring-26", Terminal()))
    app = seated(services, line, SINE)
    async with app.run_test(size=(120, 36)) as pilot:
        if app.current_mode == "room":
            app.action_to_and_fro()
        screen = await opened(pilot)
        assert line.of(Follow) == []
        line.now(lead=Lead(SINE, 0, "x.grad"))
        await until(pilot, lambda: app.rules.lead is not None)
        await pilot.press("escape", "r")
        await until(pilot, lambda: screen.scene.done)
        await pilot.press("right")
        await until(pilot, lambda: len(line.of(Follow)) > 1)
        assert [message.lead for message in line.of(Follow)][-1] == Lead(SINE, 0, "x.grad", 1, shown=True)


async def test_a_pause_takes_all_keys_and_keeps_what_was_typed(services: Services) -> None:
    line = FrontLine()
    app = seated(services, line, SINE)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await pilot.press(*"8cos")
        line.now(paused=True)
        await until(pilot, lambda: "The teacher has paused the class" in seen(app))
        assert "8cos" in seen(app)
        await pilot.press(*"(16)", "enter", "escape", "escape", "question_mark", "q")
        line.now(paused=False)
        await until(pilot, lambda: "paused" not in seen(app))
        assert app.screen is screen
        assert screen.view.answer.text == "8cos"
        await pilot.press("1")
        assert screen.view.answer.text == "8cos1"


async def test_locked_solutions_open_when_the_teacher_unlocks(services: Services, kept: Kept) -> None:
    line = FrontLine(rules=Rules(locked=True))
    app = seated(services, line, SINE)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await until(pilot, lambda: "solutions are locked" in seen(app))
        assert "run it" not in seen(app)
        assert "skip" not in seen(app)
        await type_text(pilot, "5")
        await until(pilot, lambda: "✗" in seen(app))
        await pilot.press("escape", "r", "s", "e")
        assert screen.scene.play.phase == "predicting"
        await pilot.press("enter", "backspace")
        await type_text(pilot, "8cos(16)")
        await until(pilot, lambda: "✓" in seen(app))
        assert "opens when the teacher unlocks" in seen(app)
        assert "torch says" not in seen(app)
        assert screen.scene.stops == ()
        await pilot.press("e")
        assert app.screen is screen
        line.now(locked=False)
        await until(pilot, lambda: "torch says" in seen(app))
        assert screen.scene.stops
    assert kept.made[-1].state == "solved"


async def test_taken_apart_unless_locked(services: Services, kept: Kept) -> None:
    line = FrontLine(rules=Rules(locked=True))
    app = seated(services, line, SINE)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await type_text(pilot, "5")
        await until(pilot, lambda: "✗" in seen(app))
        await pilot.press("escape", "t")
        assert app.screen is screen
        line.now(locked=False)
        await until(pilot, lambda: "s skip" in seen(app))
        await pilot.press("t")
        await on_screen(pilot, ApartScreen)
        await until(pilot, lambda: app.focused is not None)
        await type_text(pilot, "cos(16)")
        await until(pilot, lambda: "slope of x**2" in seen(app))
        line.now(locked=True)
        await until(pilot, lambda: app.screen is screen)
        assert screen.view.answer.text == "5"
    assert [attempt.action for attempt in kept.made] == ["answer", "apart", "step"]
    assert kept.states[SINE] == "started"


async def test_when_the_time_is_up_answers_are_kept_but_not_taken(services: Services, kept: Kept) -> None:
    line = FrontLine(rules=Rules(until=time.time() + 1.5))
    app = seated(services, line, SINE)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot)
        await pilot.press(*"12")
        await until(pilot, lambda: "the time is up" in seen(app))
        await pilot.press("enter")
        await until(pilot, lambda: "answers are not" in seen(app))
        assert kept.made == []
        assert app.screen.view.answer.text == "12"
        line.now(until=time.time() + 100)
        await until(pilot, lambda: "1:40 left" in seen(app))
        await pilot.press("enter")
        await until(pilot, lambda: len(kept.made) == 1)


async def test_a_message_is_text_and_the_student_sees_who_watches(services: Services) -> None:
    line = FrontLine()
    app = seated(services, line, SINE)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        screen = await opened(pilot)
        long = "a word to the wise " * 30
        line.say(Say("[red]look[/] at w[i]\x1b[2J\x07 now", "Ms [b]T[/b]"))
        line.now(watched=True)
        await until(pilot, lambda: "the teacher sees this screen" in seen(app))
        await until(pilot, lambda: "[red]look[/] at w[i][2J now" in " ".join(seen(app).split()))
        assert "Ms [b]T[/b]" in seen(app)
        assert "\x1b" not in seen(app)
        await pilot.press(*"42")
        assert screen.view.answer.text == "42"
        assert "What is x.grad" in seen(app)
        assert "read as 42" in seen(app)
        line.say(Say(long))
        await until(pilot, lambda: "a word to the wise" in seen(app))
        for text in ("4  z.backward()", "What is x.grad", "read as 42", "enter check"):
            assert text in seen(app)
        await pilot.press("escape")
        await until(pilot, lambda: "a word to the wise" not in seen(app))
        assert app.focused is not None


async def test_leaving_because_the_front_says_so_keeps_the_draft(services: Services, kept: Kept) -> None:
    line = FrontLine()
    app = seated(services, line, SINE)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press(*"8c")
        line.say(Leave("The class is over."))
        await until(pilot, lambda: app._exit)
    assert app.return_code == 0
    assert kept.drafts[SINE] == "8c"


async def test_a_draft_is_kept_while_one_types(services: Services, kept: Kept) -> None:
    app = seated(services, FrontLine(), SINE)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press(*"8cos")
        await until(pilot, lambda: kept.drafts.get(SINE) == "8cos", 3)
        assert isinstance(app.screen, ExerciseScreen)


async def test_the_assignment_stands_first_with_its_date_and_what_is_done(services: Services, kept: Kept) -> None:
    kept.states = {SINE: "solved"}
    due = (datetime.now() + timedelta(days=1)).replace(hour=18, minute=0)
    asked = Assignment("Chains [b]for[/b] Thursday", (SINE, "slopes/square", "no/such"), due.timestamp())
    line = FrontLine(rules=Rules(assignment=asked))
    app = seated(services, line)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Chains [b]for[/b] Thursday" in seen(app))
        for text in ("1 of 2 solved", f"due {due:%a} 18:00, in ", "2.1  A sine around a square", "✓ solved"):
            assert text in seen(app)
        await pilot.press("enter")
        screen = await opened(pilot)
        assert screen.variant.key == "slopes/square"
        await pilot.press("escape", "escape")
        await until(pilot, lambda: "Chains" in seen(app))
        line.now(assignment=changed(asked, due=time.time() - 60))
        await until(pilot, lambda: "was due" in seen(app))


async def test_a_student_has_variants_of_their_own(services: Services, kept: Kept) -> None:
    kept.visit("slopes/square", 1)
    own = replace(services, variant=lambda key: 3)
    app = seated(own, FrontLine(), SINE)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        assert screen.variant.seed == 3
        app.open("slopes/square")
        await until(pilot, lambda: app.screen is not screen)
        assert (await opened(pilot)).variant.seed == 1
