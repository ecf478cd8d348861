"""How two formulas differ, in words: where, by what, and in which names."""

from __future__ import annotations

import math
from decimal import Decimal

from autograd_tutor import notation
from autograd_tutor.formula import Expr, names
from autograd_tutor.teaching.sameness import Comparison

LONGEST_NAME = 30
"""Of a variable, as it is shown."""
SEEN = 1e-4
"""Relative; less can't be seen in numbers as they are shown."""


def _brief(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"


def place(at: dict[str, float]) -> str:
    """A point, as it is shown."""
    return ", ".join(f"{_brief(name)} = {notation.number(value)}" for name, value in at.items())


def beyond(found: Comparison) -> str:
    """Of two formulas that are the same: where only one has a value, if that was seen."""
    if not found.lone:
        return ""
    return f" At {place(found.beyond)} only {'ANSWER' if found.lone == 'left' else 'EXPECTED'} has one."


def values(found: Comparison) -> str:
    """What the formulas give there, or how far apart that is if it is too little to be seen."""
    one, other = found.left, found.right
    if one and other and math.isfinite(float(one)) and math.isclose(float(one), float(other), rel_tol=SEEN):
        return f"ANSWER and EXPECTED are {_shown(abs(one - other))} apart"
    return f"ANSWER gives {_shown(one)}, EXPECTED {_shown(other)}"


def _shown(value: Decimal | None) -> str:
    """A number, also one beyond floating point."""
    if value is None or not value.is_finite():
        return "more than can be written"
    near = float(value)
    if math.isfinite(near) and bool(near) == bool(value):
        return notation.number(near)
    sign, digits, _ = value.as_tuple()
    mantissa = float(Decimal((sign, digits, 1 - len(digits))))
    return f"{notation.number(round(mantissa, 4))}·10{notation.superscript(value.adjusted())}"


def hint(given: Expr, truth: Expr) -> str:
    """Of names that differ in nothing but capitals, and of names that only the answer has."""
    ours, theirs = names(given), names(truth)
    for name in sorted(ours - theirs):
        for other in sorted(theirs - ours):
            if name.casefold() == other.casefold():
                return f" {name} and {other} are two variables."
    return f" EXPECTED has no {' and no '.join(map(_brief, sorted(ours - theirs)[:3]))}." if ours - theirs else ""
