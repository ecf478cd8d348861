"""A run told in text, for a terminal or as Markdown: a pure function of plain data."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from autograd_tutor import repairs
from autograd_tutor.commands.page import WIDTH, Page
from autograd_tutor.drawing.matrices import matrix
from autograd_tutor.drawing.picture import picture
from autograd_tutor.explanation import (
    NOT_PLAIN,
    Explanation,
    Problem,
    Repair,
    Step,
    TangentStep,
    TargetExplanation,
    Witnesses,
    outline,
)
from autograd_tutor.notation import array, beside, shape
from autograd_tutor.notation import rows as tensor_rows
from autograd_tutor.sandbox.protocol import Run
from autograd_tutor.teaching.batches import at_once
from autograd_tutor.trace import Event, Found, Raised, Stopped, Trace

Told = dict[str, tuple[Step, ...]]
"""The steps that were told already, by target."""
VALUE, BRIEF = 72, 40
"""A tensor that is wider in one line is laid out in rows: as a target's value, and within a step."""
MOST_STEPS, FEWER_STEPS = 60, 20
"""Of more steps, or loops, the first and the last are told: for a single target, and where there are many."""
MATRIX = 75
"""A Jacobian that would be drawn wider is told in words alone."""
MOST_LINES = 150
"""Once the targets have taken so many lines, the others are told in a line each."""
DIFFERENCES = (
    "(differences: each element was moved a little up and down{held}, and the change divided by the move. That uses no "
    "derivative, so it is a check of those that do.)"
)
HELD = ", with detached values held fixed"
MOST_LISTED = 60
"""Of more such lines, the first are shown."""


def account(run: Run, *, markdown: bool = False) -> str:
    """The program, how it ended, its graph, and the steps to each target."""
    page = Page(markdown)
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
    if trace.operations:
        page.heading("Graph")
        page.verbatim(picture(trace, width=WIDTH, phase="after").text().rstrip("\n"))
        for line in at_once(trace):
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
    return [_ending(trace), *(f"Warning, {_place(event)}: {event.text}" for event in trace.warnings)]


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
    told: Told = {}
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
    value = tensor_rows(found.value, VALUE) if found.kind == "tensor" and found.value is not None else [shown(found)]
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
    page.text(_why(one, explanation))
    if (repair := one.repair) is not None:
        if not _told(repair, explanation):
            _repair(page, repair)
        page.text(repairs.verdict(repair, one.target))
    page.verbatim("\n".join(_steps(one, told, most)))
    for line in (one.sum, _closed(one)):
        page.text(line)
    said = witnesses(one.witnesses)
    (page.text if len(said) == 1 else page.verbatim)("\n".join(said))


def target_lines(found: Found, explanation: Explanation, told: Told) -> list[str]:
    """The account of one target as lines: why it is None, or the steps, their sum and the witnesses.

    Its first steps that are in `told` are not told again; its own are added to `told`.
    """
    one = explanation.of(found.target)
    if one is None:
        return []
    why = _why(one, explanation)
    return [*([why] if why else []), *_repair_lines(one, explanation), *_steps(one, told, MOST_STEPS), *_findings(one)]


def problem_lines(explanation: Explanation, trace: Trace) -> list[str]:
    """The errors, and the repair of the one that ended the program."""
    lines: list[str] = []
    for problem in explanation.problems:
        lines += [words for words in [_meaning(problem, trace)] if words]
        if problem.repair is not None:
            lines += [repairs.heading(problem.repair), *_indented(*repairs.changes(problem.repair))]
    return lines


def _why(one: TargetExplanation, explanation: Explanation) -> str:
    """Why it is no number, without the error that was told of the whole program."""
    for problem in explanation.problems:
        if one.why.startswith(problem.words):
            return one.why.removeprefix(problem.words).strip()
    return one.why


def _told(repair: Repair, explanation: Explanation) -> bool:
    """Whether the error that ended the program has the same repair."""
    return any(one.repair is not None and one.repair.lines == repair.lines for one in explanation.problems)


def _repair(page: Page, repair: Repair) -> None:
    page.text(repairs.heading(repair))
    page.verbatim("\n".join(repairs.changes(repair)))


def _repair_lines(one: TargetExplanation, explanation: Explanation) -> list[str]:
    repair = one.repair
    if repair is None:
        return []
    change = [] if _told(repair, explanation) else [repairs.heading(repair), *_indented(*repairs.changes(repair))]
    return [*change, *_indented(repairs.verdict(repair, one.target))]


def _findings(one: TargetExplanation) -> list[str]:
    return [line for line in (one.sum, _closed(one), *witnesses(one.witnesses)) if line]


def _closed(one: TargetExplanation) -> str:
    form = one.pretty or one.formula
    if form:
        plain = (one.witnesses.disagreement or "").startswith(NOT_PLAIN)
        return f"Closed form{', without the hook' if plain else ''}: {form}"
    return one.no_formula or "" if one.witnesses.torch is not None and (one.steps or one.forward) else ""


def shown(found: Found) -> str:
    """What a target was, for people: `−7.6613`, `None`, `False`."""
    if found.kind == "tensor":
        return array(found.value)
    return str(found.flag) if found.kind == "flag" else found.text or "None"


def _steps(one: TargetExplanation, told: Told, most: int) -> list[str]:
    """The steps, without the first ones if an earlier target had the same; a loop's repeated rounds in one."""
    common, earlier = max(((_common(one.steps, steps), target) for target, steps in told.items()), default=(0, ""))
    common = min([common, *(part.start for part in one.repeats if part.start < common < part.end)])
    common = common if common > 1 else 0
    told[one.target] = one.steps
    rows = [f"     (steps 1 to {common} are the same as for {earlier})"] if common else []
    parts = [part for part in outline(one) if (part if isinstance(part, int) else part.start) >= common]
    left_out = range(most // 2, len(parts) - most // 2)
    for at, part in enumerate(parts):
        if at in left_out:
            rows += [f"     … {len(left_out)} steps more; --json has them all …"] if at == left_out.start else []
        elif isinstance(part, int):
            step = one.steps[part]
            rows += ["     The next backward pass:"] if part and step.pass_ != one.steps[part - 1].pass_ else []
            rows += [f"{part + 1:>3}  {step.rule}{_shape(step)}", *_indented(*_arithmetic(step), step.words)]
            rows += _indented(*_jacobian(step))
        else:
            rounds = f"×{part.times}: " if part.times > 1 else ""
            rows += [f"  ⋮  {rounds}steps {part.start + 1} to {part.end}", *_indented(part.words)]
    return rows + [row for at, step in enumerate(one.forward, len(one.steps)) for row in _carried(at, step)]


def _shape(step: Step) -> str:
    """`   (3, 2)`: of what goes on; empty for a number."""
    sent = step.contribution
    return f"   {sent.shape}" if sent is not None and sent.shape else ""


def _arithmetic(step: Step) -> list[str]:
    """In one line, or where that would be too wide with its tensors side by side."""
    parts = *(step.factors or (step.upstream, step.local)), step.contribution
    if len(step.arithmetic) <= WIDTH or any(one is None or one.data is None or len(one.shape) > 2 for one in parts):
        return [step.arithmetic]
    # a matrix row by row, so that what belongs together stands in one line
    came, local, sent = (tensor_rows(one, 0 if len(one.shape) > 1 else BRIEF) for one in parts if one is not None)
    summed = [["sum of"]] if step.arithmetic.startswith("sum of") else []
    return beside(*summed, came, ["·"], local, ["="], sent)


def _jacobian(step: Step) -> list[str]:
    """What it is like, and the matrix if it is small."""
    if step.jacobian is None:
        return []
    return [step.jacobian.words, *matrix(step.jacobian, step.contribution, MATRIX)]


def _carried(at: int, step: TangentStep) -> list[str]:
    return [f"{at + 1:>3}  {step.rule}", *_indented(step.arithmetic, step.words)]


def _common(some: tuple[Step, ...], others: tuple[Step, ...]) -> int:
    """How many steps both begin with; whether the same Jacobians are told does not matter."""

    def same(pair: tuple[Step, Step]) -> bool:
        one, other = pair
        return (one.pass_, one.edge, one.rule, one.words) == (other.pass_, other.edge, other.rule, other.words)

    return sum(1 for _ in takewhile(same, zip(some, others, strict=False)))


def _indented(*lines: str) -> list[str]:
    return [f"     {line}" for line in lines if line]


def witnesses(given: Witnesses) -> list[str]:
    """What the three witnesses say, and whether they agree: in one line where that fits; nothing without a number."""
    if given.torch is None:
        return []
    uncut = f"   (as if nothing were cut: {array(given.uncut_shown)})" if given.uncut else ""
    told = "   ".join(f"{name} {array(value)}" for name, value in given.accounts)
    if len(told) <= WIDTH:
        return [f"{told}   {given.verdict}{uncut}"]
    if given.agree:
        names = [name for name, _ in given.accounts]
        return [f"{', '.join(names[:-1])} and {names[-1]}: {given.verdict}{uncut}"]
    if len(given.accounts) == 1:
        return [f"{given.verdict}{uncut}"]
    blocks = [beside([name.ljust(11)], tensor_rows(value, VALUE)) for name, value in given.accounts]
    return [*(line for block in blocks for line in block), f"{given.verdict}{uncut}"]
