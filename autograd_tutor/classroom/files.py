"""Files of a class that must not be lost: read strictly, written whole or not at all, changed by one at a time."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
        raise BadFile(f"{path}, line {text[: text.index(chr(0))].count(chr(10)) + 1}, holds a null character.")
    return text.replace("\r\n", "\n").replace("\r", "\n"), data.startswith(b"\xef\xbb\xbf")


def refuse_existing(path: Path) -> None:
    """Write over nothing.

    Raises:
        BadFile: there is such a file.
    """
    if path.exists():
        raise BadFile(f"{path} is there already: name another file, or move it away. Nothing was changed.")


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
                _keep_owner(path, file.fileno())
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
        with _opened(path.parent) as folder:
            os.fsync(folder)
    except OSError as error:
        raise BadFile(f"Can't write {path}: {error.strerror or error}. Nothing was changed.") from None


def _keep_owner(path: Path, handle: int) -> None:
    """When root edits a teacher's file, it stays the teacher's."""
    if path.exists() and os.geteuid() == 0:
        status = path.stat()
        os.fchown(handle, status.st_uid, status.st_gid)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold off others who change files in this folder. The lock is the folder's own, so nothing is left behind.

    Raises:
        BadFile: there is no such folder.
    """
    folder = path.resolve().parent
    try:
        with _opened(folder) as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise BadFile(f"Can't use the folder {folder}: {error.strerror or error}. Name one that is there.") from None


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield handle
    finally:
        os.close(handle)
