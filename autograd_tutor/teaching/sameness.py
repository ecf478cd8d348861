"""Whether two formulas are the same function: compared to many digits at random points where both have a value.

The points are always the same ones. Whole numbers, halves, kinks and far-out values are among them, since
formulas that differ often do so only there: √x² and x, (a^b)^c and a^(b·c), |x − 100| and 100 − x.
"""

from __future__ import annotations

import decimal
import random
from collections.abc import Iterator, Mapping
from decimal import Decimal

from autograd_tutor.formula import Binary, Expr, Negative, constants, names, parts
from autograd_tutor.teaching.closeness import RELATIVE
from autograd_tutor.teaching.precise import Undefined, arithmetic, evaluate, exact, within
from autograd_tutor.trace import Record

POINTS = 72
"""At most."""
FEWEST = 3
"""With fewer points at which both have a value nothing is settled."""
EASY = 8
"""The first points are whole numbers: where formulas differ there, everybody can check it."""
EFFORT = 12_000
"""Operations at most, over all points: a fifth of a second."""
DIGITS = 45
"""Worked out to so many."""
SAME = Decimal("1e-25")
"""Relative; a smaller difference may be rounding."""

Point = Mapping[str, float]


class Comparison(Record, frozen=True):
    """What was found out about two formulas."""

    same: bool | None
    """None: they have a value together at too few points, so that nothing is settled."""
    points: int = 0
    """At so many both have a value."""
    at: dict[str, float] = {}
    """Where they differ."""
    left: Decimal | None = None
    """What the first formula gives there."""
    right: Decimal | None = None


def compare(left: Expr, right: Expr, near: Point | None = None, fixed: Mapping[str, Expr] | None = None) -> Comparison:
    """The two formulas, as functions of the variables that they have between them.

    Args:
        left, right: formulas.
        near: numbers in whose neighbourhood to look as well; its names count as variables too.
        fixed: what some names stand for, in terms of variables and of earlier ones.
    """
    defined = fixed or {}
    variables = sorted((names(left) | names(right) | frozenset(near or ())) - defined.keys())
    kinks = sorted(abs(one) for one in constants(left) | constants(right) if abs(one) < 1e6)
    pair = _Pair(left, right, defined)
    found, most = 0, max(8, min(POINTS, EFFORT // pair.size))
    with decimal.localcontext(arithmetic(DIGITS)):
        for point in _points(variables, kinks, near or {}, most if variables else 1):
            try:
                given = pair.given(point)
                one, other = evaluate(left, given, DIGITS), evaluate(right, given, DIGITS)
                if not (one.is_finite() or other.is_finite()):
                    continue
                if pair.differ(given, one, other):
                    return Comparison(False, found, dict(point), one, other)
            except Undefined:
                continue
            found += 1
    enough = found >= FEWEST or (found and not variables)
    return Comparison(True if enough else None, found)


class _Pair:
    """Two formulas, and what some of their names stand for."""

    def __init__(self, left: Expr, right: Expr, defined: Mapping[str, Expr]) -> None:
        self.left, self.right, self.defined = left, right, defined
        self.rounded = _rounded(left) or _rounded(right)
        self.size = sum(map(_size, (left, right, *defined.values())))

    def given(self, point: Point) -> dict[str, Decimal]:
        """Every name's value."""
        given = {name: exact(value) for name, value in point.items()}
        for name, meaning in self.defined.items():
            given[name] = evaluate(meaning, given, DIGITS)
        return given

    def differ(self, given: Mapping[str, Decimal], one: Decimal, other: Decimal) -> bool:
        """Whether the two values are apart by more than rounding."""
        if not (one.is_finite() and other.is_finite()):
            return True
        if self.rounded:
            size = max(_largest_term(self.left, given), _largest_term(self.right, given))
            return abs(one - other) > Decimal(RELATIVE) * size
        if abs(one - other) <= SAME * max(abs(one), abs(other)):
            return False
        (left, near_left), (right, near_right) = within(self.left, given, DIGITS), within(self.right, given, DIGITS)
        return abs(left - right) > near_left + near_right


def _rounded(expr: Expr) -> bool:
    """Whether it has decimals in it, which may be rounded: such a formula is judged as numbers are."""
    return any(one != int(one) and exact(one) == Decimal(repr(one)) for one in constants(expr) if abs(one) < 1e15)


def _largest_term(expr: Expr, given: Mapping[str, Decimal]) -> Decimal:
    """The largest of the terms of a sum, which their roundings are in proportion to."""
    match expr:
        case Binary("+" | "-", left, right):
            return max(_largest_term(left, given), _largest_term(right, given))
        case Negative(operand):
            return _largest_term(operand, given)
    return abs(evaluate(expr, given, DIGITS))


def _size(expr: Expr) -> int:
    return 1 + sum(map(_size, parts(expr)))


def _points(variables: list[str], kinks: list[float], near: Point, most: int) -> Iterator[Point]:
    for number in range(most):
        source = random.Random(number)
        kind = 0 if number < EASY else number % (8 if near else 6)
        if number < 2:  # all 0, then all 1
            yield dict.fromkeys(variables, float(number))
        else:
            yield {name: _coordinate(kind, source, kinks, near.get(name)) for name in variables}


def _coordinate(kind: int, source: random.Random, kinks: list[float], near: float | None) -> float:
    match kind:
        case 0:
            return float(source.randint(-3, 4))
        case 1:
            return round(source.uniform(-3, 3), 6)
        case 2:
            return round(source.uniform(0.05, 3), 6)
        case 3:
            return source.choice((-2.0, -1.0, -0.5, 0.5, 1.5, 2.0))
        case 4:
            around = source.choice(kinks) if kinks else 1.0
            return around * source.choice((-1, 1)) + round(source.uniform(-1, 1), 6)
        case 5:
            return round(source.choice((-1, 1)) * 10 ** source.uniform(-2, 2.5), 6)
    here = 1.0 if near is None else near
    return here if kind == 6 and source.random() < 0.1 else here + source.uniform(-1, 1) * (abs(here) / 2 or 0.5)
