"""What is said while a derivative is taken apart, and of it afterwards."""

from __future__ import annotations

from textual.content import Content

from autograd_tutor.teaching.apart import Apart
from autograd_tutor.teaching.apart.ledger import SIGNS, Line, ending, ledger
from autograd_tutor.tui.prose import inline

_STYLES = {"said": "$muted", "right": "", "told": "", "off": "$text-warning"}


def progress(apart: Apart) -> str:
    """Where one is among the steps that are asked."""
    asked = apart.plan.asked
    at = asked.index(apart.at) + 1 if apart.at is not None else len(asked)
    return f"taken apart: step {at} of {len(asked)}"


def asked(apart: Apart) -> Content:
    """The step that is asked for, or that there is none left."""
    if apart.at is None:
        return Content.assemble(("✓ ", "bold $text-success"), ending(apart))
    return Content.assemble(("? ", "bold $accent"), apart.question)


def verdict(apart: Apart, signs: dict[str, tuple[str, str]]) -> list[Content]:
    """On the last answer, and what else one may do."""
    judgement = apart.judgement
    if judgement is None or apart.at is None or judgement.message == "Right.":  # the last line of the steps says it
        return []
    said = [Content.assemble(signs.get(judgement.verdict, ("· ", "$muted")), inline(judgement.message))]
    if apart.may_keep:
        told = ", s tell it" if apart.may_tell else ""
        said.append(Content.styled(f"  Try again; esc, then n go on with mine{told}.", "$muted"))
    return said


def steps(apart: Apart) -> Content:
    """All that was said, answered or told so far."""
    return Content("\n").join(map(_line, ledger(apart)))


def had(apart: Apart) -> Content:
    """What the learner has, in one line, for the question itself; empty at first."""
    lines = [line for line in ledger(apart) if line.kind != "said"]
    if not lines:
        return Content("")
    return Content.assemble(("you have  ", "$muted"), Content("   ").join(map(_line, lines)))


def _line(line: Line) -> Content:
    return Content.assemble((f"{SIGNS[line.kind]} ", "bold"), (line.text, _STYLES[line.kind]))
