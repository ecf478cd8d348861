"""The warm parent of the session processes, as the front holds it: started, asked for sessions, started again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from autograd_tutor.classroom.log import LOG
from autograd_tutor.room.messages import encoder
from autograd_tutor.room.parenting import FromParent, Open, from_parent
from autograd_tutor.room.rules import Seat

_PACKET = 1 << 16


class Parent:
    """One warm parent. `heard` gets what it says; `lost` is called once, when it has gone."""

    def __init__(self, errors: Path, heard: Callable[[FromParent], None], lost: Callable[[Parent], None]) -> None:
        self._heard = heard
        self._lost = lost
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._channel.setblocking(False)
        with theirs, errors.open("ab") as stream:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "autograd_tutor.sessions.parent", str(theirs.fileno())],
                stdin=subprocess.PIPE,
                stdout=stream,
                stderr=stream,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            )
        asyncio.get_running_loop().add_reader(self._channel, self._readable)

    def open(self, seat: Seat, terminal: int, line: int) -> None:
        """Fork a session; both descriptors are sent along. Raises OSError if the parent has gone."""
        socket.send_fds(self._channel, [encoder.encode(Open(seat))], [terminal, line])

    def close(self) -> None:
        """End it, and with it all its sessions."""
        with contextlib.suppress(OSError, ValueError):
            asyncio.get_running_loop().remove_reader(self._channel)
        self._channel.close()
        if self.process.stdin:
            self.process.stdin.close()
        try:
            self.process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _readable(self) -> None:
        try:
            packet = self._channel.recv(_PACKET)
        except BlockingIOError:
            return
        except OSError:
            packet = b""
        if not packet:
            self.close()
            self._lost(self)
            return
        try:
            message = from_parent.decode(packet)
        except msgspec.MsgspecError:
            LOG.error("the sessions' parent said what cannot be read")
            return
        self._heard(message)
