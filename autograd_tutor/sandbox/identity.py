"""Who a confined run is to the kernel: nobody, with no rights beyond anyone's and nothing inherited."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Collection, Iterable
from itertools import pairwise
from pathlib import Path

from autograd_tutor.sandbox.processes import die_with

if sys.platform != "win32":
    import resource

_FIRST_USER = 2_000_000_000
"""Users from here on have no name anywhere; a run is the one with its process id added."""
_TASKS = 256
"""Processes and threads that one such user may have."""
_KILL, _SETGID, _SETUID = 5, 6, 7
_PR_SET_DUMPABLE = 4
_PR_CAPBSET_DROP = 24
_VERSION_3 = 0x20080522

_KEPT = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "CUDA_VISIBLE_DEVICES")
_PLAIN = {"LANG": "C.UTF-8", "HOME": "/", "USER": "learner", "LOGNAME": "learner"}
"""The environment of a confined run, beside `_KEPT`. With a user's name, none is looked up in /etc/passwd."""


def forget_environment() -> None:
    """Leave a plain environment; what was passed to this process at its start is overwritten in its memory."""
    import posix

    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    os.environ.clear()
    posix.environ.clear()
    with contextlib.suppress(OSError):
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        begin, end = int(fields[47]), int(fields[48])  # env_start and env_end: 50 and 51 of proc(5), from 3 on here
        if 0 < begin < end:
            ctypes.memset(begin, 0, end - begin)
    os.environ.update(kept | _PLAIN)


def close_all_but(kept: Collection[int]) -> None:
    """Close every descriptor that is not in `kept`, which has standard input, 0, in it."""
    bounds = [*sorted(kept), 1 << 20]
    for below, above in pairwise(bounds):
        if below + 1 < above:  # an empty range from 0 would close all
            os.closerange(below + 1, above)


def become_nobody(readable: Iterable[Path]) -> None:
    """Give up root and every capability; a debugger or neighbour of the same user can't look inside any more.

    As root this becomes a user of its own, if that one may read all of `readable`: an interpreter that lives
    in root's home stays root's, without capabilities.

    Raises:
        OSError: the kernel refused.
    """
    supervisor = os.getppid()
    user = _FIRST_USER + os.getpid()
    if _may_change(user) and all(_open_to_all(path) for path in readable if path.exists()):
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
        resource.setrlimit(resource.RLIMIT_NPROC, (_TASKS, _TASKS))
        die_with(supervisor)
    _drop_capabilities()
    _checked(_libc().prctl(_PR_SET_DUMPABLE, ctypes.c_ulong(0), None, None, None))


def _may_change(user: int) -> bool:
    """This process is root with root's rights over users, where `user` exists."""
    if os.geteuid() != 0:
        return False
    status = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line)
    effective = int(status["CapEff"], 16)
    return all(effective >> capability & 1 for capability in (_KILL, _SETGID, _SETUID)) and all(
        any(int(first) <= user < int(first) + int(count) for first, _, count in map(str.split, table.splitlines()))
        for table in (Path(f"/proc/self/{kind}_map").read_text() for kind in ("uid", "gid"))
    )


def _open_to_all(path: Path) -> bool:
    """Anyone may read this directory or file, and reach it."""
    path = path.resolve()
    reachable = all(parent.stat().st_mode & 0o001 for parent in path.parents)
    wanted = 0o005 if path.is_dir() else 0o004
    return reachable and path.stat().st_mode & wanted == wanted


def _drop_capabilities() -> None:
    """No capability is left, nor can any be gained."""
    with contextlib.suppress(OSError):
        last = int(Path("/proc/sys/kernel/cap_last_cap").read_text())
        for capability in range(last + 1):
            _libc().prctl(_PR_CAPBSET_DROP, ctypes.c_ulong(capability), None, None, None)
    header = (ctypes.c_uint32 * 2)(_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    _checked(_libc().capset(header, nothing))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
