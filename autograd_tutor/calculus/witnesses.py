"""Whether torch, SymPy and central differences agree on a gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autograd_tutor.calculus.disagreement import reason
from autograd_tutor.calculus.values import numbers
from autograd_tutor.explanation import TargetExplanation, Witnesses
from autograd_tutor.trace import Array, Trace

if TYPE_CHECKING:
    from autograd_tutor.calculus.derive import Derived

_TOLERANCE = {"float64": 1e-5, "complex128": 1e-5, "float16": 2e-2, "bfloat16": 1e-1}
"""Relative. float32 keeps seven digits, of which a chain of a few dozen operations may spoil three or four;
in float64 it is the central differences that are no better than this."""


def judged(trace: Trace, one: TargetExplanation, symbolic: Array | None, derived: Derived | None) -> Witnesses:
    """The witnesses with SymPy's among them, and the verdict."""
    torch, central = one.witnesses.torch, one.witnesses.differences
    others = [witness for witness in (symbolic, central) if witness is not None]
    agree: bool | None = None
    words = one.witnesses.disagreement
    if torch is not None and torch.data is not None and others:
        agree = all(_alike(torch, other) for other in others)
        words = None if agree else reason(trace, one, symbolic, derived)
    return Witnesses(
        torch=torch,
        symbolic=symbolic,
        differences=central,
        uncut=one.witnesses.uncut,
        agree=agree,
        disagreement=words,
    )


def _alike(torch: Array, other: Array) -> bool:
    one, two = numbers(torch), numbers(other)
    if one is None or two is None or np.shape(one) != np.shape(two):
        return False
    tolerance = _TOLERANCE.get(torch.dtype, 1e-3)
    scale = float(np.max(np.abs(two[np.isfinite(two)]), initial=0.0))
    return bool(np.allclose(one, two, rtol=tolerance, atol=1e-6 + tolerance * 0.1 * scale, equal_nan=True))
