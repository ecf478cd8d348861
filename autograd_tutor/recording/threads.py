"""Threads of the program: torch's modes and hooks are per thread, so that nothing in them is recorded."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from autograd_tutor.recording.state import State


@contextmanager
def noticed(state: State) -> Iterator[None]:
    """While this lasts, starting a thread leaves a note that names the place."""
    original = threading.Thread.start

    def start(thread: threading.Thread) -> None:
        state.safely(_note, state)
        with torch._C.DisableTorchFunction():  # what the recorder reads is no operation of the program
            state.settle()
        state.aliased = True  # from now on it may write at any moment
        original(thread)

    threading.Thread.start = start  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        threading.Thread.start = original  # type: ignore[method-assign]


def _note(state: State) -> None:
    place = state.source.subject(sys._getframe(3))
    state.note(
        f"{place} starts a thread: what runs in it is not recorded. Of a graph that it builds, the nodes are shown "
        "without the lines that made them."
    )
