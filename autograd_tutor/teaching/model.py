"""What the teaching core hands to a face, as plain data."""

from __future__ import annotations

from typing import Literal

from autograd_tutor.trace import Array, Record

Kind = Literal["number", "tensor", "formula", "none", "raises", "flag"]


class Reading(Record, frozen=True):
    """An answer as it was read. `kind` number includes nan and inf."""

    text: str
    kind: Kind
    read_as: str
    """The echo while typing: `cos(16) = −0.9577`, `None`, `a 2×2 matrix`."""
    value: Array | None = None
    """number and tensor."""
    flag: bool | None = None
    raises: str = ""
    """raises: the text given after the word, if any."""
    digits: int | None = None
    """Significant digits typed, for a number in decimals; None: exact (a fraction, `cos(16)`, nan)."""
    each: tuple[int | None, ...] = ()
    """tensor: the same for every element, row-major."""
    formula: str | None = None
    """formula: normalised text in the answers' own grammar."""


class Unreadable(Record, frozen=True):
    """An answer that cannot be read: costs nothing."""

    text: str
    message: str
    """What and where, and what to type instead."""
    column: int = 0


class Mistake(Record, frozen=True):
    """A mistake that would give just this answer."""

    tag: str
    family: str
    words: str
    """Addressed to the learner; does not tell the truth's value."""
    nodes: tuple[int, ...] = ()
    edges: tuple[int, ...] = ()
    certain: bool = False


class Judgement(Record, frozen=True):
    """The verdict on one answer."""

    verdict: Literal["right", "partly", "wrong", "invalid"]
    read_as: str
    message: str
    """What to tell the learner now: never the truth, unless it was right."""
    mistakes: tuple[Mistake, ...] = ()
