"""From a running frame to the exact piece of source it is at, and what the operands there are called."""

from __future__ import annotations

import ast
import io
import linecache
from dataclasses import dataclass, field
from types import CodeType, FrameType

from autograd_tutor.trace import Span

PSEUDO = "<exercise>"
"""The file name of a program that is in no file."""


@dataclass(slots=True)
class Site:
    """One place in the source that calls something."""

    span: Span
    text: str
    function: str | None
    node: ast.AST | None
    """The syntax node with exactly this span."""
    assigned: str | None = None
    """The name that its value is assigned to at once: `y` in `y = x ** 2`."""
    runs: int = 0
    """How often a call began here."""
    inner: FrameType | None = field(default=None, repr=False)
    """The library frame of the call that began last: calls of several torch functions below it are one run."""


class Source:
    """The program's text, parsed once, with every place that called something so far."""

    def __init__(self, text: str, filename: str) -> None:
        self.text = text
        self.filename = filename
        self.lines = list(io.StringIO(text, newline=None))
        self._ascii = text.isascii()
        self._sites: dict[tuple[CodeType, int], Site | None] = {}
        self._positions: dict[CodeType, list[tuple[int | None, int | None, int | None, int | None]]] = {}
        self._nodes: dict[Span, ast.AST] = {}
        self._assigned: dict[Span, str] = {}
        linecache.cache[filename] = (len(text), None, self.lines, filename)

    def parse(self) -> ast.Module:
        """The syntax tree; raises SyntaxError (or ValueError) as Python does."""
        tree = ast.parse(self.text, self.filename)
        for node in ast.walk(tree):
            if isinstance(node, ast.expr | ast.stmt):
                self._nodes[self.span(node)] = node
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                self._assigned[self.span(node.value)] = node.targets[0].id
        return tree

    def span(self, node: ast.expr | ast.stmt) -> Span:
        """Where `node` stands, in characters."""
        end_line = node.end_lineno or node.lineno
        return self._span(node.lineno, node.col_offset, end_line, node.end_col_offset or node.col_offset)

    def cut(self, span: Span) -> str:
        """The text of `span`, as written."""
        lines = self.lines[span.line - 1 : span.end_line]
        if not lines:
            return ""
        if len(lines) == 1:
            return lines[0][span.column : span.end_column]
        return "".join([lines[0][span.column :], *lines[1:-1], lines[-1][: span.end_column]])

    def site(self, frame: FrameType) -> Site | None:
        """The place at which `frame` is now."""
        key = (frame.f_code, frame.f_lasti)
        try:
            return self._sites[key]
        except KeyError:
            self._sites[key] = found = self._find(frame)
            return found

    def frame(self, frame: FrameType | None) -> tuple[FrameType | None, FrameType | None]:
        """The innermost frame of the program at or above `frame`, and the library's frame that it called."""
        inner = None
        while frame is not None and frame.f_code.co_filename != self.filename:
            inner, frame = frame, frame.f_back
        return frame, inner

    def span_at(self, code: CodeType, offset: int) -> Span | None:
        """What the instruction at `offset` (as in f_lasti) was compiled from."""
        if code not in self._positions:
            self._positions[code] = list(code.co_positions())
        line, end_line, column, end_column = self._positions[code][offset // 2]
        if line is None or end_line is None:
            return None
        if column is None or end_column is None:
            return Span(line, 0, end_line, len(self.lines[end_line - 1].rstrip("\n")))
        return self._span(line, column, end_line, end_column)

    def _find(self, frame: FrameType) -> Site | None:
        code = frame.f_code
        span = self.span_at(code, frame.f_lasti)
        if span is None:
            return None
        return Site(span, self.cut(span), _function(code), self._nodes.get(span), self._assigned.get(span))

    def _span(self, line: int, column: int, end_line: int, end_column: int) -> Span:
        """Python counts columns in bytes of UTF-8."""
        if not self._ascii:
            column, end_column = self._characters(line, column), self._characters(end_line, end_column)
        return Span(line, column, end_line, end_column)

    def _characters(self, line: int, column: int) -> int:
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return column if text.isascii() else len(text.encode()[:column].decode(errors="ignore"))


def _function(code: CodeType) -> str | None:
    """The innermost function written with a name; None for the top level and comprehensions there."""
    parts = [part for part in code.co_qualname.split(".") if not part.startswith("<") or part == "<lambda>"]
    return ".".join(parts) or None
