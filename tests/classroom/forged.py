"""A session that its input has taken over: the test holds the session's own line, and says on it what it likes."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import stat
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import msgspec

from autograd_tutor.room import wire
from autograd_tutor.room.messages import Ask, FromSession, Ping, Pong, Question, Reply, ToSession, to_session

_PIDFD_GETFD = 438


class Forged:
    """The line of a stopped session."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._unpacker = wire.Unpacker()

    def say(self, message: FromSession) -> None:
        """Anything that can be encoded."""
        self._line.sendall(wire.pack(message))

    def raw(self, data: bytes) -> bool:
        """Bytes as they are; False if the front has hung up."""
        try:
            self._line.sendall(data)
        except OSError:
            return False
        return True

    def ask(self, question: Question, number: int = 77) -> Reply:
        """A question, and the front's answer."""
        self.say(Ask(number, question))
        return next(one for one in self.hears() if isinstance(one, Reply) and one.number == number)

    def hears(self, seconds: float = 10) -> Iterator[ToSession]:
        """What the front says; pings are answered. Raises TimeoutError."""
        end = time.monotonic() + seconds
        data = b""
        while (left := end - time.monotonic()) > 0:
            for payload in self._unpacker.feed(data):
                message = to_session.decode(payload)
                if isinstance(message, Ping):
                    self.say(Pong(message.number))
                yield message
            self._line.settimeout(left)
            data = self._line.recv(1 << 16)
        raise TimeoutError


def framed(message: Any) -> bytes:
    """A message that no session knows, as it would go over the line."""
    payload = msgspec.msgpack.encode(message)
    return struct.pack(">I", len(payload)) + payload


@contextmanager
def forged(pid: int) -> Iterator[Forged]:
    """Stop a session and speak in its place; it goes on afterwards."""
    os.kill(pid, signal.SIGSTOP)
    with _line_of(pid) as line:
        yield Forged(line)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


def _line_of(pid: int) -> socket.socket:
    """A second descriptor for its line, which is its one stream socket that has another end."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = os.pidfd_open(pid)
    try:
        for name in os.listdir(f"/proc/{pid}/fd"):
            if stat.S_ISSOCK(os.stat(f"/proc/{pid}/fd/{name}").st_mode):
                copy = libc.syscall(_PIDFD_GETFD, handle, int(name), 0)
                if copy < 0:
                    raise PermissionError(ctypes.get_errno(), "no descriptor may be taken from another process here")
                found = socket.socket(fileno=copy)
                # asyncio's own pair of sockets is not inherited from the front; the line's other end is in the front.
                pid_there = struct.unpack("3i", found.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
                if pid_there != pid:
                    return found
                found.close()
    finally:
        os.close(handle)
    raise LookupError(f"process {pid} has no line")
