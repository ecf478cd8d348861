"""A small CSV file that people edit and we edit: read strictly, written whole or not at all."""

from __future__ import annotations

import csv
import fcntl
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from autograd_tutor.classroom.names import quoted

LARGEST = 1 << 20
"""Bytes; ten times a school's worth of names."""
_DELIMITERS = ",;\t"
"""Spreadsheets write semicolons where the comma is the decimal mark."""


class BadTable(Exception):
    """A file can't be read or written: one sentence with file, line, and what to do."""


class Row(msgspec.Struct, frozen=True):
    """One line of a table."""

    line: int
    """Where it begins in its file, from 1; 0 if it is new."""
    cells: tuple[str, ...]
    """As many as the table has columns."""


class Table(msgspec.Struct, frozen=True):
    """A CSV file's contents: every column, also those that mean nothing to us."""

    columns: tuple[str, ...]
    """As the header names them, without blanks around."""
    rows: tuple[Row, ...] = ()
    delimiter: str = ","
    marked: bool = False
    """The file began with a byte order mark, which some spreadsheets need."""

    def column(self, name: str) -> int | None:
        """Which column has this name, whatever its case, blanks and underscores; None if none has."""
        return next((at for at, column in enumerate(self.columns) if _bare(column) == _bare(name)), None)


def _bare(column: str) -> str:
    return column.casefold().replace(" ", "").replace("_", "")


def read_text(path: Path) -> tuple[str, bool]:
    """A file's text, its lines ended by newlines alone, and whether it began with a byte order mark.

    Raises:
        BadTable: it is missing, no file, too large, not UTF-8, or holds a null character.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise BadTable(f"Can't read {path}: {error.strerror or error}. Give the path of a text file.") from None
    if len(data) > LARGEST:
        raise BadTable(f"{path} is larger than 1 MB: give a file with one class's names.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadTable(f"{path}, line {line}, is not UTF-8 text: save the file as CSV in UTF-8.") from None
    if "\0" in text:
        raise BadTable(f"{path}, line {text[: text.index(chr(0))].count(chr(10)) + 1}, holds a null character.")
    return text.replace("\r\n", "\n").replace("\r", "\n"), data.startswith(b"\xef\xbb\xbf")


def read_table(path: Path) -> Table:
    """A table with a header; empty lines are passed over, missing cells are empty.

    Raises:
        BadTable: as `read_text` does; or it has no header, a column twice, a line with too many cells or a bad quote.
    """
    text, marked = read_text(path)
    delimiter = delimiter_of(text)
    lines = [row for row in _records(path, text, delimiter) if any(cell.strip() for cell in row.cells)]
    if not lines:
        raise BadTable(f"{path} is empty: its first line must name the columns.")
    columns = tuple(cell.strip() for cell in lines[0].cells)
    named = [_bare(column) for column in columns if column]
    if twice := next((column for column in named if named.count(column) > 1), None):
        raise BadTable(f"{path}, line {lines[0].line}, has the column {quoted(twice)} twice: leave one of them out.")
    rows = tuple(Row(row.line, _fitted(path, row, len(columns))) for row in lines[1:])
    return Table(columns, rows, delimiter, marked)


def delimiter_of(text: str) -> str:
    """What parts the cells of a CSV text: the one that its first line has most of."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    return max(_DELIMITERS, key=first.count)


def _records(path: Path, text: str, delimiter: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for cells in reader:
            yield Row(begins, tuple(cells))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise BadTable(f"{path}, line {begins}, can't be read as CSV ({error}): mend its quotes.") from None


def _fitted(path: Path, row: Row, width: int) -> tuple[str, ...]:
    if any(cell.strip() for cell in row.cells[width:]):
        raise BadTable(
            f"{path}, line {row.line}, has more cells than the header: put quotes around a text with commas."
        )
    return (*row.cells[:width], *[""] * (width - len(row.cells)))


def written(table: Table) -> bytes:
    """The table as a CSV file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=table.delimiter, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(row.cells for row in table.rows)
    return text.getvalue().encode("utf-8-sig" if table.marked else "utf-8")


def replace_file(path: Path, data: bytes) -> None:
    """Put new contents in a file, readable for its owner alone: after a crash the old or the new is there, whole.

    Raises:
        BadTable: the disk is full, or the folder can't be written.
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
        raise BadTable(f"Can't write {path}: {error.strerror or error}. Nothing was changed.") from None


def _keep_owner(path: Path, handle: int) -> None:
    """When root edits a teacher's file, it stays the teacher's."""
    if path.exists() and os.geteuid() == 0:
        status = path.stat()
        os.fchown(handle, status.st_uid, status.st_gid)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold off others who change files in this folder. The lock is the folder's own, so nothing is left behind.

    Raises:
        BadTable: there is no such folder.
    """
    folder = path.resolve().parent
    try:
        with _opened(folder) as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise BadTable(f"Can't use the folder {folder}: {error.strerror or error}. Name one that is there.") from None


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield handle
    finally:
        os.close(handle)
