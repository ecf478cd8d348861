"""Two equations: they say the same if what their sides differ by is the same, but for a constant factor."""

from __future__ import annotations

import re
from fractions import Fraction

from autograd_tutor.formula import Binary, Expr, Negative, Number, names
from autograd_tutor.teaching.precise import Undefined, evaluate, exact
from autograd_tutor.teaching.sameness import DIGITS, compare

_SIGN = re.compile(r"(?<![<>=!])=(?!=)")
PLACES = (0.7, 1.9, -1.3, 3.1)
"""Where the factor is looked for."""
LARGEST_DENOMINATOR = 10**6


def difference(text: str) -> str | None:
    """`2x = y` as `(2x) - (y)`; None if it is no equation."""
    left, *others = _SIGN.split(text)
    if len(others) != 1 or not left.strip() or not others[0].strip():
        return None
    return f"({left}) - ({others[0]})"


def same(left: Expr, right: Expr) -> bool | None:
    """Whether one difference is the other times a number other than 0; None if nothing is known to tell by."""
    factor = _factor(left, right)
    return compare(left, factor).same if factor is not None else False


def _factor(left: Expr, right: Expr) -> Expr | None:
    """`right` times what it has to be multiplied by; None if there is no such number."""
    variables = sorted(names(left) | names(right))
    flat = True
    for place in PLACES:
        here = {name: exact(round(place + 0.37 * at, 2)) for at, name in enumerate(variables)}
        try:
            one, other = evaluate(left, here, DIGITS), evaluate(right, here, DIGITS)
        except Undefined:
            continue
        if one and other:
            ratio = Fraction(one / other).limit_denominator(LARGEST_DENOMINATOR)
            size = Binary("/", Number(float(abs(ratio.numerator))), Number(float(ratio.denominator)))
            return Binary("*", size if ratio > 0 else Negative(size), right)
        flat = flat and not one and not other
    return right if flat else None
