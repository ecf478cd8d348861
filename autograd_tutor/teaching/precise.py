"""The value of a formula to many digits, over the real numbers, in bounded effort.

Floating point can't tell (x − a)⁶⁰⁰⁰ from 0, nor a rounding from a difference. Python's decimal numbers have
digits and exponents enough; the functions that they lack are series here. Where a formula has no real value
(1/0, √−1, log 0) there is none: `Undefined`. What is too large for any number is infinite.
"""

from __future__ import annotations

import decimal
import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from operator import neg

from autograd_tutor.formula import Apply, Binary, Expr, Name, Negative, Number, parts

LARGEST_ANGLE = Decimal(10) ** 12
"""Sine and cosine of more are not worked out."""
LARGEST_ERF = 12
"""From here on erf is 1 to more digits than are asked for."""
_PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534211706798")
_LAST_DIGITS = 4
"""So many digits at the end of a result may be wrong."""
_HALF = Decimal("0.5")
_CONSTANTS = {math.pi: _PI, math.e: Decimal(1).exp(decimal.Context(prec=100))}


class Undefined(Exception):
    """There is no real value here."""


def evaluate(expr: Expr, values: Mapping[str, Decimal], digits: int) -> Decimal:
    """The value where each variable has its value, worked out to `digits` digits; raises Undefined, or KeyError."""
    with decimal.localcontext(arithmetic(digits)):
        try:
            return _value(expr, values)
        except (decimal.InvalidOperation, decimal.DivisionByZero, decimal.Underflow):
            raise Undefined from None


def within(
    expr: Expr, values: Mapping[str, Decimal], digits: int, off: Callable[[float], Decimal]
) -> tuple[Decimal, Decimal]:
    """The same value, and how far it may have moved by rounding and by its numbers, each `off` by so much."""
    with decimal.localcontext(arithmetic(digits)):
        try:
            return _within(expr, values, off)
        except (decimal.InvalidOperation, decimal.DivisionByZero, decimal.Underflow):
            raise Undefined from None


def arithmetic(digits: int) -> decimal.Context:
    """Arithmetic with so many digits, and with exponents as large as there are."""
    traps = [decimal.InvalidOperation, decimal.DivisionByZero, decimal.Underflow]
    return decimal.Context(prec=digits, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN, traps=traps)


def exact(value: float) -> Decimal:
    """A number as it was written: 0.1 is one tenth; π and e as themselves."""
    return _CONSTANTS.get(value) or Decimal(repr(value))


def _value(expr: Expr, values: Mapping[str, Decimal]) -> Decimal:
    match expr:
        case Number(value):
            if not math.isfinite(value):
                raise Undefined
            return +exact(value)
        case Name(name):
            return values[name]
        case Negative(operand):
            return -_value(operand, values)
        case Binary(operator, left, right):
            return _OPERATORS[operator](_value(left, values), _value(right, values))
        case Apply("where", (condition, yes, no)):
            return _value(yes if _value(condition, values) else no, values)
        case Apply(function, arguments):
            return FUNCTIONS[function](*(_value(argument, values) for argument in arguments))


def _within(expr: Expr, values: Mapping[str, Decimal], off: Callable[[float], Decimal]) -> tuple[Decimal, Decimal]:
    """Each step rounds, and passes on what was off before: as far as its value moves when its operand does."""
    if isinstance(expr, Apply) and expr.function == "where":
        condition, yes, no = expr.arguments
        holds, error = _within(condition, values, off)
        if not error:
            return _within(yes if holds else no, values, off)
    known = [_within(part, values, off) for part in parts(expr)]
    at_zero = _jumps_at_zero(expr, [one for one, _ in known])
    if at_zero is not None and known[at_zero][1] and abs(known[at_zero][0]) <= known[at_zero][1]:
        raise Undefined  # it may be 0, and a rounding is all that is known of it
    function = _function(expr, values)
    context = decimal.getcontext()
    context.clear_flags()
    value = function(*(one for one, _ in known))
    moved = off(expr.value) if isinstance(expr, Number) else Decimal(0)
    if context.flags[decimal.Inexact]:
        moved += abs(value).scaleb(_LAST_DIGITS - context.prec)
    for at, (_, error) in enumerate(known):
        if error:
            beside = (one + error if at == place else one for place, (one, _) in enumerate(known))
            moved += abs(function(*beside) - value)
    return value, moved


def _jumps_at_zero(expr: Expr, operands: list[Decimal]) -> int | None:
    """Which operand it matters of whether it is 0, if there is one."""
    match expr:
        case Binary("/"):
            return 1
        case Binary("^"):
            return 0 if operands[1] < 0 else None
        case Apply("log" | "log2" | "log10" | "sign" | "step" | "angle"):
            return 0
    return None


def _function(expr: Expr, values: Mapping[str, Decimal]) -> Callable[..., Decimal]:
    """What it does with its parts."""
    match expr:
        case Binary(operator):
            return _OPERATORS[operator]
        case Apply(function):
            return FUNCTIONS[function]
        case Negative():
            return neg
    return partial(_value, expr, values)


def _power(base: Decimal, exponent: Decimal) -> Decimal:
    if 0 < exponent < 1:
        _known(base)
    if exponent < 0 and not base:
        raise Undefined
    return Decimal(1) if not exponent else base**exponent


def _known(x: Decimal) -> Decimal:
    """Not infinite: of what is too large to be written no root and no logarithm is known, though they may be small."""
    if x.is_infinite():
        raise Undefined
    return x


_OPERATORS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "^": _power,
}


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
        raise Undefined
    angle = x % (2 * _PI)
    square = angle * angle
    return _series(angle, lambda term, n: -term * square / (2 * n * (2 * n + 1)))


def _cos(x: Decimal) -> Decimal:
    return _sin(x + _PI / 2)


def _atan(x: Decimal) -> Decimal:
    """From what floating point gives: what is missing to it is tiny."""
    if not x.is_finite():
        return (_PI / 2).copy_sign(x)
    near = Decimal(repr(math.atan(x)))
    sine, cosine = _sin(near), _cos(near)
    missing = (x * cosine - sine) / (cosine + x * sine)
    return near + _series(missing, lambda term, n: -term * missing * missing * (2 * n - 1) / (2 * n + 1))


def _atan2(y: Decimal, x: Decimal) -> Decimal:
    if not x:
        return (_PI / 2).copy_sign(y) if y else Decimal(0)
    return _atan(y / x) + (_PI.copy_sign(y) if x < 0 else 0)


def _asin(x: Decimal) -> Decimal:
    return (_PI / 2).copy_sign(x) if abs(x) == 1 else _atan(x / (1 - x * x).sqrt())


def _tanh(x: Decimal) -> Decimal:
    squared = (-2 * abs(x)).exp()
    return ((1 - squared) / (1 + squared)).copy_sign(x)


def _asinh(x: Decimal) -> Decimal:
    return _log(abs(x) + (x * x + 1).sqrt()).copy_sign(x)


def _log(x: Decimal) -> Decimal:
    if not x:
        raise Undefined
    return _known(x).ln()


def _erf(x: Decimal) -> Decimal:
    if abs(x) > LARGEST_ERF:
        return Decimal(1).copy_sign(x)
    square = x * x
    with decimal.localcontext() as context:
        context.prec += int(square)  # the terms of its series rise to exp(x²) before they fall
        total = _series(x, lambda term, n: -term * square * (2 * n - 1) / (n * (2 * n + 1)))
        return 2 * total / _PI.sqrt()


def _sign(x: Decimal) -> Decimal:
    return Decimal((x > 0) - (x < 0))


def _factorial(x: Decimal) -> Decimal:
    """Of whole numbers only."""
    if x < 0 or x != x.to_integral_value() or x > 2000:
        raise Undefined
    return +Decimal(math.factorial(int(x)))


def _binomial(n: Decimal, k: Decimal) -> Decimal:
    """Of whole numbers only."""
    if n < 0 or n > 1000 or n != n.to_integral_value() or k != k.to_integral_value():
        raise Undefined
    return +Decimal(math.comb(int(n), int(k))) if 0 <= k <= n else Decimal(0)


def _level(one: Decimal, other: Decimal) -> bool:
    """Equal but for rounding."""
    context = decimal.getcontext()
    return abs(one - other) <= max(abs(one), abs(other)).scaleb(2 * _LAST_DIGITS - context.prec)


def _indicator(holds: bool) -> Decimal:
    return Decimal(int(holds))


FUNCTIONS: dict[str, Callable[..., Decimal]] = {
    "sin": _sin,
    "cos": _cos,
    "tan": lambda x: _sin(x) / _cos(x),
    "asin": _asin,
    "acos": lambda x: _PI / 2 - _asin(x),
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
    "sqrt": lambda x: _known(x).sqrt(),
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
    "angle": lambda x: _PI if x < 0 else Decimal(0),
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
