"""A screen as plain cells, so that one person's can be shown on another's: no byte of it reaches a terminal raw."""

from __future__ import annotations

import unicodedata

from autograd_tutor.trace import Record


class Piece(Record, frozen=True, array_like=True):
    """A run of characters in one style."""

    text: str
    foreground: str | None = None
    """`#rrggbb`."""
    background: str | None = None
    bold: bool = False
    dim: bool = False
    reverse: bool = False
    underline: bool = False


class Picture(Record, frozen=True):
    """What stands on a screen at one moment."""

    columns: int
    rows: tuple[tuple[Piece, ...], ...]


def harmless(text: str, length: int = 400) -> str:
    """`text` in one line, without control and format characters, cut to `length`: fit for anybody's screen."""
    kept = (" " if character in "\t\n\r" else character for character in text[: 4 * length])
    clean = "".join(one for one in kept if unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
    return clean if len(clean) <= length else clean[: length - 1] + "…"
