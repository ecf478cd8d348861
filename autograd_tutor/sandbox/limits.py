"""The limits that the kernel itself holds over a child, as far as the platform has them."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from autograd_tutor.sandbox import seccomp, syscalls
from autograd_tutor.sandbox.protocol import Limits

if sys.platform != "win32":
    import fcntl
    import resource

_HIGH = 200
"""The lowest descriptor for our own channels: a program that closes what it sees rarely looks so far up."""
_DESCRIPTORS = 256
_FILE = 256 << 20
"""Bytes of one file that a program may write."""
_TASKS = 256
"""Room for threads, beyond all tasks of the machine: the kernel counts processes and threads alike."""
_MARGIN = 512 << 20
"""Bytes for the trace and the explanation, once the program has used up its own."""


def lift(descriptor: int) -> int:
    """A copy of `descriptor`, high up where there is a way, that no program started from here inherits."""
    if sys.platform == "win32":
        return os.dup(descriptor)
    return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _HIGH)


def apply(limits: Limits) -> None:
    """Bind this process to `limits`, for good. Where further processes are allowed, the supervisor counts them."""
    if sys.platform == "win32":  # there the supervisor's clock stands alone
        return
    used = _address_space()
    if used is not None:
        _set(resource.RLIMIT_AS, used + limits.memory, used + limits.memory + _MARGIN)
    cpu = int(2 * (limits.seconds + limits.explain_seconds)) + 10
    _set(resource.RLIMIT_CPU, cpu, cpu)
    _set(resource.RLIMIT_CORE, 0, 0)
    _set(resource.RLIMIT_FSIZE, _FILE, _FILE)
    _set(resource.RLIMIT_NOFILE, _DESCRIPTORS, _DESCRIPTORS)
    tasks = _tasks()
    if tasks is not None:
        _set(resource.RLIMIT_NPROC, tasks + _TASKS, tasks + _TASKS)
    if limits.processes == 0 and seccomp.available():
        with contextlib.suppress(OSError):
            seccomp.bind(syscalls.no_processes())


def relax() -> None:
    """The program has ended: what follows may use the margin too."""
    if sys.platform != "win32":
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        _set(resource.RLIMIT_AS, hard, hard)


def _set(kind: int, soft: int, hard: int) -> None:
    """Set one limit, never above the one in force."""
    if sys.platform == "win32":
        return
    _, ceiling = resource.getrlimit(kind)
    if ceiling != resource.RLIM_INFINITY:
        soft, hard = min(soft, ceiling), min(hard, ceiling)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(kind, (soft, hard))


def _address_space() -> int | None:
    """Bytes of this process's address space now; None where the system does not say."""
    with contextlib.suppress(OSError):
        return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    return None


def _tasks() -> int | None:
    """How many processes and threads the whole machine has now; None where the system does not say."""
    with contextlib.suppress(OSError):
        return int(Path("/proc/loadavg").read_text().split()[3].split("/")[1])
    return None
