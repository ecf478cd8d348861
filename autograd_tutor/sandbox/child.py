"""The child: one job, in a process that dies with it.

It sends the trace as soon as there is one, then the explanation, then the closed forms one by one, so that what
was finished stands if a later stage fails or is stopped.
"""

from __future__ import annotations

import gc
import os
import platform
import sys
import time
import traceback
from collections.abc import Callable
from typing import IO, NoReturn

import numpy
import sympy
import torch

from autograd_tutor.sandbox import confinement, frames, limits, stages, warm
from autograd_tutor.sandbox.processes import die_with
from autograd_tutor.sandbox.protocol import Job, Ready, decode_job, encoder
from autograd_tutor.trace import Stopped, encode


def serve(supervisor: int, prepare: Callable[[], None]) -> NoReturn:
    """Take one job from standard input, answer on standard output, and end. `prepare` is done before.

    The program finds an empty standard input, and prints to what was standard error.
    """
    die_with(supervisor)
    gc.enable()
    status = 1
    try:
        orders, results = _take_streams()
        prepare()
        frames.write(results, frames.READY, encoder.encode(Ready(os.getpid(), versions())))
        order = frames.read(orders)
        if order is not None:
            orders.close()
            _work(decode_job(order[1]), results)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def versions() -> dict[str, str]:
    """Of Python and the libraries that a run depends on."""
    return {
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "sympy": sympy.__version__,
        "numpy": numpy.__version__,
    }


def _take_streams() -> tuple[IO[bytes], IO[bytes]]:
    """Move the two channels off the standard streams, high up, and leave harmless ones in their place."""
    orders, results = (limits.lift(channel) for channel in (0, 1))
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    os.dup2(2, 1)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)
    return os.fdopen(orders, "rb"), os.fdopen(results, "wb")


def _work(job: Job, results: IO[bytes]) -> None:
    """All stages of one job, each sent when it is done."""
    warm.for_program(job.source)
    frames.write(results, frames.BEGUN)
    limits.apply(job.limits)
    try:
        if job.confined:
            confinement.confine(job, results.fileno())
        recording, trace = stages.record(job)
        gc.freeze()  # a recording is thousands of objects, and none of them garbage
    except confinement.Unconfined as problem:
        recording, trace = None, stages.bare(job, Stopped("refused", str(problem)))
    limits.relax()
    frames.write(results, frames.TRACE, encode(trace))
    if recording is not None and job.explain:
        end = time.monotonic() + job.limits.explain_seconds
        explanation, note = stages.explain(job, recording)
        frames.write(results, frames.EXPLANATION, encode(explanation))
        if job.closed_forms and explanation.targets:
            seconds = stages.CLOSED * job.limits.explain_seconds
            for form in stages.close(job, trace, explanation, seconds, end):
                frames.write(results, frames.FORMS, encode(form))
        if note:
            frames.write(results, frames.NOTE, note.encode())
    frames.write(results, frames.DONE)


if __name__ == "__main__":
    serve(int(sys.argv[1]), warm.up)
