"""What an operation is called in a picture: its source text, shortened where an operand has a box of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable

from autograd_tutor.trace import Operation, Span, Trace

_MODULES = re.compile(r"\b(?:torch\.nn\.functional|nn\.functional|torch\.special|torch\.linalg|torch|F)\.(?=\w)")
_ARGUMENT_FREE = re.compile(r"(?<![\w\])])\(…\)")


class Source:
    """The program's text, addressed by spans."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0]
        for line in text.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def offsets(self, span: Span) -> tuple[int, int]:
        """Where a span begins and ends, in characters from the start."""
        return self._at(span.line, span.column), self._at(span.end_line, span.end_column)

    def _at(self, line: int, column: int) -> int:
        return self._starts[min(max(line, 1), len(self._starts)) - 1] + column


def title(trace: Trace, source: Source, operation: Operation, makers: Iterable[Operation], name: str | None) -> str:
    """`y = x ** 2` for an operation whose result was named `y`; nested operations shrink to `…`.

    `makers` are the operations that made its operands.
    """
    text = _own_text(source, operation, makers)
    if name is None or operation.in_place or not re.fullmatch(r"[^\W\d]\w*", name) or text == name:
        return text
    return f"{name} = {text}"


def _own_text(source: Source, operation: Operation, makers: Iterable[Operation]) -> str:
    span = operation.span
    if span is None:
        return _plain(operation.text or operation.name)
    start, end = source.offsets(span)
    if _plain(source.text[start:end]) != _plain(operation.text):
        return _plain(operation.text or operation.name)
    inner = sorted({source.offsets(maker.span) for maker in makers if maker.span is not None})
    if any(piece == (start, end) for piece in inner):
        return operation.name
    pieces, at = [], start
    for begin, finish in inner:
        if at <= begin and finish <= end:
            pieces += [source.text[at:begin], "…"]
            at = finish
    return _ARGUMENT_FREE.sub("…", _plain("".join([*pieces, source.text[at:end]])))


def _plain(text: str) -> str:
    return _MODULES.sub("", " ".join(text.split()))
