"""Edits of a program at the places that its trace names."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple, TypeVar

from autograd_tutor.program import Edit, Group, Place, Program
from autograd_tutor.trace import Span, Tensor, Trace

_N = TypeVar("_N", bound=ast.expr | ast.stmt)
BARE = (ast.Name, ast.Call, ast.Attribute, ast.Subscript)
"""What a method's call may follow without brackets."""


class Draft(NamedTuple):
    """A change that may mend a program."""

    words: str
    edits: tuple[Edit, ...] = ()
    """None where it is left to the learner what to write."""


class Editor:
    """One program as a trace tells of it; raises SyntaxError if it is none."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.program = Program(trace.source)
        self.torch = self.program.torch or "torch"

    def nodes(self, *kinds: type[_N]) -> Iterator[_N]:
        """All of the tree's nodes of these kinds."""
        for node in ast.walk(self.program.tree):
            if isinstance(node, kinds):
                yield node

    def within(self, span: Span | None, *kinds: type[_N]) -> Iterator[_N]:
        """The nodes of these kinds that stand in a span, the outermost first."""
        if span is None:
            return
        start, end = self.program.of_span(span)
        found = [(self.program.place(node), node) for node in self.nodes(*kinds)]
        inside = [(place, node) for place, node in found if start <= place[0] and place[1] <= end]
        yield from (node for _, node in sorted(inside, key=lambda one: (one[0][0], -one[0][1])))

    def call(self, span: Span | None) -> ast.Call | None:
        """The call that a span holds."""
        return next(self.within(span, ast.Call), None)

    def text(self, node: ast.expr | ast.stmt) -> str:
        """As written."""
        start, end = self.program.place(node)
        return self.program.source[start:end]

    def group(self, line: int) -> Group | None:
        """The innermost statement on a line."""
        lined = [
            one
            for one in self.program.groups
            if one.line <= line <= max(statement.end_lineno or 0 for statement in one.statements)
        ]
        return min(lined, key=lambda one: one.end - one.start, default=None)

    def statement(self, span: Span | None) -> Group | None:
        """The innermost statement where a span begins."""
        return self.group(span.line) if span is not None else None

    def assignment(self, tensor: Tensor, name: str) -> Group | None:
        """The statement of the top level that gave `name` to a tensor; else the one that made it."""
        for event in reversed(self.trace.events):
            if event.kind == "assign" and event.text == name and event.span is not None and event.ref == tensor.id:
                return self.group(event.span.line)
        return self.statement(tensor.span)

    def after(self, group: Group, *lines: str) -> Edit:
        """New lines below a statement."""
        text = "".join(f"{self.program.newline}{group.indent}{line}" for line in lines)
        return Edit(group.end, group.end, text)

    def before(self, group: Group, *lines: str) -> Edit:
        """New lines above a statement."""
        text = "".join(f"{group.indent}{line}{self.program.newline}" for line in lines)
        return Edit(group.start, group.start, text)

    def instead(self, group: Group, *lines: str) -> Edit:
        """New lines in a statement's place."""
        return Edit(group.start, group.end, self.program.newline.join(f"{group.indent}{line}" for line in lines))

    def without(self, group: Group) -> Edit:
        """A statement and its line taken out."""
        after = self.program.source[group.end :]
        return Edit(group.start, group.end + (len(self.program.newline) if after else 0), "")

    def moved(self, group: Group, *, below: Group | None = None, above: Group | None = None) -> tuple[Edit, ...]:
        """A statement taken to another place of its own block."""
        text = self.program.source[group.start : group.end]
        newline = self.program.newline
        if below is not None:
            return self.without(group), Edit(below.end, below.end, f"{newline}{text}")
        assert above is not None
        return self.without(group), Edit(above.start, above.start, f"{text}{newline}")

    def replaced(self, node: ast.expr | ast.stmt, text: str) -> Edit:
        """Another text in a node's place."""
        return Edit(*self.program.place(node), text)

    def followed(self, node: ast.expr, call: str) -> tuple[Edit, ...]:
        """`.sum()` behind an expression, in brackets where it needs them."""
        start, end = self.program.place(node)
        if isinstance(node, BARE):
            return (Edit(end, end, call),)
        if self.bracketed((start, end)):
            close = self.program.source.index(")", end) + 1
            return (Edit(close, close, call),)
        return Edit(start, start, "("), Edit(end, end, f"){call}")

    def bracketed(self, place: Place) -> bool:
        """Whether brackets of its own stand around it."""
        source = self.program.source
        before = source[: place[0]].rstrip()
        opener = before[:-1].rstrip(" \t")[-1:]
        called = opener.isalnum() or opener in (")", "]", "_")
        return before.endswith("(") and source[place[1] :].lstrip().startswith(")") and not called

    def receiver(self, call: ast.Call) -> ast.expr | None:
        """What a method is called on: `y` of `y.backward()`; None for a function."""
        function = call.func
        if not isinstance(function, ast.Attribute) or self.text(function).startswith(f"{self.torch}."):
            return None
        return function.value

    def whole(self, node: ast.expr) -> str:
        """An expression as a method's receiver is written."""
        return self.text(node) if isinstance(node, BARE) else f"({self.text(node)})"


def without_keyword(editor: Editor, call: ast.Call, name: str) -> Edit | None:
    """A call's keyword argument taken out, with its comma."""
    for keyword in call.keywords:
        if keyword.arg == name:
            place = editor.program.place(keyword.value)
            source = editor.program.source
            start = source.rindex(name, 0, place[0])
            comma = source[:start].rstrip()
            if comma.endswith(","):
                return Edit(len(comma) - 1, place[1], "")
            rest = source[place[1] :]
            gap = len(rest) - len(rest.lstrip(", "))
            return Edit(start, place[1] + gap, "")
    return None


def attribute(call: ast.Call) -> str:
    """The last part of what is called: `backward` of `y.backward()`, `float` of `float(x)`."""
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""
