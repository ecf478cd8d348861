"""Filters on system calls (Linux): a list of rules becomes a program that the kernel runs on each call.

A filter binds this process for good, root as well, and all that it starts. Its rules are in the kernel's
Documentation/userspace-api/seccomp_filter.rst.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass

_PR_SET_NO_NEW_PRIVS = 38
_PR_GET_SECCOMP = 21
_PR_SET_SECCOMP = 22
_MODE_FILTER = 2

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
    """What becomes of one system call; other calls are allowed. Arguments count from 0, by their lower 32 bits."""

    call: int
    verdict: int
    """KILL, EPERM or ENOSYS."""
    argument: int = 0
    unless: tuple[int, ...] = ()
    """The verdict does not fall if the argument is one of these."""
    unless_bit: int = 0
    """Nor if it has this bit."""


class _Instruction(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint16), ("yes", ctypes.c_uint8), ("no", ctypes.c_uint8), ("k", ctypes.c_uint32)]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("first", ctypes.POINTER(_Instruction))]


def machine() -> str | None:
    """The architecture, if filters are known for it."""
    name = os.uname().machine if sys.platform == "linux" else ""
    return name if name in _ARCHITECTURES else None


def available() -> bool:
    """This kernel takes filters."""
    return machine() is not None and bool(_prctl(_PR_GET_SECCOMP, 0, None) >= 0)


def bind(rules: Iterable[Rule], newest: int | None = None) -> None:
    """Bind this thread, and what it starts, to `rules`. Calls with a number above `newest` fail with ENOSYS.

    Raises:
        OSError: the kernel refused the filter.
    """
    name = machine()
    if name is None:
        raise OSError(errno.ENOSYS, "no filters are known for this machine")
    code = _filter(_ARCHITECTURES[name], rules, newest)
    program = _Program(len(code), (_Instruction * len(code))(*code))
    for option, value, pointer in (
        (_PR_SET_NO_NEW_PRIVS, 1, None),
        (_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program)),
    ):
        if _prctl(option, value, pointer) != 0:
            raise OSError(ctypes.get_errno(), "the kernel refused a filter on system calls")


def _prctl(option: int, value: int, pointer: object) -> int:
    result: int = ctypes.CDLL(None, use_errno=True).prctl(option, ctypes.c_ulong(value), pointer, None, None)
    return result


def _filter(architecture: int, rules: Iterable[Rule], newest: int | None) -> list[_Instruction]:
    """The program: a wrong architecture ends the process, then the first rule for the call decides."""
    code = [
        _Instruction(_LOAD, 0, 0, _ARCHITECTURE),
        _Instruction(_EQUAL, 1, 0, architecture),
        _Instruction(_RETURN, 0, 0, KILL),
        _Instruction(_LOAD, 0, 0, _NUMBER),
        _Instruction(_AT_LEAST, 0, 1, _OTHER_ABI),
        _Instruction(_RETURN, 0, 0, KILL),
    ]
    if newest is not None:
        code += [_Instruction(_AT_LEAST, 0, 1, newest + 1), _Instruction(_RETURN, 0, 0, ENOSYS)]
    for rule in rules:
        body = _judge(rule)
        code += [_Instruction(_EQUAL, 0, len(body), rule.call), *body]
    return [*code, _Instruction(_RETURN, 0, 0, _ALLOW)]


def _judge(rule: Rule) -> list[_Instruction]:
    """What follows once the call is known to be the rule's."""
    tests = [(_EQUAL, value & 0xFFFFFFFF) for value in rule.unless]
    if rule.unless_bit:
        tests.append((_ANY_BIT, rule.unless_bit))
    code = [_Instruction(_LOAD, 0, 0, _ARGUMENTS + 8 * rule.argument)] if tests else []
    for test, value in tests:
        code += [_Instruction(test, 0, 1, value), _Instruction(_RETURN, 0, 0, _ALLOW)]
    return [*code, _Instruction(_RETURN, 0, 0, rule.verdict)]
