"""A limit on time that also ends a call that never looks at a clock."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_AGAIN = 0.05
"""Seconds to the next ring: one may be lost where Python drops exceptions (in a destructor)."""


class TimeUp(BaseException):
    """The time is up; no `except Exception` on the way takes it."""


@contextmanager
def alarm(seconds: float, *, processor: bool = False) -> Iterator[None]:
    """Raise `TimeUp` in the midst of the block when it takes longer than `seconds`; at once if there are none.

    With `processor` these are seconds of this process's processor time, of which other processes take none.

    Machine code that runs on without Python in between is not ended by it; the supervisor's clock ends that. Where a
    process has no alarm clock (Windows, a thread), that one stands alone.
    """
    if seconds <= 0:
        raise TimeUp
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        yield
        return
    number, clock = (signal.SIGPROF, signal.ITIMER_PROF) if processor else (signal.SIGALRM, signal.ITIMER_REAL)
    armed = [True]

    def ring(_number: int, _frame: FrameType | None) -> None:
        if armed:
            raise TimeUp

    before = signal.signal(number, ring)
    try:
        signal.setitimer(clock, seconds, _AGAIN)
        try:
            yield
        finally:
            armed.clear()
    finally:
        signal.setitimer(clock, 0)
        signal.signal(number, before or signal.SIG_DFL)
