"""Stories of a derivative taken apart on the screen."""

from __future__ import annotations

import pytest
from screenplay import Kept, opened, seen, type_text, until
from textual.pilot import Pilot

from autograd_tutor.tui.apart import ApartScreen
from autograd_tutor.tui.app import TutorApp
from autograd_tutor.tui.exercise import ExerciseScreen
from autograd_tutor.tui.services import Services

SINE = "chains/sine-of-square"


async def taken_apart(pilot: Pilot[None], wrong: str) -> ApartScreen:
    """Answer wrong, and then take it apart."""
    app = pilot.app
    await opened(pilot)
    await type_text(pilot, wrong)
    await until(pilot, lambda: "t take apart" in " ".join(seen(app).split()))
    await pilot.press("escape", "t")
    await until(pilot, lambda: isinstance(app.screen, ApartScreen) and app.focused is not None)
    assert isinstance(app.screen, ApartScreen)
    return app.screen


async def test_a_slip_is_carried_on_then_put_right_then_the_answer_is_the_learners(
    services: Services, kept: Kept
) -> None:
    app = TutorApp(services, SINE)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await taken_apart(pilot, "16")
        assert "What is ∂z/∂y, the slope of torch.sin(y) at y = 16?" in seen(app)
        assert screen.scene.choice.span.line == 3
        assert "0.9577" not in seen(app)

        await type_text(pilot, "-0.2879")
        await until(pilot, lambda: "value of torch.sin(y) itself" in seen(app))
        await pilot.press("escape", "n")
        await until(pilot, lambda: "slope of x**2 at x = 4" in seen(app))
        assert screen.scene.choice.span.line == 2
        await type_text(pilot, "2x")
        await until(pilot, lambda: "(−0.2879) · 8" in seen(app))
        await type_text(pilot, "-2.3032")
        await until(pilot, lambda: "∂z/∂y was off" in seen(app))
        assert "steps after it" not in seen(app)
        assert "7.6613" not in seen(app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ExerciseScreen) and "you have" in seen(app))

        await pilot.press("escape", "t")
        await until(pilot, lambda: isinstance(app.screen, ApartScreen) and app.focused is not None)
        await type_text(pilot, "cos(y)")
        await until(pilot, lambda: "(−0.9577) · 8" in seen(app))
        await type_text(pilot, "-7.6613")
        await until(pilot, lambda: "x.grad is yours to answer" in seen(app))
        assert "✓ Right." not in seen(app), "that is about the step before"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ExerciseScreen) and app.focused is not None)
        assert app.screen.view.answer.text == "-7.6613"
        assert app.screen.scene.play.state == "started"
        await pilot.press("enter")
        await until(pilot, lambda: "all three agree" in seen(app))
    actions = [attempt.action for attempt in kept.made]
    assert actions == ["answer", "apart", "step", "keep", "step", "step", "apart", "step", "step", "answer"]
    assert kept.states[SINE] == "solved"


async def test_what_was_learned_is_kept_over_leaving_and_over_a_new_start(services: Services, kept: Kept) -> None:
    app = TutorApp(services, SINE)
    async with app.run_test(size=(80, 24)) as pilot:
        await taken_apart(pilot, "16")
        await type_text(pilot, "cos(16)")
        await until(pilot, lambda: "slope of x**2" in seen(app))
        await pilot.press("escape", "escape")
        await until(pilot, lambda: isinstance(app.screen, ExerciseScreen) and "∂z/∂y = −0.9577" in seen(app))
        assert app.screen.view.answer.text == "16"
        await pilot.press("escape", "t")
        await until(pilot, lambda: isinstance(app.screen, ApartScreen) and app.focused is not None)
        await pilot.press("2", "x")
    assert kept.drafts[SINE] == "16\n2x"
    again = TutorApp(services, SINE)
    async with again.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(again.screen, ApartScreen) and again.focused is not None, 60)
        assert "slope of x**2 at x = 4" in seen(again)
        assert "∂z/∂y = −0.9577" in seen(again)
        assert again.screen.view.answer.text == "2x"
        await pilot.press("escape", "escape")
        await until(pilot, lambda: isinstance(again.screen, ExerciseScreen))
        assert again.screen.view.answer.text == "16"
    assert kept.drafts[SINE] == "16"


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)])
async def test_told_after_two_wrong_answers_and_all_of_it_fits(services: Services, size: tuple[int, int]) -> None:
    app = TutorApp(services, "forks/three-paths")
    async with app.run_test(size=size) as pilot:
        screen = await taken_apart(pilot, "1")
        for wrong in ("77", "78"):
            await type_text(pilot, wrong)
            for _ in wrong:
                await pilot.press("backspace")
        await pilot.press("escape")
        await until(pilot, lambda: "tell this step" in seen(app))
        await pilot.press("s")
        piece = screen.scene.apart.plan.pieces
        await until(pilot, lambda: screen.scene.apart.at == screen.scene.apart.plan.asked[1])
        assert screen.scene.apart.told
        while screen.scene.apart.at is not None:
            assert " ".join(screen.scene.apart.question.split())[-15:] in " ".join(seen(app).split())
            await type_text(pilot, str(piece[screen.scene.apart.at].value.data[0]))
        await until(pilot, lambda: "yours to answer" in " ".join(seen(app).split()))


async def test_where_the_graph_is_cut_yes_or_no_is_asked(services: Services) -> None:
    app = TutorApp(services, "tracking/option-no-grad")
    async with app.run_test(size=(80, 24)) as pilot:
        await taken_apart(pilot, "4")
        assert "Does torch record x**2 on line 3" in seen(app)
        await type_text(pilot, "3")
        await until(pilot, lambda: "Answer yes or no." in seen(app))
        await pilot.press("backspace")
        await type_text(pilot, "yes")
        await until(pilot, lambda: "Is grad mode on when that line runs?" in seen(app))
        assert "go on with mine" not in seen(app)
        await pilot.press("backspace", "backspace", "backspace")
        await type_text(pilot, "no")
        await until(pilot, lambda: "What does x.grad hold" in seen(app))


async def test_nothing_can_be_taken_apart_before_an_answer_nor_where_there_is_no_gradient(services: Services) -> None:
    app = TutorApp(services, "slopes/square-by-hand")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        assert not screen.check_action("apart", ())
        await type_text(pilot, "7")
        await until(pilot, lambda: "✗" in seen(app))
        assert "take apart" not in seen(app)
        await pilot.press("escape", "t")
        assert app.screen is screen
