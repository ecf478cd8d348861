"""A seat in a class for tests: a line that keeps what the front is told, and says what the front would."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from msgspec.structs import replace as changed
from screenplay import until
from textual.pilot import Pilot

from autograd_tutor.room.messages import FromSession, Leave, Now, Question, Say, ToSession
from autograd_tutor.room.rules import Poll, Rules, Seat, Terminal
from autograd_tutor.tui.app import TutorApp
from autograd_tutor.tui.services import Services


@dataclass
class FrontLine:
    """The session's end of a line whose other end is the test."""

    seat: Seat = field(default_factory=lambda: Seat(1, "alice", "student", "spring-26", Terminal()))
    told: list[FromSession] = field(default_factory=list)
    rules: Rules = field(default_factory=Rules)
    heard: Callable[[ToSession], None] | None = None

    def listen(self, heard: Callable[[ToSession], None]) -> None:
        self.heard = heard
        heard(Now(self.rules))

    def tell(self, message: FromSession) -> None:
        self.told.append(message)

    async def ask(self, question: Question) -> Any:
        raise RuntimeError("nobody answers here")

    def now(self, **change: Any) -> None:
        """The front says what holds now."""
        self.rules = changed(self.rules, **change)
        self.say(Now(self.rules))

    def phase(self, phase: str, **change: Any) -> None:
        """The poll goes on."""
        assert self.rules.poll is not None
        self.now(poll=changed(self.rules.poll, phase=phase, **change))

    def say(self, message: ToSession) -> None:
        assert self.heard is not None
        self.heard(message)

    def of(self, kind: type[FromSession]) -> list[Any]:
        """What the front was told of one kind."""
        return [message for message in self.told if isinstance(message, kind)]


def seated(services: Services, line: FrontLine, start: str | None = None) -> TutorApp:
    """The app at that seat."""
    return TutorApp(replace(services, line=line), start)


async def on_screen(pilot: Pilot[None], kind: type) -> Any:
    """The screen of that kind, once it is there and its program has run."""
    app = pilot.app
    await until(pilot, lambda: isinstance(app.screen, kind))
    if hasattr(app.screen, "scene"):
        await until(pilot, lambda: app.screen.scene.run is not None)
    return app.screen


__all__ = ["FrontLine", "Leave", "Poll", "Say", "on_screen", "seated"]
