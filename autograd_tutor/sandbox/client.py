"""The face's hold on the sandbox: a job goes in, a `Run` comes out, always.

Imports neither torch nor SymPy: they live in the processes behind it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, Timer
from types import TracebackType
from typing import Literal, Protocol, Self

import msgspec

from autograd_tutor.explanation import ClosedForm, ClosedForms, Explanation
from autograd_tutor.sandbox import endings, frames
from autograd_tutor.sandbox.protocol import End, Job, Run, decode_end, decode_explanation, decode_form, decode_trace
from autograd_tutor.sandbox.slots import ForkSource, NoSandbox, Slot, Source, SpawnSource, UnfitToFork
from autograd_tutor.trace import Stopped, Trace

Mode = Literal["auto", "fork", "spawn"]
_TRIES = 5
"""Workers that are tried for one job."""
_PATIENCE = 10.0
"""Seconds beyond a job's own limits after which its supervisor counts as lost."""


class Sandbox:
    """Runs programs, each in a process of its own. Use from as many threads as you like.

    `auto` forks from a warm parent where that is safe (Linux), and starts fresh workers elsewhere.
    """

    def __init__(self, mode: Mode = "auto") -> None:
        self.mode: Literal["fork", "spawn"] = "spawn" if mode == "spawn" or not _can_fork() else "fork"
        self._lock = Lock()
        self._source: Source | None = None

    def start(self) -> None:
        """Let the first worker warm up in the background; returns at once."""
        self._begun()

    @property
    def ready(self) -> bool:
        """A worker waits for a job."""
        return self._source is not None and self._source.is_ready()

    def versions(self) -> dict[str, str]:
        """The versions of `python`, `torch`, `sympy` and `numpy` that programs run with.

        Waits for the first worker. Raises NoSandbox, whose message is a sentence.
        """
        slot = self._take()
        slot.close()
        return slot.ready.versions

    def run(
        self,
        job: Job,
        on_trace: Callable[[Trace], object] | None = None,
        on_explanation: Callable[[Explanation], object] | None = None,
    ) -> Run:
        """Run `job` and wait for all that is found out; whatever the program did, there is a `Run`.

        The callbacks get the first instalments as they come, in the calling thread.
        """
        try:
            with self._slot(job) as slot:
                return Receiver(job, slot.ready.versions.get("torch", ""), on_trace, on_explanation).receive(slot)
        except NoSandbox as problem:
            return not_run(job, str(problem))
        except OSError:
            return not_run(job, endings.LOST.message)

    def relay(self, job: Job, pass_on: Callable[[bytes, bytes], object]) -> None:
        """Run `job` and hand on each frame (kind, payload), unread, in the calling thread; the last is END.

        Raises NoSandbox, whose message is a sentence: then no END came.
        """
        try:
            with self._slot(job) as slot:
                while frame := slot.receive():
                    pass_on(*frame)
                    if frame[0] == frames.END:
                        return
        except frames.BadFrame:
            raise NoSandbox(endings.GARBLED.message) from None
        except OSError:
            pass
        raise NoSandbox(endings.LOST.message)

    def close(self) -> None:
        """End the processes behind this sandbox. A later run starts them again."""
        with self._lock:
            source, self._source = self._source, None
        if source is not None:
            source.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _begun(self) -> Source:
        with self._lock:
            if self._source is None:
                self._source = ForkSource() if self.mode == "fork" else SpawnSource()
            return self._source

    @contextmanager
    def _slot(self, job: Job) -> Iterator[Slot]:
        """A worker that has got the job, ended when it takes longer than it may."""
        slot = self._sent(job)
        watchdog = Timer(job.limits.seconds + job.limits.explain_seconds + _PATIENCE, slot.kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            yield slot
        finally:
            watchdog.cancel()
            slot.close()

    def _sent(self, job: Job) -> Slot:
        """A worker that has taken the job. Some were warm and waited while their parent was killed: those are dead."""
        for _ in range(_TRIES):
            slot = self._take()
            try:
                slot.send(job)
            except OSError:
                slot.close()
            else:
                return slot
        raise NoSandbox(endings.LOST.message)

    def _take(self) -> Slot:
        source = self._begun()
        try:
            return source.take()
        except UnfitToFork:
            self.mode = "spawn"
            self.close()
            return self._begun().take()


class Frames(Protocol):
    """Where a run's frames come from: a `Slot`, or what stands in for one."""

    def receive(self) -> tuple[bytes, bytes] | None:
        """The next frame's kind and payload; None when there are no more. Raises BadFrame, OSError."""


class Receiver:
    """Puts together the instalments of one run. They are untrusted: bounded, and checked against the schema."""

    def __init__(
        self,
        job: Job,
        torch: str,
        on_trace: Callable[[Trace], object] | None,
        on_explanation: Callable[[Explanation], object] | None,
    ) -> None:
        self.job = job
        self.torch = torch
        self.on_trace = on_trace
        self.on_explanation = on_explanation
        self.trace: Trace | None = None
        self.explanation: Explanation | None = None
        self._forms: dict[str, ClosedForm] = {}
        self.note: str | None = None

    def receive(self, source: Frames) -> Run:
        """Everything that comes for the job."""
        try:
            while frame := source.receive():
                kind, payload = frame
                if kind == frames.END:
                    return self._end(decode_end(payload))
                self._keep(kind, payload)
        except (frames.BadFrame, msgspec.MsgspecError, UnicodeDecodeError):
            return self._failed(endings.GARBLED)
        except OSError:
            pass
        return self._failed(endings.LOST)

    def _keep(self, kind: bytes, payload: bytes) -> None:
        if kind == frames.TRACE:
            self.trace = decode_trace(payload)
            if self.on_trace:
                self.on_trace(self.trace)
        elif kind == frames.EXPLANATION:
            self.explanation = decode_explanation(payload)
            if self.on_explanation:
                self.on_explanation(self.explanation)
        elif kind == frames.FORMS:
            form = decode_form(payload)
            if self.trace is not None and self.trace.find(form.target) is not None:
                self._forms[form.target] = form
        elif kind == frames.NOTE:
            self.note = payload.decode()

    @property
    def _closed(self) -> ClosedForms | None:
        """What came of the closed forms."""
        return ClosedForms(tuple(self._forms.values())) if self._forms else None

    def _end(self, end: End) -> Run:
        if self.trace is None:
            return self._failed(endings.stopped(end, self.job), end.printed)
        missing = "The explanation" if self.explanation is None else "The search for formulas"
        return Run(self.trace, self.explanation, self._closed, self.note or endings.note(end, self.job, missing))

    def _failed(self, outcome: Stopped, printed: str = "") -> Run:
        if self.trace is None:
            return Run(Trace(self.job.source, self.torch, outcome, printed=printed))
        return Run(self.trace, self.explanation, self._closed, outcome.message)


def not_run(job: Job, sentence: str) -> Run:
    """What there is of a job that could not be run."""
    return Run(Trace(job.source, "", Stopped("crashed", sentence)))


def _can_fork() -> bool:
    """Forking a process that has torch in it is safe and supervised on Linux only."""
    return sys.platform == "linux" and hasattr(os, "fork")
