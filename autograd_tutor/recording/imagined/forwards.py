"""R, B, L where the learner reads one call wrongly: the program run forwards with that call made otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec
import torch

from autograd_tutor.recording.aims import gradient
from autograd_tutor.recording.imagined.case import Case, Guess, fit
from autograd_tutor.recording.imagined.rules import identity
from autograd_tutor.recording.pullback import Gradients, pulled
from autograd_tutor.recording.replay import Override, Replay
from autograd_tutor.recording.reverse import Change, Local, Reverse, Rule
from autograd_tutor.recording.straight import Step, apply

_ALONG = frozenset({"sum", "mean", "softmax", "log_softmax", "cumsum", "cumprod", "logsumexp", "amax", "amin", "prod"})
_SCALED = frozenset({"mul", "rmul", "matmul", "rmatmul", "mm", "mv"})
_LONGEST = 30
"""Steps; of a longer program no run for each sign is made."""
_OPPOSITE: dict[str, Any] = {"sub": torch.add, "add": torch.sub}
_REDUCING = {"mean": torch.sum, "sum": torch.mean}


def along_another_axis(case: Case) -> Iterator[Guess]:
    """B6: summed, averaged or normalised along another axis than the program's."""
    for step in case.steps:
        axis, rank = _axis(step), case.program.values[step.inputs[0]].number.dim()
        if step.operation.name in _ALONG and axis is not None:
            for other in set(range(rank)) - {axis % rank}:
                yield instead(case, "wrong-axis", step, _along(step, other))


def reduced_otherwise(case: Case) -> Iterator[Guess]:
    """R3: a mean read as a sum, or a sum as a mean, in the values too."""
    for step in case.steps:
        function = _REDUCING.get(step.operation.name)
        if function is not None:
            yield instead(case, "wrong-reduction", step, called_with(step, function=function))


def signs_misread(case: Case) -> Iterator[Guess]:
    """S5: a minus read as a plus, or a plus as a minus, in the values too: 2(x + 3) for (x − 3)²."""
    for step in case.steps if len(case.program.steps) <= _LONGEST else ():
        other = _OPPOSITE.get(step.operation.name)
        if other is not None and not step.changes:
            yield instead(case, "sign-misread", step, called_with(step, function=other))


def edits_ignored(case: Case) -> Iterator[Guess]:
    """I4: a recorded edit in place taken to change nothing."""
    for step in case.program.steps:
        if step.edits and step.call.recorded:
            yield _replayed(case, "edit-ignored", step, lambda _, inputs: (inputs[0].clone(),), identity)


def constant_left_out(case: Case) -> Iterator[Guess]:
    """L9: a factor that does not depend on the variable left out, in the values too: 2x for xᵀAx."""
    for step in case.steps:
        live = [use for use in range(len(step.inputs)) if step.live[use]]
        if step.operation.name not in _SCALED or len(live) != 1:
            continue
        shape = case.program.values[step.outputs[0]].number.shape
        if case.program.values[step.inputs[live[0]]].number.shape == shape:
            yield _replayed(case, "constant-factor-lost", step, _only(live[0]), identity)


def _only(use: int) -> Override:
    return lambda _, inputs: (inputs[use],)


def _axis(step: Step) -> int | None:
    given = step.option("dim", 1)
    if isinstance(given, tuple | list) and len(given) == 1:
        given = given[0]
    return given if isinstance(given, int) and not isinstance(given, bool) else None


def _along(step: Step, axis: int) -> Step:
    if "dim" in step.call.kwargs:
        return called_with(step, kwargs={**step.call.kwargs, "dim": axis})
    return called_with(step, args=(step.call.args[0], axis, *step.call.args[2:]))


def called_with(step: Step, **otherwise: Any) -> Step:
    """`step` with its call made otherwise: another function, other arguments."""
    return replace(step, call=msgspec.structs.replace(step.call, **otherwise))


def instead(case: Case, tag: str, step: Step, other: Step) -> Guess:
    """The gradient where `other` is called in the place of `step`."""

    def slopes(local: Local) -> Gradients:
        leaves = [one.detach().clone().requires_grad_(one.is_floating_point()) for one in local.inputs]
        with torch.enable_grad():
            outputs = apply(other, list(leaves))
        upstream = local.upstream[0]
        return pulled(leaves, outputs, [None if upstream is None else fit(upstream, outputs[0])])

    return _replayed(case, tag, step, lambda _, inputs: apply(other, inputs), slopes)


def _replayed(case: Case, tag: str, step: Step, forwards: Override, rule: Rule) -> Guess:
    """Forwards and back again, with one step otherwise; no value where torch can't."""
    try:
        reverse = Reverse(case.program, Replay(case.program).run({}, otherwise={step.index: forwards}))
        found = gradient(reverse, case.aim.tensor, case.aim.passes, Change(rules={step.index: rule}))
    except RuntimeError:
        found = None
    return Guess(tag, found, case.nodes(step), detail=step.operation.text)
