"""Threads of the program: torch's modes and hooks are per thread, so that nothing in them is recorded."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from autograd_tutor.recording.state import State

_THREADS = "The program starts threads: what it does in them is not recorded."


@contextmanager
def noticed(state: State) -> Iterator[None]:
    """While this lasts, starting a thread leaves a note."""
    original = threading.Thread.start

    def start(thread: threading.Thread) -> None:
        state.note(_THREADS)
        state.settle()
        state.aliased = True
        original(thread)

    threading.Thread.start = start  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        threading.Thread.start = original  # type: ignore[method-assign]
