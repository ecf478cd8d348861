"""Processes as their supervisor sees them: who descends from whom, and how to leave none behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection
from pathlib import Path

from autograd_tutor.sandbox import libc

LINUX = sys.platform == "linux"
_PATIENCE = 5.0
"""Seconds after which processes that even SIGKILL does not end are given up."""


def adopt_orphans() -> None:
    """From now on descendants whose parent died become children of this process, not of init (Linux)."""
    if LINUX:
        libc.prctl(libc.SET_CHILD_SUBREAPER, 1)


def die_with(parent: int) -> None:
    """This process is killed when `parent`, which forked it, ends (Linux)."""
    if LINUX:
        libc.prctl(libc.SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def children(pid: int) -> list[int]:
    """The children of a process, of any of its threads; empty where there is no such process."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(OSError):
                found += map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split())
    return found


def descendants(keep: Collection[int] = ()) -> list[int]:
    """All that descend from this process, but those in `keep` and theirs.

    Orphans move to this process while it looks; its own children are therefore read last again.
    """
    found: dict[int, None] = {}
    for _ in range(2):
        todo = children(os.getpid())
        while todo:
            pid = todo.pop()
            if pid not in found and pid not in keep:
                found[pid] = None
                todo += children(pid)
    return list(found)


def _group(pid: int) -> int:
    """The process group of a process; 0 if it has gone."""
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0


def reap() -> dict[int, int]:
    """Exit codes (negative: the signal) of the children that have ended, by process id."""
    codes: dict[int, int] = {}
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            codes[pid] = os.waitstatus_to_exitcode(status)
    return codes


def end_descendants(keep: Collection[int] = ()) -> dict[int, int]:
    """Kill all that descend from this process, but those in `keep`, until none is left; their exit codes.

    Whole process groups first: the kernel ends a group at once, and none of it can fork meanwhile. Those that
    left their group are stopped before they are killed, so that few can fork ahead of the killing.
    """
    codes = reap()
    pause = 0.0002
    give_up = time.monotonic() + _PATIENCE
    while (found := descendants(keep)) and time.monotonic() < give_up:
        for group in {group for pid in found if (group := _group(pid)) not in (0, os.getpgrp())}:
            with contextlib.suppress(OSError):
                os.killpg(group, signal.SIGKILL)
        for blow in (signal.SIGSTOP, signal.SIGKILL):
            for pid in found:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, blow)
        codes |= reap()
        time.sleep(pause)
        pause = min(2 * pause, 0.005)
        codes |= reap()
    return codes


class Child:
    """The process in which one program runs, as its supervisor holds it."""

    def __init__(self, pid: int, process: subprocess.Popen[bytes] | None = None) -> None:
        """`process`: where it was not forked."""
        self.pid = pid
        self.code: int | None = None
        """Its exit code once it has ended; negative: the signal that ended it."""
        self._process = process

    def poll(self) -> int | None:
        """Its exit code, or None while it runs."""
        if self.code is None:
            self.code = reap().get(self.pid) if self._process is None or LINUX else self._process.poll()
        return self.code

    def offspring(self) -> int:
        """How many other processes it has started that still exist (0 where that can't be known)."""
        return sum(pid != self.pid for pid in descendants()) if LINUX else 0

    def end(self) -> None:
        """Kill it, and on Linux all that it started, wherever they have moved."""
        if LINUX:
            codes = end_descendants()
            if self.code is None:
                self.code = codes.get(self.pid)
        elif self._process is not None:
            if sys.platform != "win32":
                with contextlib.suppress(OSError):
                    os.killpg(self.pid, signal.SIGKILL)
            self._process.kill()
            self.code = self._process.wait()
