"""Whether two formulas are the same by algebra: for those that numbers can't tell apart or bring together."""

from __future__ import annotations

import sympy

from autograd_tutor.calculus.plain import Unsaid, symbolic
from autograd_tutor.formula import Expr


def same(left: Expr, right: Expr) -> bool | None:
    """Whether the difference is 0 for all real numbers; None if SymPy can't say. May take any time."""
    try:
        difference = sympy.simplify(symbolic(left) - symbolic(right))
    except Unsaid:
        return None
    if difference == 0:
        return True
    return False if difference.is_number and difference.is_nonzero else None
