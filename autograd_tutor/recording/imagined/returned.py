"""J and L for gradients of gradients: what was returned with create_graph, and what its own slopes are taken to be."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from autograd_tutor.recording.imagined.case import Case, Guess
from autograd_tutor.recording.imagined.vectors import matrix

_MOST = 16
"""Elements; each takes a pass of its own."""


def of_gradient(case: Case) -> Iterator[Guess]:
    """J: the Hessian whole, its sums, its diagonal; L4: the returned gradient itself in place of its slope."""
    if len(case.ways) != 1:
        return
    (way,) = case.ways
    target = case.program.values[way.value].number
    for value in _returned(case):
        number = case.program.values[value].number
        arrived = case.reverse.run(way.seeds, toward=value).get(value)
        if value not in way.uses or arrived is None or max(number.numel(), target.numel()) > _MOST:
            continue
        label = case.program.label(value)
        if number.shape == target.shape:
            yield Guess("function-not-differentiated", number * arrived, detail=label)
        if number.numel() < 2:
            continue
        slopes = matrix(case, value, way.value, torch.ones_like(number), target)
        yield Guess("seed-as-ones", slopes.sum(0).reshape(target.shape))
        yield Guess("seed-itself", arrived)
        if number.shape == target.shape:
            yield Guess("jacobian-diagonal", slopes.diagonal().reshape(target.shape) * arrived)
            yield Guess("jacobian-diagonal", slopes.diagonal().reshape(target.shape))
        yield Guess("whole-jacobian", slopes.reshape(*number.shape, *target.shape))


def _returned(case: Case) -> Iterator[int]:
    """The gradients that autograd.grad gave back with their graph."""
    for backward in case.program.tape.backwards:
        for result in backward.results if backward.create_graph else ():
            value = None if result is None else case.program.first(result)
            if value is not None:
                yield value
