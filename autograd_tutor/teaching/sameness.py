"""Whether two formulas are the same function: compared to many digits at random points where both have a value.

The points are always the same ones. Whole numbers, halves, kinks and far-out values are among them, since
formulas that differ often do so only there: √x² and x, (a^b)^c and a^(b·c), |x − 100| and 100 − x.
"""

from __future__ import annotations

import decimal
import math
import random
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import chain, islice, product
from typing import Literal

from autograd_tutor.formula import Apply, Binary, Expr, Number, constants, names, parts
from autograd_tutor.teaching.closeness import FEWEST as FEWEST_DIGITS
from autograd_tutor.teaching.edges import beside, edges, kinks, on_edge
from autograd_tutor.teaching.precise import arithmetic, evaluate, exact, has_none, within
from autograd_tutor.teaching.series import LONG, Undefined
from autograd_tutor.trace import Record

POINTS = 72
"""At most."""
FEWEST = 3
"""With fewer points at which both have a value nothing is settled."""
EASY = 8
"""The first points are whole numbers: where formulas differ there, everybody can check it."""
FLOOR = 5
"""Points at least, however large the formulas."""
EFFORT = 12_000
"""Operations at most, over all points: a fifth of a second. A function counts for several."""
DIGITS = 45
"""Worked out to so many."""
SAME = Decimal("1e-25")
"""Relative; a smaller difference may be rounding."""

MOST_DIGITS = 7
"""A decimal number with more is taken for one of float32 written out."""
FLOAT32 = Decimal(2) ** -24
"""How far, relatively, rounding to float32 moves a number."""
TELLING = (-2.0, 2.0, 0.5)
"""In every combination: (a^b)^c and a^(b·c) part where a is negative, b even and b·c not."""

Point = Mapping[str, float]
Lone = Literal["left", "right", ""]


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
    lone: Lone = ""
    """At one of the points with small whole numbers only this one has a value."""
    beyond: dict[str, float] = {}
    """That point."""


def compare(
    left: Expr,
    right: Expr,
    near: Point | None = None,
    fixed: Mapping[str, Expr] | None = None,
    effort: int = EFFORT,
) -> Comparison:
    """The two formulas, as functions of the variables that they have between them.

    Args:
        left, right: formulas.
        near: numbers in whose neighbourhood to look as well; its names count as variables too.
        fixed: what some names stand for, in terms of variables and of earlier ones.
        effort: operations at most, over all points; a few points are looked at in any case.
    """
    defined = fixed or {}
    variables = sorted((names(left) | names(right) | frozenset(near or ())) - defined.keys())
    kinks = sorted(abs(one) for one in constants(left) | constants(right) if abs(one) < 1e6)
    pair = _Pair(left, right, defined)
    most = max(FLOOR, min(POINTS, effort // pair.size)) if variables else 1
    telling = _telling(variables) if _has_open_power(left) or _has_open_power(right) else ()
    points = chain(islice(telling, most // 2), _points(variables, kinks, near or {}, most))
    found = 0
    lone: Lone = ""
    beyond: dict[str, float] = {}
    with decimal.localcontext(arithmetic(DIGITS)):
        for place in pair.places(points):
            try:
                given = pair.given(place)
                one, other = evaluate(left, given, DIGITS), evaluate(right, given, DIGITS)
                if not (one.is_finite() or other.is_finite()):
                    continue
                if pair.differ(given, one, other):
                    return Comparison(False, found, {name: float(given[name]) for name in variables}, one, other)
            except Undefined:
                if not lone and (lone := pair.lone(place)):
                    beyond = {name: float(place[name]) for name in variables}
                continue
            found += 1
    enough = found >= FEWEST or (found and not variables)
    return Comparison(True if enough else None, found, lone=lone, beyond=beyond)


class _Pair:
    """Two formulas, and what some of their names stand for."""

    def __init__(self, left: Expr, right: Expr, defined: Mapping[str, Expr]) -> None:
        self.left, self.right, self.defined = left, right, defined
        self.edges = edges(left, right)
        self.kinks = kinks(left, right)
        self.own = (constants(left) ^ constants(right)).difference(*map(constants, self.edges))
        """The numbers of one of them only: what both have is meant as it stands, and so is where something jumps."""
        self.rounded = [one for one in (left, right) if any(map(self._last_place, constants(one)))]
        """Those with numbers that may have been rounded by whoever wrote them."""
        self.size = sum(map(_effort, (left, right, *defined.values())))

    def places(self, points: Iterator[Point]) -> Iterator[dict[str, Decimal]]:
        """The points, and some on the edges of conditions, reached from a few of them."""
        for number, point in enumerate(points):
            here = {name: exact(value) for name, value in point.items()}
            yield here
            if number % EASY == 2:
                for edge in self.edges:
                    yield from on_edge(edge, here, DIGITS)
                for kink in self.kinks:
                    yield from beside(kink, here, DIGITS)

    def given(self, point: Mapping[str, Decimal]) -> dict[str, Decimal]:
        """Every name's value."""
        given = dict(point)
        for name, meaning in self.defined.items():
            given[name] = evaluate(meaning, given, DIGITS)
        return given

    def lone(self, point: Mapping[str, Decimal]) -> Lone:
        """Which of them has a value there where the other certainly has none; empty if neither, or if it is far out."""
        if self.defined or any(value != value.to_integral_value() or abs(value) > EASY for value in point.values()):
            return ""
        none = [has_none(one, point, DIGITS) for one in (self.left, self.right)]
        if none[0] == none[1]:
            return ""
        try:
            value = evaluate(self.right if none[0] else self.left, point, DIGITS)
        except Undefined:
            return ""
        return ("right" if none[0] else "left") if value.is_finite() else ""

    def differ(self, given: Mapping[str, Decimal], one: Decimal, other: Decimal) -> bool:
        """Whether the two values are apart by more than rounding, that of the numbers in the formulas included.

        Raises Undefined where rounding leaves nothing of them.
        """
        if not (one.is_finite() and other.is_finite()):
            return True
        apart = abs(one - other)
        if apart <= SAME * max(abs(one), abs(other)):
            return False
        left, near_left = within(self.left, given, DIGITS, _float32)
        right, near_right = within(self.right, given, DIGITS, _float32)
        apart, near = abs(left - right), near_left + near_right
        if near > max(abs(left), abs(right)) / 2:
            raise Undefined  # nothing is known of what they are here
        if apart <= near or not self.rounded:
            return apart > near
        return apart > near + min(within(one, given, DIGITS, self._last_place)[1] for one in self.rounded)

    def _last_place(self, value: float) -> Decimal:
        """How far a decimal of three digits or more may be from what it was rounded from or cut off: 1 in its last.

        One with fewer digits, and a whole number, is meant as it stands.
        """
        written, digits = _written(value)
        if value not in self.own or not FEWEST_DIGITS <= digits <= MOST_DIGITS:
            return Decimal(0)
        unit = Decimal(1).scaleb(written.as_tuple().exponent)  # type: ignore[arg-type]
        return unit - unit.scaleb(-9)


def _float32(value: float) -> Decimal:
    """How far a decimal of many digits may be from the number whose float32 it is."""
    written, digits = _written(value)
    return abs(written) * FLOAT32 if digits > MOST_DIGITS else Decimal(0)


def _written(value: float) -> tuple[Decimal, int]:
    """A number as it was written, and how many significant digits it has; none if it is whole, π or e."""
    written = exact(value)
    if not math.isfinite(value) or value == int(value) or written != Decimal(repr(value)):
        return written, 0
    return written, len(written.as_tuple().digits)


def _effort(expr: Expr) -> int:
    """Operations at one point."""
    match expr:
        case Binary("^", _, Number(exponent)) if exponent.is_integer():
            own = 1
        case Binary("^"):
            own = LONG["^"]
        case Apply(function):
            own = LONG.get(function, 1)
        case _:
            own = 1
    return own + sum(map(_effort, parts(expr)))


def _has_open_power(expr: Expr) -> bool:
    """Whether it raises something to a power that is no number."""
    open_here = isinstance(expr, Binary) and expr.operator == "^" and not isinstance(expr.right, Number)
    return open_here or any(map(_has_open_power, parts(expr)))


def _telling(variables: list[str]) -> Iterator[Point]:
    for values in product(TELLING, repeat=len(variables)):
        yield dict(zip(variables, values, strict=True))


def _points(variables: list[str], kinks: list[float], near: Point, most: int) -> Iterator[Point]:
    for number in range(most):
        source = random.Random(number)
        if number < 2:  # all 0, then all 1
            yield dict.fromkeys(variables, float(number))
        elif number < EASY:
            yield {name: float(source.randint(-3, 4)) for name in variables}
        else:
            kind = number % (8 if near else 6)
            yield {name: _coordinate(kind, source, kinks, near.get(name)) for name in variables}


def _coordinate(kind: int, source: random.Random, kinks: list[float], near: float | None) -> float:
    match kind:
        case 0:
            return float(source.randint(-12, 15))
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
