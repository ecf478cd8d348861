"""The warm parent: has everything imported once, and forks a watched child for each run.

The face asks with a byte and gets a socket to a worker that is ready. Two processes are forked for
each: the supervisor, and from it the child, so that all that a run leaves behind belongs to its own
supervisor. If a program ends its supervisor, what remains falls to the parent, which ends it.

Run as `python -P -m autograd_tutor.sandbox.parent DESCRIPTOR`.
"""

from __future__ import annotations

import fcntl
import gc
import os
import select
import signal
import socket
import sys
from typing import NoReturn

from autograd_tutor.sandbox.slots import UNFIT_TO_FORK


def end_with_lifeline() -> None:
    """The kernel ends this process when the other end of its standard input is closed.

    Not by PR_SET_PDEATHSIG: that follows the thread which started this process, and a face may
    start it from one that ends. Needs no thread, so it holds while importing, too.
    """
    fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_ASYNC)
    lifeline = select.poll()
    lifeline.register(0, select.POLLIN)
    if lifeline.poll(0):
        os._exit(0)


def main(channel: socket.socket) -> NoReturn:
    """Warm up, then fork a worker for each request, for ever."""
    from autograd_tutor.sandbox import processes, warm

    warm.up()
    gc.collect()
    gc.disable()
    gc.freeze()
    if len(os.listdir("/proc/self/task")) != 1:
        os._exit(UNFIT_TO_FORK)
    processes.adopt_orphans()
    bell, ringer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(ringer, warn_on_full_buffer=False)
    waiting = select.poll()
    waiting.register(channel, select.POLLIN)
    waiting.register(bell, select.POLLIN)
    supervisors: set[int] = set()
    while True:
        for descriptor, _ in waiting.poll():
            if descriptor == bell:
                os.read(bell, 4096)
                supervisors -= processes.reap().keys()
                supervisors -= processes.end_descendants(keep=supervisors).keys()
            elif channel.recv(1):
                supervisors.add(_worker(channel, (bell, ringer)))
            else:
                os._exit(0)


def _worker(channel: socket.socket, ours: tuple[int, int]) -> int:
    """Fork a supervisor with its child, send the face its socket; the supervisor's process id."""
    for_face, for_supervisor = socket.socketpair()
    with for_face, for_supervisor:
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for descriptor in (channel.detach(), for_face.detach(), *ours):
                os.close(descriptor)
            _supervise(for_supervisor.detach())
        socket.send_fds(channel, [b"!"], [for_face.fileno()])
    return pid


def _supervise(face: int) -> NoReturn:
    """In the supervisor: fork the child, then watch over it."""
    from autograd_tutor.sandbox import child, processes, supervisor

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
            child.serve(here)
        for descriptor in (orders[0], results[1], printed[1]):
            os.close(descriptor)
        os.dup2(face, 0)
        streams = supervisor.Streams(open(orders[1], "wb"), open(results[0], "rb"), open(printed[0], "rb"))  # noqa: SIM115
        watch = supervisor.Supervisor(processes.Child(pid), streams, open(face, "rb"), open(0, "wb", closefd=False))  # noqa: SIM115
        watch.run()
        status = 0
    finally:
        os._exit(status)


if __name__ == "__main__":
    end_with_lifeline()
    main(socket.socket(fileno=int(sys.argv[1])))
