"""The account of one target as lines: why it is None, or the steps, their sum and what the witnesses say."""

from __future__ import annotations

import re
from itertools import takewhile

from autograd_tutor import repairs
from autograd_tutor.commands.page import WIDTH
from autograd_tutor.drawing.matrices import matrix
from autograd_tutor.explanation import (
    NOT_PLAIN,
    Explanation,
    Repair,
    Step,
    TangentStep,
    TargetExplanation,
    outline,
)
from autograd_tutor.notation import array, beside
from autograd_tutor.notation import rows as tensor_rows
from autograd_tutor.trace import Found, Trace, when

VALUE, BRIEF = 72, 40
"""Of 100 columns a tensor that is wider in one line is laid out in rows: as a target's value, and within a step."""
MATRIX = 75
"""A Jacobian that would be drawn wider is told in words alone."""
MOST_STEPS, FEWER_STEPS = 60, 20
"""Of more steps, or loops, the first and the last are told: for a single target, and where there are many."""


class Told:
    """What was told of a run so far: the steps that one target has in common with an earlier one are told once."""

    def __init__(self, trace: Trace, width: int = WIDTH) -> None:
        """`width`: columns there are."""
        self.trace = trace
        self.width = width
        self.steps: dict[str, tuple[Step, ...]] = {}

    def of(self, columns: int) -> int:
        """As many of the columns as `columns` are of 100."""
        return columns * self.width // WIDTH


def target_lines(found: Found, explanation: Explanation, told: Told) -> list[str]:
    """The account of one target as lines: why it is None, or the steps, their sum and the witnesses.

    Its first steps that are in `told` are not told again; its own are added to `told`.
    """
    one = explanation.of(found.target)
    if one is None:
        return []
    why = without_error(one, explanation)
    return [
        *([why] if why else []),
        *_repair_lines(one, explanation),
        *step_lines(one, told, MOST_STEPS),
        *(line for line in (one.sum, closed(one), *witnesses(one, told)) if line),
    ]


def without_error(one: TargetExplanation, explanation: Explanation) -> str:
    """Why it is no number, without the error that was told of the whole program."""
    for problem in explanation.problems:
        if one.why.startswith(problem.words):
            return one.why.removeprefix(problem.words).strip()
    return one.why


def repaired(repair: Repair, explanation: Explanation) -> bool:
    """Whether the error that ended the program has the same repair."""
    return any(one.repair is not None and one.repair.lines == repair.lines for one in explanation.problems)


def _repair_lines(one: TargetExplanation, explanation: Explanation) -> list[str]:
    repair = one.repair
    if repair is None:
        return []
    change = [] if repaired(repair, explanation) else [repairs.heading(repair), *_indented(*repairs.changes(repair))]
    return [*change, *_indented(repairs.verdict(repair, one.target))]


def closed(one: TargetExplanation) -> str:
    """The closed form, and on which piece it holds; or why there is none."""
    form = one.pretty or one.formula
    if form:
        why = one.witnesses.disagreement or ""
        without = ", without the hook" if re.search(r"hook\b.* changed", why) else ", of the plain derivative"
        plain = without if why.startswith(NOT_PLAIN) else ""
        holds = f"   ({one.holds.removesuffix('.')})" if one.holds else ""
        return f"Closed form{plain}: {form}{holds}"
    return one.no_formula or "" if one.witnesses.torch is not None and (one.steps or one.forward) else ""


def shown(found: Found) -> str:
    """What a target was, for people: `−7.6613`, `None`, `False`."""
    if found.kind == "tensor":
        return array(found.value)
    return str(found.flag) if found.kind == "flag" else found.text or "None"


def step_lines(one: TargetExplanation, told: Told, most: int) -> list[str]:
    """The steps, without the first ones if an earlier target had the same; a loop's repeated rounds in one."""
    common, earlier = max(
        ((_common(one.steps, steps), target) for target, steps in told.steps.items()), default=(0, "")
    )
    common = min([common, *(part.start for part in one.repeats if part.start < common < part.end)])
    common = common if common > 1 else 0
    told.steps[one.target] = one.steps
    several = len({step.pass_ for step in one.steps}) > 1
    rows = [f"     (steps 1 to {common} are the same as for {earlier})"] if common else []
    parts = [part for part in outline(one) if (part if isinstance(part, int) else part.start) >= common]
    left_out = range(most // 2, len(parts) - most // 2)
    for at, part in enumerate(parts):
        if at in left_out:
            rows += [f"     … {len(left_out)} steps more; --json has them all …"] if at == left_out.start else []
        elif isinstance(part, int):
            step = one.steps[part]
            if several and (not part or step.pass_ != one.steps[part - 1].pass_):
                rows.append(f"     The backward pass of {when(told.trace, told.trace.passes[step.pass_])}:")
            rows += [f"{part + 1:>3}  {step.rule}{_shape(step)}", *_indented(*_arithmetic(step, told), step.words)]
            rows += _indented(*_jacobian(step, told))
        else:
            rounds = f"×{part.times}: " if part.times > 1 else ""
            rows += [f"  ⋮  {rounds}steps {part.start + 1} to {part.end}", *_indented(part.words)]
    return rows + [row for at, step in enumerate(one.forward, len(one.steps)) for row in _carried(at, step)]


def _shape(step: Step) -> str:
    """`   (3, 2)`: of what goes on; empty for a number."""
    sent = step.contribution
    return f"   {sent.shape}" if sent is not None and sent.shape else ""


def _arithmetic(step: Step, told: Told) -> list[str]:
    """In one line, or where that would be too wide with its tensors side by side."""
    parts = *(step.factors or (step.upstream, step.local)), step.contribution
    if len(step.arithmetic) <= told.width or any(
        one is None or one.data is None or len(one.shape) > 2 for one in parts
    ):
        return [step.arithmetic]
    # a matrix row by row, so that what belongs together stands in one line
    came, local, sent = (tensor_rows(one, 0 if len(one.shape) > 1 else told.of(BRIEF)) for one in parts if one)
    summed = [["sum of"]] if step.arithmetic.startswith("sum of") else []
    return beside(*summed, came, ["·"], local, ["="], sent)


def _jacobian(step: Step, told: Told) -> list[str]:
    """What it is like, and the matrix if it is small."""
    if step.jacobian is None:
        return []
    return [step.jacobian.words, *matrix(step.jacobian, step.contribution, told.of(MATRIX))]


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


def witnesses(one: TargetExplanation, told: Told) -> list[str]:
    """What the three witnesses say, and whether they agree: in one line where that fits; nothing without a number."""
    given = one.witnesses
    if given.torch is None or not one.witnessed:
        return []
    uncut = f"   (as if nothing were cut: {array(given.uncut_shown)})" if given.uncut else ""
    line = "   ".join(f"{name} {array(value)}" for name, value in given.accounts)
    if len(line) <= told.width:
        return [f"{line}   {given.verdict}{uncut}"]
    if given.agree:
        names = [name for name, _ in given.accounts]
        return [f"{', '.join(names[:-1])} and {names[-1]}: {given.verdict}{uncut}"]
    if len(given.accounts) == 1:
        return [f"{given.verdict}{uncut}"]
    blocks = [beside([name.ljust(11)], tensor_rows(value, told.of(VALUE))) for name, value in given.accounts]
    return [*(line for block in blocks for line in block), f"{given.verdict}{uncut}"]
