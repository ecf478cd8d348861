"""Where a face gets its workers from: a slot is one worker that waits for one job."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from threading import Lock
from typing import IO, Protocol

from autograd_tutor.sandbox import frames
from autograd_tutor.sandbox.protocol import UNFIT_TO_FORK, Job, Ready, decode_ready, encoder

_AHEAD = 2
"""Forked workers kept ready: a run's successor, and one for a second run at the same time."""


class NoSandbox(Exception):
    """No worker can be started; the message is a sentence."""


class UnfitToFork(Exception):
    """The warm parent has threads on this machine, so that it must not fork."""


class Slot:
    """A worker for one job: frames in, frames out, and a way to end it."""

    def __init__(self, jobs: IO[bytes], replies: IO[bytes], process: subprocess.Popen[bytes] | None = None) -> None:
        self._jobs = jobs
        self.replies = replies
        self._process = process
        self.ready = Ready(process.pid if process else 0)

    def warm(self) -> bool:
        """Wait until the worker is ready; False if it ended before."""
        with contextlib.suppress(frames.BadFrame, OSError):
            frame = frames.read(self.replies)
            if frame is not None and frame[0] == frames.READY:
                self.ready = decode_ready(frame[1])
                return True
        return False

    def send(self, job: Job) -> None:
        """Hand over the job. Raises OSError if the worker has gone."""
        frames.write(self._jobs, frames.JOB, encoder.encode(job))

    def receive(self) -> tuple[bytes, bytes] | None:
        """The next frame; None when there are no more. Raises BadFrame, OSError."""
        return frames.read(self.replies)

    def kill(self) -> None:
        """End the supervisor itself; its child dies with it."""
        if self.ready.pid:
            with contextlib.suppress(OSError):
                os.kill(self.ready.pid, getattr(signal, "SIGKILL", signal.SIGTERM))

    def close(self) -> None:
        """Let the worker go; one that still runs ends, with all it started."""
        for stream in (self._jobs, self.replies):
            with contextlib.suppress(OSError):
                stream.close()
        if self._process is not None:
            self._process.wait()


class Source(Protocol):
    """Gives out slots."""

    def take(self) -> Slot:
        """The next worker, warm; waits for it. Raises NoSandbox, UnfitToFork."""

    def is_ready(self) -> bool:
        """`take` would not wait long."""

    def close(self) -> None:
        """End all processes that are not in use."""


def _start(
    module: str, arguments: Sequence[str], pass_fds: Sequence[int], errors: IO[bytes]
) -> subprocess.Popen[bytes]:
    """Start one of the sandbox's modules: off the terminal, one thread, no GPU, in a session of its own.

    -P keeps the working directory off sys.path: a learner's own torch.py must not be imported.
    """
    single = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE if not pass_fds else subprocess.DEVNULL,
        stderr=errors,
        pass_fds=pass_fds,
        env={**os.environ, **single},
        start_new_session=True,
    )


def _last_words(errors: IO[bytes]) -> str:
    """The last line a process wrote before it ended, as the reason."""
    errors.seek(max(0, errors.seek(0, os.SEEK_END) - 4096))
    lines = errors.read().decode("utf-8", "replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it gave no reason")


class ForkSource:
    """Slots forked from one warm parent, which is started at once and again whenever it has died.

    Requests are made ahead: the answers, sockets to workers that are ready, wait in the channel.
    The parent's standard input is its lifeline: when this process ends, by whatever means, the kernel
    closes it, and that ends the parent.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        self._begin()

    def _begin(self) -> None:
        self._channel, theirs = socket.socketpair()
        with theirs:
            descriptor = theirs.fileno()
            self._parent = _start("autograd_tutor.sandbox.parent", [str(descriptor)], [descriptor], self._errors)
        for _ in range(_AHEAD):
            self._ask()

    def _ask(self) -> None:
        with contextlib.suppress(OSError):
            self._channel.send(b"+")

    def take(self) -> Slot:
        """The next worker, warm."""
        with self._lock:
            for attempt in range(3):
                try:
                    _, descriptors, _, _ = socket.recv_fds(self._channel, 1, 1)
                except OSError:
                    descriptors = []
                if descriptors:
                    self._ask()
                    with socket.socket(fileno=descriptors[0]) as connection:
                        slot = Slot(connection.makefile("wb"), connection.makefile("rb"))
                    if slot.warm():
                        return slot
                    slot.close()
                elif attempt < 2:
                    self._restart()
        raise NoSandbox(f"The process that runs programs can't be started: {_last_words(self._errors)}")

    def _restart(self) -> None:
        self._end()
        if self._parent.returncode == UNFIT_TO_FORK:
            raise UnfitToFork
        self._begin()

    def _end(self) -> None:
        self._channel.close()
        assert self._parent.stdin
        self._parent.stdin.close()
        self._parent.wait()

    def is_ready(self) -> bool:
        """The parent has answered."""
        with contextlib.suppress(OSError):
            return bool(self._channel.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        return False

    def close(self) -> None:
        """End the parent and the spare worker."""
        with self._lock:
            self._end()
            self._errors.close()


class SpawnSource:
    """Slots started afresh, each used once; one spare is always being made ready."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        self._spare = self._begin()

    def _begin(self) -> Slot:
        process = _start("autograd_tutor.sandbox.supervisor", [], [], self._errors)
        assert process.stdin
        assert process.stdout
        return Slot(process.stdin, process.stdout, process)

    def take(self) -> Slot:
        """The next worker, warm."""
        for _ in range(2):
            with self._lock:
                slot, self._spare = self._spare, self._begin()
            if slot.warm():
                return slot
            slot.close()
        raise NoSandbox(f"The process that runs programs can't be started: {_last_words(self._errors)}")

    def is_ready(self) -> bool:
        """The spare has answered; where pipes can't be asked (Windows), there is one."""
        try:
            return bool(select.select([self._spare.replies], [], [], 0)[0])
        except OSError:
            return True

    def close(self) -> None:
        """End the spare worker."""
        with self._lock:
            self._spare.close()
            self._errors.close()
