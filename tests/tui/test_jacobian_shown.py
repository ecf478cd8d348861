"""A step's Jacobian on the screen: its sentence under the step, its matrix where there is room or on demand."""

from __future__ import annotations

import pytest
from screenplay import opened, seen, type_text, until

from autograd_tutor.tui.app import TutorApp
from autograd_tutor.tui.services import Services

PRODUCT = "vectors/matrix-product"
LAST = "G·J goes on       11      15      11      15"


@pytest.mark.parametrize(("size", "at_once"), [((80, 24), False), ((120, 36), True)])
async def test_the_matrix_is_there_or_comes_by_a_key(services: Services, size: tuple[int, int], at_once: bool) -> None:
    app = TutorApp(services, PRODUCT)
    async with app.run_test(size=size) as pilot:
        screen = await opened(pilot)
        await type_text(pilot, "[[11, 15], [11, 15]]")
        await until(pilot, lambda: screen.scene.done)
        assert "j Jacobian" not in seen(app)
        for _ in range(2):
            await pilot.press("right")
        await until(pilot, lambda: "block diagonal" in seen(app))
        assert (LAST in seen(app)) == at_once
        await pilot.press("j")
        await until(pilot, lambda: (LAST in seen(app)) != at_once)
        if not at_once:
            for line in (*screen.variant.code.rstrip().split("\n"), "▸ 3  ∂loss/∂W", "block diagonal", "j Jacobian"):
                assert line in seen(app)
        await pilot.press("j")
        await until(pilot, lambda: (LAST in seen(app)) == at_once)


async def test_on_a_narrow_screen_it_is_told_in_words(services: Services) -> None:
    app = TutorApp(services, "vectors/column")
    async with app.run_test(size=(60, 20)) as pilot:
        screen = await opened(pilot)
        await type_text(pilot, "[[0.5], [0.5]]")
        await until(pilot, lambda: screen.scene.done)
        await pilot.press("right")
        await until(pilot, lambda: "The Jacobian, 1 output × 10 inputs" in seen(app))
        assert "→ step" in seen(app)
        assert "goes on" not in seen(app)
