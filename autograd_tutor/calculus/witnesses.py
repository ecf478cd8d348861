"""Whether torch, SymPy and central differences agree on a gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd_tutor.calculus.disagreement import reason
from autograd_tutor.calculus.values import alike
from autograd_tutor.explanation import TargetExplanation, Witnesses
from autograd_tutor.trace import Array, Trace

if TYPE_CHECKING:
    from autograd_tutor.calculus.derive import Derived


def judged(trace: Trace, one: TargetExplanation, symbolic: Array | None, derived: Derived | None) -> Witnesses:
    """The witnesses with SymPy's among them, and the verdict."""
    torch, central = one.witnesses.torch, one.witnesses.differences
    others = [witness for witness in (symbolic, central) if witness is not None]
    agree: bool | None = None
    words = one.witnesses.disagreement
    if torch is not None and torch.data is not None and others:
        agree = all(alike(torch, other) for other in others)
        words = None if agree else reason(trace, one, symbolic, derived)
    return Witnesses(
        torch=torch,
        symbolic=symbolic,
        differences=central,
        uncut=one.witnesses.uncut,
        wide=one.witnesses.wide,
        agree=agree,
        disagreement=words,
    )
