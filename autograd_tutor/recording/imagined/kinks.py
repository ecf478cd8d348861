"""K, P, Q where a call chooses between two values: both count, the other does, its nan does, or a side is flat."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from autograd_tutor.recording.imagined.case import Case, Guess, fit
from autograd_tutor.recording.imagined.forwards import called_with, instead
from autograd_tutor.recording.pullback import Gradients
from autograd_tutor.recording.reverse import Change, Local
from autograd_tutor.recording.straight import Step

_LEAKING = frozenset({"leaky_relu", "prelu", "elu", "celu", "selu", "gelu", "silu", "mish", "rrelu"})


def choices(case: Case) -> Iterator[Guess]:
    """Of `where`: P5 both values counted; K1 the two mixed up; Q2 a nan in the one not taken; K8 one side flat."""
    for group in case.groups:
        if group[0].operation.name != "where" or len(group[0].inputs) != 3:
            continue
        nodes, detail = case.nodes(*group), group[0].operation.text
        for tag, rule in (("both-branches", _both), ("nan-of-other-branch", _with_nan)):
            value = case.mutant(Change(rules={step.index: rule for step in group}))
            yield Guess(tag, value, nodes, detail=detail)
        for use in (1, 2):
            dropped = frozenset((step.index, use) for step in group)
            yield Guess("side-taken-flat", case.mutant(Change(dropped=dropped)), nodes, detail=detail)
        if len(group) == 1:
            yield instead(case, "other-branch", group[0], _mixed_up(group[0]))


def leaks(case: Case) -> Iterator[Guess]:
    """K8: an activation that leaks taken to be flat below 0, as relu is."""
    for group in case.groups:
        if group[0].operation.name in _LEAKING:
            value = case.mutant(Change(rules={step.index: _flat_below for step in group}))
            yield Guess("side-taken-flat", value, case.nodes(*group), detail=group[0].operation.text)


def _both(local: Local) -> Gradients:
    upstream = local.upstream[0]
    return [
        None if true is None or upstream is None else fit(upstream, given)
        for true, given in zip(local.true, local.inputs, strict=True)
    ]


def _with_nan(local: Local) -> Gradients:
    chosen = [one for one in local.inputs[1:] if one.is_floating_point()]
    lost = torch.zeros_like(local.outputs[0])
    for one in chosen:
        lost = lost + torch.where(torch.isfinite(one), 0.0, torch.nan)
    passed = [None if one is None else fit(one, lost) for one in local.true]
    return [None if one is None else fit(one + lost, given) for one, given in zip(passed, local.inputs, strict=True)]


def _mixed_up(step: Step) -> Step:
    function = step.call.function
    return called_with(step, function=lambda test, one, other: function(test, other, one))


def _flat_below(local: Local) -> Gradients:
    given = local.inputs[0]
    above = (given > 0).to(given.dtype)
    return [None if true is None or true.shape != given.shape else true * above for true in local.true]
