"""In the warm parent: forks a watched child for each run, and keeps the processes below it in order.

Two processes are forked for each run: the supervisor, and from it the child, so that all that a run
leaves behind belongs to its own supervisor. If a program ends its supervisor, what remains falls to
the parent, which ends it.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import traceback
from typing import NoReturn

from autograd_tutor.sandbox import child, processes, supervisor, warm
from autograd_tutor.sandbox.protocol import UNFIT_TO_FORK


class Nursery:
    """Answers the face's requests for workers, and keeps the processes below it in order."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._bell, self._ringer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._ringer, warn_on_full_buffer=False)
        self._waiting = select.poll()
        self._waiting.register(channel, select.POLLIN)
        self._waiting.register(self._bell, select.POLLIN)
        self._supervisors: set[int] = set()
        processes.adopt_orphans()

    def serve(self, patience: int | None = None) -> None:
        """Do what there is to do; return when nothing came for `patience` milliseconds (None: never)."""
        gc.collect()
        gc.freeze()
        while events := self._waiting.poll(patience):
            for descriptor, _ in events:
                if descriptor == self._bell:
                    self._tidy()
                elif self._channel.recv(1):
                    self._supervisors.add(self._fork())
                else:
                    os._exit(0)

    def _tidy(self) -> None:
        """Some child has ended. Those that are no supervisors of ours were left by one that was killed."""
        os.read(self._bell, 4096)
        self._supervisors -= processes.reap().keys()
        self._supervisors -= processes.end_descendants(keep=self._supervisors).keys()

    def _fork(self) -> int:
        """Fork a supervisor, which forks its child, and send the face its socket; the supervisor's process id."""
        if len(os.listdir("/proc/self/task")) != 1:
            os._exit(UNFIT_TO_FORK)
        for_face, for_supervisor = socket.socketpair()
        with for_face, for_supervisor:
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for descriptor in (self._channel.detach(), for_face.detach(), self._bell, self._ringer):
                    os.close(descriptor)
                _supervise(for_supervisor.detach())
            socket.send_fds(self._channel, [b"!"], [for_face.fileno()])
        return pid


def _supervise(face: int) -> NoReturn:
    """In the supervisor: fork the child, then watch over it."""
    status = 1
    try:
        processes.adopt_orphans()
        here = os.getpid()
        orders, results, printed = os.pipe(), os.pipe(), os.pipe()
        pid = os.fork()
        if pid == 0:
            os.setsid()
            os.close(face)
            for standard, descriptor in enumerate((orders[0], results[1], printed[1])):
                os.dup2(descriptor, standard)
            for descriptor in (*orders, *results, *printed):
                os.close(descriptor)
            child.serve(here, warm.touch)
        for descriptor in (orders[0], results[1], printed[1]):
            os.close(descriptor)
        os.dup2(face, 0)
        streams = supervisor.Streams(
            os.fdopen(orders[1], "wb"), os.fdopen(results[0], "rb"), os.fdopen(printed[0], "rb")
        )
        watched = processes.Child(pid)
        supervisor.Supervisor(watched, streams, os.fdopen(0, "rb"), os.fdopen(face, "wb")).run()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)
