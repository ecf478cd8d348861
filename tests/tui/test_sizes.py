"""The same exercise on small and large terminals: the code is never cut short, and a resize keeps everything."""

from __future__ import annotations

import pytest
from screenplay import Kept, opened, seen, type_text, until

from autograd_tutor.course.load import lessons
from autograd_tutor.tui.app import TutorApp
from autograd_tutor.tui.exercise import ExerciseScreen
from autograd_tutor.tui.listing import lay_out
from autograd_tutor.tui.services import Services

SINE = "chains/sine-of-square"
SIZES = [(60, 20), (80, 24), (120, 40), (200, 60)]


def whole(screen: ExerciseScreen) -> str:
    """The code as the pane would show it, scrolled through, without gutters and wraps."""
    pane = screen.view.query_one("CodePane")
    rows = lay_out(pane.source, pane.size.width - 5)
    assert all(len(row.text) + row.indent <= pane.size.width - 5 + 1 for row in rows)
    lines: dict[int, str] = {}
    for row in rows:
        lines[row.line] = lines.get(row.line, "") + row.text
    return "\n".join(lines[number] for number in sorted(lines))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_everything_is_on_the_screen(services: Services, size: tuple[int, int]) -> None:
    app = TutorApp(services, SINE)
    async with app.run_test(size=size) as pilot:
        screen = await opened(pilot)
        for line in screen.variant.code.rstrip().split("\n"):
            assert line in seen(app)
        for text in ("What is x.grad", "a number, [1, 2]", "enter check"):
            assert text in seen(app)
        assert ("╭─ graph" in seen(app)) == (size[0] >= 100)
        await type_text(pilot, "8cos(16)")
        await until(pilot, lambda: screen.scene.play.phase == "done")
        for line in screen.variant.code.rstrip().split("\n"):
            assert line in seen(app)
        if size[0] < 100:
            await pilot.press("g")
            await pilot.pause()
        assert "┏" in seen(app)
        await pilot.press("right")
        await pilot.pause()
        assert " ".join(screen.scene.stops[1].words.split()[:4]) in seen(app)
        assert "→ step" in seen(app)
        for _ in screen.scene.run.trace.nodes:
            await pilot.press("up")
        await pilot.pause(0.1)
        assert "grad None →" in seen(app)


@pytest.mark.parametrize("width", [20, 40, 60, 75, 200])
def test_wrapped_code_is_the_whole_code(width: int) -> None:
    for lesson in lessons():
        for exercise in lesson.exercises:
            lines: dict[int, str] = {}
            for row in lay_out(exercise.code, width):
                assert row.indent + len(row.text) <= width
                lines[row.line] = lines.get(row.line, "") + row.text
            assert "\n".join(lines.values()) == exercise.code.rstrip("\n")


async def test_a_resize_keeps_the_play(services: Services, kept: Kept) -> None:
    app = TutorApp(services, SINE)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await pilot.press(*"16")
        await pilot.resize_terminal(120, 40)
        await until(pilot, lambda: "╭─ graph" in seen(app))
        assert screen.view.answer.text == "16"
        await pilot.press("escape", "r")
        await until(pilot, lambda: screen.scene.done)
        await pilot.press("right", "right")
        await pilot.resize_terminal(60, 20)
        await until(pilot, lambda: "╭─ graph" not in seen(app))
        assert screen.scene.stop == 2
        assert "step 3 of" in seen(app)


async def test_what_is_chosen_shows_without_colour(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = TutorApp(services, SINE)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await pilot.press("escape", "r")
        await until(pilot, lambda: screen.scene.done)
        await pilot.press("right")
        await pilot.pause()
        assert "▸3" in seen(app)
        assert "▸ 2" in seen(app)
        assert "┏" in seen(app)
        assert "○ Shown" in seen(app)


async def test_code_that_has_no_room_can_be_scrolled_while_one_answers(services: Services) -> None:
    app = TutorApp(services, "losses/cross-entropy")
    async with app.run_test(size=(60, 20)) as pilot:
        await opened(pilot)
        await until(pilot, lambda: "scroll" in seen(app))
        assert "loss.backward()" not in seen(app)
        await pilot.press("1", *["down"] * 8, "2")
        await until(pilot, lambda: "loss.backward()" in seen(app))
        assert "read as 12" in seen(app)
