from __future__ import annotations

import signal
import time

import pytest
import sympy

from autograd_tutor.sandbox.alarm import TimeUp, alarm


def test_a_search_that_never_looks_at_a_clock_is_ended() -> None:
    x = sympy.symbols("x:30")
    began = time.monotonic()
    with pytest.raises(TimeUp), alarm(0.2):
        sympy.expand(sympy.Add(*x) ** 12)
    assert time.monotonic() - began < 5


def test_what_is_done_in_time_is_left_alone() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with alarm(5):
        found = 1 + 1
    assert found == 2
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_no_time_is_over_at_once() -> None:
    with pytest.raises(TimeUp), alarm(0):
        raise AssertionError
