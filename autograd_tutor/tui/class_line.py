"""One line at the top of a screen: what holds in the class now, and how much time is left."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from autograd_tutor.tui.class_words import deadline, notes

if TYPE_CHECKING:
    from textual.timer import Timer

    from autograd_tutor.room.rules import Rules
    from autograd_tutor.tui.app import TutorApp


class ClassLine(Static):
    """Takes no row while there is nothing to say, and no time while no time runs."""

    app: TutorApp
    DEFAULT_CSS = "ClassLine { height: 1; padding: 0 1; color: $accent; background: $surface; text-style: bold; }"

    def __init__(self) -> None:
        super().__init__()
        self.display = False
        self._timer: Timer | None = None

    @property
    def rows(self) -> int:
        """How many rows it takes."""
        return 1 if notes(self.app.rules, 0.0) else 0

    def on_mount(self) -> None:
        """Follow the class."""
        self.watch(self.app, "rules", self._obey)

    def _obey(self, rules: Rules | None) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        until = deadline(rules)
        if until is not None and until > time.time():
            self._timer = self.set_interval(1.0, self._tick)
        self.display = self.rows > 0
        self._say()

    def _tick(self) -> None:
        until = deadline(self.app.rules)
        if self._timer is not None and (until is None or until <= time.time()):
            self._timer.stop()
            self._timer = None
        self._say()

    def _say(self) -> None:
        line = Content(notes(self.app.rules, time.time()))
        self.update(line.truncate(max(self.app.size.width - 2, 10), ellipsis=True), layout=False)
