"""What the kernel holds a session's process to: it paints one terminal and talks over one line, nothing else."""

from __future__ import annotations

import os
import resource
from pathlib import Path

from autograd_tutor.sandbox import confinement, syscalls

_ROOM = 512 << 20
"""Bytes of address space beyond what the parent has."""
_DESCRIPTORS = 64


def get_ready() -> None:
    """In the parent: work out once what is the same for all sessions."""
    confinement.get_ready()
    syscalls.no_processes()


def bind() -> None:
    """Bind this process for good. Its terminal is set up and its event loop made: neither can be done afterwards.

    Raises:
        OSError: a layer that this machine has could not be laid on.
    """
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    space = pages * os.sysconf("SC_PAGE_SIZE") + _ROOM
    for kind, most in (
        (resource.RLIMIT_AS, space),
        (resource.RLIMIT_NOFILE, _DESCRIPTORS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    confinement.lay_on()
