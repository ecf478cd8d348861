"""Two equations: they say the same if what their sides differ by is the same, but for a constant factor.

Fractions are cleared where that helps, and `a = 0 or b = 0` is `a·b = 0`.
"""

from __future__ import annotations

import re
from collections import Counter

from autograd_tutor.formula import Apply, Binary, Expr, Name, Negative, Number, depth
from autograd_tutor.teaching import imaginary
from autograd_tutor.teaching.refusals import PUT_IN
from autograd_tutor.teaching.sameness import compare

_MARKS = re.compile(r"[(\[{}\])]|,|\b(?:and|or)\b|[∧∨]|(?<![<>=!:/])=(?![=/])")
NESTED = 12
"""Fractions are cleared in formulas no deeper than that: each level may double what there is."""
DEEPEST = 200
"""And what comes out is no deeper than that."""
_POWERS = range(1, 10)
_NOTHING, _ONE = Number(0.0), Number(1.0)


def cut(text: str, *separators: str) -> list[str]:
    """What stands between those commas, equals signs, `and` or `or` that are in no bracket, and each of these."""
    found, start, inside = [], 0, 0
    for mark in _MARKS.finditer(text):
        inside += (mark[0] in "([{") - (mark[0] in ")]}")
        if not inside and mark[0] in separators:
            found += [text[start : mark.start()], mark[0]]
            start = mark.end()
    return [*found, text[start:]]


def parts(text: str, *separators: str) -> list[str]:
    """What stands between those separators."""
    return cut(text, *separators)[::2]


def condition(text: str) -> str:
    """`x = 2 or y = 1` as the condition `(x) == (2) or (y) == (1)`."""
    return " or ".join("==".join(f"({side})" for side in parts(one, "=")) for one in parts(text, "or", "∨"))


def difference(text: str) -> str | None:
    """`2x = y` as `(2x) - (y)`, several with `or` as the product of theirs; None if it is no equation."""
    if PUT_IN.search(text):
        return None
    factors = []
    for equation in parts(text, "or", "∨"):
        left, *others = parts(equation, "=")
        if len(others) != 1 or not left.strip() or not others[0].strip():
            return None
        factors.append(f"({left}) - ({others[0]})")
    return factors[0] if len(factors) == 1 else f"({')·('.join(factors)})"


def same(left: Expr, right: Expr, units: frozenset[str] = frozenset()) -> bool | None:
    """Whether one difference is the other times a factor, a number other than 0 or what clears its fractions.

    Args:
        left, right: the differences.
        units: names that are the imaginary unit.

    Returns:
        None if nothing is known to tell by.
    """
    verdict = _proportional(left, right, units)
    cleared = None if verdict else _proportional(_cleared(left), _cleared(right), units)
    return cleared if cleared or verdict is None else verdict


def _proportional(left: Expr, right: Expr, units: frozenset[str]) -> bool | None:
    """Whether left(x)·right(y) is left(y)·right(x) wherever x and y are; what is 0 everywhere goes with its like."""
    zero = [compare(side, _NOTHING).same for side in (left, right)]
    if True in zero:
        return None if None in zero else all(zero)
    crossed = Binary("*", left, _elsewhere(right, units)), Binary("*", _elsewhere(left, units), right)
    return imaginary.same(*crossed) if units else compare(*crossed).same


def _elsewhere(expr: Expr, fixed: frozenset[str]) -> Expr:
    """The same formula of other variables."""
    match expr:
        case Name(name):
            return expr if name in fixed else Name(f"{name}'")
        case Negative(operand):
            return Negative(_elsewhere(operand, fixed))
        case Binary(operator, left, right):
            return Binary(operator, _elsewhere(left, fixed), _elsewhere(right, fixed))
        case Apply(function, arguments):
            return Apply(function, tuple(_elsewhere(one, fixed) for one in arguments))
    return expr


def _cleared(difference: Expr) -> Expr:
    """What is 0 where the difference is: what stands above its fraction bar, and a² − b² for |a| − |b|."""
    match difference:
        case Binary("-", Apply("abs", (a,)), Apply("abs", (b,))):
            return Binary("-", Binary("^", a, Number(2.0)), Binary("^", b, Number(2.0)))
    above = _fraction(difference)[0] if depth(difference) <= NESTED else difference
    return above if depth(above) <= DEEPEST else difference


def _fraction(expr: Expr) -> tuple[Expr, Counter[Expr]]:
    """The formula as one fraction: what stands above the bar, and the factors below it."""
    match expr:
        case Negative(operand):
            above, below = _fraction(operand)
            return Negative(above), below
        case Binary("^", base, Negative(exponent)):
            return _fraction(Binary("/", _ONE, Binary("^", base, exponent)))
        case Binary("^", base, Number(value) as exponent) if value in _POWERS:
            above, below = _fraction(base)
            return Binary("^", above, exponent), _times(below, value)
        case Binary("+" | "-" | "*" | "/" as operator, left, right):
            (a, b), (c, d) = _fraction(left), _fraction(right)
            match operator:
                case "*":
                    return Binary("*", a, c), b + d
                case "/":
                    return _product(a, d), b + _factors(c)
            common = b | d
            return Binary(operator, _product(a, common - b), _product(c, common - d)), common
    return expr, Counter()


def _factors(expr: Expr) -> Counter[Expr]:
    match expr:
        case Binary("*", left, right):
            return _factors(left) + _factors(right)
        case Binary("^", base, Number(value)) if value in _POWERS:
            return _times(_factors(base), value)
    return Counter() if expr == _ONE else Counter([expr])


def _times(factors: Counter[Expr], often: float) -> Counter[Expr]:
    return Counter({one: count * int(often) for one, count in factors.items()})


def _product(expr: Expr, factors: Counter[Expr]) -> Expr:
    for one, count in factors.items():
        expr = Binary("*", expr, one if count == 1 else Binary("^", one, Number(float(count))))
    return expr
