"""A Textual driver for a session: on the app's own event loop, without threads; the front holds the terminal, a pty."""

from __future__ import annotations

import asyncio
import os
import signal
import termios
from codecs import getincrementaldecoder
from contextlib import suppress
from typing import TYPE_CHECKING

from textual import constants
from textual._xterm_parser import XTermParser
from textual.driver import Driver
from textual.events import Resize
from textual.geometry import Size

from autograd_tutor.sessions.input import Flood, PasteLimit

if TYPE_CHECKING:
    from textual.message import Message

    from autograd_tutor.tui.app import TutorApp

_INPUT, _OUTPUT = 0, 1
_PIECE = 4096
_QUIT = "\x03"
"""Ctrl+c, which is never dropped."""
_CALM = 0.1
"""Seconds between two looks at the window's size, while it is being dragged."""
_ENTER = (
    "\x1b[?1049h"  # the alternate screen
    "\x1b[?1000h\x1b[?1002h\x1b[?1006h"  # the mouse: clicks, the wheel, dragging; no report of mere movement
    "\x1b[?25l"  # no cursor
    "\x1b[?2004h"  # a paste is marked as one
    "\x1b[?7l"  # no line wrap
    "\x1b[?2026$p"  # can it show a frame as a whole?
)
_LEAVE = "\x1b[?2004l\x1b[?7h\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[?1049l\x1b[?25h"


class SeatDriver(Driver):
    """Reads keys from descriptor 0, paints on descriptor 1."""

    def __init__(
        self, app: TutorApp, *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._tutor = app
        self._parser = XTermParser()
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._pastes = PasteLimit()
        self._flood = Flood()
        self._written: list[str] = []
        self._flushing: asyncio.Handle | None = None
        self._resizing: asyncio.TimerHandle | None = None
        self._shown = Size(0, 0)

    def start_application_mode(self) -> None:
        """Take the terminal, which is `raw` already."""
        self._loop.add_reader(_INPUT, self._read)
        self._loop.add_signal_handler(signal.SIGWINCH, self._size_changed)
        self.write(_ENTER)
        self._tell_size()

    def disable_input(self) -> None:
        """Hear nothing more."""
        self._loop.remove_reader(_INPUT)
        self._loop.remove_signal_handler(signal.SIGWINCH)

    def stop_application_mode(self) -> None:
        """Give the terminal back as it was."""
        self.disable_input()
        self.write(_LEAVE)
        self.flush()

    def sit(self) -> None:
        """Another terminal is there now: everything again."""
        self.write(_ENTER)
        self._tell_size()
        self._app.refresh(layout=True)

    def send_message(self, message: Message) -> None:
        """Hand one event to the app."""
        self._app.post_message(message)

    # --- what is painted ----------------------------------------------------------------------------------------

    def write(self, data: str) -> None:
        """Paint, with the next flush, or at the end of this turn of the loop."""
        self._written.append(data)
        if self._flushing is None:
            self._flushing = self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Hand over all that was written, as one piece; waits while the front does not keep up."""
        if self._flushing is not None:
            self._flushing.cancel()
            self._flushing = None
        data = memoryview("".join(self._written).encode("utf-8", "replace"))
        self._written.clear()
        with suppress(OSError):  # the front has closed the terminal: reading says so, too
            while data:
                data = data[os.write(_OUTPUT, data) :]

    # --- what is typed ------------------------------------------------------------------------------------------

    def _read(self) -> None:
        try:
            data = os.read(_INPUT, _PIECE)
        except OSError:
            data = b""
        if not data:
            self._loop.remove_reader(_INPUT)
            self._app.exit()
            return
        text = self._decode(data)
        if self._flood.rises(self._tutor.keys_waiting, self._loop.time()):
            text = _QUIT if _QUIT in text else ""
            self._pastes, self._parser = PasteLimit(), XTermParser()
        self._feed(self._pastes.passed(text))
        if "\x1b" in text:
            self._loop.call_later(constants.ESCAPE_DELAY + 0.01, self._tick)

    def _feed(self, text: str) -> None:
        if text:
            for event in self._parser.feed(text):
                self.process_message(event)

    def _tick(self) -> None:
        """An escape that nothing followed is the key."""
        for event in self._parser.tick():
            self.process_message(event)

    # --- its size -----------------------------------------------------------------------------------------------

    def _size_changed(self) -> None:
        if self._resizing is None:
            self._resizing = self._loop.call_later(_CALM, self._tell_size)

    def _tell_size(self) -> None:
        self._resizing = None
        size = Size(*os.get_terminal_size(_OUTPUT))
        if size != self._shown:
            self._shown = size
            self.send_message(Resize(size, size))


def raw() -> None:
    """Set the terminal so that each key comes as it is pressed, ctrl+c among them. To be done before confinement."""
    modes = termios.tcgetattr(_INPUT)
    modes[0] &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
    modes[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
    modes[6][termios.VMIN] = 1
    termios.tcsetattr(_INPUT, termios.TCSANOW, modes)
