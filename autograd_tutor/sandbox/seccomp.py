"""Filters on system calls (Linux): rules become a program that the kernel runs before each call.

A filter binds this process for good, root as well, and all that it starts. What such programs may hold is in
the kernel's Documentation/userspace-api/seccomp_filter.rst.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from struct import Struct

from autograd_tutor.sandbox import libc

_MODE_FILTER = 2

_INSTRUCTION = Struct("=HBBI")
"""What to do; how many instructions to skip if a test holds, and if it does not; a number."""
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16

_ALLOW = 0x7FFF0000
KILL = 0x80000000
"""The process is ended by SIGSYS."""
EPERM = 0x00050000 | errno.EPERM
"""The call fails: not permitted."""
ENOSYS = 0x00050000 | errno.ENOSYS
"""The call fails as if this kernel did not know it."""

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_OTHER_ABI = 0x40000000
"""System calls of x86's 32-bit pointers start here; nothing that runs here uses them."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What becomes of one system call; other calls are allowed."""

    call: int
    verdict: int
    """KILL, EPERM or ENOSYS."""
    argument: int = 0
    """Which one is looked at, counted from 0: its lower 32 bits."""
    unless: tuple[int, ...] = ()
    """The verdict does not fall if the argument is one of these."""
    unless_bit: int = 0
    """Nor if it has this bit."""


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("code", ctypes.c_char_p)]


def machine() -> str | None:
    """The architecture, if filters are known for it."""
    name = os.uname().machine if sys.platform == "linux" else ""
    return name if name in _ARCHITECTURES else None


def available() -> bool:
    """This kernel takes filters."""
    with contextlib.suppress(OSError):
        return machine() is not None and libc.prctl(libc.GET_SECCOMP) >= 0
    return False


def compiled(rules: Iterable[Rule]) -> bytes:
    """The part of a filter's program that holds `rules`."""
    return b"".join(map(_judge, rules))


def bind(*parts: bytes, newest: int = _OTHER_ABI - 1) -> None:
    """Bind this thread, and what it starts, to compiled rules. Calls with a number above `newest` fail with ENOSYS.

    Raises:
        OSError: the kernel refused the filter, or there is none for this machine.
    """
    name = machine()
    if name is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    code = b"".join((_opening(_ARCHITECTURES[name], newest), *parts, _do(_RETURN, _ALLOW)))
    program = _Program(len(code) // _INSTRUCTION.size, code)
    libc.prctl(libc.SET_NO_NEW_PRIVS, 1)
    libc.prctl(libc.SET_SECCOMP, _MODE_FILTER, ctypes.byref(program))


def _do(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return _INSTRUCTION.pack(code, yes, no, value)


def _opening(architecture: int, newest: int) -> bytes:
    """Another architecture's calls end the process; unknown ones fail; then the call's number is at hand."""
    return b"".join(
        (
            _do(_LOAD, _ARCHITECTURE),
            _do(_EQUAL, architecture, yes=1),
            _do(_RETURN, KILL),
            _do(_LOAD, _NUMBER),
            _do(_AT_LEAST, _OTHER_ABI, no=1),
            _do(_RETURN, KILL),
            _do(_AT_LEAST, newest + 1, no=1),
            _do(_RETURN, ENOSYS),
        )
    )


def _judge(rule: Rule) -> bytes:
    """If the call is the rule's, this part decides; else it is skipped."""
    tests = [(_EQUAL, value & 0xFFFFFFFF) for value in rule.unless]
    if rule.unless_bit:
        tests.append((_ANY_BIT, rule.unless_bit))
    body = _do(_LOAD, _ARGUMENTS + 8 * rule.argument) if tests else b""
    for test, value in tests:
        body += _do(test, value, no=1) + _do(_RETURN, _ALLOW)
    body += _do(_RETURN, rule.verdict)
    return _do(_EQUAL, rule.call, no=len(body) // _INSTRUCTION.size) + body
