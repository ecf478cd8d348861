"""P, B, T where one weight meets many places: a kernel that slides, the rows of a batch, a stretched operand."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import torch

from autograd_tutor.recording.imagined.case import Case, Guess
from autograd_tutor.recording.imagined.products import averaged
from autograd_tutor.recording.imagined.rules import only_for, times
from autograd_tutor.recording.pullback import Gradients, pulled
from autograd_tutor.recording.reverse import Change, Local, Rule
from autograd_tutor.recording.straight import Step, apply

_CONVOLUTIONS = frozenset({"conv1d", "conv2d", "conv3d"})
_VIEWS = frozenset({"t", "T", "mT", "transpose", "view", "reshape", "unsqueeze", "squeeze", "permute", "expand"})
_SHARING = _CONVOLUTIONS | {"linear", "matmul", "mm", "rmatmul", "mv", "addmm"}


def one_place(case: Case) -> Iterator[Guess]:
    """P4: of all places where the target itself is used, the first or the last alone counted; or their mean taken."""
    for step, use in _shared(case):
        shape = case.program.values[step.outputs[0]].number.shape
        count = prod(averaged(case, one) for one in case.steps)
        for axis, length in enumerate(shape):
            for index in (0, length - 1) if length > 1 else ():
                part = case.mutant(Change(rules={step.index: only_for(use, _at(case, axis, index))}))
                yield Guess("one-place-only", part, case.nodes(step), detail=step.operation.text)
                if part is not None and count > 1:
                    yield Guess("one-place-only", part * count, case.nodes(step), detail=step.operation.text)
        if step.operation.name in _CONVOLUTIONS:
            places = shape[2:].numel()
            change = Change(rules={step.index: only_for(use, times(1 / places))})
            yield Guess("uses-not-counted", case.mutant(change), case.nodes(step), detail=str(places))


def flipped(case: Case) -> Iterator[Guess]:
    """T3: a convolution's kernel turned round, where its gradient is taken or where it passes one on."""
    for step in case.steps:
        if step.operation.name in _CONVOLUTIONS and len(step.inputs) >= 2:
            change = Change(rules={step.index: _turned})
            yield Guess("kernel-flipped", case.mutant(change), case.nodes(step), detail=step.operation.text)


def _shared(case: Case) -> Iterator[tuple[Step, int]]:
    """Uses of the target, or of a view of it, in which each of its elements meets many others."""
    for way in case.ways[:1]:
        waiting = list(way.uses.get(way.value, ()))
        while waiting:
            at, use = waiting.pop(0)
            step = case.program.steps[at]
            if step.operation.name in _VIEWS or (step.edits and not step.call.recorded):
                waiting += way.uses.get(step.outputs[0], ())
            inner = case.program.values[way.value].number.numel()
            outer = case.program.values[step.outputs[0]].number.numel()
            stretched = len(step.inputs) == 2 and inner < outer and step.operation.name in ("mul", "add", "sub", "rmul")
            if step.operation.name in _SHARING or stretched:
                yield step, use


def _at(case: Case, axis: int, index: int) -> Rule:
    """The gradient of one place in the output alone."""

    def alone(local: Local) -> Gradients:
        arrived: Gradients = []
        for one in local.upstream:
            kept = None if one is None else torch.zeros_like(one)
            if one is not None and kept is not None:
                kept.select(axis, index).copy_(one.select(axis, index))
            arrived.append(kept)
        return case.reverse.local(local.step, arrived).true

    return alone


def _turned(local: Local) -> Gradients:
    axes = tuple(range(2, local.inputs[1].dim()))
    leaves = [one.detach().clone().requires_grad_() for one in local.inputs]
    leaves[1] = local.inputs[1].flip(axes).requires_grad_()
    with torch.enable_grad():
        passed = pulled(leaves, apply(local.step, list(leaves)), local.upstream)
    kernel = local.true[1]
    return [passed[0], None if kernel is None else kernel.flip(axes), *local.true[2:]]
