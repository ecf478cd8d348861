"""The class at the top of a screen: what holds now, how much time is left, what the teacher says."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from autograd_tutor.tui.class_words import deadline, notes

if TYPE_CHECKING:
    from textual.timer import Timer

    from autograd_tutor.tui.app import TutorApp


class ClassLine(Static):
    """Takes no row while there is nothing to say, and no time while no time runs."""

    app: TutorApp
    DEFAULT_CSS = """
    ClassLine { height: auto; padding: 0 1; color: $accent; background: $surface; text-style: bold; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.display = False
        self._timer: Timer | None = None

    @property
    def rows(self) -> int:
        """How many rows it takes."""
        said = self._said()
        return len(said.wrap(max(self.app.size.width - 2, 10))) if said.plain else 0

    def on_mount(self) -> None:
        """Follow the class."""
        for what in ("rules", "message"):
            self.watch(self.app, what, self._follow)

    def on_resize(self) -> None:
        """More or fewer rows."""
        self._follow()

    def _follow(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        until = deadline(self.app.rules)
        runs = until is not None and until > time.time()
        self._timer = self.set_interval(1.0, self._tick) if runs else None
        self.display = self.rows > 0
        self.update(self._said())

    def _tick(self) -> None:
        until = deadline(self.app.rules)
        if until is None or until <= time.time():
            self._follow()
        else:
            self.update(self._said(), layout=False)

    def _said(self) -> Content:
        rules = self.app.rules
        lines = [Content(line) for line in [notes(rules, time.time(), teaches=self.app.teaches)] if line]
        if self.app.message:
            lines.append(Content.styled(self.app.message, "$text-warning"))
        return Content("\n").join(lines)
