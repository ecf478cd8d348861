"""Playing the tutor from tests: what is on the screen, waiting, typing; records that live as long as a test."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from textual.pilot import Pilot

from autograd_tutor.records.store import Place
from autograd_tutor.sandbox.client import Sandbox
from autograd_tutor.sandbox.protocol import Job, Run
from autograd_tutor.teaching.model import Attempt
from autograd_tutor.tui.app import TutorApp
from autograd_tutor.tui.exercise import ExerciseScreen


@dataclass
class Kept:
    """Records that live as long as the test."""

    made: list[Attempt] = field(default_factory=list)
    drafts: dict[str, str] = field(default_factory=dict)
    visits: list[tuple[str, int]] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=dict)

    def record(self, attempt: Attempt) -> None:
        self.made.append(attempt)
        self.states[attempt.exercise] = attempt.state

    def attempts(self, exercise: str) -> list[Attempt]:
        return [attempt for attempt in self.made if attempt.exercise == exercise]

    def places(self) -> list[Place]:
        order = list(dict.fromkeys([*reversed([key for key, _ in self.visits]), *self.states]))
        seeds = dict(self.visits)
        return [Place(key, self.states[key], seeds.get(key, 0), self.drafts.get(key, "")) for key in order]

    def visit(self, key: str, seed: int) -> None:
        self.visits.append((key, seed))
        self.states.setdefault(key, "started")

    def draft(self, key: str, seed: int) -> str | None:
        return self.drafts.get(key)

    def save_draft(self, key: str, seed: int, text: str) -> None:
        if dict(self.visits).get(key) == seed:
            self.drafts[key] = text


class Shared:
    """One warm sandbox for many apps: closing an app leaves it open."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def start(self) -> None:
        self._sandbox.start()

    def run(self, job: Job) -> Run:
        return self._sandbox.run(job)

    def close(self) -> None:
        pass


def seen(app: TutorApp) -> str:
    """The whole screen as text."""
    return "\n".join("".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips())


async def until(pilot: Pilot[None], true: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for the screen to come to a state."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, seen(pilot.app)  # type: ignore[arg-type]
        await pilot.pause(0.02)
    await pilot.pause()


async def opened(pilot: Pilot[None]) -> ExerciseScreen:
    """The exercise screen, its program run."""
    app = pilot.app
    await until(pilot, lambda: isinstance(app.screen, ExerciseScreen) and app.screen.scene.run is not None, 90)
    screen = app.screen
    assert isinstance(screen, ExerciseScreen)
    await until(pilot, lambda: app.focused is not None)
    return screen


async def type_text(pilot: Pilot[None], text: str) -> None:
    """Type into what has the focus, then enter."""
    for character in text:
        await pilot.press(_KEYS.get(character, character))
    await pilot.press("enter")
    await pilot.pause()


_KEYS = {
    "(": "left_parenthesis",
    ")": "right_parenthesis",
    ".": "full_stop",
    "-": "minus",
    "*": "asterisk",
    " ": "space",
    "[": "left_square_bracket",
    "]": "right_square_bracket",
    ",": "comma",
}
