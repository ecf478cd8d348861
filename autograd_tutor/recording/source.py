"""From a running frame to the exact piece of source it is at, and the syntax there."""

from __future__ import annotations

import ast
import io
import linecache
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from types import CodeType, FrameType
from typing import Any, NamedTuple

from autograd_tutor.trace import Span

PSEUDO = "<exercise>"
"""The file name of a program that is in no file."""

Positions = list[tuple[int | None, int | None, int | None, int | None]]

Place = tuple[int, int, int, int]
"""A span as Python has it: the columns in bytes, and the last column at the end."""


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
    store: Site | None = None
    """For the target of an assignment, `y[0]` in `y[0] = 5`, the whole statement."""
    runs: int = 0
    """How often a call began here."""
    inner: FrameType | None = field(default=None, repr=False)
    """The library's frame below the last call: several torch functions called under it are one run."""
    arguments: dict[int, Any] = field(default_factory=dict, repr=False)
    """The arguments written here (`written.Arguments`), by how many are positional."""
    ways: dict[Any, Any] = field(default_factory=dict, repr=False)
    """What is known of the calls that are made here (`usual.Way`), by function."""

    @property
    def place(self) -> str:
        """The beginning of a sentence about it: `In line 3, f(x)`."""
        return f"In line {self.span.line}, {' '.join(self.text.split())}"

    def enter(self, inner: FrameType | None) -> None:
        """A torch function was called from here, through the library's frame `inner` if through any."""
        if inner is None or inner is not self.inner:
            self.runs += 1
            self.inner = inner


class Here(NamedTuple):
    """Where the program is."""

    site: Site | None
    frame: FrameType | None
    """The program's innermost frame."""
    inner: FrameType | None
    """The library's frame that it called."""


class Source:
    """The program's text, and every place in it that called something so far."""

    def __init__(self, text: str, filename: str) -> None:
        self.text = text
        self.filename = filename
        self.lines = list(io.StringIO(text, newline=None))
        self._ascii = text.isascii()
        self._sites: dict[tuple[int, int], Site | None] = {}
        """By the identity of the code (to hash it, Python reads all of it) and the instruction in it."""
        self._positions: dict[int, tuple[CodeType, Positions]] = {}
        """By the same identity, with the code itself, so that no other can get it."""
        self._nodes: dict[Place, ast.AST] = {}
        self._assigned: dict[Place, str] = {}
        self.looped: set[str] = set()
        """Names that a loop gives to one thing after another."""
        self._stored: dict[Place, ast.Assign] = {}
        linecache.cache[filename] = (len(text), None, self.lines, filename)

    def parse(self) -> ast.Module:
        """The syntax tree; raises SyntaxError (or ValueError, RecursionError, MemoryError) as Python does."""
        tree = ast.parse(self.text, self.filename)
        for node in _nodes(tree):
            self._nodes[_place(node)] = node
            if type(node) is ast.For:
                self.looped.update(one.id for one in ast.walk(node.target) if isinstance(one, ast.Name))
            if type(node) is ast.Assign and len(node.targets) == 1:
                target = node.targets[0]
                self._stored[_place(target)] = node
                if isinstance(target, ast.Name):
                    self._assigned[_place(node.value)] = target.id
        return tree

    def span(self, node: ast.expr | ast.stmt) -> Span:
        """Where `node` stands."""
        return self._span(_place(node))

    def parameter(self, name: str) -> Span | None:
        """The one statement that gives this name to a Parameter; None if there are more."""
        found = [
            node
            for place, node in self._nodes.items()
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id == name
            and "Parameter(" in self.cut(self._span(place))
        ]
        return self.span(found[0]) if len(found) == 1 else None

    def cut(self, span: Span) -> str:
        """The text of `span`, as written."""
        lines = self.lines[span.line - 1 : span.end_line]
        if len(lines) <= 1:
            return "".join(lines)[span.column : span.end_column]
        return "".join([lines[0][span.column :], *lines[1:-1], lines[-1][: span.end_column]])

    def here(self, frame: FrameType | None) -> Here:
        """The place where the program is, at or above `frame`."""
        inner = None
        while frame is not None and frame.f_code.co_filename != self.filename:
            inner, frame = frame, frame.f_back
        if frame is None:
            return Here(None, None, inner)
        code, offset = frame.f_code, frame.f_lasti
        key = (id(code), offset)
        if key not in self._sites:
            place = self._at(code, offset)
            self._sites[key] = self._new(code, place) if place is not None else None
        return Here(self._sites[key], frame, inner)

    def subject(self, frame: FrameType) -> str:
        """The beginning of a sentence about what the program did at or above `frame`."""
        site = self.here(frame).site
        return "The program" if site is None else site.place

    def raised_at(self, error: BaseException) -> Span | None:
        """The innermost place of the program that `error` passed through."""
        span = None
        step = error.__traceback__
        while step is not None:
            code = step.tb_frame.f_code
            if code.co_filename == self.filename:
                place = self._at(code, step.tb_lasti)
                span = self._span(place) if place is not None else span
            step = step.tb_next
        return span

    def forget(self) -> None:
        """Let go of the frames, which hold the program's tensors."""
        for site in self._sites.values():
            if site is not None:
                site.inner = None

    def _new(self, code: CodeType, place: Place) -> Site:
        span, function = self._span(place), _function(code)
        site = Site(span, self.cut(span), function, self._nodes.get(place), self._assigned.get(place))
        if place in self._stored:
            whole = self.span(self._stored[place])
            site.store = Site(whole, self.cut(whole), function, self._stored[place])
        return site

    def _at(self, code: CodeType, offset: int) -> Place | None:
        """What the instruction at byte `offset` of `code` was compiled from."""
        known = self._positions.get(id(code))
        if known is None:
            self._positions[id(code)] = known = (code, list(code.co_positions()))
        line, end_line, column, end_column = known[1][offset // 2]
        if line is None or end_line is None:
            return None
        if column is None or end_column is None:
            return line, 0, end_line, len(self.lines[end_line - 1].rstrip("\n").encode())
        place = line, column, end_line, end_column
        node = self._nodes.get(place)  # Python 3.11 places what asks for the next round at the whole loop
        return _place(node.iter) if isinstance(node, ast.For) else place

    def _span(self, place: Place) -> Span:
        """Python counts columns in bytes of UTF-8, we in characters."""
        line, column, end_line, end_column = place
        if not self._ascii:
            column, end_column = self._characters(line, column), self._characters(end_line, end_column)
        return Span(line, column, end_line, end_column)

    def _characters(self, line: int, column: int) -> int:
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return column if text.isascii() else len(text.encode()[:column].decode(errors="ignore"))


def _place(node: ast.expr | ast.stmt) -> Place:
    line, column = node.lineno, node.col_offset
    return line, column, node.end_lineno or line, node.end_col_offset or column


def _nodes(tree: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """All statements, and all expressions that may call something, each before what is in it.

    (ast.walk takes far longer.)
    """
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, _PLACED):
            yield node
        for name in _parts(type(node)):  # type: ignore[arg-type]
            value = getattr(node, name, None)
            if type(value) is list:
                waiting += [one for one in value if type(one) not in _IDLE and isinstance(one, ast.AST)]
            elif type(value) not in _IDLE and isinstance(value, ast.AST):
                waiting.append(value)


_PLACED = (ast.expr, ast.stmt)
_IDLE = frozenset({ast.Name, ast.Constant, type(None)})
"""Most of what a tree is made of: such parts call nothing."""
_BARE = frozenset({"ctx", "op", "ops", "id", "attr", "kind", "arg", "names", "level", "module", "type_comment"})
"""What holds no expression and no statement."""


@cache
def _parts(kind: Any) -> tuple[str, ...]:
    if kind is ast.Constant:  # of which the value may be anything
        return ()
    return tuple([name for name in kind._fields if name not in _BARE])


def _function(code: CodeType) -> str | None:
    """The function as written, `Net.forward`; None at the top level and in comprehensions there."""
    parts = [part for part in code.co_qualname.split(".") if not part.startswith("<") or part == "<lambda>"]
    return ".".join(parts) or None
