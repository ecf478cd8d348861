"""A client's terminal: its bytes in and out of the session, and the cards that stand between two sessions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import asyncssh

from autograd_tutor.classroom.log import LOG
from autograd_tutor.classroom.register import Who
from autograd_tutor.classroom.session import How, Session
from autograd_tutor.room.rules import Terminal
from autograd_tutor.room.screen import harmless

RESTORE = b"\x1b[?1049l\x1b[?25h\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1004l\x1b[?2004l\x1b[<u\x1b[0m"
"""Undoes what a full-screen program sets: for a session that could not do it any more."""
_COLUMNS, _ROWS = (20, 400), (6, 150)
_AGAIN = 3
"""Times that a session is opened anew by itself when the processes behind it die."""
_CARDS: dict[How, str] = {
    "left": "",
    "crashed": "Something broke. Your work is saved. Enter starts again, ctrl+d leaves.",
    "hung": "The screen hung and was ended. Your work is saved. Enter starts again, ctrl+d leaves.",
    "lost": "The class's server had to start anew. Your work is saved. Enter starts again, ctrl+d leaves.",
}

Opening = Callable[["Screen"], Awaitable[Session]]
"""Seats a screen: the front's."""


class Screen(asyncssh.SSHServerSession[bytes]):
    """One channel of one connection. It implements `session.Watcher`."""

    def __init__(self, who: Who, opening: Opening, cut: Callable[[Session, Screen], None]) -> None:
        self.who = who
        self.terminal: Terminal | None = None
        self._opening = opening
        self._cut = cut
        self._session: Session | None = None
        self._channel: asyncssh.SSHServerChannel[bytes]
        self._card = False
        self._again = 0
        self._task: asyncio.Task[None] | None = None

    # --- what the client asks for ---------------------------------------------------------------------------------

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        """The channel is open."""
        self._channel = chan
        limit_environment(chan)

    def pty_requested(self, term_type: str, term_size: tuple[int, int, int, int], term_modes: object) -> bool:
        """A terminal, of a size that can be."""
        self.terminal = Terminal(harmless(term_type, 40) or "dumb", columns=term_size[0], rows=term_size[1])
        return True

    def shell_requested(self) -> bool:
        """The tutor, and nothing else."""
        return True

    def session_started(self) -> None:
        """Sit down, if there is a terminal."""
        if self.terminal is None:
            self._channel.write(b"The tutor needs a terminal: connect with ssh -t.\r\n")
            self._channel.exit(2)
            return
        colour, plain = (self._channel.get_environment().get(name, "") for name in ("COLORTERM", "NO_COLOR"))
        self.terminal = clamped(
            Terminal(
                self.terminal.term,
                colorterm=harmless(colour, 20),
                no_color=bool(plain),
                columns=self.terminal.columns,
                rows=self.terminal.rows,
            )
        )
        self._channel.set_write_buffer_limits(high=1 << 17)
        self._open()

    def terminal_size_changed(self, width: int, height: int, pixwidth: int, pixheight: int) -> None:
        """The window changed."""
        if self.terminal is not None:
            old = self.terminal
            self.terminal = clamped(Terminal(old.term, old.colorterm, old.no_color, width, height))
            if self._session is not None:
                self._session.resize(self.terminal)

    def data_received(self, data: bytes, datatype: int | None) -> None:
        """Keys; before a card, enter begins again and ctrl+c or ctrl+d leaves."""
        if self._session is not None:
            self._session.type(data)
        elif self._card and (b"\r" in data or b"\n" in data):
            self._card = False
            self._again = 0
            self._open()
        elif b"\x03" in data or b"\x04" in data:
            self._channel.exit(0)

    def eof_received(self) -> bool:
        """The client sends no more: leave."""
        return False

    def signal_received(self, signal: str) -> None:
        """Signals reach no process here."""

    def break_received(self, msec: int) -> bool:
        """Nor do breaks."""
        return True

    def pause_writing(self) -> None:
        """The line is slow: the session waits."""
        if self._session is not None:
            self._session.flow(False)

    def resume_writing(self) -> None:
        """It keeps up again."""
        if self._session is not None:
            self._session.flow(True)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection was cut, or closed."""
        if self._task is not None:
            self._task.cancel()
        session, self._session = self._session, None
        if session is not None:
            self._cut(session, self)

    # --- what the session says ------------------------------------------------------------------------------------

    def show(self, data: bytes) -> None:
        """What it painted."""
        if not self._channel.is_closing():
            self._channel.write(data)

    def wait(self, wait: bool) -> None:
        """It does not keep up with what is typed."""
        if wait:
            self._channel.pause_reading()
        else:
            self._channel.resume_reading()

    def taken(self) -> None:
        """The same name sits elsewhere now."""
        self._session = None
        self._say("This session goes on in another place, where you have just connected.")
        self._channel.exit(0)

    def ended(self, how: How) -> None:
        """The session is over: goodbye, once more, or a card."""
        self._session = None
        if self._channel.is_closing():
            return
        if how == "left":
            self._channel.exit(0)
        elif how == "lost" and self._again < _AGAIN:
            self._again += 1
            self._say("One moment: the class's server is starting anew. Your work is saved.")
            self._open()
        else:
            self._say(_CARDS[how])
            self._card = True

    def turn_away(self, sentence: str) -> None:
        """Say why there is no session, and close."""
        self._say(sentence)
        self._channel.exit(1)

    def _say(self, sentence: str) -> None:
        self.show(RESTORE + b"\r\n  " + sentence.encode() + b"\r\n")

    def _open(self) -> None:
        async def opened() -> None:
            try:
                session = await self._opening(self)
            except Exception as problem:
                LOG.error("%s: no session could be opened: %r", self.who.name, problem)
                self.ended("lost")
                return
            self._session = session
            if self.terminal is not None and session.seat.terminal != self.terminal:
                session.resize(self.terminal)

        self._task = asyncio.get_running_loop().create_task(opened())


def clamped(terminal: Terminal) -> Terminal:
    """Of a size that a program can paint: 80x24 where the client names none."""
    columns, rows = terminal.columns or 80, terminal.rows or 24
    return Terminal(
        terminal.term,
        terminal.colorterm,
        terminal.no_color,
        min(max(columns, _COLUMNS[0]), _COLUMNS[1]),
        min(max(rows, _ROWS[0]), _ROWS[1]),
    )


class _Few(dict[bytes, bytes]):
    """The variables that a client sets: a few short ones are kept, the rest dropped."""

    def __setitem__(self, name: bytes, value: bytes) -> None:
        if len(self) < 32 and len(name) <= 64 and len(value) <= 256:
            super().__setitem__(name, value)


def limit_environment(channel: asyncssh.SSHServerChannel[bytes]) -> None:
    """asyncssh keeps whatever a client sends; there is no option for a limit."""
    if isinstance(getattr(channel, "_env", None), dict):
        channel._env = _Few()
