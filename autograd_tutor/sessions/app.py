"""The tutor at a seat: painted by `SeatDriver`, watched, taken over and ended as the front says."""

from __future__ import annotations

import asyncio
import os
from functools import partial

from textual.css.stylesheet import Stylesheet

from autograd_tutor.room.messages import Leave, Now, Shown, Sit, ToSession
from autograd_tutor.room.screen import Picture
from autograd_tutor.sessions.driver import SeatDriver
from autograd_tutor.sessions.line import Line
from autograd_tutor.tui.app import TutorApp
from autograd_tutor.tui.mirror import picture
from autograd_tutor.tui.services import Services

CUT = 71
"""Exit code after the front closed the line."""
_APART = 0.25
"""Seconds between two pictures for whoever watches."""


class SeatApp(TutorApp):
    """What a session runs."""

    def __init__(self, services: Services, start: str | None, line: Line, styles: Stylesheet) -> None:
        """`styles` were read in the parent, with the variables of the same theme."""
        super().__init__(services, start)
        self.driver_class = SeatDriver
        self.stylesheet = styles
        self._line = line
        self._watched = False
        self._shown: Picture | None = None
        self._showing: asyncio.TimerHandle | None = None

    def refresh_css(self, animate: bool = True) -> None:
        """No theme changes, so there is nothing to read again."""
        self.stylesheet.update(self, animate=animate)

    def on_load(self) -> None:
        """Hear the front from the start."""
        self._line.attach(self._front_said, partial(os._exit, CUT), self._handle_exception)

    def post_display_hook(self) -> None:
        """Something was painted: whoever watches sees it soon, with what is painted until then."""
        if self._watched and self._showing is None:
            self._showing = asyncio.get_running_loop().call_later(_APART, self._show)

    def _show(self) -> None:
        self._showing = None
        if self._watched and self.is_running and self.screen_stack:
            seen = picture(self)
            if seen != self._shown:
                self._shown = seen
                self._line.tell(Shown(seen))

    def _front_said(self, message: ToSession) -> None:
        match message:
            case Now(rules):
                if rules.watched and not self._watched:
                    self._shown = None
                self._watched = rules.watched
                self.post_display_hook()
            case Sit():
                if isinstance(self._driver, SeatDriver):
                    self._driver.sit()
            case Leave():
                self.exit()
