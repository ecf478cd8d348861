"""L11: another function's slope in place of the operation's own: the sigmoid's for tanh, squares' for a loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import torch

from autograd_tutor.recording.imagined.case import Case, Guess
from autograd_tutor.recording.imagined.local import alike
from autograd_tutor.recording.pullback import Gradients
from autograd_tutor.recording.reverse import Change, Local, Rule
from autograd_tutor.recording.straight import Step

Slope = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""Of an operation's input and its output, what is taken for its slope."""

_SLOPES: dict[str, tuple[Slope, ...]] = {
    "tanh": (
        lambda x, y: y * (1 - y),
        lambda x, y: 1 - x**2,
        lambda x, y: 1 - y,
        lambda x, y: 1 + y**2,
        lambda x, y: x * (1 - x),
    ),
    "sigmoid": (lambda x, y: 1 - y**2, lambda x, y: x * (1 - x), lambda x, y: 1 - y, lambda x, y: y * (1 + y)),
    "sin": (torch.tan, lambda x, y: torch.cos(y)),
    "cos": (lambda x, y: torch.tan(x), lambda x, y: -torch.sin(y)),
    "tan": (lambda x, y: 1 / torch.cos(x), lambda x, y: 1 + y),
    "log": (lambda x, y: 1 / y, lambda x, y: -1 / x**2, lambda x, y: torch.exp(x)),
    "exp": (lambda x, y: 1 / x,),
    "sqrt": (lambda x, y: -0.5 / y, lambda x, y: 0.5 / x, lambda x, y: -0.5 / (x * y), lambda x, y: y / 2),
    "reciprocal": (lambda x, y: y**2, lambda x, y: -y, torch.log),
    "softplus": (
        torch.tanh,
        lambda x, y: torch.sigmoid(x) * (1 - torch.sigmoid(x)),
        lambda x, y: 1 / (1 + torch.exp(x)),
        lambda x, y: 1 / (1 + x),
    ),
    "relu": (lambda x, y: y,),
    "abs": (lambda x, y: x,),
    "silu": (lambda x, y: torch.sigmoid(x) * (1 - torch.sigmoid(x)), lambda x, y: torch.sigmoid(x)),
    "atan": (lambda x, y: 1 / (1 - x**2), lambda x, y: 1 / torch.sqrt(1 - x**2), lambda x, y: 1 / torch.cos(x) ** 2),
    "asin": (lambda x, y: 1 / (1 + x**2), lambda x, y: torch.cos(x), lambda x, y: -1 / torch.sqrt(1 - x**2)),
    "acos": (lambda x, y: -1 / (1 + x**2), lambda x, y: -torch.sin(x), lambda x, y: 1 / torch.sqrt(1 - x**2)),
    "sinh": (lambda x, y: torch.cos(x), lambda x, y: -torch.cosh(x)),
    "cosh": (lambda x, y: torch.sin(x), lambda x, y: -torch.sin(x)),
    "erf": (lambda x, y: torch.exp(-(x**2)), lambda x, y: 1 - y**2),
    "square": (lambda x, y: y / 2,),
}
"""By operation. Slopes that torch gives as well are dropped later, as all guesses that equal the truth."""
_SIDES: dict[str, tuple[Slope, ...]] = {
    "relu": (lambda x, y: (x < 0).to(x.dtype), lambda x, y: torch.ones_like(x), lambda x, y: torch.zeros_like(x)),
    "abs": (lambda x, y: torch.ones_like(x), lambda x, y: -torch.sign(x), lambda x, y: -torch.ones_like(x)),
    "clamp": (lambda x, y: torch.ones_like(x), lambda x, y: (x != y).to(x.dtype), lambda x, y: torch.zeros_like(x)),
}
for _same in ("clamp_min", "clamp_max", "hardtanh"):
    _SIDES[_same] = _SIDES["clamp"]


def by_name(case: Case) -> Iterator[Guess]:
    """An elementwise function's slope confused with another's, or taken at the wrong one of input and output.

    K7: or that on the other side of its kink.
    """
    for group in (*case.groups, *alike(case)):
        for slope in _SLOPES.get(group[0].operation.name, ()):
            yield _guess(case, group, _elementwise(slope))
        for slope in _SIDES.get(group[0].operation.name, ()):
            yield replace(_guess(case, group, _elementwise(slope)), tag="slope-of-other-side")


def of_loss(case: Case) -> Iterator[Guess]:
    """One loss's slope in the place of another's: squares for a cross entropy, each class by itself for softmax."""
    rules: dict[str, tuple[Rule, ...]] = {
        "bce": (_of_pair(lambda p, y: 2 * (p - y)), _of_pair(lambda p, y: p - y), _of_pair(lambda p, y: -y / p)),
        "softmax": (_each_alone, _squares(2), _squares(1), _unsquashed),
        "sigmoid": tuple(_of_logits(label) for label in _labels(case)),
    }
    for group in case.groups:
        name = group[0].operation.name
        if name == "softmax" and not any(step.operation.name == "gather" for step in case.steps):
            continue
        for rule in rules.get(name, ()):
            yield _guess(case, group, rule)


def _guess(case: Case, group: tuple[Step, ...], rule: Rule) -> Guess:
    change = Change(rules={step.index: rule for step in group})
    return Guess("slope-of-another", case.mutant(change), case.nodes(*group), detail=group[0].operation.text)


def _elementwise(slope: Slope) -> Rule:
    def rule(local: Local) -> Gradients:
        upstream = local.upstream[0]
        if upstream is None:
            return list(local.true)
        return [upstream * slope(local.inputs[0], local.outputs[0].detach()), *local.true[1:]]

    return rule


def _of_pair(slope: Slope) -> Rule:
    """Of the prediction and the target."""

    def rule(local: Local) -> Gradients:
        upstream = local.upstream[0]
        return [None if upstream is None else upstream * slope(local.inputs[0], local.inputs[1]), *local.true[1:]]

    return rule


def _target(local: Local) -> tuple[torch.Tensor, torch.Tensor] | None:
    """Of a softmax from which a loss picks the true class: the one-hot target, and what each row weighs."""
    upstream = local.upstream[0]
    if upstream is None:
        return None
    return (upstream != 0).to(upstream.dtype), -(upstream * local.outputs[0]).sum(-1, keepdim=True)


def _unsquashed(local: Local) -> Gradients:
    """The scores themselves less the target, where their shares belong."""
    found = _target(local)
    if found is None:
        return list(local.true)
    hot, weight = found
    return [weight * (local.inputs[0] - hot)]


def _labels(case: Case) -> list[torch.Tensor]:
    steps = (step for step in case.steps if step.operation.name == "bce")
    return [case.program.values[step.inputs[1]].number for step in steps]


def _of_logits(label: torch.Tensor) -> Rule:
    """The same for a binary cross entropy, of whose sigmoid this is the slope."""

    def rule(local: Local) -> Gradients:
        true = local.true[0]
        if true is None or true.shape != label.shape:
            return list(local.true)
        return [true / (local.outputs[0] - label) * (local.inputs[0] - label)]

    return rule


def _each_alone(local: Local) -> Gradients:
    """The binary cross entropy's: every class has a sigmoid of its own."""
    found = _target(local)
    if found is None:
        return list(local.true)
    hot, weight = found
    return [weight * (torch.sigmoid(local.inputs[0]) - hot)]


def _squares(factor: int) -> Rule:
    """The squared error's: through softmax's own slopes."""

    def rule(local: Local) -> Gradients:
        found = _target(local)
        if found is None:
            return list(local.true)
        hot, weight = found
        shares = local.outputs[0]
        off = factor * weight * (shares - hot)
        return [shares * (off - (off * shares).sum(-1, keepdim=True))]

    return rule
