"""Rows that are longer than the screen is wide go on under their first word, not at the margin."""

from __future__ import annotations

import re
from collections.abc import Iterable

from textual.content import Content

_LEAD = re.compile(r" *(?:[✓✗◐·!○»?•▸] +)?(?:\d+(?: {2,}| [-+] ))?")
"""A sign, and the number of a step or of a line of code."""
_LABEL = re.compile(r"[^ ](?:[^ ]| (?! )){0,24}  (?=[^ ])")
"""`hint 1 of 3  `, `closed form  `: two blanks end it."""
WIDEST = 116
"""Columns of words: in longer lines one loses one's place."""


def hung(rows: Iterable[Content], width: int, under: int | None = None) -> Content:
    """All rows, none longer than `width`: what is left of one stands below its text, after sign, number and label.

    Or it stands in column `under`.
    """
    width = max(min(width, WIDEST), 1)
    return Content("\n").join(piece for row in rows for line in row.split("\n") for piece in _hung(line, width, under))


def _hung(line: Content, width: int, under: int | None) -> list[Content]:
    if line.cell_length <= width:
        return [line]
    indent = min(_indent(line.plain, width) if under is None else under, width // 2)
    first = line.wrap(width)[0].rstrip()
    rest = line[len(first) :]
    rest = rest[len(rest.plain) - len(rest.plain.lstrip(" ")) :]
    below = (Content.assemble(" " * indent, piece.rstrip()) for piece in rest.wrap(width - indent))
    return [first, *below] if rest.plain else [first]


def _indent(plain: str, width: int) -> int:
    lead = _LEAD.match(plain)
    start = lead.end() if lead is not None else 0
    label = _LABEL.match(plain, start)
    return label.end() if label is not None and label.end() <= width // 3 else start
