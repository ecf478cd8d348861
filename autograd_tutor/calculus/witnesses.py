"""Whether torch, SymPy and central differences agree on a gradient; and if not, why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autograd_tutor.calculus import calls
from autograd_tutor.calculus.graph import Index
from autograd_tutor.calculus.local import FAILURES
from autograd_tutor.calculus.phrases import HOOKED
from autograd_tutor.calculus.places import on
from autograd_tutor.calculus.sums import held
from autograd_tutor.calculus.target import locate
from autograd_tutor.calculus.values import numbers
from autograd_tutor.explanation import TargetExplanation, Witnesses
from autograd_tutor.notation import number
from autograd_tutor.trace import Array, Trace

if TYPE_CHECKING:
    from autograd_tutor.calculus.derive import Derived

_TOLERANCE = {"float64": 1e-5, "complex128": 1e-5, "float16": 2e-2, "bfloat16": 1e-1}
"""Relative. float32 keeps seven digits, of which a chain of a few dozen operations may spoil three or four;
in float64 it is the central differences that are no better than this."""
_DIGITS = {"float16": "three", "bfloat16": "two", "float32": "seven"}


def judged(trace: Trace, one: TargetExplanation, symbolic: Array | None, derived: Derived | None) -> Witnesses:
    """The witnesses with SymPy's among them, and the verdict."""
    torch, central = one.witnesses.torch, one.witnesses.differences
    others = [witness for witness in (symbolic, central) if witness is not None]
    agree: bool | None = None
    reason = None
    if torch is not None and torch.data is not None and others:
        agree = all(_alike(torch, other) for other in others)
        reason = None if agree else _reason(trace, one, derived, torch)
    return Witnesses(
        torch=torch,
        symbolic=symbolic,
        differences=central,
        uncut=one.witnesses.uncut,
        agree=agree,
        disagreement=reason,
    )


def _alike(torch: Array, other: Array) -> bool:
    one, two = numbers(torch), numbers(other)
    if one is None or two is None or np.shape(one) != np.shape(two):
        return False
    tolerance = _TOLERANCE.get(torch.dtype, 1e-3)
    scale = float(np.max(np.abs(two[np.isfinite(two)]), initial=0.0))
    return bool(np.allclose(one, two, rtol=tolerance, atol=1e-6 + tolerance * 0.1 * scale, equal_nan=True))


def _reason(trace: Trace, one: TargetExplanation, derived: Derived | None, torch: Array) -> str:
    finite = bool(np.all(np.isfinite(numbers(torch))))
    kink = _kink(trace, one)
    rounding = _rounding(trace, derived) if derived is not None and not (finite and kink) else None
    return (
        _hook(trace, one)
        or _custom(trace, one)
        or rounding
        or kink
        or "They differ by more than rounding explains. torch's number is what your program gets."
    )


def _hook(trace: Trace, one: TargetExplanation) -> str | None:
    place = locate(trace, one.target)
    notes = [
        share.accumulation.note
        for share in (held(trace, place, Index(trace)).shares if place is not None else ())
        if share.accumulation is not None and share.accumulation.note
    ]
    if notes:
        return f"torch's number is not the plain derivative: {notes[0]}."
    changed = next((step.words for step in one.steps if step.words.startswith(HOOKED)), None)
    return f"torch's number is not the plain derivative. {changed.partition('. ')[0]}." if changed else None


def _custom(trace: Trace, one: TargetExplanation) -> str | None:
    """A torch.autograd.Function of the program's own: torch believes what its backward says."""
    for step in one.steps:
        node = trace.nodes[step.node]
        if calls.own(node):
            return (
                f"{node.text}{on(node.span)} has a backward of its own, which torch takes as it is; the differences "
                f"follow its forward."
            )
    return None


def _kink(trace: Trace, one: TargetExplanation) -> str | None:
    """The first place on the way where an operation has no derivative, and what torch does there."""
    nodes = {step.node for step in one.steps}
    for operation in trace.operations:
        if nodes.isdisjoint(operation.nodes):
            continue
        try:
            call = calls.call(trace, operation)
            if call is not None and call.rule.where is not None:
                note = call.rule.where(*call.numbers(), **call.options)
                if note:
                    return f"In {operation.text} there is no one slope. {note}"
        except FAILURES:
            continue
    return None


def _rounding(trace: Trace, derived: Derived) -> str | None:
    """The first operation whose float32 result is far from its value in float64."""
    from autograd_tutor.calculus.algebra import evaluate

    algebra = derived.algebra
    for operation in trace.operations:
        if operation.id not in derived.operations or not operation.outputs or not operation.inputs:
            continue
        recorded = numbers(operation.values[0])
        elements = algebra.tensors.get(operation.outputs[0])
        dtype = operation.values[0].dtype
        if recorded is None or elements is None or dtype not in _DIGITS or np.shape(recorded) != elements.shape:
            continue
        for place in np.ndindex(elements.shape):
            with np.errstate(all="ignore"):
                true = evaluate(algebra.meant(elements[place]), algebra.values)
            if abs(float(recorded[place]) - true) > 1e-3 * abs(true):
                return (
                    f"{dtype} keeps about {_DIGITS[dtype]} digits: there {operation.text} comes out as "
                    f"{number(float(recorded[place]))}, though it is {number(true)}."
                )
    return None
