"""The program's standard streams and warnings: kept, bounded, and told as events in order."""

from __future__ import annotations

import contextlib
import io
import re
import sys
import warnings
from collections.abc import Iterator
from typing import Any

from autograd_tutor.recording.state import State
from autograd_tutor.trace import Span

_QUIET = (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)
"""Python shows these only for code of the program itself."""


class TooMuchOutput(BaseException):
    """The program printed more than it may. No `except Exception` of the program stops this."""


class Printed(io.TextIOBase):
    """Standard output and standard error together; one event for each line.

    All is passed on to the standard output before it: of a run that is killed nothing else is known.
    """

    def __init__(self, state: State, most: int) -> None:
        self._state = state
        self._through = sys.stdout
        self._most = most
        self._line = ""
        self._span: Span | None = None
        self._parts: list[str] = []
        self._length = 0
        self.over = False
        """It was more than may be."""

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, text: str) -> int:
        """Keep `text` and pass it on; raises TooMuchOutput at the limit."""
        if self.over:
            raise TooMuchOutput
        self._through.write(text)
        self._parts.append(text[: self._most - self._length])
        self._length += len(text)
        if self._length > self._most:
            self.over = True
            raise TooMuchOutput
        if not self._line:
            site = self._state.source.here(sys._getframe(1)).site
            self._span = site.span if site is not None else None
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            self._state.event("print", line, self._span)
        return len(text)

    def close_line(self) -> None:
        """An unfinished line is printed all the same."""
        if self._line:
            self._state.event("print", self._line, self._span)
            self._line = ""

    def getvalue(self) -> str:
        """All that was printed."""
        return "".join(self._parts)


@contextlib.contextmanager
def caught(state: State, printed: Printed) -> Iterator[None]:
    """While this lasts, nothing reaches the real streams but through `printed`, and standard input is empty."""
    held, sys.stdin = sys.stdin, io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed), warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.showwarning = _Shown(state)  # type: ignore[assignment]
            yield
    finally:
        sys.stdin = held
        printed.close_line()


def plain(message: object) -> str:
    """A warning's text without the place in torch's own C++ source."""
    return re.sub(r"\s*\(Triggered internally at .*\)\s*$", "", str(message))


_FRAME = re.compile(r'  File "(.*)", line .*\n(?:    .*\n?)*')


def _own(text: str, filename: str) -> str:
    """A warning with a traceback (anomaly mode), without the frames that are not the program's."""
    return _FRAME.sub(lambda frame: frame[0] if frame[1] == filename else "", text).rstrip()


class _Shown:
    """In place of `warnings.showwarning`: once for each place of the program, as Python does.

    Python itself would take the recorder's line, from which every call into torch is made, for the place.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._seen: set[tuple[str, type, Span | None]] = set()

    def __call__(self, message: Any, category: type[Warning], filename: str, *_: Any) -> None:
        source = self._state.source
        site = source.here(sys._getframe(1)).site
        span = site.span if site is not None else None
        text = _own(plain(message), source.filename)
        key = (text, category, span)
        if key in self._seen or (issubclass(category, _QUIET) and filename != source.filename):
            return
        self._seen.add(key)
        self._state.event("warning", text, span)
