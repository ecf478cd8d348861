"""Notices that the terminal has gone, also where no SIGHUP says so: Textual's driver would read its end for ever."""

from __future__ import annotations

import select
import sys
from collections.abc import Callable
from threading import Thread


def when_hung_up(gone: Callable[[], object]) -> None:
    """Call `gone` in a thread of its own once nobody holds the terminal's other end any more."""
    if hasattr(select, "poll") and sys.stdin.isatty():
        Thread(target=_wait, args=(sys.stdin.fileno(), gone), name="hangup", daemon=True).start()


def _wait(terminal: int, gone: Callable[[], object]) -> None:
    poller = select.poll()
    # Asks for nothing: the end of the other side is told without asking.
    poller.register(terminal, 0)
    if poller.poll():
        gone()
