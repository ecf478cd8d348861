"""SSH keys: a folder with one authorized_keys file for each name, read afresh at each login."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

from autograd_tutor.classroom.names import BadName, login_name, same_as

LARGEST = 64 << 10
"""Bytes of one file of keys."""
_SUFFIX = ".pub"
_SETTLED = 2 * 10**9
"""Nanoseconds after which a folder's time of change tells of every change."""


class KeyFolder:
    """The keys in one folder. A name is only ever looked up among its files, so it can't lead elsewhere."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._files: dict[str, Path] = {}
        self._seen: int | None = None

    def names(self) -> dict[str, str]:
        """The names that have a file, each under `names.same_as` of it, in alphabetical order."""
        return {key: _name(path.name) or "" for key, path in self._current().items()}

    def name(self, typed: str) -> str | None:
        """How that name is spelled here; None if it has no file."""
        path = self._current().get(same_as(typed))
        return None if path is None else _name(path.name)

    def keys_of(self, name: str) -> str | None:
        """The text of the file `NAME` or `NAME.pub`, in authorized_keys' format, as it is on disk now.

        None if there is none, or it is not a plain file in this very folder (no link is followed), too large, no text.
        """
        path = self._current().get(same_as(name))
        return None if path is None else _plain_text(path)

    def _current(self) -> dict[str, Path]:
        """Each name's file; the folder is listed again when it has changed."""
        try:
            changed = self._path.stat().st_mtime_ns
            if changed != self._seen:
                with os.scandir(self._path) as entries:
                    files = sorted(entry.name for entry in entries if entry.is_file(follow_symlinks=False))
                # Of two files for one name the first in this order, the one without .pub, stands.
                self._files = {same_as(name): self._path / file for file in files[::-1] if (name := _name(file))}
                self._files = dict(sorted(self._files.items()))
                # A clock that ticks slowly would give a change right after this one the same time.
                self._seen = changed if time.time_ns() - changed > _SETTLED else None
        except OSError:
            self._files, self._seen = {}, None
        return self._files


def _name(file: str) -> str | None:
    try:
        return login_name(file.removesuffix(_SUFFIX))
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
