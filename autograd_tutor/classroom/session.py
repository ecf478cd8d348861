"""One session as the front holds it: the pty's master end, the line to the process, and whoever watches the bytes."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import socket
import struct
import termios
import tty
from collections.abc import Callable, Iterator
from typing import Literal, Protocol

import msgspec

from autograd_tutor.classroom.log import LOG
from autograd_tutor.classroom.register import Who
from autograd_tutor.room.messages import FromSession, Ping, Sit, ToSession, from_session
from autograd_tutor.room.rules import Seat, Terminal
from autograd_tutor.room.wire import BadMessage, Unpacker, pack

_CHUNK = 1 << 16
_WAITING = 1 << 18
"""Bytes typed that the session has not read yet, after which its client has to wait."""
_RESIZE = 0.08
"""Seconds between two changes of size that a session gets to see."""
_SILENCE = 10.0
"""Seconds without an answer to a ping after which a screen counts as hung."""
_YOUTH = 60.0
"""Seconds that a session has to come up, on a machine where a whole class does."""
_SAID = 4 << 20
"""Bytes of the longest message that a session may send: a picture of its screen is the longest that one does."""
_AT_ONCE = 64
"""Questions and runs of one session under way, after which the next ones have to wait."""
_UNREAD = 1 << 27
"""Bytes that wait for a session, after which it counts as hung: it may ask for two of the longest runs at once."""

How = Literal["left", "crashed", "hung", "lost", "closed"]
"""How a session ended. `lost`: the processes behind it died; it is to be opened again. `closed`: the class was."""


class Full(Exception):
    """There is no room for another session under this name, or at all: one sentence."""


class Watcher(Protocol):
    """Whoever sees the session's bytes: a client's channel."""

    @property
    def address(self) -> str:
        """Where it is."""

    def show(self, data: bytes) -> None:
        """What the session painted."""

    def wait(self, wait: bool) -> None:
        """Type no more until told: the session does not keep up."""

    def taken(self) -> None:
        """The same name has connected from elsewhere and took the session over."""

    def ended(self, how: How) -> None:
        """The session is over."""


class Session(asyncio.Protocol):
    """One process with one screen. It outlives the connection that it was opened for."""

    def __init__(self, seat: Seat, who: Who, heard: Callable[[Session, FromSession], None]) -> None:
        self.seat = seat
        self.who = who
        self.pid = 0
        self.watcher: Watcher | None = None
        self.hung = False
        self.leaving = False
        """It was told to save and end."""
        self.over = False
        self.typed = False
        """Keys came since this was last set to False."""
        self._heard = heard
        self._loop = asyncio.get_running_loop()
        self.master, self.slave = os.openpty()
        os.set_blocking(self.master, False)
        # From the start: a key typed before the tutor has the terminal is neither echoed nor a signal to it.
        tty.setraw(self.slave)
        self._set_size(seat.terminal)
        self._line, self.theirs = socket.socketpair()
        self._transport: asyncio.Transport | None = None
        self._under_way = 0
        self._unpacker = Unpacker(_SAID)
        self._typed = bytearray()
        self._reading = False
        self._resizing: asyncio.TimerHandle | None = None
        self._condemned = False
        self._patience = _YOUTH
        self._pinged: float | None = None
        self._touched = True
        self._last_sign = self._loop.time()

    async def begin(self) -> None:
        """Listen to the process; its own ends were handed over."""
        os.close(self.slave)
        self.theirs.close()
        await self._loop.create_unix_connection(lambda: self, sock=self._line)
        self._read(True)

    def abandon(self) -> None:
        """It could not be forked: let go of everything."""
        os.close(self.slave)
        self.theirs.close()
        self._line.close()
        self.finish()

    # --- the line ---------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The line is open."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self.over:
            transport.close()

    def data_received(self, data: bytes) -> None:
        """The session says something."""
        try:
            for payload in self._unpacker.feed(data):
                if self._condemned:
                    return
                self._heard(self, from_session.decode(payload))
        except (BadMessage, msgspec.MsgspecError) as problem:
            LOG.error("%s: the session said what cannot be read (%s)", self.who.name, problem)
            self.kill()

    def tell(self, message: ToSession) -> None:
        """Say something to the session; one that has gone hears nothing."""
        if self._transport is None or self._transport.is_closing() or self._condemned:
            return
        self._transport.write(pack(message))
        if self._transport.get_write_buffer_size() > _UNREAD:
            LOG.warning("%s: the session reads nothing and is ended", self.who.name)
            self.hung = True
            self.kill()

    @contextlib.contextmanager
    def busy(self) -> Iterator[None]:
        """While something is done that it asked for: who asks for too much at once is not listened to meanwhile."""
        self._under_way += 1
        self._listen()
        try:
            yield
        finally:
            self._under_way -= 1
            self._listen()

    def _listen(self) -> None:
        wanted = self._under_way < _AT_ONCE
        if self._transport is not None and wanted != self._transport.is_reading():
            if wanted:
                self._transport.resume_reading()
            else:
                self._transport.pause_reading()

    # --- the pty ----------------------------------------------------------------------------------------------

    def type(self, data: bytes) -> None:
        """What the client typed."""
        self._touched = self.typed = True
        self._typed += data
        self._write()

    def _write(self) -> None:
        if self.over:
            return
        try:
            while self._typed:
                del self._typed[: os.write(self.master, self._typed[:_CHUNK])]
        except BlockingIOError:
            self._loop.add_writer(self.master, self._write)
        except OSError:
            self._typed.clear()
        if not self._typed:
            self._loop.remove_writer(self.master)
        if self.watcher is not None:
            self.watcher.wait(len(self._typed) > _WAITING)

    def _read(self, wanted: bool) -> None:
        if wanted and not self.over:
            self._loop.add_reader(self.master, self._readable)
        elif self._reading and not self.over:
            self._loop.remove_reader(self.master)
        self._reading = wanted

    def _readable(self) -> None:
        try:
            data = os.read(self.master, _CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self._touched = False
        self._last_sign = self._loop.time()
        if not data:
            self._read(False)
        elif self.watcher is not None:
            self.watcher.show(data)

    def flow(self, wanted: bool) -> None:
        """The client keeps up, or does not: then the session waits too."""
        self._read(wanted)

    def resize(self, terminal: Terminal) -> None:
        """The client's window changed; of many changes the last counts."""
        self.seat = msgspec.structs.replace(self.seat, terminal=terminal)
        if self._resizing is None:
            self._resizing = self._loop.call_later(_RESIZE, self._resize)

    def _resize(self) -> None:
        self._resizing = None
        if not self.over:
            self._set_size(self.seat.terminal)

    def _set_size(self, terminal: Terminal) -> None:
        with contextlib.suppress(OSError):
            fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", terminal.rows, terminal.columns, 0, 0))

    # --- who looks at it --------------------------------------------------------------------------------------

    def attach(self, watcher: Watcher, terminal: Terminal | None = None) -> None:
        """From now on `watcher` sees it; with a `terminal`, of another client than before, it is painted anew."""
        self.watcher = watcher
        self._read(True)
        if terminal is not None:
            self.seat = msgspec.structs.replace(self.seat, terminal=terminal)
            self._set_size(terminal)
            self.tell(Sit(terminal))

    def detach(self, watcher: Watcher) -> None:
        """The client has gone; what is painted meanwhile goes nowhere."""
        if self.watcher is watcher:
            self.watcher = None
            self._read(True)

    # --- life -------------------------------------------------------------------------------------------------

    def born(self, pid: int) -> None:
        """The process runs."""
        self.pid = pid
        if self._condemned:
            self.kill()

    def beat(self, now: float) -> None:
        """Called each second: is the screen alive? Painting is a sign; one that waits for its client is not asked."""
        if self._pinged is None or not self._reading:
            self._pinged = None
            young = self._patience == _YOUTH  # it has never answered: nobody knows yet what a sign of it is worth
            if self._reading and (young or self._touched or now - self._last_sign >= _SILENCE):
                self._touched = False
                self._pinged = now
                self.tell(Ping(int(now)))
        elif now - self._pinged > self._patience:
            LOG.warning("%s: the screen hung for %d seconds and is ended", self.who.name, self._patience)
            self.hung = True
            self.kill()

    def alive(self) -> None:
        """It answered."""
        self._pinged = None
        self._patience = _SILENCE
        self._last_sign = self._loop.time()

    def kill(self) -> None:
        """End the process at once; what it said meanwhile is not heard."""
        self._condemned = True
        if self.pid and not self.over:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def finish(self) -> None:
        """The process has ended: pass on its last bytes, let go of everything."""
        if self.over:
            return
        with contextlib.suppress(OSError):
            while (data := os.read(self.master, _CHUNK)) and self.watcher is not None:
                self.watcher.show(data)
        self._read(False)
        self._loop.remove_writer(self.master)
        self.over = True
        if self._resizing is not None:
            self._resizing.cancel()
        if self._transport is not None:
            self._transport.close()
        os.close(self.master)
