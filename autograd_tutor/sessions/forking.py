"""In the sessions' parent: forks a child for each seat, and says when one has ended."""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys

from textual.css.stylesheet import Stylesheet

from autograd_tutor.room.messages import encoder
from autograd_tutor.room.parenting import Forked, FromParent, Open, Over, Up, to_parent
from autograd_tutor.sandbox import processes
from autograd_tutor.sandbox.protocol import UNFIT_TO_FORK
from autograd_tutor.sessions import seat

_PACKET = 1 << 16


class Nursery:
    """Answers the front on a channel that keeps packets whole."""

    def __init__(self, channel: socket.socket, styles: Stylesheet) -> None:
        """`styles`: what all sessions' apps share."""
        self._channel = channel
        self._styles = styles
        self._bell, self._ringer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._ringer, warn_on_full_buffer=False)
        self._waiting = select.poll()
        self._waiting.register(channel, select.POLLIN)
        self._waiting.register(self._bell, select.POLLIN)
        self._sessions: dict[int, int] = {}
        """Numbers by process."""

    def serve(self) -> None:
        """Until the front closes the channel."""
        if (tasks := len(os.listdir("/proc/self/task"))) != 1:
            print(f"The sessions' parent has {tasks} threads, so that it must not fork.", file=sys.stderr)
            os._exit(UNFIT_TO_FORK)
        gc.collect()
        gc.freeze()
        self._tell(Up(os.getpid()))
        while True:
            for descriptor, _ in self._waiting.poll():
                if descriptor == self._bell:
                    os.read(self._bell, 4096)
                    self._tidy()
                else:
                    self._open()

    def _open(self) -> None:
        packet, descriptors, _, _ = socket.recv_fds(self._channel, _PACKET, 2)
        if not packet:
            os._exit(0)
        order = to_parent.decode(packet)
        terminal, line = descriptors
        pid = self._fork(order, terminal, line)
        os.close(terminal)
        os.close(line)
        self._sessions[pid] = order.seat.number
        self._tell(Forked(order.seat.number, pid))

    def _fork(self, order: Open, terminal: int, line: int) -> int:
        here = os.getpid()
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for descriptor in (self._channel.detach(), self._bell, self._ringer):
                os.close(descriptor)
            seat.take(order.seat, here, terminal, line, self._styles)
        return pid

    def _tidy(self) -> None:
        """Some sessions have ended."""
        for pid, code in processes.reap().items():
            number = self._sessions.pop(pid, None)
            if number is not None:
                self._tell(Over(number, code))

    def _tell(self, message: FromParent) -> None:
        try:
            self._channel.send(encoder.encode(message))
        except OSError:
            os._exit(0)
