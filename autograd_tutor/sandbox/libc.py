"""The C library's doors to the kernel that Python has no names for (Linux)."""

from __future__ import annotations

import ctypes
import os
from functools import cache

SET_PDEATHSIG = 1
SET_DUMPABLE = 4
GET_SECCOMP = 21
SET_SECCOMP = 22
SET_CHILD_SUBREAPER = 36
SET_NO_NEW_PRIVS = 38


def call(name: str, *arguments: object) -> int:
    """One of the library's functions that give -1 when they fail. Raises OSError."""
    result: int = getattr(_library(), name)(*arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def prctl(option: int, value: int = 0, pointer: object = None) -> int:
    """prctl(2), for this thread or process. Raises OSError."""
    return call("prctl", option, ctypes.c_ulong(value), pointer, None, None)


def syscall(number: int, *arguments: object) -> int:
    """A system call by its number. Raises OSError."""
    return call("syscall", ctypes.c_long(number), *arguments)


@cache
def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
