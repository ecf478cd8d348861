"""J and S: one step that mixes its inputs (softmax, cumsum) differentiated place by place; a loss's target left out."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from autograd_tutor.recording.imagined.case import Case, Guess
from autograd_tutor.recording.pullback import Gradients, pulled
from autograd_tutor.recording.reverse import Change, Local, Rule
from autograd_tutor.recording.straight import apply

_MIXING = frozenset({"softmax", "cumsum", "cumprod", "layer_norm", "normalize", "flip", "roll", "mv", "matmul"})
_MOST = 16
"""Elements; the diagonal takes a product for each."""


def in_place(case: Case) -> Iterator[Guess]:
    """J5: of a step's Jacobian only the diagonal."""
    for group in case.groups:
        step = group[0]
        sizes = [case.program.values[index].number for index in (step.inputs[0], step.outputs[0])]
        if step.operation.name in _MIXING and sizes[0].shape == sizes[1].shape and sizes[0].numel() <= _MOST:
            for rule in (_diagonal(case, of_each=True), _diagonal(case, of_each=False)):
                change = Change(rules={one.index: rule for one in group})
                wrong = case.mutant(change)
                if step.operation.name == "softmax" and any(one.operation.name == "gather" for one in case.steps):
                    yield Guess("true-class-only", wrong, case.nodes(*group))
                yield Guess("jacobian-diagonal", wrong, case.nodes(*group), detail=step.operation.text)


def _diagonal(case: Case, *, of_each: bool) -> Rule:
    """`of_each`: times what arrives in the same place; else times all that arrives, summed."""

    def rule(local: Local) -> Gradients:
        upstream, true = local.upstream[0], local.true[0]
        if upstream is None or true is None:
            return list(local.true)
        slopes = torch.zeros_like(true).reshape(-1)
        for index in range(true.numel()):
            unit = torch.zeros_like(upstream).reshape(-1)
            unit[index] = 1
            found = case.reverse.local(local.step, [unit.reshape(upstream.shape)]).true[0]
            if found is not None:
                slopes[index] = found.reshape(-1)[index]
        return [slopes.reshape(true.shape) * (upstream if of_each else upstream.sum()), *local.true[1:]]

    return rule


def _positive(local: Local) -> Gradients:
    """The examples alone whose label is 1."""
    return [None if true is None else true * (local.inputs[1] > 0) for true in local.true]


def target_left_out(case: Case) -> Iterator[Guess]:
    """S2: the probabilities themselves, from which the one-hot target (or the label) was not subtracted."""

    def shares(local: Local) -> Gradients:
        upstream, output = local.upstream[0], local.outputs[0]
        if upstream is None:
            return list(local.true)
        return [-output * (upstream * output).sum(-1, keepdim=True)]

    def label(local: Local) -> Gradients:
        inputs = [local.inputs[0].detach().requires_grad_(), torch.zeros_like(local.inputs[1])]
        with torch.enable_grad():
            outputs = apply(local.step, inputs)
        return [pulled(inputs[:1], outputs, local.upstream)[0], *local.true[1:]]

    rules: dict[str, Rule] = {"softmax": shares, "bce": label}
    for group in case.groups:
        rule = rules.get(group[0].operation.name)
        if rule is not None:
            change = Change(rules={step.index: rule for step in group})
            yield Guess("target-not-subtracted", case.mutant(change), case.nodes(*group))
        if group[0].operation.name == "bce":
            change = Change(rules={step.index: _positive for step in group})
            yield Guess("true-class-only", case.mutant(change), case.nodes(*group))
