"""Landlock (Linux 5.13 or newer): a process gives up, for good, all files but those that it names.

Numbers and structures are those of the kernel's include/uapi/linux/landlock.h. Each version ("ABI") of the
kernel knows more rights; all that the kernel at hand knows are taken away.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

from autograd_tutor.sandbox.libc import SET_NO_NEW_PRIVS, prctl, syscall

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""The system calls, by numbers that all architectures share."""
_ASK_VERSION = 1
_PATH_BENEATH = 1

_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_FILE_RIGHTS = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 5: 0xFFFF}
"""From each version on: executing, reading, writing, making and removing; renaming elsewhere; truncating; ioctl."""
_NETWORK_RIGHTS = {4: 0x3}
"""Binding and connecting, by TCP."""
_SCOPES = {6: 0x3}
"""No abstract Unix sockets, and no signals, beyond this process and its own."""


class _Ruleset(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64)]


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("rights", ctypes.c_uint64), ("parent", ctypes.c_int32)]


def version() -> int:
    """The kernel's version of Landlock; 0 where there is none."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            return syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION))
    return 0


def bind(readable: Iterable[Path], writable: Iterable[Path] = ()) -> None:
    """From now on this thread, and what it starts, may read below `readable`, write to the files `writable`.

    Every other right over files that this kernel can take is gone, and so are TCP and signals to others.
    A path that does not exist is left out.

    Raises:
        OSError: the kernel refused.
    """
    abi = version()
    ruleset = _Ruleset(_known(_FILE_RIGHTS, abi), _known(_NETWORK_RIGHTS, abi), _known(_SCOPES, abi))
    size = 24 if abi >= min(_SCOPES) else 16 if abi >= min(_NETWORK_RIGHTS) else 8
    rules = syscall(_CREATE_RULESET, ctypes.byref(ruleset), ctypes.c_size_t(size), ctypes.c_uint32(0))
    try:
        for path in readable:
            _allow(rules, path, _READ_FILE | _READ_DIR)
        for path in writable:
            _allow(rules, path, _READ_FILE | _WRITE_FILE)
        prctl(SET_NO_NEW_PRIVS, 1)
        syscall(_RESTRICT_SELF, ctypes.c_int(rules), ctypes.c_uint32(0))
    finally:
        os.close(rules)


def _allow(rules: int, path: Path, rights: int) -> None:
    """Keep `rights` over what lies at `path`, of those that such a thing can have."""
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= ~_READ_DIR
        beneath = ctypes.byref(_Beneath(rights, descriptor))
        syscall(_ADD_RULE, ctypes.c_int(rules), ctypes.c_int(_PATH_BENEATH), beneath, ctypes.c_uint32(0))
    finally:
        os.close(descriptor)


def _known(rights: dict[int, int], abi: int) -> int:
    """The rights that a kernel of this version can take; the sets grow with the version."""
    return max((some for since, some in rights.items() if since <= abi), default=0)
