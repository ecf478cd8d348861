"""Stories of a question to the whole class, at a student's seat."""

from __future__ import annotations

import time

import pytest
from classmates import FrontLine, on_screen, seated
from screenplay import Kept, opened, seen, type_text, until

from autograd_tutor.notation import array
from autograd_tutor.room.messages import Voted
from autograd_tutor.room.rules import Poll, Rules
from autograd_tutor.tui.class_poll import PollScreen
from autograd_tutor.tui.exercise import ExerciseScreen
from autograd_tutor.tui.home import HomeScreen
from autograd_tutor.tui.services import Services

SINE = "chains/sine-of-square"
VERDICTS = ("✓", "✗", "right", "wrong", "left out", "torch says")


async def test_a_whole_poll_and_back_to_where_one_was(services: Services, kept: Kept) -> None:
    line = FrontLine()
    app = seated(services, line, "slopes/square")
    async with app.run_test(size=(80, 24)) as pilot:
        mine = await opened(pilot)
        await pilot.press(*"1+2")

        line.now(poll=Poll(7, SINE, 1, 0, "vote", until=time.time() + 72))
        poll = await on_screen(pilot, PollScreen)
        truth = array(poll.scene.run.trace.find("x.grad").value)
        for text in ("predict alone", "1:1", "left", "What is x.grad"):
            assert text in seen(app)
        await pilot.press(*"x**")
        await pilot.press("enter")
        assert line.of(Voted) == []
        await pilot.press("ctrl+u")
        await type_text(pilot, "cos(x^2)")
        await until(pilot, lambda: "Your prediction is in" in seen(app))
        assert not [word for word in VERDICTS if word in seen(app)]
        assert truth not in seen(app)
        (vote,) = line.of(Voted)
        assert (vote.poll, vote.round, vote.verdict, vote.answer) == (7, 1, "wrong", "cos(x^2)")
        assert vote.mistakes == ("inner-derivative-dropped",)
        await pilot.press("escape", "h", "r", "s", "escape", "n", "v", "e")
        assert app.screen is poll

        line.phase("talk", until=None)
        await until(pilot, lambda: "Discuss it with your neighbour" in seen(app))
        assert "You said: cos(x²)" in seen(app)
        await pilot.press(*"5", "enter")
        assert len(line.of(Voted)) == 1

        line.phase("again")
        await until(pilot, lambda: "Predict once more" in seen(app))
        assert poll.view.answer.text == "cos(x^2)"
        await pilot.press("ctrl+u")
        await type_text(pilot, "2*x*cos(x^2)")
        await until(pilot, lambda: len(line.of(Voted)) == 2)
        second = line.of(Voted)[1]
        assert (second.round, second.verdict, second.mistakes) == (2, "right", ())
        assert not [word for word in VERDICTS if word in seen(app)]

        line.phase("shown")
        await until(pilot, lambda: truth in seen(app))
        for text in ("✗ You predicted first cos(x²)", "✓ After the discussion you predicted 2·x·cos(x²)", "torch says"):
            assert text in seen(app)
        assert poll.scene.stops
        await pilot.press("right")
        assert poll.scene.stop == 1

        line.now(poll=None)
        await until(pilot, lambda: app.screen is mine)
        assert mine.view.answer.text == "1+2"
        await pilot.press("9")
        assert mine.view.answer.text == "1+29"
        assert kept.made == []


async def test_before_the_reveal_right_and_wrong_look_the_same(services: Services) -> None:
    line = FrontLine(rules=Rules(poll=Poll(1, SINE, 0, 0, "vote")))
    app = seated(services, line)
    async with app.run_test(size=(120, 36)) as pilot:
        await on_screen(pilot, PollScreen)
        looks = []
        for answer, read in (("1+1", "1 + 1 = 2"), ("8*cos(16)", "8·cos(16) = −7.6613")):
            await pilot.press("ctrl+u")
            await type_text(pilot, answer)
            await until(pilot, lambda read=read: f"Your prediction is in: {read}." in seen(app))
            shown = seen(app).replace(f"{read}.", "READ.").replace(f"read as {read}", "READ").replace(answer, "TYPED")
            looks.append(" ".join(shown.replace("│", " ").split()))
        assert [vote.verdict for vote in line.of(Voted)] == ["wrong", "right"]
        assert looks[0] == looks[1]


@pytest.mark.parametrize(
    ("phase", "text"),
    [("talk", "You had made no prediction"), ("again", "Predict once more"), ("shown", "torch says")],
)
async def test_who_comes_late_finds_the_phase_that_is_on(services: Services, phase: str, text: str) -> None:
    line = FrontLine(rules=Rules(poll=Poll(1, SINE, 1, 0, phase)))
    app = seated(services, line)
    async with app.run_test(size=(120, 36)) as pilot:
        await on_screen(pilot, PollScreen)
        await until(pilot, lambda: text in seen(app))
        line.now(poll=None)
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))


async def test_one_poll_after_another_and_help_in_between(services: Services) -> None:
    line = FrontLine()
    app = seated(services, line, SINE)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        line.now(poll=Poll(1, SINE, 1, 0, "vote"))
        first = await on_screen(pilot, PollScreen)
        await pilot.press("escape", "question_mark")
        await until(pilot, lambda: app.screen is not first)
        line.now(poll=Poll(2, "slopes/square", 0, 0, "vote"))
        await until(pilot, lambda: isinstance(app.screen, PollScreen) and app.screen is not first)
        assert app.screen.variant.key == "slopes/square"
        line.now(poll=None)
        await until(pilot, lambda: isinstance(app.screen, ExerciseScreen))
        assert len(app.screen_stack) == 2
