"""The rules for arithmetic: sums, products, quotients, powers and what is made of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_tutor.calculus.functions import Value, log, sqrt
from autograd_tutor.calculus.ink import Ink
from autograd_tutor.calculus.rule import Rule, Slope, elementwise

_TERM = "A sum passes on what arrives to each of its terms"
_FACTOR = "In a product, each factor's slope is the other factor"
_ABOVE = "In a quotient the slope of what stands above is one over what stands below"
_BELOW = "A larger divisor makes the quotient smaller, as its square"
_EXPONENT = "As a function of its exponent a power grows by itself, times the log of its base"
_BASE = "In a power, the exponent comes down in front and drops by one"
_SUBTRACTED = "What is subtracted gets what arrives with the sign turned"
_MINUEND = "In a difference the first term counts with slope 1"


def _lowered(a: Value, n: Value) -> Value:
    """n·aⁿ⁻¹; plainly 0 for n = 0, also at a = 0, where it would be 0/0."""
    return 0 if np.ndim(n) == 0 and not isinstance(n, Ink) and n == 0 else n * a ** (n - 1)


def _pow_at_zero(a: Any, n: Any) -> str:
    if np.any((np.asarray(a) == 0) & (np.asarray(n) < 1) & (np.asarray(n) != 0)):
        return "At 0 this slope is infinite, and torch says so."
    return ""


ROUNDINGS: dict[str, Callable[[Value], Value]] = {"floor": np.floor, "trunc": np.trunc}
"""How `torch.div` may round."""


def _quotient(a: Value, b: Value, rounding_mode: str | None = None) -> Value:
    return a / b if rounding_mode is None else ROUNDINGS[rounding_mode](a / b)


def _rounded(a: Any, b: Any, rounding_mode: str | None = None) -> str:
    return "The quotient is rounded: it makes flat steps, so a small change moves nothing." if rounding_mode else ""


def _remainder(name: str, whole: Callable[[Value], Value]) -> Rule:
    """a − b·(how often b goes into a)."""
    return Rule(
        name,
        lambda a, b: a - b * whole(a / b),
        (
            Slope("A remainder moves one for one with what is divided", local=lambda y, a, b: 1, symbol="1"),
            Slope(
                "The divisor was taken off as often as it goes in, so it counts that often, with a minus",
                local=lambda y, a, b: -whole(a / b),
                symbol="−(how often {b} goes into {a})",
            ),
        ),
        branch=lambda at, a, b: a - b * whole(at[0] / at[1]),
    )


RULES: tuple[Rule, ...] = (
    elementwise(
        "add",
        lambda a, b, alpha=1: a + alpha * b,
        (lambda y, a, b, alpha=1: 1, _TERM),
        (lambda y, a, b, alpha=1: alpha, _TERM),
    ),
    elementwise(
        "sub",
        lambda a, b, alpha=1: a - alpha * b,
        (lambda y, a, b, alpha=1: 1, _MINUEND),
        (lambda y, a, b, alpha=1: -alpha, _SUBTRACTED),
    ),
    elementwise(
        "rsub",
        lambda b, a, alpha=1: a - alpha * b,
        (lambda y, b, a, alpha=1: -alpha, _SUBTRACTED),
        (lambda y, b, a, alpha=1: 1, _MINUEND),
    ),
    elementwise(
        "mul",
        lambda a, b: a * b,
        (lambda y, a, b: b, _FACTOR),
        (lambda y, a, b: a, _FACTOR),
    ),
    elementwise(
        "div",
        _quotient,
        (lambda y, a, b, rounding_mode=None: 0 if rounding_mode else 1 / b, _ABOVE),
        (lambda y, a, b, rounding_mode=None: 0 if rounding_mode else -a / b**2, _BELOW),
        where=_rounded,
    ),
    elementwise("rdiv", lambda b, a: a / b, (lambda y, b, a: -a / b**2, _BELOW), (lambda y, b, a: 1 / b, _ABOVE)),
    _remainder("remainder", np.floor),
    _remainder("fmod", np.trunc),
    elementwise("positive", lambda a: a, (lambda y, a: 1, "A plus sign changes nothing")),
    elementwise("neg", lambda a: -a, (lambda y, a: -1, "A minus sign turns the gradient's sign too")),
    elementwise(
        "reciprocal",
        lambda a: 1 / a,
        (lambda y, a: -1 / a**2, "1/{a} falls as {a} grows, with slope −1 over its square"),
    ),
    elementwise("square", lambda a: a**2, (lambda y, a: 2 * a, "A square's slope is twice its base")),
    elementwise(
        "pow",
        lambda a, n: a**n,
        (lambda y, a, n: _lowered(a, n), _BASE),
        (
            lambda y, a, n: y * log(a),
            _EXPONENT,
        ),
        where=_pow_at_zero,
    ),
    elementwise(
        "rpow",
        lambda n, a: a**n,
        (
            lambda y, n, a: y * log(a),
            _EXPONENT,
        ),
        (lambda y, n, a: _lowered(a, n), _BASE),
    ),
    elementwise(
        "addcmul",
        lambda a, b, c, value=1: a + value * b * c,
        (lambda y, a, b, c, value=1: 1, _TERM),
        (lambda y, a, b, c, value=1: value * c, _FACTOR),
        (lambda y, a, b, c, value=1: value * b, _FACTOR),
    ),
    elementwise(
        "addcdiv",
        lambda a, b, c, value=1: a + value * b / c,
        (lambda y, a, b, c, value=1: 1, _TERM),
        (lambda y, a, b, c, value=1: value / c, _ABOVE),
        (lambda y, a, b, c, value=1: -value * b / c**2, _BELOW),
    ),
    elementwise(
        "lerp",
        lambda a, end, weight: a + weight * (end - a),
        (lambda y, a, end, weight: 1 - weight, "A mix of two ends: the start counts with what the weight leaves"),
        (lambda y, a, end, weight: weight, "A mix of two ends: the second counts with the weight"),
        (lambda y, a, end, weight: end - a, "A heavier weight moves the mix from the start towards the end"),
    ),
    elementwise(
        "ldexp",
        lambda a, b: a * 2**b,
        (lambda y, a, b: 2**b, "What is multiplied by a power of 2 has that power as its slope"),
        (lambda y, a, b: y * log(2), "A power of 2 grows by itself, times log(2)"),
    ),
    elementwise(
        "hypot",
        lambda a, b: sqrt(a**2 + b**2),
        (lambda y, a, b: a / y, "A hypotenuse grows with each side by that side over itself"),
        (lambda y, a, b: b / y, "A hypotenuse grows with each side by that side over itself"),
    ),
)
