"""The kernel's own bar on further processes (Linux): whoever tries to start one is ended on the spot.

Counting processes and killing them loses against a program that forks faster than one can count, and
RLIMIT_NPROC does not bind root. A seccomp filter binds everyone, at no cost. Threads are allowed.
The rules of such filters are in the kernel's Documentation/userspace-api/seccomp_filter.rst.
"""

from __future__ import annotations

import ctypes
import os
import sys
from dataclasses import dataclass

_PR_SET_SECCOMP = 22
_PR_SET_NO_NEW_PRIVS = 38
_MODE_FILTER = 2
_CLONE_THREAD = 0x10000
_ENOSYS = 38

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_ALLOW = 0x7FFF0000
_KILL = 0x80000000
_FAIL = 0x00050000


@dataclass(frozen=True, slots=True)
class _Calls:
    """The numbers of the system calls that start processes or threads, on one architecture."""

    architecture: int
    clone: int
    forks: tuple[int, ...]
    clone3: int = 435


_CALLS = {
    "x86_64": _Calls(0xC000003E, clone=56, forks=(57, 58)),
    "aarch64": _Calls(0xC00000B7, clone=220, forks=()),
}
_OTHER_ABI = 0x40000000
"""System calls of x86's 32-bit pointers start here; nothing that runs here uses them."""


class _Instruction(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint16), ("yes", ctypes.c_uint8), ("no", ctypes.c_uint8), ("k", ctypes.c_uint32)]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("first", ctypes.POINTER(_Instruction))]


def forbid_processes() -> bool:
    """From now on this process, for good, may start threads only; SIGSYS ends it if it tries to start a process.

    False where the kernel or the machine has no such filter.
    """
    calls = _CALLS.get(os.uname().machine) if sys.platform == "linux" else None
    if calls is None:
        return False
    code = _filter(calls)
    program = _Program(len(code), (_Instruction * len(code))(*code))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0) == 0)


def _filter(calls: _Calls) -> list[_Instruction]:
    """The filter. glibc tries clone3 first, whose flags a filter can't see: told that there is none, it uses clone."""
    forks = [(_EQUAL, 0, 1, number, _KILL) for number in calls.forks]
    tests = [
        *forks,
        (_AT_LEAST, 0, 1, _OTHER_ABI, _KILL),
        (_EQUAL, 0, 1, calls.clone3, _FAIL | _ENOSYS),
    ]
    code = [
        _Instruction(_LOAD, 0, 0, _ARCHITECTURE),
        _Instruction(_EQUAL, 1, 0, calls.architecture),
        _Instruction(_RETURN, 0, 0, _KILL),
        _Instruction(_LOAD, 0, 0, _NUMBER),
    ]
    for test, yes, no, number, verdict in tests:
        code += [_Instruction(test, yes, no, number), _Instruction(_RETURN, 0, 0, verdict)]
    return [
        *code,
        _Instruction(_EQUAL, 1, 0, calls.clone),
        _Instruction(_RETURN, 0, 0, _ALLOW),
        _Instruction(_LOAD, 0, 0, _FIRST_ARGUMENT),
        _Instruction(_ANY_BIT, 0, 1, _CLONE_THREAD),
        _Instruction(_RETURN, 0, 0, _ALLOW),
        _Instruction(_RETURN, 0, 0, _KILL),
    ]
