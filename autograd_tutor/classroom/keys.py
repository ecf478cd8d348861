"""SSH keys: a folder with one authorized_keys file for each name, read afresh at each login."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from autograd_tutor.classroom.names import BadName, login_name, same_as

LARGEST = 64 << 10
"""Bytes of one file of keys."""
_SUFFIX = ".pub"


def keys_of(folder: Path, name: str) -> str | None:
    """The text of the file `NAME` or `NAME.pub` in the folder, in authorized_keys' format.

    None if there is none, or it is not a plain file in this very folder (no link is followed), too large or no text.
    """
    path = _files(folder).get(same_as(name))
    return None if path is None else _plain_text(path)


def names_with_keys(folder: Path) -> tuple[str, ...]:
    """The names that have a file of keys, in alphabetical order."""
    return tuple(sorted(_name(path) or "" for path in _files(folder).values()))


def _files(folder: Path) -> dict[str, Path]:
    """Each name's file. A name is only ever looked up here, so it can't lead to another folder."""
    try:
        paths = sorted(folder.iterdir(), reverse=True)
    except OSError:
        return {}
    return {same_as(name): path for path in paths if (name := _name(path)) and not path.is_symlink() and path.is_file()}


def _name(path: Path) -> str | None:
    try:
        return login_name(path.name.removesuffix(_SUFFIX))
    except BadName:
        return None


def _plain_text(path: Path) -> str | None:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(handle, "rb") as file:
            data = file.read(LARGEST + 1) if stat.S_ISREG(os.fstat(handle).st_mode) else b""
        return data.decode("utf-8-sig") if 0 < len(data) <= LARGEST else None
    except (OSError, UnicodeDecodeError):
        return None
