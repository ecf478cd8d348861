"""What the front tells a teacher, kept where all of the teacher's screens find it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual.signal import Signal

from autograd_tutor.room.messages import Ended, Glimpse, Now, Room
from autograd_tutor.room.screen import harmless

if TYPE_CHECKING:
    from autograd_tutor.room.messages import ToSession
    from autograd_tutor.room.view import RoomView, Row
    from autograd_tutor.tui.app import TutorApp
    from autograd_tutor.tui.syllabus import Place, Syllabus


class Desk:
    """The newest view of the room, and who wants to hear of news."""

    def __init__(self, app: TutorApp, clock: Callable[[], float]) -> None:
        self._app = app
        self._clock = clock
        self._received = 0.0
        self._numbered: tuple[Syllabus | None, dict[str, Place]] = (None, {})
        self.view: RoomView | None = None
        """None: nothing came yet."""
        self.news: Signal[Room | Glimpse | Ended] = Signal(app, "the room")

    def hear(self, message: ToSession) -> None:
        """Take what is for a teacher's screens; leave the rest."""
        if isinstance(message, Now) and self.view is not None:
            # Keys act by what holds already; what is seen follows with the next view.
            self.view = replace(self.view, rules=message.rules)
        if isinstance(message, Room):
            self.view, self._received = message.view, self._clock()
        if isinstance(message, Room | Glimpse | Ended):
            self.news.publish(message)

    @property
    def now(self) -> float:
        """UTC seconds by the front's clock, as they have gone on since the view came."""
        return self.view.now + self.age if self.view else 0.0

    @property
    def age(self) -> float:
        """Seconds since the view came."""
        return self._clock() - self._received

    @property
    def places(self) -> Mapping[str, Place]:
        """The course's exercises by key."""
        syllabus = self._app.syllabus
        if self._numbered[0] is not syllabus:
            self._numbered = (syllabus, {place.key: place for place in syllabus.places})
        return self._numbered[1]

    def number(self, key: str) -> str:
        """`10.2` of an exercise; its key where the course here does not have it."""
        place = self.places.get(key)
        return f"{place.lesson.number}.{place.number}" if place else harmless(key, 40)

    def title(self, key: str) -> str:
        """`10.2 Second option: detach`."""
        place = self.places.get(key)
        return f"{self.number(key)} {place.exercise.title}" if place else self.number(key)

    def row(self, name: str) -> Row | None:
        """That student, as the room has them now."""
        return next((row for row in self.view.rows if row.name == name), None) if self.view else None
