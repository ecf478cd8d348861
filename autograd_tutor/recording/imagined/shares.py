"""V: what each place has of a value, in place of its slope: the terms of a sum of squares, x times its gradient."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from autograd_tutor.recording.imagined.case import Case, Guess, Way, fit

_STRAIGHT = frozenset(
    {"add", "radd", "sub", "rsub", "neg", "sum", "mean", "clone", "view", "reshape", "getitem", "t", "cat", "stack"}
    | {"unsqueeze", "squeeze", "flatten", "transpose", "permute", "expand", "gather", "index_select", "embedding"}
)
"""What only adds, averages or moves numbers: shares pass through unchanged."""


def values(case: Case) -> Iterator[Guess]:
    """Each operation's value taken on to the target with the weights of the sums above it."""
    truth, number = case.truth, case.point
    if truth is None or number is None or not case.ways:
        return
    if truth.shape == number.shape and truth.is_floating_point():
        yield Guess("value-share", truth * number)
    for at in range(1, max(len(way.steps) for way in case.ways) + 1):
        parts = [_share(case, way, at) for way in case.ways]
        found = [one for one in parts if one is not None]
        if found and all(one.shape == found[0].shape for one in found):
            yield Guess("value-share", torch.stack(found).sum(0))
    if len(case.ways) == 1:
        for root in case.ways[0].seeds:
            yield Guess("value-share", case.valued(case.ways[0], root))


def _share(case: Case, way: Way, at: int) -> torch.Tensor | None:
    """The value of the step `at` places from the root; what lies below is left out, but for what moves numbers."""
    if at > len(way.steps):
        return None
    step = way.steps[-at]
    above = [one for one in way.steps if one.index > step.index]
    if any(one.operation.name not in _STRAIGHT for one in above) or len(step.outputs) != 1:
        return None
    valued = case.valued(way, step.outputs[0])
    lowest = step
    while (value := next((v for v in lowest.inputs if v in way.uses), None)) is not None and value != way.value:
        maker = case.program.values[value].maker
        if maker is None:
            return None
        lowest = case.program.steps[maker]
        if lowest.operation.name in _STRAIGHT:
            break
    passed = None if valued is None else fit(valued, case.program.values[way.value].number)
    if lowest is step or lowest.operation.name not in _STRAIGHT or valued is None:
        return passed
    below = lowest.outputs[0]
    arrived = fit(valued, case.program.values[below].number)
    return None if arrived is None else case.reverse.run({below: arrived}, toward=way.value).get(way.value)
