"""The functions of a formula, of numbers with many digits: as series, where Python's decimal numbers lack them."""

from __future__ import annotations

import decimal
import math
from collections.abc import Callable
from decimal import Decimal
from functools import cache

LARGEST_ANGLE = Decimal(10) ** 12
"""Sine and cosine of more are not worked out."""
LARGEST_ERF = 12
"""From here on erf is 1 to more digits than are asked for."""
LAST_DIGITS = 4
"""So many digits at the end of a result may be wrong."""
PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534211706798")
_HALF = Decimal("0.5")


class Undefined(Exception):
    """There is no real value here."""


class Unknown(Undefined):
    """There may be one, but it is not worked out."""


def known(x: Decimal) -> Decimal:
    """Not infinite: of what is too large to be written no root and no logarithm is known, though they may be small."""
    if x.is_infinite():
        raise Unknown
    return x


def _series(term: Decimal, following: Callable[[Decimal, int], Decimal]) -> Decimal:
    """A sum whose terms become small, until they no longer change it."""
    total, number = Decimal(0), 0
    while total + term != total:
        total += term
        number += 1
        term = following(term, number)
    return total


def _sin(x: Decimal) -> Decimal:
    if abs(x) > LARGEST_ANGLE:
        raise Unknown
    angle = x % (2 * PI)
    square = angle * angle
    return _series(angle, lambda term, n: -term * square / (2 * n * (2 * n + 1)))


def _cos(x: Decimal) -> Decimal:
    return _sin(x + PI / 2)


def _atan(x: Decimal) -> Decimal:
    """From what floating point gives: what is missing to it is tiny."""
    if not x.is_finite():
        return (PI / 2).copy_sign(x)
    near = Decimal(repr(math.atan(x)))
    sine, cosine = _sin(near), _cos(near)
    missing = (x * cosine - sine) / (cosine + x * sine)
    return near + _series(missing, lambda term, n: -term * missing * missing * (2 * n - 1) / (2 * n + 1))


def _atan2(y: Decimal, x: Decimal) -> Decimal:
    if not x:
        return (PI / 2).copy_sign(y) if y else Decimal(0)
    return _atan(y / x) + (PI.copy_sign(y) if x < 0 else 0)


def _asin(x: Decimal) -> Decimal:
    return (PI / 2).copy_sign(x) if abs(x) == 1 else _atan(x / (1 - x * x).sqrt())


def _tanh(x: Decimal) -> Decimal:
    squared = (-2 * abs(x)).exp()
    return ((1 - squared) / (1 + squared)).copy_sign(x)


def _asinh(x: Decimal) -> Decimal:
    return _log(abs(x) + (x * x + 1).sqrt()).copy_sign(x)


def _log(x: Decimal) -> Decimal:
    if not x:
        raise Undefined
    return known(x).ln()


def _erf(x: Decimal) -> Decimal:
    """By the series without changes of sign, Abramowitz and Stegun 7.1.6."""
    if abs(x) > LARGEST_ERF:
        return Decimal(1).copy_sign(x)
    square = x * x
    total = _series(x, lambda term, n: term * 2 * square / (2 * n + 1))
    return 2 * total * (-square).exp() / PI.sqrt()


def _sign(x: Decimal) -> Decimal:
    return Decimal((x > 0) - (x < 0))


def _factorial(x: Decimal) -> Decimal:
    """Of whole numbers only."""
    if x < 0 or x != x.to_integral_value():
        raise Undefined
    if x > 2000:
        raise Unknown
    return +_product_up_to(int(x))


@cache
def _product_up_to(number: int) -> Decimal:
    """With all its digits."""
    return Decimal(math.factorial(number))


def _binomial(n: Decimal, k: Decimal) -> Decimal:
    """Of whole numbers only."""
    if n > 1000:
        raise Unknown
    if n < 0 or n != n.to_integral_value() or k != k.to_integral_value():
        raise Undefined
    return +Decimal(math.comb(int(n), int(k))) if 0 <= k <= n else Decimal(0)


def _level(one: Decimal, other: Decimal) -> bool:
    """Equal but for rounding."""
    context = decimal.getcontext()
    return abs(one - other) <= max(abs(one), abs(other)).scaleb(2 * LAST_DIGITS - context.prec)


def _indicator(holds: bool) -> Decimal:
    return Decimal(int(holds))


FUNCTIONS: dict[str, Callable[..., Decimal]] = {
    "sin": _sin,
    "cos": _cos,
    "tan": lambda x: _sin(x) / _cos(x),
    "asin": _asin,
    "acos": lambda x: PI / 2 - _asin(x),
    "atan": _atan,
    "atan2": _atan2,
    "sinh": lambda x: (x.exp() - (-x).exp()) / 2,
    "cosh": lambda x: (x.exp() + (-x).exp()) / 2,
    "tanh": _tanh,
    "asinh": _asinh,
    "acosh": lambda x: _log(x + (x - 1).sqrt() * (x + 1).sqrt()),
    "atanh": lambda x: ((1 + x) / (1 - x)).ln() / 2,
    "exp": lambda x: x.exp(),
    "log": _log,
    "log2": lambda x: _log(x) / Decimal(2).ln(),
    "log10": lambda x: _log(x) / Decimal(10).ln(),
    "log1p": lambda x: _log(1 + x),
    "expm1": lambda x: x.exp() - 1,
    "sqrt": lambda x: known(x).sqrt(),
    "floor": lambda x: x.to_integral_value(decimal.ROUND_FLOOR),
    "ceil": lambda x: x.to_integral_value(decimal.ROUND_CEILING),
    "trunc": lambda x: x.to_integral_value(decimal.ROUND_DOWN),
    "round": lambda x: x.to_integral_value(decimal.ROUND_HALF_EVEN),
    "abs": abs,
    "sign": _sign,
    "step": lambda x, at_zero=_HALF: at_zero if not x else _indicator(x > 0),
    "sigmoid": lambda x: 1 / (1 + (-x).exp()),
    "relu": lambda x: max(x, Decimal(0)),
    "softplus": lambda x: max(x, Decimal(0)) + (1 + (-abs(x)).exp()).ln(),
    "erf": _erf,
    "angle": lambda x: PI if x < 0 else Decimal(0),
    "conjugate": lambda x: x,
    "re": lambda x: x,
    "im": lambda x: Decimal(0),
    "factorial": _factorial,
    "binomial": _binomial,
    "max": max,
    "min": min,
    "gt": lambda a, b: _indicator(a > b and not _level(a, b)),
    "ge": lambda a, b: _indicator(a > b or _level(a, b)),
    "lt": lambda a, b: _indicator(a < b and not _level(a, b)),
    "le": lambda a, b: _indicator(a < b or _level(a, b)),
    "eq": lambda a, b: _indicator(_level(a, b)),
    "ne": lambda a, b: _indicator(not _level(a, b)),
    "where": lambda condition, yes, no: yes if condition else no,
}
"""As `expr.FUNCTIONS`, of numbers with many digits."""
LONG = dict.fromkeys(("exp", "expm1", "sigmoid", "tanh", "sin", "cos", "sinh", "cosh"), 4)
LONG |= dict.fromkeys(("log", "log10", "log1p", "asin", "atan", "acosh", "asinh", "atanh", "softplus"), 8)
LONG |= dict.fromkeys(("acos", "log2", "tan", "atan2", "^"), 15) | {"erf": 40}
"""How many additions the slow ones take as long as, about; ^ where the exponent is no whole number."""
