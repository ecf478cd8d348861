"""Who a confined run is to the kernel: nobody, with no rights beyond anyone's and nothing inherited."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Collection
from functools import cache
from itertools import pairwise
from pathlib import Path

from autograd_tutor.sandbox import libc
from autograd_tutor.sandbox.processes import die_with

if sys.platform != "win32":
    import resource

_FIRST_USER = 2_000_000_000
"""Users from here on have no name anywhere; a run is the one with its process id added."""
_LAST_PROCESS = 1 << 22
"""Process ids end here."""
_TASKS = 256
"""Processes and threads that one such user may have."""
_KILL, _SETGID, _SETUID = 5, 6, 7
_VERSION_3 = 0x20080522
"""Of the kernel's form for capabilities."""

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


def become_nobody(readable: tuple[Path, ...]) -> None:
    """Give up root and every capability; a debugger or neighbour of the same user can't look inside any more.

    Root is changed into a user of its own, in whom the kernel counts threads. If that one could not read all of
    `readable` (an interpreter in root's home), only the real user changes: files stay readable as to root.

    Raises:
        OSError: the kernel refused.
    """
    if may_change_user():
        supervisor, user = os.getppid(), _FIRST_USER + os.getpid()
        files = user if all_may_read(readable) else 0
        os.setgroups([])
        os.setresgid(user, files, files)
        os.setresuid(user, files, files)
        resource.setrlimit(resource.RLIMIT_NPROC, (_TASKS, _TASKS))
        die_with(supervisor)  # the kernel forgot it with the old user
    libc.prctl(libc.SET_DUMPABLE, 0)
    libc.prctl(libc.SET_NO_NEW_PRIVS, 1)
    libc.call("capset", (ctypes.c_uint32 * 2)(_VERSION_3, 0), (ctypes.c_uint32 * 6)())


@cache
def may_change_user() -> bool:
    """This process is root, with root's rights over users."""
    if os.geteuid() != 0:
        return False
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    effective = int(status["CapEff"], 16)
    return all(effective >> capability & 1 for capability in (_KILL, _SETGID, _SETUID)) and all(
        map(_has_users, ("uid_map", "gid_map"))
    )


@cache
def all_may_read(places: tuple[Path, ...]) -> bool:
    """Anyone may reach and read these directories and files, as far as they exist."""
    return all(map(_open_to_all, filter(Path.exists, places)))


def _has_users(table: str) -> bool:
    """The users from `_FIRST_USER` on exist here: a container may know only some (user_namespaces(7))."""
    for line in Path(f"/proc/self/{table}").read_text().splitlines():
        first, _, count = map(int, line.split())
        if first <= _FIRST_USER and first + count > _FIRST_USER + _LAST_PROCESS:
            return True
    return False


def _open_to_all(path: Path) -> bool:
    """Anyone may reach and read this directory or file."""
    path = path.resolve()
    reachable = all(parent.stat().st_mode & 0o001 for parent in path.parents)
    wanted = 0o005 if path.is_dir() else 0o004
    return reachable and path.stat().st_mode & wanted == wanted
