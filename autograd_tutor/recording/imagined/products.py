"""R, B, M, T: counts in means and broadcasts, and the factors of products."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from autograd_tutor.recording.aims import gradient
from autograd_tutor.recording.imagined.case import Case, Guess, broadcast
from autograd_tutor.recording.imagined.rules import only_for, times
from autograd_tutor.recording.pullback import Gradients, pulled
from autograd_tutor.recording.replay import Replay
from autograd_tutor.recording.reverse import Change, Local, Reverse, Rule
from autograd_tutor.recording.straight import Step, apply
from autograd_tutor.trace import PUTS, SEES

_MEANS = frozenset(
    {"mean", "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy"}
    | {"binary_cross_entropy_with_logits", "cross_entropy", "nll_loss", "kl_div", "soft_margin_loss"}
)
_BY_ROW = frozenset({"cross_entropy", "nll_loss"})
_MATRIX = frozenset({"matmul", "mm", "rmatmul", "mv", "bmm", "linear", "addmm", "einsum", "dot"})
_FACTORS = frozenset({"mul", "rmul", "multiply", "add", "radd"})
"""In a sum, too, an operand is taken to get itself as its slope."""


def means(case: Case) -> Iterator[Guess]:
    """R1: a mean's 1/n left out; also where the program divides by a count itself."""
    for group in case.groups:
        for count in _forgotten(case, group[0]):
            rule = times(count)
            change = Change(rules={step.index: rule for step in group})
            yield Guess("mean-count-forgotten", case.mutant(change), case.nodes(*group), detail=str(count))
            change = Change(rules={step.index: times(count / (count - 1)) for step in group})
            yield Guess("wrong-count", case.mutant(change), case.nodes(*group), detail=str(count - 1))


def _forgotten(case: Case, step: Step) -> list[int]:
    """The count that a step averages over; of a divisor such as 2n, n alone too."""
    count = averaged(case, step)
    inside = [one for one in _counts(case) if one < count and count % one == 0] if step.operation.name == "div" else []
    return [count, *inside] if count > 1 else []


def counts(case: Case) -> Iterator[Guess]:
    """R2: multiplied or divided by another count of elements."""
    if case.truth is None or not (case.truth.is_floating_point() or case.truth.is_complex()):
        return
    for count in _counts(case):
        yield Guess("wrong-count", case.truth * count, detail=str(count))
        yield Guess("wrong-count", case.truth / count, detail=str(count))


def uses(case: Case) -> Iterator[Guess]:
    """B1 and B4: a broadcast operand's gradient not summed over its uses, or over those along one axis only."""
    for step, use, shape in _broadcasts(case):
        inner, outer = case.program.values[step.inputs[use]].number.numel(), shape.numel()
        change = Change(rules={step.index: only_for(use, times(inner / outer))})
        nodes, edges = case.nodes(step), case.edges(step, use)
        yield Guess("uses-not-counted", case.mutant(change), nodes, edges, str(outer // inner))
        for axis, length in enumerate(shape):
            change = Change(rules={step.index: only_for(use, times(length * inner / outer))})
            yield Guess("one-axis-summed", case.mutant(change), nodes, edges, str(axis))


def unreduced(case: Case) -> Iterator[Guess]:
    """B2: the gradient in the broadcast shape; B4: that, summed over one axis."""
    for step, use, shape in _broadcasts(case):
        for way in case.ways:
            if case.program.origin(step.inputs[use]) != way.value:
                continue
            arrived = case.reverse.run(way.seeds)
            stretched = _stretched(case, step, use, shape, [arrived.get(output) for output in step.outputs])
            if stretched is None:
                continue
            yield Guess("not-summed-back", stretched, case.nodes(step), case.edges(step, use))
            for axis in range(stretched.dim()):
                yield Guess("one-axis-summed", stretched.sum(axis), case.nodes(step), case.edges(step, use), str(axis))


def matched(case: Case) -> Iterator[Guess]:
    """B5: of two operands that stretch each other, each element taken to meet its own partner."""
    for step in case.steps:
        numbers = [case.program.values[index].number for index in step.inputs]
        if len(numbers) != 2 or numbers[0].shape == numbers[1].shape or numbers[0].numel() != numbers[1].numel():
            continue
        if case.program.values[step.outputs[0]].number.numel() > numbers[0].numel():
            replay, shape = Replay(case.program), numbers[0].shape
            alike = {step.index: lambda step, inputs, shape=shape: apply(step, [one.reshape(shape) for one in inputs])}
            reverse = Reverse(case.program, replay.run({}, otherwise=alike))
            rules: dict[int, Rule] = {step.index: _as_alike}
            found = gradient(reverse, case.aim.tensor, case.aim.passes, Change(rules=rules))
            yield Guess("each-with-its-own", found, case.nodes(step), detail=step.operation.text)


def _as_alike(local: Local) -> Gradients:
    leaves = [one.detach().reshape(local.inputs[0].shape).requires_grad_() for one in local.inputs]
    with torch.enable_grad():
        outputs = apply(local.step, list(leaves))
    passed = pulled(leaves, outputs, local.upstream)
    return [None if one is None else one.reshape(given.shape) for one, given in zip(passed, local.inputs, strict=True)]


def unspread(case: Case) -> Iterator[Guess]:
    """B2: a gradient that is the same along an axis left without that axis."""
    truth = case.truth
    for axis in range(0 if truth is None else truth.dim()):
        assert truth is not None
        row = truth.select(axis, 0)
        if truth.shape[axis] > 1 and torch.equal(row.unsqueeze(axis).expand_as(truth), truth):
            yield Guess("not-spread-back", row, detail=str(axis))


def own_factor(case: Case) -> Iterator[Guess]:
    """M1: in a product, each factor gets itself in place of the other."""

    def swapped(local: Local) -> Gradients:
        upstream = local.upstream[0]
        if upstream is None:
            return list(local.true)
        return [
            None if true is None else (upstream * given).sum_to_size(given.shape)
            for true, given in zip(local.true, local.inputs, strict=True)
        ]

    for group in case.groups:
        if group[0].operation.name in _FACTORS and len(group[0].inputs) == 2:
            change = Change(rules={step.index: swapped for step in group})
            yield Guess("own-factor", case.mutant(change), case.nodes(*group), detail=group[0].operation.text)


def transposes(case: Case) -> Iterator[Guess]:
    """T2: a matrix product's gradient without the transpose; L5: the other factor itself."""

    def straight(local: Local) -> Gradients:
        upstream, (left, right) = local.upstream[0], local.inputs[:2]
        if upstream is None:
            return list(local.true)
        wrong = [_product(upstream, right, left), _product(left, upstream, right)]
        return [other if true is not None else None for true, other in zip(local.true, wrong, strict=False)]

    for group in case.groups:
        step = group[0]
        if step.operation.name not in _MATRIX or len(step.inputs) != 2:
            continue
        change = Change(rules={step.index: straight for step in group})
        yield Guess("transpose-forgotten", case.mutant(change), case.nodes(*group), detail=step.operation.text)
        change = Change(rules={step.index: _turned for step in group})
        yield Guess("transposed", case.mutant(change), case.nodes(*group), detail=step.operation.text)
        change = Change(rules={step.index: _by_element for step in group})
        yield Guess("own-factor", case.mutant(change), case.nodes(*group), detail=step.operation.text)
        for use, value in enumerate(step.inputs):
            if case.owns(value):
                other = case.program.values[step.inputs[1 - use]].number
                yield Guess("factor-itself", other, case.nodes(*group), detail=step.operation.text)
                if other.dim() == 2:
                    yield Guess("factor-itself", other.T, case.nodes(*group), detail=step.operation.text)


def _turned(local: Local) -> Gradients:
    """What goes on, transposed where it is square."""
    square = [one is not None and one.dim() == 2 and one.shape[0] == one.shape[1] for one in local.true]
    return [one.T if turn and one is not None else one for one, turn in zip(local.true, square, strict=True)]


def _by_element(local: Local) -> Gradients:
    """What arrives times the factor itself, element by element."""
    upstream = local.upstream[0]
    fits = [upstream is not None and one is not None and one.shape == upstream.shape for one in local.true]
    return [
        upstream * given if fit and upstream is not None else one
        for one, given, fit in zip(local.true, local.inputs, fits, strict=True)
    ]


def averaged(case: Case, step: Step) -> int:
    """How many elements a step averages over; 1 if it does not."""
    numbers = [case.program.values[index].number for index in step.inputs]
    if step.operation.name in _MEANS and step.call.kwargs.get("reduction", "mean") == "mean":
        result = case.program.values[step.outputs[0]].number.numel()
        if step.operation.name in _BY_ROW:
            return numbers[1].numel() if len(numbers) > 1 else 1
        both = broadcast(*(one.shape for one in numbers[:2]))
        return 1 if both is None else both.numel() // max(result, 1)
    if step.operation.name in ("div", "true_divide"):
        constants = [one for one in step.call.args[1:] if isinstance(one, int | float)]
        if constants and (constants[0] in _counts(case) or isinstance(constants[0], int)):
            return int(constants[0])
    return 1


def only_averages(case: Case, step: Step) -> bool:
    """A mean, or a division by a count, whose slope is nothing but 1/n."""
    return step.operation.name in ("mean", "div", "true_divide") and averaged(case, step) > 1


def _counts(case: Case) -> list[int]:
    found: dict[int, None] = {}
    for step in case.steps:
        for index in step.inputs:
            number = case.program.values[index].number
            found.update({count: None for count in (number.numel(), *number.shape) if count > 1})
    return list(found)[:6]


def _broadcasts(case: Case) -> Iterator[tuple[Step, int, torch.Size]]:
    """Uses of a value that was stretched to a larger shape, and that shape."""
    for step in case.steps:
        if step.operation.name in (PUTS, SEES, "setitem"):
            continue  # a part of a tensor, written into or read from the whole: not stretched
        if step.operation.name in _MATRIX and not (step.operation.name == "linear" and len(step.inputs) == 3):
            continue
        numbers = [case.program.values[index].number for index in step.inputs]
        shape: torch.Size | None
        if step.operation.name == "linear":
            shape, candidates = case.program.values[step.outputs[0]].number.shape, [2]
        else:
            shape, candidates = broadcast(*(one.shape for one in numbers)), list(range(len(numbers)))
            if step.operation.name in ("expand", "expand_as", "broadcast_to"):
                shape = case.program.values[step.outputs[0]].number.shape
        on_way = {use for way in case.ways for uses in way.uses.values() for at, use in uses if at == step.index}
        for use in candidates:
            if shape is not None and use in on_way and 0 < numbers[use].numel() < shape.numel():
                yield step, use, shape


def _stretched(
    case: Case, step: Step, use: int, shape: torch.Size, upstream: list[torch.Tensor | None]
) -> torch.Tensor | None:
    inputs = case.reverse.inputs(step)
    inputs[use] = inputs[use].detach().expand(shape).clone().requires_grad_()
    with torch.enable_grad():
        outputs = apply(step, inputs)
    return pulled([inputs[use]], outputs, upstream)[0]


def _product(left: torch.Tensor, right: torch.Tensor, like: torch.Tensor) -> torch.Tensor | None:
    try:
        found = left @ right
    except RuntimeError:
        return None
    return found if found.shape == like.shape else None
