"""The value of a formula to many digits, over the real numbers, in bounded effort.

Floating point can't tell (x − a)⁶⁰⁰⁰ from 0, nor a rounding from a difference. Python's decimal numbers have
digits and exponents enough; the functions that they lack are in series.py. Where a formula has no real value
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
from autograd_tutor.teaching.series import FUNCTIONS, LAST_DIGITS, PI, Undefined, Unknown, known

_CONSTANTS = {math.pi: PI, math.e: Decimal(1).exp(decimal.Context(prec=100))}


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


def has_none(expr: Expr, values: Mapping[str, Decimal], digits: int) -> bool:
    """Whether there is certainly no real value: nothing on the way is too large or too small to be written."""
    with decimal.localcontext(arithmetic(digits)) as context:
        context.traps[decimal.Overflow] = True
        try:
            _value(expr, values)
        except (Unknown, decimal.Overflow, decimal.Underflow):
            return False
        except (Undefined, decimal.InvalidOperation, decimal.DivisionByZero):
            return True
    return False


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
        moved += abs(value).scaleb(LAST_DIGITS - context.prec)
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
        known(base)
    if exponent < 0 and not base:
        raise Undefined
    return Decimal(1) if not exponent else base**exponent


_OPERATORS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "^": _power,
}
