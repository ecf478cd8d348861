"""Formulas as plain data, and their value at given numbers in bounded effort.

Arithmetic follows torch: division by zero gives inf or nan, overflow gives inf, a root of a negative
number gives nan. Nothing here raises for what a formula says.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Literal

from autograd_tutor.trace import Record


class Number(Record, frozen=True, tag="number"):
    """A constant, also nan and inf."""

    value: float


class Name(Record, frozen=True, tag="name"):
    """A variable: `x`, `w_1`, `x[0]`."""

    name: str


class Negative(Record, frozen=True, tag="negative"):
    """Minus the operand."""

    operand: Expr


class Binary(Record, frozen=True, tag="binary"):
    """Two operands and what joins them."""

    operator: Literal["+", "-", "*", "/", "^"]
    left: Expr
    right: Expr


class Apply(Record, frozen=True, tag="apply"):
    """A known function of one or two arguments."""

    function: str
    arguments: tuple[Expr, ...]


Expr = Number | Name | Negative | Binary | Apply


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _log(x: float) -> float:
    return math.log(x) if x > 0 else -math.inf if x == 0 else math.nan


def _sign(x: float) -> float:
    return math.nan if math.isnan(x) else float((x > 0) - (x < 0))


def _step(x: float, at_zero: float = 0.5) -> float:
    return at_zero if x == 0 else float(x > 0)


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


FUNCTIONS: dict[str, Callable[..., float]] = {
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "asin": math.asin,
    "acos": math.acos,
    "atan": math.atan,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "exp": math.exp,
    "log": _log,
    "log2": lambda x: _log(x) / math.log(2),
    "log10": lambda x: _log(x) / math.log(10),
    "log1p": lambda x: _log(1 + x),
    "expm1": math.expm1,
    "sqrt": math.sqrt,
    "abs": abs,
    "sign": _sign,
    "step": _step,
    "sigmoid": _sigmoid,
    "relu": lambda x: max(x, 0.0),
    "softplus": _softplus,
    "erf": math.erf,
    "max": max,
    "min": min,
}
"""By canonical name; each takes and gives floats."""

TWO_ARGUMENTS = frozenset({"max", "min"})
OPTIONAL_SECOND = frozenset({"step"})


def depth(expr: Expr) -> int:
    """How many expressions stand within one another; works for any depth."""
    level, deepest = [expr], 0
    while level:
        deepest += 1
        level = [inner for one in level for inner in _parts(one)]
    return deepest


def _parts(expr: Expr) -> tuple[Expr, ...]:
    match expr:
        case Negative(operand):
            return (operand,)
        case Binary(_, left, right):
            return (left, right)
        case Apply(_, arguments):
            return arguments
    return ()


def names(expr: Expr) -> frozenset[str]:
    """The variables in `expr`."""
    return frozenset((expr.name,)) if isinstance(expr, Name) else frozenset().union(*map(names, _parts(expr)))


def says_infinite(expr: Expr) -> bool:
    """Whether nan or inf is written in it."""
    return (isinstance(expr, Number) and not math.isfinite(expr.value)) or any(map(says_infinite, _parts(expr)))


def evaluate(expr: Expr, values: Mapping[str, float]) -> float:
    """The value of `expr` where each variable has its value; KeyError for one that has none."""
    match expr:
        case Number(value):
            return value
        case Name(name):
            return values[name]
        case Negative(operand):
            return -evaluate(operand, values)
        case Binary(operator, left, right):
            return _binary(operator, evaluate(left, values), evaluate(right, values))
        case Apply(function, arguments):
            return _apply(function, [evaluate(argument, values) for argument in arguments])


def _binary(operator: str, left: float, right: float) -> float:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return _divide(left, right)
    return _power(left, right)


def _divide(left: float, right: float) -> float:
    if right:
        return left / right
    if left == 0 or math.isnan(left):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1, right)


def _power(base: float, exponent: float) -> float:
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 == 1 else math.inf
    except ValueError:
        return math.inf if base == 0 else math.nan


def _apply(function: str, arguments: list[float]) -> float:
    if any(map(math.isnan, arguments)):
        return math.nan
    try:
        return float(FUNCTIONS[function](*arguments))
    except OverflowError:
        return math.inf
    except ValueError:
        return math.nan
