"""What an operation is called in a picture: its source text, shortened where an operand has a box of its own."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from autograd_tutor.trace import Operation, Span, Trace

_MODULES = re.compile(r"\b(?:torch\.nn\.functional|nn\.functional|torch\.special|torch\.linalg|torch|F)\.(?=\w)")
_PLACES = range(0xE000, 0xF900)
"""Characters for private use: in a template, the places of nested operations."""
_LONE = re.compile(r"(?<![\w\])])\(([\ue000-\uf8ff])\)")
"""A parenthesis that no longer groups anything: not a call's."""


class Titles:
    """The titles of one trace's operations."""

    def __init__(self, trace: Trace) -> None:
        self._text = _without_places(trace.source)
        self._starts = [0]
        for line in trace.source.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        given = dict(self._assignments())
        self._assigned = {place: names[0] for place, names in given.items() if len(names) == 1}
        self._unpacked = {place: names for place, names in given.items() if len(names) > 1}
        self._shared = Counter((one.span, one.repeat) for one in trace.operations if one.pass_ is None)
        self.names: dict[int, str] = {}
        """The first name each tensor was given, by its id."""
        for event in trace.events:
            if event.kind == "assign" and event.ref is not None:
                self.names.setdefault(event.ref, event.text)
        for made in (output for one in trace.operations if one.pass_ is not None for output in one.outputs):
            for name in trace.tensors[made].names[:1]:
                self.names.setdefault(made, name)

    def inside(self, operation: Operation) -> bool:
        """It is one of several calls that one piece of the source makes, as `model(x)` does."""
        return (
            operation.span is not None
            and operation.pass_ is None
            and self._shared[operation.span, operation.repeat] > 1
        )

    def template(self, operation: Operation, makers: Sequence[Operation]) -> str:
        """`y = x ** 2` for an operation whose result was named `y`; see `filled` for the places of nested ones.

        `makers` are the operations that made its operands.
        """
        text = self._own_text(operation, makers)
        name = ", ".join(self.several(operation)) or self.name(operation)
        if name is None or operation.in_place or text == name:
            return text
        return f"{name} = {text}"

    def name(self, operation: Operation) -> str | None:
        """What the program calls the result, if it gives it a name at once."""
        output = operation.outputs[0] if len(operation.outputs) == 1 else None
        name = None if output is None else self.names.get(output)
        if operation.span is not None and operation.pass_ is None and not self.inside(operation):
            name = self._assigned.get(self._offsets(operation.span), name)
        return name

    def several(self, operation: Operation) -> tuple[str, ...]:
        """What the program calls the results, if there are several and it gives them names at once."""
        if operation.span is None or operation.pass_ is not None or self.inside(operation):
            return ()
        names = self._unpacked.get(self._offsets(operation.span), ())
        return names if len(names) == len(operation.outputs) > 1 else ()

    def _assignments(self) -> Iterator[tuple[tuple[int, int], tuple[str, ...]]]:
        """Names by the place of the expression they are given, also inside loops and functions."""
        try:
            tree = ast.parse(self._text)
        except (SyntaxError, ValueError, RecursionError):
            return
        lines = self._text.splitlines()
        for node in ast.walk(tree):
            names = _names(node.targets[0]) if isinstance(node, ast.Assign) and len(node.targets) == 1 else ()
            if isinstance(node, ast.Assign) and names:
                value, first, last = node.value, lines[node.value.lineno - 1], node.value.end_lineno or 0
                start = len(first.encode()[: value.col_offset].decode(errors="ignore"))
                end = len(lines[last - 1].encode()[: value.end_col_offset].decode(errors="ignore"))
                yield self._offsets(Span(value.lineno, start, last, end)), names

    def _offsets(self, span: Span) -> tuple[int, int]:
        """Where a span begins and ends, in characters from the start."""
        return self._at(span.line, span.column), self._at(span.end_line, span.end_column)

    def _at(self, line: int, column: int) -> int:
        return self._starts[min(max(line, 1), len(self._starts)) - 1] + column

    def _own_text(self, operation: Operation, makers: Sequence[Operation]) -> str:
        if operation.pass_ is not None:
            return _worked_out(operation.text, makers)
        if self.inside(operation):
            return operation.text if operation.call is not None else operation.name
        if operation.span is None:
            return _plain(_without_places(operation.text)) or operation.name
        start, end = self._offsets(operation.span)
        known = enumerate(makers[: len(_PLACES)])
        inner = sorted((self._offsets(maker.span), at) for at, maker in known if maker.span is not None)
        pieces, here = [], start
        for (begin, finish), at in inner:
            if here <= begin and finish <= end and (begin, finish) != (start, end):
                pieces += [self._text[here:begin], chr(_PLACES.start + at)]
                here = finish
        return _LONE.sub(r"\1", _plain("".join([*pieces, self._text[here:end]]))) or operation.name


def _names(target: ast.expr) -> tuple[str, ...]:
    """The name that is assigned to, or all of `a, b`; none where there is something else."""
    parts = target.elts if isinstance(target, ast.Tuple | ast.List) and len(target.elts) > 1 else [target]
    names = tuple(part.id for part in parts if isinstance(part, ast.Name))
    return names if len(names) == len(parts) else ()


def _worked_out(text: str, makers: Sequence[Operation]) -> str:
    """The text of a call that torch made for itself, with places for what it was made of."""
    for at, maker in sorted(enumerate(makers[: len(_PLACES)]), key=lambda one: -len(one[1].text)):
        text = text.replace(maker.text, chr(_PLACES.start + at), 1)
    return _LONE.sub(r"\1", _plain(text))


def places(template: str) -> list[int]:
    """Which makers a template has places for, by position."""
    return [ord(character) - _PLACES.start for character in template if ord(character) in _PLACES]


def filled(template: str, words: Sequence[str]) -> str:
    """A template with a word for each nested operation, by its maker's position."""
    return "".join(
        words[ord(character) - _PLACES.start] if ord(character) in _PLACES else character for character in template
    )


def _plain(text: str) -> str:
    return _MODULES.sub("", " ".join(text.split()))


def _without_places(text: str) -> str:
    return "".join("?" if ord(character) in _PLACES else character for character in text)
