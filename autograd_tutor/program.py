"""A program's text and syntax tree side by side, with places as character offsets, and edits of it as data."""

from __future__ import annotations

import ast
import difflib
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from autograd_tutor.trace import Record, Span

Place = tuple[int, int]
"""Start and end, in characters from the beginning of the source."""

_ENDINGS = re.compile(r"\r\n|\r|\n")


class Edit(Record, frozen=True):
    """Characters `start` to `end` of the source, replaced by `text`."""

    start: int
    end: int
    text: str


class DiffLine(Record, frozen=True):
    """One line of what an edit changes."""

    sign: Literal["-", "+"]
    number: int
    """Its line number, in the old source for `-`, in the new one for `+`; from 1."""
    text: str


@dataclass(frozen=True)
class Group:
    """Statements of one block that share lines (`a = 1; b = 2`); mostly just one."""

    statements: tuple[ast.stmt, ...]
    start: int
    """Where its first line begins."""
    end: int
    """Where its last line ends, without the line break."""
    indent: str
    block: int
    """Which block of the program it is in; 0 is the top level."""

    @property
    def line(self) -> int:
        """Its first line's number."""
        return self.statements[0].lineno


class Program:
    """One program; raises SyntaxError if it is none."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.tree = ast.parse(source)
        self._starts = [0, *(match.end() for match in _ENDINGS.finditer(source))]

    def place(self, node: ast.expr | ast.stmt) -> Place:
        """Where a node of the tree stands."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._offset(node.lineno, node.col_offset), self._offset(node.end_lineno, node.end_col_offset)

    def _offset(self, line: int, column: int) -> int:
        """ast counts columns in UTF-8 bytes."""
        start = self._starts[line - 1]
        return start + len(self._line(line).encode()[:column].decode())

    def _line(self, line: int) -> str:
        start = self._starts[line - 1]
        return self.source[start : self.line_end(line)]

    def line_end(self, line: int) -> int:
        """Where a line ends, without its line break."""
        match = _ENDINGS.search(self.source, self._starts[line - 1])
        return match.start() if match else len(self.source)

    def of_span(self, span: Span) -> Place:
        """A trace's span, whose columns are characters already, as offsets."""
        return self._starts[span.line - 1] + span.column, self._starts[span.end_line - 1] + span.end_column

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """All statements that have lines of their own, in order, inner blocks after their header."""
        return tuple(self._groups(self.tree.body, iter(range(1, 1 << 30)), 0))

    def _groups(self, block: Sequence[ast.stmt], numbers: Iterator[int], number: int) -> Iterator[Group]:
        for statements in _sharing_lines(block):
            start = self._starts[statements[0].lineno - 1]
            end = self.line_end(statements[-1].end_lineno or statements[-1].lineno)
            indent = self.source[start : self.place(statements[0])[0]]
            rest = self.source[self.place(statements[-1])[1] : end].lstrip("; \t")
            if not indent.strip() and (not rest or rest.startswith("#")):
                yield Group(statements, start, end, indent, number)
            for statement in statements:
                for inner in _blocks(statement):
                    yield from self._groups(inner, numbers, next(numbers))

    def under(self, group: Group, header: str) -> Edit:
        """A statement put under `header`: `with torch.no_grad():`."""
        step = "\t" if group.indent.startswith("\t") else "    "
        body = self.source[group.start : group.end].replace(self.newline, self.newline + step)
        return Edit(group.start, group.end, f"{group.indent}{header}{self.newline}{step}{body}")

    def with_argument(self, call: ast.Call, argument: str) -> Edit:
        """One more argument, `retain_graph=True`, at the end of a call's."""
        end = self.place(call)[1] - 1
        first = not (call.args or call.keywords) or self.source[:end].rstrip().endswith(",")
        return Edit(end, end, argument if first else f", {argument}")

    @cached_property
    def newline(self) -> str:
        """The line break this source uses."""
        match = _ENDINGS.search(self.source)
        return match.group() if match else "\n"

    @cached_property
    def torch(self) -> str | None:
        """What the program calls torch; None if it does not import it as a whole."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name.split(".")[0] == "torch":
                        return alias.asname if alias.asname and alias.name == "torch" else alias.name.split(".")[0]
        return None


def _sharing_lines(block: Sequence[ast.stmt]) -> Iterator[tuple[ast.stmt, ...]]:
    run: list[ast.stmt] = []
    for statement in block:
        if run and statement.lineno > (run[-1].end_lineno or 0):
            yield tuple(run)
            run = []
        run.append(statement)
    if run:
        yield tuple(run)


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    for field in ("body", "orelse", "finalbody"):
        inner = getattr(statement, field, None)
        if inner:
            yield inner
    for handler in getattr(statement, "handlers", ()):
        yield handler.body
    for case in getattr(statement, "cases", ()):
        yield case.body


def holds_long_string(node: ast.AST) -> bool:
    """Whether a string in it runs over several lines, so that indenting would change it."""
    return any(
        isinstance(one, ast.JoinedStr | ast.Constant)
        and (isinstance(one, ast.JoinedStr) or isinstance(one.value, str | bytes))
        and one.end_lineno != one.lineno
        for one in ast.walk(node)
    )


def edited(source: str, edits: Sequence[Edit]) -> str:
    """`source` with the edits made; they must not overlap."""
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end), reverse=True):
        source = source[: edit.start] + edit.text + source[edit.end :]
    return source


def diff(before: str, after: str) -> tuple[DiffLine, ...]:
    """The lines that differ, old ones first in each place."""
    old, new = (_ENDINGS.split(text) for text in (before, after))
    found: list[DiffLine] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            found += [DiffLine("-", a + at + 1, text) for at, text in enumerate(old[a:b])]
            found += [DiffLine("+", c + at + 1, text) for at, text in enumerate(new[c:d])]
    return tuple(line for line in found if line.text.strip() or line.sign == "-")


def valid(source: str) -> bool:
    """Whether it is Python."""
    return unfit(source) is None


def unfit(source: str) -> str | None:
    """Why it is no Python, in a sentence; None if it is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, "<experiment>", "exec", dont_inherit=True)
    except SyntaxError as error:
        where = f"Line {error.lineno}" if error.lineno else "This"
        return f"{where} is not Python: {error.msg}."
    except (ValueError, RecursionError, MemoryError) as error:
        return f"Python cannot read this program: {error or 'it is nested too deeply'}."
    return None
