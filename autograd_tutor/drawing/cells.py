"""A picture as plain data: rows of segments, each with its role and the thing it stands for."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Literal

from autograd_tutor.trace import Record

Role = Literal[
    "plain",  # an operation's box and text
    "leaf",  # a leaf's box and text
    "constant",  # data, and what is computed from data alone: no gradient will ever come here
    "value",  # what a tensor holds
    "wire",  # a line from a tensor to its use
    "gradient",  # what flowed along it, and the arrowhead
    "label",  # a node's name, a leaf's .grad
    "ghost",  # an operation that torch did not record, and its lines
    "cut",  # the words that say where and why
    "dim",  # a line along which nothing flowed; remarks
    "selected",  # the chosen node and edge
]


class Ref(Record, frozen=True):
    """What a cell stands for; ids in the trace, None where there is none."""

    node: int | None = None
    edge: int | None = None
    operation: int | None = None
    tensor: int | None = None


class Segment(Record, frozen=True):
    """Some cells of one row that look alike and stand for the same thing."""

    text: str
    role: Role = "plain"
    ref: Ref | None = None


class Placed(Record, frozen=True):
    """Where a node is in the picture, and its neighbours; all counted in cells from the top left."""

    ref: Ref
    column: int
    row: int
    width: int
    height: int
    inputs: tuple[int, ...] = ()
    """Positions in `Picture.placed` of what it is computed from, in the order of its operands."""
    outputs: tuple[int, ...] = ()
    """Positions of what is computed from it."""
    name: str = ""
    """What to call it in words: `y = x ** 2`."""


class Picture(Record, frozen=True):
    """A drawn graph."""

    rows: tuple[tuple[Segment, ...], ...]
    style: Literal["boxes", "list", "words"]
    placed: tuple[Placed, ...] = ()
    """In the order of the program."""

    @property
    def width(self) -> int:
        """Columns of the widest row."""
        return max((sum(columns(segment.text) for segment in row) for row in self.rows), default=0)

    @property
    def height(self) -> int:
        """How many rows it has."""
        return len(self.rows)

    def text(self) -> str:
        """The picture as plain lines, without trailing blanks."""
        return "\n".join("".join(segment.text for segment in row).rstrip() for row in self.rows)


@lru_cache(maxsize=4096)
def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf", "Cc"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def columns(text: str) -> int:
    """How many terminal columns `text` takes: none for combining characters, two for wide ones."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def clip(text: str, width: int) -> str:
    """`text` on one line, cut to at most `width` columns; a cut shows as `…`."""
    text = "".join(character if character.isprintable() else " " for character in text)
    if columns(text) <= width:
        return text
    kept, used = [], 0
    for character in text:
        used += _columns(character)
        if used > width - 1:
            break
        kept.append(character)
    return "".join(kept) + "…" if width > 0 else ""
