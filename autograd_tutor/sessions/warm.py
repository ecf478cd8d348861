"""What the parent pays for once: imports, the lessons, the styles, the grammar, a first run of the app."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from autograd_tutor.course.load import lessons
from autograd_tutor.course.model import Lesson
from autograd_tutor.sandbox.client import not_run
from autograd_tutor.tui.app import TutorApp
from autograd_tutor.tui.services import Services, Where

if TYPE_CHECKING:
    from textual.css.stylesheet import Stylesheet
    from textual.pilot import Pilot

    from autograd_tutor.sandbox.protocol import Job, Run
    from autograd_tutor.teaching.model import Attempt


_LATER = (
    "autograd_tutor.teaching.experiments",
    "autograd_tutor.teaching.walk",
    "autograd_tutor.tui.class_follow",
    "autograd_tutor.tui.class_poll",
    "autograd_tutor.tui.editor",
    "autograd_tutor.tui.experiment",
    "autograd_tutor.tui.mirror",
    "autograd_tutor.tui.room.room",
)
"""What the app imports when it is first used."""


class _Nothing:
    """Records without a past and a sandbox that can't run: enough to see every screen once."""

    def start(self) -> None: ...

    def close(self) -> None: ...

    def run(self, job: Job) -> Run:
        return not_run(job, "There is no sandbox yet.")

    def record(self, attempt: Attempt) -> None: ...

    def attempts(self, exercise: str) -> Sequence[Attempt]:
        return ()

    def places(self) -> Sequence[Where]:
        return ()

    def visit(self, key: str, seed: int) -> None: ...

    def draft(self, key: str, seed: int) -> str | None:
        return None

    def save_draft(self, key: str, seed: int, text: str) -> None: ...


@cache
def course() -> Sequence[Lesson]:
    """The lessons, read once for all sessions."""
    return tuple(lessons())


def up() -> Stylesheet:
    """Play a little of the first exercise, on no terminal; all styles that this led to, read and parsed."""
    for later in _LATER:
        import_module(later)

    lesson = course()[0]
    nothing = _Nothing()
    services = Services(nothing, course, lambda: nothing, time.monotonic)
    app = TutorApp(services, f"{lesson.id}/{lesson.exercises[0].id}")
    app.run(headless=True, size=(80, 24), auto_pilot=_play)
    if app.return_code:
        sys.exit("The tutor does not run, so that no session can be opened.")
    app.stylesheet.parse()
    return app.stylesheet


async def _play(pilot: Pilot[object]) -> None:
    await pilot.pause(0.2)
    for key in (*"2*x", "enter", "escape", "question_mark", "escape"):
        await pilot.press(key)
    await pilot.resize_terminal(120, 40)
    await pilot.pause(0.1)
    await pilot.press("escape")
    await pilot.pause(0.1)
    await pilot.press("q")
