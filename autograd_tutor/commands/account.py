"""A run told in text, for a terminal or as Markdown: a pure function of plain data."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_tutor import repairs
from autograd_tutor.commands.page import WIDTH, Page
from autograd_tutor.commands.target_lines import (
    BRIEF,
    FEWER_STEPS,
    MOST_STEPS,
    VALUE,
    Told,
    closed,
    repaired,
    shown,
    step_lines,
    without_error,
    witnesses,
)
from autograd_tutor.drawing.picture import picture
from autograd_tutor.explanation import Explanation, Problem, Repair, TargetExplanation
from autograd_tutor.notation import rows as tensor_rows
from autograd_tutor.notation import shape
from autograd_tutor.sandbox.protocol import Run
from autograd_tutor.teaching.batches import at_once
from autograd_tutor.teaching.passes import in_turn
from autograd_tutor.trace import Event, Found, Raised, Stopped, Trace

MOST_LINES = 150
"""Once the targets have taken so many lines, the others are told in a line each."""
DIFFERENCES = (
    "(differences: each element was moved a little up and down{held}, and the change divided by the move. That uses no "
    "derivative, so it is a check of those that do.)"
)
HELD = ", with detached values held fixed"
MOST_LISTED = 60
"""Of more such lines, the first are shown."""


def account(run: Run, *, markdown: bool = False, width: int = WIDTH) -> str:
    """The program, how it ended, its graph, and the steps to each target, in so many columns."""
    page = Page(markdown, width)
    trace = run.trace
    page.heading("Program")
    page.verbatim(numbered(trace.source), "python")
    for line in happened(trace):
        page.text(line)
    for problem in run.whole.problems:
        page.text(_meaning(problem, trace))
        if problem.repair is not None:
            _repair(page, problem.repair)
    if trace.printed:
        page.heading("Printed")
        page.verbatim(trace.printed.rstrip("\n"))
    for read in run.whole.empty:
        page.text(read.words)
    if trace.operations:
        page.heading("Graph")
        page.verbatim(picture(trace, width=page.width, phase="after").text().rstrip("\n"))
        for line in (*at_once(trace), *in_turn(trace)):
            page.text(line)
    _targets(page, run)
    if any(one.witnesses.differences is not None for one in run.whole.targets):
        page.text(DIFFERENCES.format(held=HELD if any(one.witnesses.uncut for one in run.whole.targets) else ""))
    for note in (*trace.notes, *([run.note] if run.note else [])):
        page.text(f"Note: {note}")
    return page.done()


def numbered(source: str) -> str:
    """A program with its line numbers."""
    lines = source.rstrip("\n").split("\n")
    width = len(str(len(lines)))
    return "\n".join(f"{number:>{width}}  {line}".rstrip() for number, line in enumerate(lines, 1))


def happened(trace: Trace) -> list[str]:
    """How the program ended, and what torch warned of, in sentences."""
    places: dict[str, list[str]] = {}
    for event in trace.warnings:
        places.setdefault(event.text, []).append(_place(event))
    told = ((text, ", ".join(dict.fromkeys(where))) for text, where in places.items())
    return [_ending(trace), *(f"Warning, {where}: {text}" for text, where in told)]


def _ending(trace: Trace) -> str:
    outcome = trace.outcome
    if isinstance(outcome, Raised):
        where = f"Line {outcome.span.line}" if outcome.span else "The program"
        return f"{where} raised {outcome.type}: {outcome.message}"
    if isinstance(outcome, Stopped):
        return f"The run was stopped. {outcome.message}"
    return f"The program ran to its end, on torch {trace.torch}."


def _meaning(problem: Problem, trace: Trace) -> str:
    """An error in plain words; of the one that ended the program what `_ending` has not said already."""
    outcome = trace.outcome
    if problem.caught or not isinstance(outcome, Raised):
        return problem.words
    reason = problem.words.partition(": ")[2]
    message = " ".join(outcome.message.split())
    repeated = message.startswith(reason.removeprefix(f"{outcome.type}, ").removesuffix("."))
    return "" if repeated else f"In plain words: {reason}"


def _place(event: Event) -> str:
    return f"line {event.span.line}" if event.span else "when a target is read at the end"


def _targets(page: Page, run: Run) -> None:
    """The account of each; when that gets long, the others in a line each."""
    targets, explanation = run.trace.found, run.whole
    start = page.lines
    most = MOST_STEPS if len(targets) < 3 else FEWER_STEPS
    told = Told(run.trace, page.width)
    for at, found in enumerate(targets):
        if page.lines - start > MOST_LINES:
            _listed(page, targets[at:], explanation)
            return
        _target(page, found, explanation, told, most)


def _listed(page: Page, targets: Sequence[Found], explanation: Explanation) -> None:
    page.heading(f"{len(targets)} more")
    page.text("--wrt NAME tells one of them step by step; --json has all.")
    lines = [_in_brief(found, explanation.of(found.target)) for found in targets[:MOST_LISTED]]
    rest = len(targets) - len(lines)
    page.verbatim("\n".join([*lines, *([f"… and {rest} more"] if rest else [])]))


def _in_brief(found: Found, one: TargetExplanation | None) -> str:
    """`w.grad = 6   all three agree`."""
    value = shown(found)
    if found.value is not None and len(value) > BRIEF:
        value = shape(found.value)
    verdict = one.witnesses.verdict if one is not None and one.witnesses.agree is not None else ""
    return f"{found.target} = {value}   {verdict}".rstrip()


def _target(page: Page, found: Found, explanation: Explanation, told: Told, most: int) -> None:
    value = (
        tensor_rows(found.value, told.of(VALUE))
        if found.kind == "tensor" and found.value is not None
        else [shown(found)]
    )
    if found.kind == "missing":
        page.heading(found.target)
    elif len(value) == 1:
        page.heading(f"{found.target} = {value[0]}")
    else:
        assert found.value is not None
        page.heading(f"{found.target}, {shape(found.value)}")
        page.verbatim("\n".join(value))
    if found.kind == "missing":
        page.text(f"It can't be evaluated at the program's end: {found.text}")
    one = explanation.of(found.target)
    if one is None:
        return
    page.text(without_error(one, explanation))
    if (repair := one.repair) is not None:
        if not repaired(repair, explanation):
            _repair(page, repair)
        page.text(repairs.verdict(repair, one.target))
    page.verbatim("\n".join(step_lines(one, told, most)))
    for line in (one.sum, closed(one)):
        page.text(line)
    said = witnesses(one, told)
    (page.text if len(said) == 1 else page.verbatim)("\n".join(said))


def problem_lines(explanation: Explanation, trace: Trace) -> list[str]:
    """The errors, and the repair of the one that ended the program."""
    lines: list[str] = []
    for problem in explanation.problems:
        lines += [words for words in [_meaning(problem, trace)] if words]
        if problem.repair is not None:
            lines += [
                repairs.heading(problem.repair),
                *(f"     {change}" for change in repairs.changes(problem.repair)),
            ]
    return lines


def _repair(page: Page, repair: Repair) -> None:
    page.text(repairs.heading(repair))
    page.verbatim("\n".join(repairs.changes(repair)))
