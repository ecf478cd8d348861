"""A program laid out in rows for a given width: numbered lines, long ones wrapped, never cut short."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from textual.content import Content

from autograd_tutor.trace import Span

_TOKEN = re.compile(
    r"(?P<comment>\#.*)"
    r"|(?P<string>[rbf]?(?:\"[^\"]*\"|'[^']*'))"
    r"|(?P<keyword>\b(?:and|as|assert|break|class|continue|def|del|elif|else|except|finally|for|from|if|import|in|is"
    r"|lambda|not|or|pass|raise|return|try|while|with|yield|None|True|False)\b)"
    r"|(?P<number>(?<![\w.])\d[\w.]*)"
)
_STYLES = {"comment": "$muted italic", "string": "$text-success", "keyword": "bold $primary", "number": "$warning"}
_NARROWEST = 12
CHOSEN = "reverse bold $foreground"


@dataclass(frozen=True, slots=True)
class RowOfCode:
    """One row on the screen: a line of the program or a part of one."""

    line: int
    start: int
    """The column of its first character in the line."""
    text: str
    indent: int = 0
    """Blanks before a continuation."""


def lay_out(source: str, width: int) -> list[RowOfCode]:
    """Rows of at most `width` cells; a long line goes on below, two columns deeper than it began."""
    width = max(width, _NARROWEST)
    rows: list[RowOfCode] = []
    for number, line in enumerate(source.rstrip("\n").split("\n"), 1):
        start, indent = 0, 0
        while len(line) - start > width - indent:
            end = _break(line, start, start + width - indent)
            rows.append(RowOfCode(number, start, line[start:end], indent))
            start = end
            indent = min(len(line) - len(line.lstrip()) + 2, width // 2)
        rows.append(RowOfCode(number, start, line[start:], indent))
    return rows


def room(source: str, width: int) -> int:
    """The cells that are left for code beside the marks and the line numbers."""
    return width - len(str(source.rstrip("\n").count("\n") + 1)) - 4


def _break(line: str, start: int, end: int) -> int:
    """Where to divide: after the last blank or comma that fits, or else where the width ends."""
    for at in range(end, start + (end - start) // 2, -1):
        if line[at - 1] in " ,(":
            return at
    return end


def coloured(source: str) -> list[Content]:
    """Each line with its keywords, numbers, strings and comments set off."""
    lines = []
    for line in source.rstrip("\n").split("\n"):
        content = Content(line)
        for match in _TOKEN.finditer(line):
            content = content.stylize(_STYLES[match.lastgroup or ""], match.start(), match.end())
        lines.append(content)
    return lines


def within(span: Span, line: int, length: int) -> tuple[int, int] | None:
    """The columns of `line` that `span` covers, None if it does not."""
    if not span.line <= line <= span.end_line:
        return None
    return span.column if line == span.line else 0, span.end_column if line == span.end_line else length


def render(source: str, width: int, chosen: Iterable[Span] = (), marks: dict[int, str] | None = None) -> Content:
    """The whole listing: numbers, `marks`, ▸ at other chosen lines, the chosen spans reversed."""
    lines, spans, marks = coloured(source), list(chosen), marks or {}
    digits = len(str(len(lines)))
    shown: list[Content] = []
    for row in lay_out(source, room(source, width)):
        content = lines[row.line - 1]
        covers = [cover for span in spans if (cover := within(span, row.line, len(content.plain)))]
        for start, end in covers:
            content = content.stylize(CHOSEN, start, end)
        number = str(row.line) if row.start == 0 else ""
        mark = marks.get(row.line, "▸" if covers else " ") if row.start == 0 else " "
        gutter = (f"{mark}{number:>{digits}}  ", "bold $accent" if covers else "$muted")
        part = content[row.start : row.start + len(row.text)]
        shown.append(Content.assemble(gutter, " " * row.indent, part))
    return Content("\n").join(shown)
