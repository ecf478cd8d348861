"""One supervisor watches one child, from ready to the last process it left behind.

The child holds the program and is not trusted: what it sends is passed on frame by frame, within
bounds, and how the run ended is for the supervisor alone to say. It runs until its time is up, the
child has ended, or the face has gone; it never waits for the end of a stream, since anything that
the program started can hold a stream open.

Run as a module (`python -m autograd_tutor.sandbox.supervisor`) it starts a fresh worker as its child:
the way without fork. `parent` calls `supervise` with a forked one.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from codecs import getincrementaldecoder
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import IO, Literal

from autograd_tutor.sandbox import frames
from autograd_tutor.sandbox.processes import LINUX, Child, adopt_orphans
from autograd_tutor.sandbox.protocol import End, Job, Limits, Ready, decode_job, decode_ready, encoder

TICK = 0.01 if LINUX else 0.1
"""Seconds between two looks at the processes of a run."""
_PREPARATION = 60.0
"""Seconds that a child may take to import what a program will need, before its own time begins."""
_GRACE = 1.0
"""Seconds beyond the time for explaining. A child keeps that time itself, and hands over what was done by then; it is
ended only if it does not (machine code that runs on)."""
_DRAIN = 0.5
"""Seconds to wait for what was on its way when the last writer was killed."""


@dataclass(frozen=True, slots=True)
class Streams:
    """The child's three streams, as its supervisor holds them."""

    orders: IO[bytes]
    """To the child: its job."""
    results: IO[bytes]
    """From the child: frames."""
    printed: IO[bytes]
    """From the child: its standard output and standard error."""


@dataclass(frozen=True, slots=True)
class Said:
    """A frame from the face or the child."""

    by: Literal["face", "child"]
    kind: bytes
    payload: bytes


@dataclass(frozen=True, slots=True)
class Gone:
    """A stream ended, or carried what is no frame."""

    who: Literal["face", "child"]
    problem: frames.BadFrame | None = None


@dataclass(frozen=True, slots=True)
class Flooded:
    """The program printed more than it may."""


Event = Said | Gone | Flooded
Cause = Literal["done", "exit", "time", "processes", "output", "garbled", "too large", "face gone"]


class Printed(Thread):
    """Collects what the program prints, up to a limit, and says when there is more."""

    def __init__(self, stream: IO[bytes], events: SimpleQueue[Event]) -> None:
        super().__init__(daemon=True)
        self.limit = Limits().output
        self.text = ""
        self.wanted = True
        """False: there is enough, or the trace has it all; the rest is read and dropped."""
        self._stream = stream
        self._events = events

    def run(self) -> None:
        """Read until the last writer has gone."""
        decoder = getincrementaldecoder("utf-8")("replace")
        with contextlib.suppress(OSError):
            while chunk := os.read(self._stream.fileno(), 1 << 16):
                if self.wanted:
                    self.text += decoder.decode(chunk)
                    if len(self.text) > self.limit:
                        self.text = self.text[: self.limit]
                        self.wanted = False
                        self._events.put(Flooded())


def _listen(who: Literal["face", "child"], stream: IO[bytes], events: SimpleQueue[Event]) -> Thread:
    """A thread that turns the frames on `stream` into events."""

    def run() -> None:
        problem = None
        try:
            while frame := frames.read(stream):
                events.put(Said(who, *frame))
        except frames.BadFrame as bad:
            problem = bad
        except OSError:
            pass
        events.put(Gone(who, problem))

    thread = Thread(target=run, daemon=True)
    thread.start()
    return thread


class Supervisor:
    """The watch over one child."""

    def __init__(self, child: Child, streams: Streams, jobs: IO[bytes], replies: IO[bytes]) -> None:
        self.child = child
        self.streams = streams
        self.replies = replies
        self.events: SimpleQueue[Event] = SimpleQueue()
        self.printed = Printed(streams.printed, self.events)
        self.printed.start()
        self.results = _listen("child", streams.results, self.events)
        self.job: Job | None = None
        self.deadline = float("inf")
        self.begun = False
        _listen("face", jobs, self.events)

    def run(self) -> None:
        """See one job through; afterwards nothing of it is left."""
        cause = self._watch()
        if cause == "done":  # all is known: the face need not wait for the child's memory to be freed
            self._reply(frames.END, encoder.encode(End("done")))
        self.child.end()
        if cause == "done" or cause == "face gone":
            return
        self.results.join(_DRAIN)
        self.printed.join(_DRAIN)
        if self.job is None:
            sys.stderr.write(self.printed.text)
            sys.stderr.flush()
            return
        if cause == "exit":
            cause = self._rest()
        self._reply(frames.END, encoder.encode(End(cause, self.child.code, self.printed.text)))

    def _watch(self) -> Cause:
        """Until the run has ended; why it did."""
        looked = 0.0
        while True:
            try:
                event = self.events.get(timeout=TICK if self.job else None)
            except Empty:
                event = None
            cause = self._take(event) if event else None
            now = time.monotonic()
            if cause is None and self.job and now - looked >= TICK:
                looked = now
                cause = self._look(now)
            if cause:
                return cause

    def _take(self, event: Event) -> Cause | None:
        """Act on one event; the cause if it ends the run."""
        match event:
            case Said("face", frames.JOB, payload):
                return self._begin(payload)
            case Said("child", frames.READY, payload):
                versions = decode_ready(payload).versions
                self._reply(frames.READY, encoder.encode(Ready(os.getpid(), versions)))
            case Said("child", frames.BEGUN):
                self._clock()
            case Said("child", frames.DONE):
                return "done"
            case Said("child", kind, payload):
                return self._pass_on(kind, payload)
            case Said("face") | Gone("face"):
                return "face gone"
            case Gone("child", problem) if problem is not None:
                return "too large" if problem.too_large else "garbled"
            case Gone("child") if self.job is None:
                return "exit"
            case Flooded() if self.job:
                return "output"
        return None

    def _begin(self, payload: bytes) -> Cause | None:
        """Hand the job to the child, which makes ready what the program will need."""
        self.job = decode_job(payload)
        self.printed.text = ""
        self.printed.limit = self.job.limits.output
        self.deadline = time.monotonic() + _PREPARATION
        try:
            frames.write(self.streams.orders, frames.JOB, payload)
        except OSError:
            return "exit"
        return None

    def _clock(self) -> None:
        """The program begins and its time with it; a program that says so again gains nothing."""
        if self.job is not None and not self.begun:
            self.begun = True
            self.deadline = time.monotonic() + self.job.limits.seconds

    def _pass_on(self, kind: bytes, payload: bytes) -> Cause | None:
        """Send an instalment on to the face; with the trace the program's own time ends."""
        assert self.job is not None
        if kind == frames.TRACE:
            if self.child.offspring() > self.job.limits.processes:
                return "processes"
            self.deadline = time.monotonic() + self.job.limits.explain_seconds + _GRACE
            self.printed.wanted = False
        self._reply(kind, payload)
        return None

    def _rest(self) -> Literal["done", "exit"]:
        """Act on what a child that has ended had still sent; its last frame may be among it, and all is well."""
        while not self.events.empty():
            event = self.events.get()
            if isinstance(event, Said) and event.by == "child" and self._take(event) == "done":
                return "done"
        return "exit"

    def _look(self, now: float) -> Cause | None:
        """A look at the clock and at the processes of the run."""
        assert self.job is not None
        if now > self.deadline:
            return "time"
        if self.child.poll() is not None:
            return "exit"
        if self.child.offspring() > self.job.limits.processes:
            return "processes"
        return None

    def _reply(self, kind: bytes, payload: bytes) -> None:
        """To the face; if it has gone, its listener says so."""
        with contextlib.suppress(OSError):
            frames.write(self.replies, kind, payload)


def main() -> None:
    """Watch over a worker started afresh, for the face at the standard streams."""
    adopt_orphans()
    worker = subprocess.Popen(
        [sys.executable, "-P", "-m", "autograd_tutor.sandbox.child", str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert worker.stdin
    assert worker.stdout
    assert worker.stderr
    streams = Streams(worker.stdin, worker.stdout, worker.stderr)
    Supervisor(Child(worker.pid, worker), streams, sys.stdin.buffer, sys.stdout.buffer).run()
    os._exit(0)


if __name__ == "__main__":
    main()
