"""A client's terminal: its bytes in and out of the session, and the cards that stand between two sessions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import asyncssh

from autograd_tutor.classroom.log import LOG
from autograd_tutor.classroom.register import Who
from autograd_tutor.classroom.session import Full, How, Session
from autograd_tutor.room.rules import Terminal
from autograd_tutor.room.screen import harmless

RESTORE = b"\x1b[?1049l\x1b[?25h\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1004l\x1b[?2004l\x1b[<u\x1b[0m"
"""Undoes what a full-screen program sets: for a session that could not do it any more."""
_COLUMNS, _ROWS = (20, 400), (6, 150)
_AGAIN = 3
"""Times that a session is opened anew by itself when the processes behind it die."""
_STEADY = 60.0
"""Seconds that a session has lived after which those times are forgotten."""
_AHEAD = 4096
"""Bytes typed before the session is there that wait for it."""
_HESITATION = 10.0
"""Seconds from a channel to the request for a shell; one that never comes ends the connection."""
_UNSENT = 8 << 20
"""Bytes that a client may leave unread beyond what it announced that it would read; more ends the connection."""
_PARTING = 5.0
"""Seconds that a client has to hang up after the last word."""
_CARDS: dict[How, str] = {
    "left": "",
    "crashed": "Something broke. Your work is saved. Enter starts again, ctrl+d leaves.",
    "hung": "The screen hung and was ended. Your work is saved. Enter starts again, ctrl+d leaves.",
    "lost": "The class's server had to start anew. Your work is saved. Enter starts again, ctrl+d leaves.",
    "closed": "The class is closed. Your work is saved.",
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
        self._opened = 0.0
        self._ahead = b""
        self._gone = False
        self._started = False
        self._task: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        """The client's, of its network."""
        peer = self._channel.get_extra_info("peername")
        return str(peer[0]) if peer else ""

    # --- what the client asks for ---------------------------------------------------------------------------------

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        """The channel is open."""
        self._channel = chan
        limit_environment(chan)
        self._connection = chan.get_connection()
        self._loop = asyncio.get_running_loop()
        self._loop.call_later(_HESITATION, self._hesitated)

    def _hesitated(self) -> None:
        if not self._started:
            self._connection.abort()

    def pty_requested(self, term_type: str, term_size: tuple[int, int, int, int], term_modes: object) -> bool:
        """A terminal, of a size that can be."""
        self.terminal = Terminal(harmless(term_type, 40) or "dumb", columns=term_size[0], rows=term_size[1])
        return True

    def shell_requested(self) -> bool:
        """The tutor, and nothing else."""
        return True

    def session_started(self) -> None:
        """Sit down, if there is a terminal."""
        self._started = True
        if self.terminal is None:
            self._channel.write(b"The tutor needs a terminal: connect with ssh -t.\r\n")
            self._leave(2)
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
        elif b"\x03" in data or b"\x04" in data:
            self._leave(0)
        elif not self._card:
            self._ahead = (self._ahead + data)[:_AHEAD]
        elif b"\r" in data or b"\n" in data:
            self._card = False
            self._again = 0
            self._open()

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
        """The channel has gone, and with it the connection: it is good for nothing else."""
        self._gone = True
        self._connection.close()
        session, self._session = self._session, None
        if session is not None:
            self._cut(session, self)

    # --- what the session says ------------------------------------------------------------------------------------

    def show(self, data: bytes) -> None:
        """What it painted."""
        if not self._channel.is_closing():
            self._channel.write(data)
            if unsent(self._connection) > _UNSENT:
                LOG.warning("%s: the client reads nothing", self.who.name)
                self._connection.abort()

    def wait(self, wait: bool) -> None:
        """It does not keep up with what is typed."""
        if wait:
            self._channel.pause_reading()
        else:
            self._channel.resume_reading()

    def taken(self) -> None:
        """The same name sits elsewhere now."""
        self._session = None
        if not self._gone:
            self._say("This session goes on in another place, where you have just connected.")
            self._leave(0)

    def ended(self, how: How) -> None:
        """The session is over: goodbye, once more, or a card."""
        self._session = None
        if self._channel.is_closing():
            return
        if self._loop.time() - self._opened > _STEADY:
            self._again = 0
        if how == "left":
            self._leave(0)
        elif how == "closed":
            self.turn_away(_CARDS[how])
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
        self._leave(0)

    def _leave(self, code: int) -> None:
        """The client has the last word and hangs up, or is hung up on."""
        if not self._channel.is_closing():
            self._channel.exit(code)
            self._loop.call_later(_PARTING, self._connection.abort)

    def _say(self, sentence: str) -> None:
        self.show(RESTORE + b"\r\n  " + sentence.encode() + b"\r\n")

    def _open(self) -> None:
        """Opened to the end even if the client goes meanwhile: a session half made would belong to nobody."""

        async def opened() -> None:
            try:
                session = await self._opening(self)
            except Full as full:
                self.turn_away(str(full))
            except Exception as problem:
                LOG.error("%s: no session could be opened: %r", self.who.name, problem)
                self.ended("lost")
            else:
                self._sit(session)

        self._opened = self._loop.time()
        self._task = self._loop.create_task(opened())

    def _sit(self, session: Session) -> None:
        if self._gone:
            self._cut(session, self)
        elif session.watcher is self:
            self._session = session
            if self._ahead:
                session.type(self._ahead)
                self._ahead = b""
            if self.terminal is not None and session.seat.terminal != self.terminal:
                session.resize(self.terminal)


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


def unsent(connection: object) -> int:
    """Bytes that wait for the network. asyncssh holds back only what is beyond the window that a client named."""
    transport = getattr(connection, "_transport", None)
    return transport.get_write_buffer_size() if isinstance(transport, asyncio.WriteTransport) else 0
