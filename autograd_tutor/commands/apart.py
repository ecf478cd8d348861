"""Taking a derivative apart on lines: the tutor asks for each step, and the learner's numbers are carried forward."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from autograd_tutor.commands.common import say
from autograd_tutor.teaching.apart import Apart
from autograd_tutor.teaching.apart.ledger import SIGNS, ending, ledger
from autograd_tutor.teaching.model import Judgement

WORDS = "a number, a list or a formula, or yes/no; else: on (with what you answered), tell, back, quit"
Move = Literal["step", "keep", "tell"]


def converse(apart: Apart, typed: Callable[[], str], kept: Callable[[Move, str, Judgement | None], None]) -> Apart:
    """Ask until all is answered, or the learner says `back`.

    Args:
        apart: where to begin.
        typed: the learner's next line.
        kept: told of each move, with what was typed and the judgement on it.
    """
    said = _tell(apart, 0)
    while apart.at is not None:
        at = apart.at
        say(f"\n  {apart.question}\n  ({WORDS})")
        while apart.at == at:
            text = typed()
            if text == "back":
                return apart
            apart = _moved(apart, text, kept)
        said = _tell(apart, said)
    say(f"  {ending(apart)}")
    return apart


def _moved(apart: Apart, text: str, kept: Callable[[Move, str, Judgement | None], None]) -> Apart:
    if text in ("on", "tell"):
        move: Move = "keep" if text == "on" else "tell"
        if not (apart.may_keep if move == "keep" else apart.may_tell):
            say("  Only after a wrong answer." if move == "keep" else "  Not yet, or not this step: try it first.")
            return apart
        after = apart.keep() if move == "keep" else apart.tell()
        kept(move, "", None)
    else:
        after = apart.answer(text)
        kept("step", text, after.judgement)
    judged = after.judgement
    if judged is not None:
        if judged.read_as and text not in ("on", "tell"):
            say(f"  read as {judged.read_as}")
        say(f"  {judged.message}{_offers(after)}")
    return after


def _offers(apart: Apart) -> str:
    """What else there is to do after a wrong answer."""
    offers = ["`on` goes on with it"] if apart.may_keep else []
    offers += ["`tell` tells this step"] if apart.may_tell else []
    return f" ({', '.join(offers)})" if offers else ""


def _tell(apart: Apart, said: int) -> int:
    """The lines that are new since `said` of them were told; returns how many there are."""
    lines = ledger(apart)
    for line in lines[said:]:
        say(f"  {SIGNS[line.kind]} {line.text}")
    return len(lines)
