"""Confinement: what the kernel itself keeps from a program that is not trusted, a lesson's or a class's.

A confined run may read the libraries that it imports, compute, and hand over its result. Three layers say no
to all else, each by itself to most of it:
- who it is (`identity`): no root, no capability, nothing inherited, a plain environment;
- Landlock: no file but the libraries', no TCP, no signal to others;
- seccomp (`syscalls`): no system call that a program which computes never needs.

What none of them hides: whether a path exists and how large it is (stat), and the list of process ids.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Container
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from autograd_tutor.sandbox import identity, landlock, seccomp, syscalls
from autograd_tutor.sandbox.protocol import Job

_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib")
_READ = ("/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo", "/dev/zero", "/dev/urandom", "/dev/random")
_WRITTEN = (Path("/dev/null"),)


class Unconfined(Exception):
    """A layer that this platform has could not be laid on: the run must not begin. The message is a sentence."""


@dataclass(frozen=True, slots=True)
class Layers:
    """What this platform has to confine a run with."""

    landlock: int
    """The version of Landlock; 0: none."""
    seccomp: bool
    lacking: tuple[str, ...]
    """A sentence for each layer that lacks."""


@cache
def layers() -> Layers:
    """What there is here."""
    abi, filters = landlock.version(), seccomp.available()
    lacking = []
    if not abi:
        lacking.append(
            "This kernel has no Landlock (Linux 5.13 or newer has it, unless it was built or started without):"
            " a confined program can read the files that this user can."
        )
    if not filters:
        lacking.append(
            "This system has no seccomp filters (Linux on x86_64 or aarch64 has them):"
            " a confined program can use the network and signal other processes."
        )
    return Layers(abi, filters, tuple(lacking))


def get_ready() -> None:
    """In a process that will fork many runs: work out once what is the same for all of them."""
    if sys.platform == "linux":
        layers()
        identity.may_change_user()
        identity.all_may_read(readable())
        syscalls.only_computing()


def confine(job: Job, results: int) -> None:
    """Bind this process to what the platform has, for good; of its descriptors the standard ones and `results` stay.

    Raises:
        Unconfined: something announced by `layers` could not be done.
    """
    if sys.platform != "linux":
        return
    try:
        if len(os.listdir("/proc/self/task")) != 1:
            raise OSError("the process has more than one thread")
        os.chdir("/")
        identity.forget_environment()
        identity.close_all_but({0, 1, 2, results})
        lay_on(job.layers)
    except OSError as error:
        raise Unconfined(
            f"The program was not run: it could not be confined on this machine ({error.strerror or error})."
        ) from None


def lay_on(wanted: Container[str] = ("landlock", "seccomp")) -> None:
    """Become nobody, and lay on those of the `wanted` layers that this platform has, for good.

    Raises:
        OSError: one of them could not be laid on.
    """
    identity.become_nobody(readable())
    there = layers()
    if there.landlock and "landlock" in wanted:
        landlock.bind(readable(), _WRITTEN)
    if there.seccomp and "seccomp" in wanted:
        seccomp.bind(syscalls.only_itself(), syscalls.only_computing(), syscalls.no_processes(), newest=syscalls.NEWEST)


@cache
def readable() -> tuple[Path, ...]:
    """What running programs read: the interpreter's libraries, this package, the system's shared libraries.

    Never the interpreter's own prefix, which may be a home or hold the records; nor its `lib`, if that is in a home.
    """
    places = [sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")]
    places += [place for place in sys.path if Path(place).name in ("site-packages", "dist-packages", "lib-dynload")]
    places += [str(Path(__file__).parents[1]), *_LIBRARIES, *_READ]
    home = Path(os.path.expanduser("~")).resolve()
    if Path(sys.base_prefix).resolve() not in (home, *home.parents, home / ".local"):
        places.append(str(Path(sys.base_prefix) / "lib"))
    return tuple(map(Path, dict.fromkeys(places)))
