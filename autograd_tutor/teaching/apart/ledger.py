"""What a learner has of a derivative so far, line by line, and what is said when all is there."""

from __future__ import annotations

from typing import Literal

from autograd_tutor.notation import array
from autograd_tutor.teaching.apart import carry
from autograd_tutor.teaching.apart.model import Piece
from autograd_tutor.teaching.apart.state import Apart
from autograd_tutor.trace import Array, Record

SIGNS = {"said": " ", "right": "✓", "told": "○", "off": "✗"}
"""How a line begins."""


class Line(Record, frozen=True):
    """One piece that is done with."""

    kind: Literal["said", "right", "told", "off"]
    text: str


def ledger(apart: Apart) -> tuple[Line, ...]:
    """All that was said, answered or told, up to the question that is up."""
    pieces = apart.plan.pieces[: apart.at]
    lines = (_line(apart, at, piece) for at, piece in enumerate(pieces))
    return tuple(line for line in lines if line is not None)


def ending(apart: Apart) -> str:
    """What is said when no question is left; the answer is still the learner's to give."""
    target = apart.plan.target
    if apart.slips:
        titles = " and ".join(apart.plan.pieces[at].title for at in apart.slips)
        off = f"{titles} {'was' if len(apart.slips) == 1 else 'were'} off"
        return f"Those are all the steps, but {off}. What becomes of {target} with that put right?"
    if apart.settles:
        return f"Those are all the steps. Now {target} is yours to answer."
    if apart.plan.pieces[apart.plan.asked[-1]].kind == "fact":
        return "Those are all the steps. So how does the program end?"
    return f"Those are all the steps of backward. What does the program do after them, and what is {target} at the end?"


def _line(apart: Apart, at: int, piece: Piece) -> Line | None:
    if at not in apart.own:
        text = _said(apart, piece)
        return Line("said", text) if text else None
    value = apart.own[at]
    kind: Literal["told", "off", "right"] = "told" if at in apart.told else "off" if at in apart.slips else "right"
    if piece.kind == "fact":
        return Line(kind, f"{piece.question} {'Yes' if value else 'No'}.")
    return Line(kind, f"{piece.title} = {array(value) if isinstance(value, Array) else 'None'}")


def _said(apart: Apart, piece: Piece) -> str:
    """Without a slope that is the answer itself."""
    truth = apart.plan.truth
    if piece.kind == "slope" and isinstance(piece.value, Array) and not carry.even(piece.value, 1):
        return piece.reason if carry.same(piece.value, truth) else piece.said
    return piece.said
