"""I: values that were edited in place, taken as they are when backward() comes by."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from autograd_tutor.recording.imagined.case import Case, Guess
from autograd_tutor.recording.pullback import Gradients, pulled
from autograd_tutor.recording.reverse import Change, Local, Rule
from autograd_tutor.recording.straight import Step, apply

_BY_OUTPUT = {
    "sigmoid": lambda output: output * (1 - output),
    "tanh": lambda output: 1 - output**2,
    "exp": lambda output: output,
    "sqrt": lambda output: 0.5 / output,
    "relu": lambda output: (output > 0).to(output.dtype),
}
"""Slopes that torch works out from what the operation gave."""


def edited(case: Case) -> Iterator[Guess]:
    """I2: the slope at an operand or a result as it was edited after the operation ran."""
    for step in case.program.steps:
        rule = _of_result(case, step) or _of_operand(case, step)
        if rule is not None:
            change = Change(rules={step.index: rule})
            yield Guess("at-edited-value", case.mutant(change, case.backwards), case.nodes(step))


def _of_result(case: Case, step: Step) -> Rule | None:
    slope = _BY_OUTPUT.get(step.operation.name)
    later = _later(case, step.outputs[0])
    if slope is None or later is None:
        return None

    def rule(local: Local) -> Gradients:
        upstream = local.upstream[0]
        return [None if upstream is None else upstream * slope(later)]

    return rule


def _of_operand(case: Case, step: Step) -> Rule | None:
    changed = [_later(case, index) for index in step.inputs]
    if step.changes or all(one is None for one in changed):
        return None

    def rule(local: Local) -> Gradients:
        now = [given if one is None else one for given, one in zip(local.inputs, changed, strict=True)]
        leaves = [one.detach().clone().requires_grad_(one.is_floating_point()) for one in now]
        with torch.enable_grad():
            outputs = apply(step, list(leaves))
        return pulled(leaves, outputs, local.upstream)

    return rule


def _later(case: Case, value: int) -> torch.Tensor | None:
    """What the same tensor held in the end, if it was edited since and is no leaf."""
    program = case.program
    last = program.value(program.values[value].tensor)
    if last is None or last == value or program.values[program.origin(last)].maker is None:
        return None
    now, then = program.values[last].number, program.values[value].number
    return now if now.shape == then.shape and not torch.equal(now, then) else None
