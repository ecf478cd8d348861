"""Files of a class that must not be lost: read strictly, written whole or not at all, changed by one at a time."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

LARGEST = 1 << 20
"""Bytes; ten times a school's worth of names."""


class BadFile(Exception):
    """A file can't be read or written: one sentence with file, line, and what to do."""


def read_text(path: Path) -> tuple[str, bool]:
    """A file's text, its lines ended by newlines alone, and whether it began with a byte order mark.

    Raises:
        BadFile: it is missing, no file, too large, not UTF-8, or holds a null character.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise BadFile(f"Can't read {path}: {error.strerror or error}. Give the path of a text file.") from None
    if len(data) > LARGEST:
        raise BadFile(f"{path} is larger than 1 MB: give a file with one class's names.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadFile(f"{path}, line {line}, is not UTF-8 text: save the file as CSV in UTF-8.") from None
    if "\0" in text:
        raise BadFile(
            f"{path}, line {text[: text.index(chr(0))].count(chr(10)) + 1}, holds a null character: give a text file."
        )
    return text.replace("\r\n", "\n").replace("\r", "\n"), data.startswith(b"\xef\xbb\xbf")


def refuse_existing(path: Path) -> None:
    """Write over nothing: say so early, before anything is made.

    Raises:
        BadFile: there is such a file.
    """
    if path.exists():
        raise BadFile(f"{path} is there already: name another file, or move it away. Nothing was changed.")


def create_file(path: Path, data: bytes) -> None:
    """Make a file that is not there yet, readable for its owner alone.

    Raises:
        BadFile: it is there already, the disk is full, or the folder can't be written.
    """
    try:
        with open(path, "xb", opener=_private) as file:
            try:
                _to_disk(file, data)
            except BaseException:
                path.unlink()
                raise
    except FileExistsError:
        refuse_existing(path)
    except OSError as error:
        raise BadFile(f"Can't write {path}: {error.strerror or error}. Nothing was changed.") from None


def replace_file(path: Path, data: bytes) -> None:
    """Put new contents in a file, readable for its owner alone: after a crash the old or the new is there, whole.

    Raises:
        BadFile: the disk is full, or the folder can't be written.
    """
    path = path.resolve()
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with open(handle, "wb") as file:
                _keep_owner(path, handle)
                _to_disk(file, data)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise BadFile(f"Can't write {path}: {error.strerror or error}. Nothing was changed.") from None


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold off others who would change this file, until it is changed. Readers need not wait.

    Raises:
        BadFile: it is not there, or can't be written.
    """
    with ExitStack() as held:
        try:
            while True:
                file = held.enter_context(path.open("r+b"))
                fcntl.flock(file, fcntl.LOCK_EX)
                # Whoever had the lock before has put another file in this one's place.
                if os.path.sameopenfile(file.fileno(), held.enter_context(path.open("rb")).fileno()):
                    break
        except OSError as error:
            raise BadFile(f"Can't change {path}: {error.strerror or error}.") from None
        yield


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def _to_disk(file: BinaryIO, data: bytes) -> None:
    file.write(data)
    file.flush()
    os.fsync(file.fileno())


def _keep_owner(path: Path, handle: int) -> None:
    """When root edits a teacher's file, it stays the teacher's."""
    if path.exists() and os.geteuid() == 0:
        status = path.stat()
        os.fchown(handle, status.st_uid, status.st_gid)
