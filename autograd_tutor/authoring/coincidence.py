"""Exercises that cannot tell understanding from error: a wrong idea that gives the right answer.

A replay that equals the truth is never offered as a mistake, so these are worked out from the trace's own values.
"""

from __future__ import annotations

from collections.abc import Iterator

from autograd_tutor.teaching.closeness import all_equal
from autograd_tutor.trace import Accumulation, Array, Found, Trace

_MEANS = frozenset({"mean", "mse_loss", "l1_loss"})


def coincidences(trace: Trace, found: Found) -> Iterator[str]:
    """Why a right answer to `found` proves nothing in this run, one sentence for each wrong idea."""
    truth = found.value
    if not found.is_grad or truth is None or found.tensor is None:
        return
    if any(_same(trace.tensors[root].value, truth) for one in trace.passes for root in one.root):
        yield "The value that backward starts from is the same number as its slope."
    if _same(trace.tensors[found.tensor].value, truth):
        yield "The variable's own value is the same number as its gradient."
    if _first_pass_adds_nothing([leaf for one in trace.passes for leaf in one.leaves if leaf.tensor == found.tensor]):
        yield "The last backward alone gives the same number as all of them together."
    if any(one.name in _MEANS and one.inputs and _single(one.inputs[0].value) for one in trace.operations):
        yield "A mean is taken over one element, so that forgetting 1/n changes nothing."


def is_zero(value: Array | None) -> bool:
    """All its elements are 0: a slip in the sign would change nothing."""
    return value is not None and bool(value.data) and not any(value.data or ())


def _same(one: Array, truth: Array) -> bool:
    return one.shape == truth.shape and all_equal(one, truth)


def _single(value: Array | None) -> bool:
    return value is not None and value.numel == 1


def _first_pass_adds_nothing(leaves: list[Accumulation]) -> bool:
    fired = [leaf.added for leaf in leaves if leaf.added is not None]
    return len(fired) > 1 and all(is_zero(added) for added in fired[:-1])
