"""V for targets that are values, not gradients: the other numbers of the program."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from autograd_tutor.recording.aims import tensor_of
from autograd_tutor.recording.imagined.case import Guess
from autograd_tutor.recording.straight import Program
from autograd_tutor.trace import Tensor


def inner(program: Program, tensor: Tensor) -> bool:
    """Made inside another call, such as an optimizer's step: no number that a learner sees."""
    made = None if tensor.operation is None else program.trace.operations[tensor.operation]
    return not tensor.names and made is not None and tensor.label.startswith(f"{made.name} in ")


def _returned(program: Program) -> Iterator[Guess]:
    """What autograd.grad gave for other tensors."""
    for captured in (one for each in program.trace.passes for one in each.captured):
        if captured.value is not None:
            label = program.trace.tensors[captured.of].label
            yield Guess("gradient-of-other", tensor_of(captured.value), detail=label)


def others(program: Program, target: str) -> Iterator[Guess]:
    """Its sign, its values before changes in place, its gradient, and what other names held."""
    found = program.trace.find(target)
    truth = None if found is None or found.value is None else tensor_of(found.value)
    if found is not None and found.kind == "none":
        yield from _returned(program)
    if found is None or truth is None or not (truth.is_floating_point() or truth.is_complex()):
        return
    yield Guess("sign", -truth)
    tensors = program.trace.tensors
    if found.tensor is not None:
        for _, value in program.versions.get(found.tensor, ()):
            yield Guess("at-first-value", program.values[value].number, detail=tensors[found.tensor].label)
    ordered = sorted(tensors, key=lambda one: (one.id != found.tensor, not one.names))
    for tensor in ordered:
        gradient = None if tensor.grad is None else tensor_of(tensor.grad)
        if gradient is not None:
            yield Guess("gradient-of-other", gradient, detail=tensor.label)
    for tensor in ordered:
        number = tensor_of(tensor.value)
        if number is not None and tensor.id != found.tensor and not inner(program, tensor):
            nodes = () if tensor.node is None else (tensor.node,)
            yield Guess("value-of-other", number, nodes, detail=tensor.label)
    yield Guess("zero", torch.zeros_like(truth))
