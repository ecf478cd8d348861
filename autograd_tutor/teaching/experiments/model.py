"""Experiments as plain data."""

from __future__ import annotations

from typing import Literal

from autograd_tutor.program import DiffLine, Edit
from autograd_tutor.trace import Record

Kind = Literal["detach", "no_grad", "freeze", "again", "change", "own"]
"""`own`: whatever the learner wrote."""


class Offer(Record, frozen=True):
    """One thing to try here."""

    kind: Kind
    title: str
    """`Detach y in line 3`."""
    question: str
    """`What will x.grad be then?`"""
    target: str
    """What that question is about."""
    edits: tuple[Edit, ...]
    source: str
    """The whole program afterwards."""
    diff: tuple[DiffLine, ...]
    look: str = ""
    """What a lesson says to look at before it runs."""
    own: bool = False
    """The lesson's own."""


class Row(Record, frozen=True):
    """One target before and after."""

    target: str
    before: str
    after: str
    changed: bool


class Comparison(Record, frozen=True):
    """What an edit changed."""

    rows: tuple[Row, ...]
    outcome: str
    """How the program's end changed, in a sentence; empty if it did not."""
    cut: tuple[int, ...]
    """Nodes of the new trace that are ghosts now and were recorded before."""
    restored: tuple[int, ...]
    """Nodes of the new trace that are recorded now and were ghosts before."""
    sentences: tuple[str, ...]
    """What changed and why, in order."""
