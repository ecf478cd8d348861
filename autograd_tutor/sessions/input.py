"""What of a flood of input reaches the app: a paste of megabytes or a stuck key must not hold up a screen."""

from __future__ import annotations

_BEGIN, _END = "\x1b[200~", "\x1b[201~"
PASTED = 1 << 16
"""Characters of one paste that are handed on: more than any program of an exercise."""
KEYS = 512
"""Keys that may wait for the app. A whole exercise typed ahead is far less."""
QUIET = 0.05
"""Seconds without input after which a flood is over."""


class PasteLimit:
    """Cuts each bracketed paste short."""

    def __init__(self) -> None:
        self._left: int | None = None
        """Characters of the present paste that still pass; None: no paste."""
        self._tail = ""
        """Outside of a paste: the last characters that went on. In one: those held back, a mark's beginning."""

    def passed(self, text: str) -> str:
        """What of `text` goes on. Nothing waits outside of a paste: an escape may be the key."""
        out = ""
        while text:
            step = self._outside if self._left is None else self._inside
            some, text = step(text)
            out += some
        return out

    def _outside(self, text: str) -> tuple[str, str]:
        known = len(self._tail)
        at = (self._tail + text).find(_BEGIN)
        if at < 0:
            self._tail = (self._tail + text)[1 - len(_BEGIN) :]
            return text, ""
        self._tail, self._left = "", PASTED
        end = at + len(_BEGIN) - known
        return text[:end], text[end:]

    def _inside(self, text: str) -> tuple[str, str]:
        assert self._left is not None
        text, self._tail = self._tail + text, ""
        at = text.find(_END)
        body = text[:at] if at >= 0 else text[: len(text) - _beginning(text, _END)]
        some = body[: self._left]
        if at < 0:
            self._left -= len(some)
            self._tail = text[len(body) :]
            return some, ""
        self._left = None
        return some + _END, text[at + len(_END) :]


class Flood:
    """Drops what comes faster than the app can do it, until there is a pause."""

    def __init__(self) -> None:
        self._until = 0.0

    def rises(self, waiting: int, now: float) -> bool:
        """What came `now` is to be dropped, with `waiting` keys before it that the app has not done."""
        risen = waiting > KEYS or now < self._until
        self._until = now + QUIET if risen else 0.0
        return risen


def _beginning(text: str, mark: str) -> int:
    """How many characters at the end of `text` may be the beginning of `mark`."""
    return next((size for size in range(min(len(mark) - 1, len(text)), 0, -1) if text.endswith(mark[:size])), 0)
