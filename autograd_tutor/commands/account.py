"""A run told in text, for a terminal or as Markdown: a pure function of plain data."""

from __future__ import annotations

from itertools import takewhile

from autograd_tutor import repairs
from autograd_tutor.drawing.picture import picture
from autograd_tutor.explanation import Explanation, Repair, Step, TangentStep, TargetExplanation, Witnesses, outline
from autograd_tutor.notation import array
from autograd_tutor.sandbox.protocol import Run
from autograd_tutor.trace import Event, Found, Raised, Stopped, Trace

Told = dict[str, tuple[Step, ...]]
"""The steps that were told already, by target."""
WIDTH = 100
MOST_STEPS = 60
"""Of more steps, or loops, the first and the last are told."""


def account(run: Run, *, markdown: bool = False) -> str:
    """The program, how it ended, its graph, and the steps to each target."""
    page = _Page(markdown)
    trace = run.trace
    page.heading("Program")
    page.verbatim(numbered(trace.source), "python")
    for line in happened(trace):
        page.text(line)
    for problem in run.whole.problems:
        page.text(problem.words)
        if problem.repair is not None:
            _repair(page, problem.repair)
    if trace.printed:
        page.heading("Printed")
        page.verbatim(trace.printed.rstrip("\n"))
    if trace.operations:
        page.heading("Graph")
        page.verbatim(picture(trace, width=WIDTH, phase="after").text().rstrip("\n"))
    told: Told = {}
    for found in trace.found:
        _target(page, found, run.whole, told)
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


def _place(event: Event) -> str:
    return f"line {event.span.line}" if event.span else "when a target is read at the end"


def _target(page: _Page, found: Found, explanation: Explanation, told: Told) -> None:
    page.heading(f"{found.target} = {shown(found)}" if found.kind != "missing" else found.target)
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
    page.verbatim("\n".join(_steps(one, told)))
    for line in _findings(one):
        page.text(line)


def target_lines(found: Found, explanation: Explanation, told: Told) -> list[str]:
    """The account of one target as lines: why it is None, or the steps, their sum and the witnesses.

    Its first steps that are in `told` are not told again; its own are added to `told`.
    """
    one = explanation.of(found.target)
    if one is None:
        return []
    why = _why(one, explanation)
    return [*([why] if why else []), *_repair_lines(one, explanation), *_steps(one, told), *_findings(one)]


def problem_lines(explanation: Explanation) -> list[str]:
    """The errors, and the repair of the one that ended the program."""
    lines: list[str] = []
    for problem in explanation.problems:
        lines.append(problem.words)
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


def _repair(page: _Page, repair: Repair) -> None:
    page.text(repairs.heading(repair))
    page.verbatim("\n".join(repairs.changes(repair)))


def _repair_lines(one: TargetExplanation, explanation: Explanation) -> list[str]:
    repair = one.repair
    if repair is None:
        return []
    change = [] if _told(repair, explanation) else [repairs.heading(repair), *_indented(*repairs.changes(repair))]
    return [*change, *_indented(repairs.verdict(repair, one.target))]


def _findings(one: TargetExplanation) -> list[str]:
    form = one.pretty or one.formula
    closed = f"Closed form: {form}" if form else (one.no_formula or "") if one.steps else ""
    return [line for line in (one.sum, closed, witnesses(one.witnesses)) if line]


def shown(found: Found) -> str:
    """What a target was, for people: `−7.6613`, `None`, `False`."""
    if found.kind == "tensor":
        return array(found.value)
    return str(found.flag) if found.kind == "flag" else found.text or "None"


def _steps(one: TargetExplanation, told: Told) -> list[str]:
    """The steps, without the first ones if an earlier target had the same; a loop's repeated rounds in one."""
    common, earlier = max(((_common(one.steps, steps), target) for target, steps in told.items()), default=(0, ""))
    common = min([common, *(part.start for part in one.repeats if part.start < common < part.end)])
    common = common if common > 1 else 0
    told[one.target] = one.steps
    if one.forward:
        return [row for at, step in enumerate(one.forward) for row in _carried(at, step)]
    rows = [f"     (steps 1 to {common} are the same as for {earlier})"] if common else []
    parts = [part for part in outline(one) if (part if isinstance(part, int) else part.start) >= common]
    left_out = range(MOST_STEPS // 2, len(parts) - MOST_STEPS // 2)
    for at, part in enumerate(parts):
        if at in left_out:
            rows += [f"     … {len(left_out)} steps more; --json has them all …"] if at == left_out.start else []
        elif isinstance(part, int):
            step = one.steps[part]
            rows += [f"{part + 1:>3}  {step.rule}", *_indented(step.arithmetic, step.words)]
        else:
            rounds = f"×{part.times}: " if part.times > 1 else ""
            rows += [f"  ⋮  {rounds}steps {part.start + 1} to {part.end}", *_indented(part.words)]
    return rows


def _carried(at: int, step: TangentStep) -> list[str]:
    return [f"{at + 1:>3}  {step.rule}", *_indented(step.arithmetic, step.words)]


def _common(some: tuple[Step, ...], others: tuple[Step, ...]) -> int:
    """How many steps both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(some, others, strict=False)))


def _indented(*lines: str) -> list[str]:
    return [f"     {line}" for line in lines if line]


def witnesses(given: Witnesses) -> str:
    """The three witnesses in one line, and whether they agree."""
    if given.torch is None:
        return ""
    told = [f"{name} {array(value)}" for name, value in given.accounts]
    if given.agree:
        verdict = "all three agree" if len(told) == 3 else "both agree"
    else:
        verdict = given.disagreement or ("nothing to agree with" if given.agree is None else "they differ")
    uncut = f"   (as if nothing were cut: {array(given.uncut)})" if given.uncut else ""
    return f"{'   '.join(told)}   {verdict}{uncut}"


class _Page:
    """Collects headings, text and verbatim blocks, for a terminal or as Markdown."""

    def __init__(self, markdown: bool) -> None:
        self.markdown = markdown
        self.parts: list[str] = []

    def heading(self, text: str) -> None:
        self.parts.append(f"## {text}" if self.markdown else f"{text}\n{'─' * min(len(text), WIDTH)}")

    def text(self, text: str) -> None:
        if text:
            self.parts.append(_escaped(text) if self.markdown else text)

    def verbatim(self, text: str, language: str = "") -> None:
        if text:
            fence = "`" * max(3, _longest_run(text, "`") + 1)
            self.parts.append(f"{fence}{language}\n{text}\n{fence}" if self.markdown else text)

    def done(self) -> str:
        return "\n\n".join(self.parts) + "\n"


def _escaped(text: str) -> str:
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>#|" else sign for sign in text)


def _longest_run(text: str, sign: str) -> int:
    longest = run = 0
    for one in text:
        run = run + 1 if one == sign else 0
        longest = max(longest, run)
    return longest
