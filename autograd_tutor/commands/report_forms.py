"""Tables as text, Markdown and CSV. What learners typed is data: harmless on every screen and in every sheet."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime

from autograd_tutor.commands.report_tables import Cell, Table
from autograd_tutor.drawing.cells import columns
from autograd_tutor.room.screen import harmless

LONGEST_CELL = 60


def text(heading: str, tables: Sequence[Table]) -> str:
    """Aligned columns: numbers to the right, text to the left."""
    return "\n\n".join([heading, *map(_aligned, tables)])


def markdown(heading: str, tables: Sequence[Table]) -> str:
    """Tables as GitHub's Markdown has them; nothing in a cell is markup."""
    return "\n\n".join([f"# {_escaped(heading)}", *map(_piped, tables)])


def csv_of(table: Table) -> str:
    """As RFC 4180 has it, numbers exact; no cell of text is a formula in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([column.replace(" ", "_") for column in table.columns])
    writer.writerows([[_cell(cell) for cell in row] for row in table.rows])
    return out.getvalue()


def _aligned(table: Table) -> str:
    cells = [list(table.columns), *([_shown(cell) for cell in row] for row in table.rows)]
    widths = [max(columns(row[at]) for row in cells) for at in range(len(table.columns))]
    right = [all(isinstance(row[at], int | float | None) for row in table.rows) for at in range(len(table.columns))]
    lines = ["  ".join(map(_padded, row, widths, right)).rstrip() for row in cells]
    return "\n".join([table.title, "", *lines])


def _piped(table: Table) -> str:
    rows = [" | ".join(_escaped(_shown(cell)) for cell in row) for row in table.rows]
    lines = [" | ".join(table.columns), " | ".join("---" for _ in table.columns), *rows]
    return "\n".join([f"## {table.title}", "", *(f"| {line} |" for line in lines)])


def _cell(cell: Cell) -> str | int | float:
    if isinstance(cell, str):
        text = harmless(cell)
        # Spreadsheets skip spaces, and take wide forms for the plain ones.
        first = unicodedata.normalize("NFKC", text.lstrip())[:1]
        return f"'{text}" if first and first in "=+-@|%" else text
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, datetime):
        return cell.isoformat()
    return "" if cell is None else cell


def _shown(cell: Cell) -> str:
    match cell:
        case None:
            return "–"
        case bool():
            return "yes" if cell else "no"
        case float():
            return f"{cell:.2f}".replace("-", "−")
        case datetime():
            return f"{cell:%Y-%m-%d %H:%M}Z"
        case str():
            return harmless(cell, LONGEST_CELL) or "–"
    return str(cell)


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]()<>#+!|~$&])", r"\\\1", text)


def _padded(text: str, width: int, right: bool) -> str:
    space = " " * (width - columns(text))
    return space + text if right else text + space
