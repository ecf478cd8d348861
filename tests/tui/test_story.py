"""Stories of one exercise, played through the keyboard on a real sandbox."""

from __future__ import annotations

import pytest
from screenplay import Kept, opened, seen, type_text, until
from textual.events import Key

from autograd_tutor.course.load import lessons
from autograd_tutor.notation import array
from autograd_tutor.tui.app import TutorApp
from autograd_tutor.tui.exercise import ExerciseScreen
from autograd_tutor.tui.experiment import ExperimentScreen
from autograd_tutor.tui.home import HomeScreen
from autograd_tutor.tui.services import Services

SINE = "chains/sine-of-square"


def truth(screen: ExerciseScreen) -> str:
    """What torch gave, as it would be written."""
    found = screen.scene.run.trace.find(screen.scene.play.question.target)
    return array(found.value)


async def test_wrong_then_right_then_steps_then_an_experiment_then_the_next(services: Services, kept: Kept) -> None:
    app = TutorApp(services, SINE)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        screen = await opened(pilot)
        answer = truth(screen)
        assert answer not in seen(app)
        await pilot.press("escape", "e")
        await until(pilot, lambda: "First predict, or run it" in seen(app))
        await pilot.press("enter")

        await type_text(pilot, "cos(16)")
        assert "✗" in seen(app)
        assert "x**2" in seen(app)
        message = screen.scene.play.judgement.message
        assert message.split()[0] in seen(app)
        assert answer not in seen(app)
        assert kept.made[-1].verdict == "wrong"
        assert kept.made[-1].mistakes == ("inner-derivative-dropped",)

        for _ in "cos(16)":
            await pilot.press("backspace")
        await type_text(pilot, "8cos(16)")
        await until(pilot, lambda: "✓" in seen(app))
        assert f"x.grad = {answer}" in seen(app)
        assert "all three agree" in seen(app)
        assert kept.made[-1].state == "solved"

        first = screen.scene.choice
        await pilot.press("right")
        second = screen.scene.choice
        assert second.span != first.span
        assert screen.scene.stops[1].arithmetic in seen(app)
        assert screen.scene.stops[1].words[:30] in seen(app)
        await pilot.press("left")
        assert screen.scene.choice == first
        await pilot.press("j")
        await until(pilot, lambda: "no matrix to draw" in seen(app))

        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, ExperimentScreen))
        offers = app.screen.trial.offers
        at = next(at for at, offer in enumerate(offers) if offer.kind == "detach" and "y" in offer.title)
        await pilot.press(str(at + 1))
        await until(pilot, lambda: app.screen.trial.runs is not None)
        assert "y.detach()" in seen(app)
        assert "raises now" not in seen(app)
        await type_text(pilot, "0")
        await until(pilot, lambda: app.screen.trial.phase == "seen")
        for text in ("as it was", "with the change", f"{answer}  →  None", "You predicted 0", "not recorded"):
            assert text in seen(app)
        await pilot.press("u")
        assert app.screen.trial.tried == ()
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)

        await pilot.press("n")
        following = await opened(pilot)
        assert following.variant.key == screen.scene.following.key
    assert [attempt.action for attempt in kept.made] == ["answer", "answer"]


async def test_hints_then_a_reveal_is_recorded_as_shown(services: Services, kept: Kept) -> None:
    app = TutorApp(services, SINE)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await pilot.press("escape", "h")
        assert "hint 1 of" in seen(app)
        assert truth(screen) not in seen(app)
        await pilot.press("r")
        await until(pilot, lambda: truth(screen) in seen(app))
        assert screen.scene.play.state == "revealed"
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen) and "○ shown" not in seen(app))
        await until(pilot, lambda: kept.states.get(SINE) == "revealed")


async def test_letters_are_typed_while_the_field_has_the_focus(services: Services) -> None:
    app = TutorApp(services, SINE)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await pilot.press(*"hgersnvq")
        assert screen.view.answer.text == "hgersnvq"
        assert app.screen is screen
        assert screen.scene.play.hints == 0


async def test_the_reading_is_echoed_and_bad_input_costs_nothing(services: Services, kept: Kept) -> None:
    app = TutorApp(services, SINE)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press(*"2cos")
        await pilot.press("left_parenthesis", "x", "right_parenthesis")
        await until(pilot, lambda: "read as 2·cos(x)" in seen(app))
        await pilot.press("plus", "asterisk")
        await pilot.pause()
        assert "▴" in seen(app)
        await pilot.press("enter")
        await pilot.pause()
        await until(pilot, lambda: all(attempt.verdict == "invalid" for attempt in kept.made))
        assert app.screen.scene.play.standing.tries == 0


async def test_a_draft_waits_for_the_learner(services: Services, kept: Kept) -> None:
    app = TutorApp(services, SINE)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press(*"8cos", "escape", "escape")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        await until(pilot, lambda: kept.drafts.get(SINE) == "8cos")
    again = TutorApp(services, SINE)
    async with again.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await until(pilot, lambda: screen.view.answer.text == "8cos")


async def test_a_wrong_answer_that_was_left_standing_stands_there_again(services: Services, kept: Kept) -> None:
    app = TutorApp(services, SINE)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await type_text(pilot, "12")
        await until(pilot, lambda: "✗" in seen(app))
    assert kept.drafts[SINE] == "12"


async def test_left_in_the_middle_one_comes_back_to_the_open_question(services: Services, kept: Kept) -> None:
    key = "losses/cross-entropy"
    app = TutorApp(services, key)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await opened(pilot)
        await type_text(pilot, "6.6918")
        await until(pilot, lambda: screen.scene.play.index == 1)
        await type_text(pilot, "3")
        await pilot.press("escape", "h")
        await until(pilot, lambda: screen.scene.play.hints == 1)
    again = TutorApp(services, key)
    async with again.run_test(size=(120, 36)) as pilot:
        screen = await opened(pilot)
        assert (screen.scene.play.index, screen.scene.play.standing.tries, screen.scene.play.hints) == (1, 1, 1)
        assert "question 2 of 2" in seen(again)
        assert "w.grad = 6.69" in seen(again)
        assert "hint 1 of" in seen(again)


async def test_another_variant_has_other_numbers(services: Services) -> None:
    app = TutorApp(services, SINE)
    async with app.run_test(size=(80, 24)) as pilot:
        first = await opened(pilot)
        await pilot.press("escape", "v")
        await until(pilot, lambda: app.screen is not first)
        second = await opened(pilot)
        assert second.variant.key == first.variant.key
        assert second.variant.code != first.variant.code
    again = TutorApp(services)
    async with again.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "continue" in seen(again))
        await pilot.press("enter")
        resumed = await opened(pilot)
        assert resumed.variant == second.variant


async def test_two_questions_one_after_the_other_then_both_accounts(services: Services, kept: Kept) -> None:
    key = next(
        f"{lesson.id}/{one.id}"
        for lesson in lessons()
        for one in lesson.exercises
        if len({q.target for q in one.questions}) > 1
    )
    app = TutorApp(services, key)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await pilot.press("escape", "r")
        await until(pilot, lambda: screen.scene.play.phase == "settled")
        assert screen.scene.stops == ()
        assert "torch says" in seen(app)
        assert "graph, with what flowed back" not in seen(app)
        await pilot.press("n")
        await until(pilot, lambda: app.focused is not None)
        assert screen.scene.play.index == 1
        while screen.scene.play.phase != "done":
            await pilot.press("escape", "s")
            await until(pilot, lambda: screen.scene.play.phase != "predicting")
            if screen.scene.play.phase == "settled":
                await pilot.press("n")
        before = screen.scene.target
        await pilot.press("tab")
        assert screen.scene.target != before
        for target in screen.scene.targets:
            assert target in seen(app)
    assert {attempt.action for attempt in kept.made} == {"reveal", "skip"}


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_a_change_is_chosen_with_the_program_in_sight(services: Services, size: tuple[int, int]) -> None:
    app = TutorApp(services, "losses/two-losses")
    async with app.run_test(size=size) as pilot:
        screen = await opened(pilot)
        await pilot.press("escape", "r")
        await until(pilot, lambda: screen.scene.done)
        await pilot.press("e")
        await until(pilot, lambda: "Change one thing" in seen(app))
        experiment = app.screen
        assert isinstance(experiment, ExperimentScreen)
        for line in screen.variant.code.rstrip().split("\n"):
            assert line in seen(app)
        for offer in experiment.trial.offers:
            await pilot.pause(0.05)
            assert offer.title in seen(app), "the chosen change is in sight"
            rows = [row for row in seen(app).split("\n") if "│" in row and "▸" in row]
            assert rows, "and so is the line that it changes"
            removed = [line.text for line in offer.diff if line.sign == "-"]
            assert all(any(text in row for row in rows) for text in removed)
            await pilot.press("down")


async def test_what_is_said_in_passing_hides_nothing_for_long(services: Services) -> None:
    app = TutorApp(services, SINE)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot)
        await pilot.press("escape", "n")
        await until(pilot, lambda: "run it or skip it" in seen(app))
        await pilot.press("h")
        await until(pilot, lambda: "hint 1 of 3" in seen(app))
        assert "run it or skip it" not in seen(app)


async def test_the_explanation_stands_before_what_torch_says_in_many_words(services: Services) -> None:
    app = TutorApp(services, "chains/hidden-leaf")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await pilot.press("escape", "r", "n", "escape", "r")
        await until(pilot, lambda: screen.scene.done)
        assert screen.scene.run.trace.warnings
        for text in ("torch says", "w has a history", "Scale first", "for requires_grad"):
            assert text in seen(app)
        assert "reading it warns" in screen.view.query_one("#words").render().plain


async def test_a_number_that_is_no_derivative_has_no_witnesses(services: Services) -> None:
    app = TutorApp(services, "slopes/square-by-hand")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await pilot.press("escape", "r")
        await until(pilot, lambda: screen.scene.done)
        assert "torch says  slope = 6" in seen(app)
        assert "torch alone" not in seen(app)


async def test_esc_and_a_letter_in_one_packet_are_two_keys(services: Services) -> None:
    app = TutorApp(services, SINE)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("7")
        app.post_message(Key("alt+h", "h"))
        await until(pilot, lambda: "hint 1 of 3" in seen(app))
        assert "read as 7" in seen(app)
