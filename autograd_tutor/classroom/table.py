"""A small CSV file that people edit and we edit: read strictly, its other columns kept."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import msgspec

from autograd_tutor.classroom.files import BadFile, read_text
from autograd_tutor.classroom.names import quoted

_DELIMITERS = ",;\t"
"""Spreadsheets write semicolons where the comma is the decimal mark."""


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


def read_table(path: Path) -> Table:
    """A table with a header; empty lines are passed over, missing cells are empty.

    Raises:
        BadFile: as `read_text` does; or it has no header, a column twice, a line with too many cells or a bad quote.
    """
    text, marked = read_text(path)
    delimiter = delimiter_of(text)
    lines = [row for row in _records(path, text, delimiter) if any(cell.strip() for cell in row.cells)]
    if not lines:
        raise BadFile(f"{path} is empty: its first line must name the columns.")
    columns = tuple(cell.strip() for cell in lines[0].cells)
    named = [_bare(column) for column in columns if column]
    if twice := next((column for column in named if named.count(column) > 1), None):
        raise BadFile(f"{path}, line {lines[0].line}, has the column {quoted(twice)} twice: leave one of them out.")
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
        raise BadFile(f"{path}, line {begins}, can't be read as CSV ({error}): mend its quotes.") from None


def _fitted(path: Path, row: Row, width: int) -> tuple[str, ...]:
    if any(cell.strip() for cell in row.cells[width:]):
        raise BadFile(f"{path}, line {row.line}, has more cells than the header: put quotes around a text with commas.")
    return (*row.cells[:width], *[""] * (width - len(row.cells)))


def written(table: Table) -> bytes:
    """The table as a CSV file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=table.delimiter, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(row.cells for row in table.rows)
    return text.getvalue().encode("utf-8-sig" if table.marked else "utf-8")
