"""The words after the run: the verdict, the steps of the backward pass, the witnesses, what the program said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.content import Content

from autograd_tutor import repairs
from autograd_tutor.drawing.matrices import matrix
from autograd_tutor.notation import array
from autograd_tutor.trace import Raised
from autograd_tutor.tui.hanging import hung
from autograd_tutor.tui.prose import prose
from autograd_tutor.tui.scene import Scene
from autograd_tutor.tui.wording import feedback, torch_says

if TYPE_CHECKING:
    from autograd_tutor.explanation import Repair, TargetExplanation
    from autograd_tutor.sandbox.protocol import Run

_MUTED = "$muted"
_UNDER = " " * 5
"""What is said of a step stands under its formula."""


def account(scene: Scene, width: int, *, drawn: bool) -> tuple[Content, range]:
    """All of it, and the rows to bring into view: the top, or the chosen step.

    `drawn`: that step's Jacobian as a matrix, if it is small.
    """
    assert scene.run is not None
    one = scene.run.whole.of(scene.target)
    rows: list[Content] = [*feedback(scene), _answers(scene), *_said(scene.run)]
    rows += _findings(one) if one is not None else []
    if scene.variant.explain:
        rows += [Content(""), prose(scene.variant.explain)]
    if warned := list(_warned(scene.run)):
        rows += [Content(""), *warned]
    rows.append(Content(""))
    rows = [hung(rows, width)]
    above = _height(rows[0])
    at = range(3)
    for index, step in enumerate(_steps(scene, width, drawn)):
        tall = _height(step)
        if index == scene.stop and (scene.stop or scene.node is not None):
            at = range(above, above + tall)
        above += tall
        rows.append(step)
    if one is not None and one.sum and not any(stop.kind == "accumulate" for stop in scene.stops):
        rows.append(hung([Content.assemble(_UNDER, one.sum)], width))
    if scene.run.note:
        rows += [Content(""), hung([Content.styled(scene.run.note, _MUTED)], width)]
    return Content("\n").join(rows), at


def _height(words: Content) -> int:
    return words.plain.count("\n") + 1


def _answers(scene: Scene) -> Content:
    """Every target's value; the one that is walked has ▸ before it, if there are several."""
    several = len(scene.targets) > 1
    told = [
        Content.assemble(("▸" if several and target == scene.target else "", "bold $accent"), torch_says(scene, target))
        for target in scene.targets
    ]
    assert scene.run is not None
    outcome = scene.run.trace.outcome
    # The answer was `raises` then, and not what the target was left at.
    raised = (f"{_raised(outcome)}; it leaves  ", "bold") if isinstance(outcome, Raised) else ""
    return Content.assemble(("  torch says  ", _MUTED), raised, Content("   ").join(told))


def _raised(outcome: Raised) -> str:
    """`line 6 raises`."""
    return f"line {outcome.span.line} raises" if outcome.span else "the program raises"


def _steps(scene: Scene, width: int, drawn: bool) -> Iterator[Content]:
    """One row for each stop; under the chosen one its words, and what its Jacobian is like."""
    formulas = [stop.formula or stop.title for stop in scene.stops]
    column = min(max(map(len, formulas), default=0), width // 2)
    for index, (stop, formula) in enumerate(zip(scene.stops, formulas, strict=True)):
        chosen = index == scene.stop
        head = Content.assemble(("▸" if chosen else " ", "bold $accent"), (f"{index + 1:>2}  ", "$muted"))
        fits = len(_UNDER) + max(column, len(formula)) + 3 + len(stop.arithmetic) <= width
        gap = " " * max(column - len(formula) + 3, 3) if fits else f"\n{_UNDER}"
        numbers = f"{gap}{stop.arithmetic}" if stop.arithmetic else ""
        row = Content.assemble(head, (formula, "bold" if chosen else ""), numbers)
        told = [stop.words] if chosen and stop.words else []
        if chosen and stop.jacobian is not None:
            told.append(stop.jacobian.words)
            told += matrix(stop.jacobian, stop.sent, width - len(_UNDER)) if drawn else []
        yield hung([row, *(Content(f"{_UNDER}{line}") for line in told)], width)


def _findings(one: TargetExplanation) -> Iterator[Content]:
    """Why it is no number; else the closed form, and what the three witnesses say."""
    if one.why:
        yield Content.assemble("  ", one.why)
    if one.repair is not None:
        yield from _repair(one.repair, one.target)
    if one.pretty:
        yield Content.assemble(("  closed form  ", _MUTED), (one.pretty, "bold"))
    elif one.no_formula and one.steps:
        yield Content.assemble("  ", one.no_formula)
    seen = one.witnesses
    told = [f"{name} {array(value)}" for name, value in seen.accounts]
    if told and one.witnessed:
        yield Content.assemble("  ", "   ".join(told), "   ", (seen.verdict, "bold"))
    if seen.uncut is not None:
        yield Content.assemble(("  as if nothing were cut  ", _MUTED), array(seen.uncut_shown))


def _repair(repair: Repair, target: str) -> Iterator[Content]:
    """The change, its lines, and what came of it in torch."""
    yield Content.assemble("  ", repairs.heading(repair))
    for line in repairs.changes(repair):
        yield Content.assemble("    ", (line, "bold"))
    if said := repairs.verdict(repair, target):
        yield Content.assemble("    ", (said, _MUTED))


def _said(run: Run) -> Iterator[Content]:
    """How the program ended, and what it printed."""
    trace = run.trace
    outcome = trace.outcome
    if isinstance(outcome, Raised):
        text = " ".join(outcome.message.split())
        yield Content.assemble(
            ("✗ ", "bold $text-warning"), (f"{_raised(outcome)}  ", _MUTED), f"{outcome.type}: {text}"
        )
    for problem in run.whole.problems:
        if problem.caught:
            yield Content.assemble(("✗ ", "bold $text-warning"), problem.words)
    if printed := trace.printed.rstrip():
        yield Content.assemble(("  printed  ", _MUTED), printed.replace("\n", "\n           "))
    for read in run.whole.empty:
        yield Content.assemble("  ", read.words)


def _warned(run: Run) -> Iterator[Content]:
    """What torch warned of, in its own words, which are many."""
    for event in run.trace.warnings:
        line = f"line {event.span.line} warns  " if event.span else "reading it warns  "
        yield Content.assemble(("! ", "bold $text-warning"), (line, _MUTED), " ".join(event.text.split()))
