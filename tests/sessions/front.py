"""A small front for tests: starts the sessions' parent, opens seats, shows their screens, answers what they ask."""

from __future__ import annotations

import fcntl
import os
import select
import socket
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pyte

from autograd_tutor.room import messages as said
from autograd_tutor.room import parenting, wire
from autograd_tutor.room.rules import Rules, Seat, Terminal
from autograd_tutor.sandbox.client import Sandbox
from autograd_tutor.sandbox.protocol import Job

SINE = "chains/sine-of-square"
Answer = Callable[[said.Question], Any]
Told = TypeVar("Told")
Relay = Callable[[bytes], list[tuple[bytes, bytes]]]


class Session:
    """One session: its screen, what it told, and what it may be answered."""

    def __init__(self, seat: Seat, answer: Answer, relay: Relay) -> None:
        self.seat = seat
        self.told: list[said.FromSession] = []
        self.code: int | None = None
        self.pid = 0
        self.bytes = 0
        self._answer = answer
        self._relay = relay
        self.silent = False
        """Answers nothing that it asks."""
        self.master, self.slave = os.openpty()
        self.size(seat.terminal)
        self.line, self.theirs = socket.socketpair()
        self._unpacker = wire.Unpacker()
        self.screen = pyte.Screen(seat.terminal.columns, seat.terminal.rows)
        self._stream = pyte.ByteStream(self.screen)
        self.raw: list[bytes] = []

    def size(self, terminal: Terminal) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", terminal.rows, terminal.columns, 0, 0))

    def resize(self, columns: int, rows: int) -> None:
        self.screen.resize(rows, columns)
        self.size(Terminal(columns=columns, rows=rows))

    @property
    def text(self) -> str:
        return "\n".join(row.rstrip() for row in self.screen.display)

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def heard_of(self, kind: type[Told]) -> list[Told]:
        """All that it told of one kind."""
        return [message for message in self.told if isinstance(message, kind)]

    def tell(self, message: said.ToSession) -> None:
        self.line.sendall(wire.pack(message))

    def painted(self) -> None:
        try:
            data = os.read(self.master, 1 << 16)
        except OSError:
            data = b""
        self.bytes += len(data)
        self.raw.append(data)
        self._stream.feed(data)

    def heard(self) -> None:
        with suppress(ConnectionError):
            self._take(self.line.recv(1 << 16))

    def _take(self, data: bytes) -> None:
        for payload in self._unpacker.feed(data):
            message = said.from_session.decode(payload)
            self.told.append(message)
            if isinstance(message, said.Ask) and not self.silent:
                value = msgspec.Raw(said.encoder.encode(self._answer(message.question)))
                self.tell(said.Reply(message.number, value))
            elif isinstance(message, said.Execute):
                for kind, payload in self._relay(message.job):
                    self.tell(said.Frame(message.number, kind, payload))


class Front:
    """Use as a context: the parent is up inside."""

    module = "autograd_tutor.sessions.parent"

    def __init__(self, answer: Answer | None = None, sandbox: Sandbox | None = None) -> None:
        self._answer = answer or forgetful
        self._relay: Relay = partial(relay, sandbox) if sandbox else lambda job: [(b"", b"There is no sandbox here.")]
        self.sessions: dict[int, Session] = {}
        self.forked: list[parenting.Forked] = []

    def __enter__(self) -> Front:
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            here = str(Path(__file__).parent)
            self.parent = subprocess.Popen(
                [sys.executable, "-P", "-m", self.module, str(theirs.fileno())],
                stdin=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), here]))},
            )
        self.up = parenting.from_parent.decode(self.channel.recv(1 << 16))
        return self

    def __exit__(self, *_: object) -> None:
        for session in self.sessions.values():
            session.line.close()
            os.close(session.master)
        self.channel.close()
        assert self.parent.stdin is not None
        self.parent.stdin.close()
        self.parent.wait()

    def open(
        self, name: str = "alice", start: str | None = SINE, terminal: Terminal | None = None, **more: Any
    ) -> Session:
        seat = Seat(len(self.sessions) + 1, name, more.pop("role", "student"), "class", terminal or Terminal(), start)
        session = Session(seat, self._answer, self._relay)
        self.sessions[seat.number] = session
        socket.send_fds(
            self.channel, [said.encoder.encode(parenting.Open(seat))], [session.slave, session.theirs.fileno()]
        )
        os.close(session.slave)
        session.theirs.close()
        session.tell(said.Now(more.pop("rules", Rules())))
        return session

    def turn(self, seconds: float) -> bool:
        """Take in what there is; False if there was nothing for so long."""
        watched: dict[Any, Callable[[], None]] = {self.channel: self._report}
        for session in self.sessions.values():
            if session.code is None:
                watched[session.master] = session.painted
                watched[session.line] = session.heard
        ready = select.select(list(watched), [], [], seconds)[0]
        for one in ready:
            watched[one]()
        return bool(ready)

    def until(self, true: Callable[[], Any], seconds: float = 10) -> float:
        """Go on until that; the seconds it took."""
        began = time.perf_counter()
        while not true():
            left = began + seconds - time.perf_counter()
            if left < 0:
                screens = "\n".join(session.text for session in self.sessions.values())
                raise AssertionError(f"it did not come about in {seconds} s; on the screens:\n{screens}")
            self.turn(min(left, 0.1))
        return time.perf_counter() - began

    def settle(self, quiet: float = 0.3) -> None:
        while self.turn(quiet):
            pass

    def _report(self) -> None:
        message = parenting.from_parent.decode(self.channel.recv(1 << 16))
        if isinstance(message, parenting.Forked):
            self.sessions[message.number].pid = message.pid
        elif isinstance(message, parenting.Over):
            self.sessions[message.number].code = message.code


def forgetful(question: said.Question) -> Any:
    """Records without a past."""
    return [] if isinstance(question, said.Attempts | said.Places | said.History) else None


@cache
def relay(sandbox: Sandbox, job: bytes) -> list[tuple[bytes, bytes]]:
    """The frames of a run; the same job is run once."""
    frames: list[tuple[bytes, bytes]] = []
    sandbox.relay(msgspec.msgpack.decode(job, type=Job), lambda kind, payload: frames.append((kind, payload)))
    return frames
