"""The numbers of one rule at one place: the local derivative, and what it makes of an upstream gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_tutor.calculus.broadcasting import unstretched
from autograd_tutor.calculus.calls import Call, Unfit
from autograd_tutor.trace import WHOLE


@dataclass(frozen=True)
class Local:
    """What an operation does to an upstream gradient on its way to one operand."""

    value: Any
    """The local derivative: a number, or elementwise; None if it has no such form."""
    contribution: Any
    """Of the operand's shape."""
    factor: Any
    """What the upstream gradient was multiplied by, also where it was stretched over the operand."""
    stretched: bool
    """Broadcasting stretched the operand, so its gradient is summed back."""
    terms: float = 0.0
    """Where it is summed back, the largest sum of the terms' sizes; 0 where nothing is summed."""


FAILURES = (Unfit, TypeError, ValueError, IndexError, KeyError, AttributeError, ArithmeticError, AssertionError)
"""What a rule may raise on a call whose form it does not know."""


def local(call: Call, position: int, upstream: Any) -> Local:
    """Apply the rule for the operand at `position`, in the dtype of the operands, as torch does.

    Raises one of `FAILURES` if the rule does not fit this call.
    """
    operands, output = call.numbers(), call.output()
    slope = call.rule.slope(position)
    shape = np.shape(operands[position])
    with np.errstate(all="ignore"):
        if slope.local is not None:
            value = np.asarray(slope.local(output, *operands, **call.options))
            product = np.broadcast_to(_times(upstream, value), np.shape(output))
            if slope.picks:
                product = np.where(value == 0, np.zeros_like(product), product)
            summed = unstretched(product, shape)
            fits = value.shape in ((), shape)
            stretched = summed.shape != product.shape
            terms = float(np.max(unstretched(np.abs(product), shape), initial=0.0)) if stretched else 0.0
            terms = terms if np.isfinite(terms) else 0.0
            return Local(value if fits else None, summed, value, stretched, terms)
        if slope.back is not None:
            back = slope.back
            single = back(np.ones_like(output), output, *operands, **call.options) if np.ndim(output) == 0 else None
            return Local(single, back(upstream, output, *operands, **call.options), single, False)
        return _linear(call, position, operands, upstream)


def _times(upstream: Any, value: Any) -> Any:
    dtype = np.asarray(upstream).dtype
    return upstream * (value.astype(dtype) if value.dtype.kind in "biuf" and dtype.kind == "f" else value)


def _linear(call: Call, position: int, operands: list[Any], upstream: Any) -> Local:
    """For a linear operation: each element's gradient is what one unit of it alone would add to the output."""
    operand = np.asarray(operands[position])
    if operand.size > WHOLE:
        raise Unfit("too many elements to take one by one")
    others = [np.zeros_like(one) if at != position and _added(call, one) else one for at, one in enumerate(operands)]
    gradient = np.zeros(operand.shape, dtype=np.asarray(upstream).dtype)
    unit = np.zeros_like(operand)
    for place in np.ndindex(operand.shape):
        unit[place] = 1
        others[position] = unit
        gradient[place] = np.sum(call.rule.forward(*others, **call.options) * upstream)
        unit[place] = 0
    value = None
    if np.ndim(call.output()) == 0 and np.ndim(upstream) == 0 and upstream != 0:
        value = gradient / upstream
    return Local(value, gradient, value, False)


def _added(call: Call, operand: Any) -> bool:
    """Whether the other operands stand beside this one (a stack's parts) and not in front of it (a factor)."""
    return call.rule.additive and isinstance(operand, np.ndarray)
