"""The value of a formula at given numbers, in bounded effort.

Arithmetic follows torch: division by zero gives inf or nan, overflow gives inf, a root of a negative
number gives nan. Nothing here raises for what a formula says.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from autograd_tutor.formula import Apply, Binary, Expr, Name, Negative, Number


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _log(x: float) -> float:
    return math.log(x) if x > 0 else -math.inf if x == 0 else math.nan


def _sign(x: float) -> float:
    return math.nan if math.isnan(x) else float((x > 0) - (x < 0))


def _step(x: float, at_zero: float = 0.5) -> float:
    return at_zero if x == 0 else float(x > 0)


def _factorial(x: float) -> float:
    return math.gamma(x + 1) if x == int(x) else math.nan


def _binomial(n: float, k: float) -> float:
    """Of whole numbers."""
    whole = n >= 0 and n == int(n) and k == int(k)
    return (float(math.comb(int(n), int(k))) if 0 <= k <= n else 0.0) if whole and n <= 1000 else math.nan


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


FUNCTIONS: dict[str, Callable[..., float]] = {
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "asin": math.asin,
    "acos": math.acos,
    "atan": math.atan,
    "atan2": math.atan2,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "asinh": math.asinh,
    "acosh": math.acosh,
    "atanh": math.atanh,
    "exp": math.exp,
    "log": _log,
    "log2": lambda x: _log(x) / math.log(2),
    "log10": lambda x: _log(x) / math.log(10),
    "log1p": lambda x: _log(1 + x),
    "expm1": math.expm1,
    "sqrt": math.sqrt,
    "floor": math.floor,
    "ceil": math.ceil,
    "trunc": math.trunc,
    "round": round,
    "abs": abs,
    "sign": _sign,
    "step": _step,
    "sigmoid": _sigmoid,
    "relu": lambda x: max(x, 0.0),
    "softplus": _softplus,
    "erf": math.erf,
    "angle": lambda x: math.pi if x < 0 else 0.0,
    "conjugate": lambda x: x,
    "re": lambda x: x,
    "im": lambda x: 0.0,
    "factorial": _factorial,
    "binomial": _binomial,
    "max": max,
    "min": min,
    "gt": lambda a, b: float(a > b),
    "ge": lambda a, b: float(a >= b),
    "lt": lambda a, b: float(a < b),
    "le": lambda a, b: float(a <= b),
    "eq": lambda a, b: float(a == b),
    "ne": lambda a, b: float(a != b),
    "where": lambda condition, yes, no: yes if condition else no,
}
"""By canonical name, as torch has it; each takes and gives floats."""

COMPARISONS = frozenset({"gt", "ge", "lt", "le", "eq", "ne"})
"""1 where it holds, 0 elsewhere."""
ARGUMENTS = dict.fromkeys(("atan2", "binomial", *COMPARISONS), (2, 2)) | dict.fromkeys(("max", "min"), (2, 20))
ARGUMENTS |= {"where": (3, 3), "step": (1, 2)}
"""How few and how many arguments a function takes; one, if it is not named here."""


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
        case Apply("where", (condition, yes, no)):
            holds = evaluate(condition, values)
            return math.nan if math.isnan(holds) else evaluate(yes if holds else no, values)
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
