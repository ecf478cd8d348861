"""The value of a formula without variables."""

from __future__ import annotations

import math

from autograd_tutor import notation
from autograd_tutor.formula import Expr, names, says_infinite
from autograd_tutor.teaching import expr, precise
from autograd_tutor.teaching.sameness import DIGITS
from autograd_tutor.teaching.series import Undefined


def pole(item: Expr) -> str:
    """What floating point makes of a constant that has no value, like 1/0; empty if that is no infinity."""
    if names(item) or says_infinite(item):
        return ""
    near = expr.evaluate(item, {})
    return notation.number(near) if math.isinf(near) and math.isnan(value(item)) else ""


def value(item: Expr) -> float:
    """The value of a constant; where floating point has none on the way, from exact arithmetic."""
    near = expr.evaluate(item, {})
    if math.isfinite(near) or says_infinite(item):
        return near
    try:
        return float(precise.evaluate(item, {}, DIGITS))
    except Undefined:
        return math.nan
