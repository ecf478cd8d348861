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
    factors: tuple[Any, ...] = ()
    """The two matrices whose product the contribution is, if it is one."""
    terms: float = 0.0
    """Where it is summed back, the largest sum of the terms' sizes; 0 where nothing is summed."""


COMPLEX = (np.dtype("complex64"), np.dtype("complex128"))
FAILURES = (Unfit, TypeError, ValueError, IndexError, KeyError, AttributeError, ArithmeticError, AssertionError)
"""What a rule may raise on a call whose form it does not know."""


def local(call: Call, position: int, upstream: Any) -> Local:
    """Apply the rule for the operand at `position`, in the dtype of the operands, as torch does.

    `upstream` is a tuple where the operation has several outputs. Raises one of `FAILURES` if the rule does not
    fit this call.
    """
    operands, output = call.numbers(), call.output()
    slope = call.rule.slope(position)
    shape = np.shape(operands[position])
    with np.errstate(all="ignore"):
        if slope.local is not None:
            value = _conjugate(np.asarray(slope.local(output, *operands, **call.options)), output)
            product = np.broadcast_to(_times(upstream, value), np.shape(output))
            if np.isrealobj(operands[position]):
                product = product.real
            if slope.picks:
                product = np.where(value == 0, np.zeros_like(product), product)
            summed = unstretched(product, shape)
            fits = value.shape in ((), shape)
            stretched = summed.shape != product.shape
            terms = _size(unstretched(np.abs(product), shape)) if stretched else 0.0
            return Local(value if fits else None, summed, value, stretched, (), terms)
        if slope.back is None:
            return _moved(call, position, operands, upstream) if call.rule.moves else _linear(call, position, upstream)
        scalar = isinstance(output, np.ndarray) and not output.shape and not np.iscomplexobj(operands[position])
        back = slope.back
        single = back(np.ones_like(output), output, *operands, **call.options) if scalar else None
        terms = 0.0 if slope.terms is None else _size(slope.terms(upstream, output, *operands, **call.options))
        factors = () if slope.factors is None else slope.factors(upstream, output, *operands, **call.options)
        sent = back(upstream, output, *operands, **call.options)
        return Local(single, sent, single, False, factors, terms)


def _size(terms: Any) -> float:
    """The size of the largest that is finite."""
    sizes = np.abs(terms)
    return float(np.max(sizes[np.isfinite(sizes)], initial=0.0))


def _conjugate(value: Any, output: Any) -> Any:
    """What torch multiplies by: of a complex slope the conjugate; a real result (abs) has no such slope."""
    return np.conj(value) if value.dtype in COMPLEX and np.iscomplexobj(output) else value


def _times(upstream: Any, value: Any) -> Any:
    dtype = np.asarray(upstream).dtype
    return upstream * (value.astype(dtype) if value.dtype.kind in "biuf" and dtype.kind == "f" else value)


def places(call: Call, position: int) -> tuple[Any, ...]:
    """Where only numbers are moved: for each output an array of which of the operand's numbers stands where.

    They count from 1, in row-major order; 0 is what came from elsewhere.
    """
    operands = call.numbers()
    operand = np.asarray(operands[position])
    # Numbers that nothing else has: on the imaginary axis; whatever else the forward puts in stays real.
    others = [np.real(one) if getattr(one, "dtype", None) in COMPLEX else one for one in operands]
    others[position] = np.arange(1, operand.size + 1).reshape(operand.shape) * 1j
    outputs = call.rule.forward(*others, **call.options)
    return tuple(np.imag(one).astype(int) for one in (outputs if isinstance(outputs, tuple) else (outputs,)))


def _moved(call: Call, position: int, operands: list[Any], upstream: Any) -> Local:
    """Where only numbers are moved: each gets back what arrived at all its places."""
    operand = np.asarray(operands[position])
    outputs = places(call, position)
    upstream = upstream if isinstance(upstream, tuple) else (upstream,)
    gradient = np.zeros(operand.size + 1, dtype=np.result_type(*upstream))
    sizes = np.zeros(operand.size + 1)
    for output, arrived in zip(outputs, upstream, strict=True):
        np.add.at(gradient, output, arrived)
        np.add.at(sizes, output, np.abs(arrived))
    found = gradient[1:].reshape(operand.shape)
    single = len(outputs) == 1 and not np.shape(upstream[0])
    numbered = np.arange(1, operand.size + 1).reshape(operand.shape)
    value = (numbered == outputs[0]).astype(found.dtype) if single else None
    return Local(value, found, value, False, (), _size(sizes[1:]))


def _linear(call: Call, position: int, upstream: Any) -> Local:
    """For a linear operation: each element's gradient is what one unit of it alone would add to the output."""
    operands = call.numbers()
    unit = np.zeros_like(operands[position])
    if unit.size > WHOLE:
        raise Unfit("too many elements to take one by one")
    gradient = np.zeros(unit.shape, dtype=np.asarray(upstream).dtype)
    operands[position] = unit
    for place in np.ndindex(unit.shape):
        unit[place] = 1
        gradient[place] = np.sum(call.rule.forward(*operands, **call.options) * upstream)
        unit[place] = 0
    value = None
    if np.ndim(call.output()) == 0 and np.ndim(upstream) == 0 and upstream != 0:
        value = gradient / upstream
    return Local(value, gradient, value, False)
