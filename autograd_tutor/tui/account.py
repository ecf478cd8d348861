"""The words after the run: the verdict, the steps of the backward pass, the witnesses, what the program said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.content import Content

from autograd_tutor.notation import array
from autograd_tutor.trace import Raised
from autograd_tutor.tui.prose import prose
from autograd_tutor.tui.scene import Scene
from autograd_tutor.tui.wording import feedback, torch_says

if TYPE_CHECKING:
    from autograd_tutor.explanation import TargetExplanation
    from autograd_tutor.sandbox.protocol import Run

_MUTED = "$muted"


def account(scene: Scene, width: int) -> tuple[Content, int]:
    """All of it, and the row of the chosen step."""
    assert scene.run is not None
    rows: list[Content] = [*feedback(scene), *_answers(scene)]
    if scene.variant.explain:
        rows += [Content(""), prose(scene.variant.explain)]
    rows.append(Content(""))
    above = sum(len(row.wrap(width)) for row in rows)
    one = scene.run.whole.of(scene.target)
    at = 0
    for index, step in enumerate(_steps(scene, width)):
        at = above if index == scene.stop else at
        above += len(step.wrap(width))
        rows.append(step)
    if one is not None:
        rows += _sums(one)
    rows += _said(scene.run)
    return Content("\n").join(rows), at


def _answers(scene: Scene) -> Iterator[Content]:
    for target in scene.targets:
        mark = "▸ " if target == scene.target and len(scene.targets) > 1 else "  "
        yield Content.assemble((mark, "bold $accent"), torch_says(scene, target))


def _steps(scene: Scene, width: int) -> Iterator[Content]:
    """One row for each stop; under the chosen one its words."""
    formulas = [stop.formula or stop.title for stop in scene.stops]
    column = min(max(map(len, formulas), default=0), width // 2)
    for index, (stop, formula) in enumerate(zip(scene.stops, formulas, strict=True)):
        chosen = index == scene.stop
        head = Content.assemble(("▸" if chosen else " ", "bold $accent"), (f"{index + 1:>2}  ", "$muted"))
        fits = 4 + max(column, len(formula)) + 3 + len(stop.arithmetic) <= width
        gap = " " * max(column - len(formula) + 3, 3) if fits else "\n      "
        numbers = f"{gap}{stop.arithmetic}" if stop.arithmetic else ""
        row = Content.assemble(head, (formula, "bold" if chosen else ""), numbers)
        yield Content.assemble(row, "\n", _indented(stop.words, width)) if chosen and stop.words else row


def _indented(text: str, width: int) -> Content:
    return Content("\n").join(Content.assemble("    ", line.rstrip()) for line in Content(text).wrap(width - 4))


def _sums(one: TargetExplanation) -> Iterator[Content]:
    if one.sum:
        yield Content.assemble(("    sum  ", _MUTED), one.sum)
    if one.why:
        yield Content.assemble("    ", one.why)
    yield Content("")
    if one.pretty:
        yield Content.assemble(("    closed form  ", _MUTED), (one.pretty, "bold"))
    elif one.no_formula:
        yield Content.assemble(("    no closed form: ", _MUTED), one.no_formula)
    seen = one.witnesses
    accounts = (("torch", seen.torch), ("SymPy", seen.symbolic), ("differences", seen.differences))
    told = [f"{name} {array(value)}" for name, value in accounts if value is not None]
    if told:
        yield Content.assemble("    ", "   ".join(told), "   ", (_agreement(one, len(told)), "bold"))
    if seen.uncut is not None:
        yield Content.assemble(("    as if nothing were cut  ", _MUTED), array(seen.uncut))


def _agreement(one: TargetExplanation, count: int) -> str:
    seen = one.witnesses
    if seen.agree is None:
        return "torch alone: there is nothing to agree with" if count == 1 else ""
    if seen.agree:
        return "all three agree" if count == 3 else "both agree"
    return seen.disagreement or "they differ"


def _said(run: Run) -> Iterator[Content]:
    """What the program printed, warned of, and how it ended."""
    trace = run.trace
    if trace.printed.strip():
        yield Content.assemble(("\n    it printed\n", _MUTED), trace.printed.rstrip())
    for event in trace.warnings:
        line = f" on line {event.span.line}" if event.span else ""
        yield Content.assemble((f"\n    warning{line}  ", f"bold {_MUTED}"), event.text.strip())
    outcome = trace.outcome
    if isinstance(outcome, Raised):
        line = f" on line {outcome.span.line}" if outcome.span else ""
        yield Content.assemble((f"\n    it raised{line}  ", "bold $text-warning"), f"{outcome.type}: {outcome.message}")
    if run.note:
        yield Content.assemble(("\n    ", ""), (run.note, _MUTED))
