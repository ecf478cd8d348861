"""The rules for arithmetic and the elementary functions: y = f(a), or y = f(a, b)."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tutor.calculus.functions import Value, cos, exp, log, sigmoid, sin, sqrt, tan, tanh
from autograd_tutor.calculus.ink import Ink
from autograd_tutor.calculus.rule import Rule, elementwise

LOG2 = float(np.log(2))
LOG10 = float(np.log(10))


def _lowered(a: Value, n: Value) -> Value:
    """n·aⁿ⁻¹; plainly 0 for n = 0, also at a = 0, where it would be 0/0."""
    return 0 if np.ndim(n) == 0 and not isinstance(n, Ink) and n == 0 else n * a ** (n - 1)


def _pow_at_zero(a: Any, n: Any) -> str:
    if np.any((np.asarray(a) == 0) & (np.asarray(n) < 1) & (np.asarray(n) != 0)):
        return "At 0 this slope is infinite, and torch says so."
    return ""


def _sqrt_at_zero(a: Any) -> str:
    return "At 0 the root is infinitely steep, and torch passes on inf." if np.any(np.asarray(a) == 0) else ""


def _log_at_zero(a: Any) -> str:
    return "At 0 the logarithm has no slope: 1/0 is inf in floating point." if np.any(np.asarray(a) == 0) else ""


ARITHMETIC = (
    elementwise(
        "add",
        lambda a, b, alpha=1: a + alpha * b,
        (lambda y, a, b, alpha=1: 1, "A sum passes on what arrives to each of its terms"),
        (lambda y, a, b, alpha=1: alpha, "A sum passes on what arrives to each of its terms"),
    ),
    elementwise(
        "sub",
        lambda a, b, alpha=1: a - alpha * b,
        (lambda y, a, b, alpha=1: 1, "In a difference the first term counts with slope 1"),
        (lambda y, a, b, alpha=1: -alpha, "What is subtracted gets what arrives with the sign turned"),
    ),
    elementwise(
        "rsub",
        lambda b, a, alpha=1: a - alpha * b,
        (lambda y, b, a, alpha=1: -alpha, "What is subtracted gets what arrives with the sign turned"),
        (lambda y, b, a, alpha=1: 1, "In a difference the first term counts with slope 1"),
    ),
    elementwise(
        "mul",
        lambda a, b: a * b,
        (lambda y, a, b: b, "In a product, each factor's slope is the other factor"),
        (lambda y, a, b: a, "In a product, each factor's slope is the other factor"),
    ),
    elementwise(
        "div",
        lambda a, b: a / b,
        (lambda y, a, b: 1 / b, "In a quotient the slope of what stands above is one over what stands below"),
        (lambda y, a, b: -a / b**2, "A larger divisor makes the quotient smaller, as its square"),
    ),
    elementwise(
        "rdiv",
        lambda b, a: a / b,
        (lambda y, b, a: -a / b**2, "A larger divisor makes the quotient smaller, as its square"),
        (lambda y, b, a: 1 / b, "In a quotient the slope of what stands above is one over what stands below"),
    ),
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
        (lambda y, a, n: _lowered(a, n), "In a power, the exponent comes down in front and drops by one"),
        (
            lambda y, a, n: y * log(a),
            "As a function of its exponent a power grows by itself, times the log of its base",
        ),
        where=_pow_at_zero,
    ),
    elementwise(
        "rpow",
        lambda n, a: a**n,
        (
            lambda y, n, a: y * log(a),
            "As a function of its exponent a power grows by itself, times the log of its base",
        ),
        (lambda y, n, a: _lowered(a, n), "In a power, the exponent comes down in front and drops by one"),
    ),
)

FUNCTIONS = (
    elementwise("exp", exp, (lambda y, a: y, "exp is its own slope")),
    elementwise("expm1", lambda a: exp(a) - 1, (lambda y, a: exp(a), "exp is its own slope; the −1 has none")),
    elementwise("exp2", lambda a: 2**a, (lambda y, a: y * log(2), "A power of 2 grows by itself, times log(2)")),
    elementwise("log", log, (lambda y, a: 1 / a, "The slope of log is one over its input"), where=_log_at_zero),
    elementwise("log1p", lambda a: log(1 + a), (lambda y, a: 1 / (1 + a), "The slope of log(1 + {a}) is 1/(1 + {a})")),
    elementwise(
        "log2", lambda a: log(a) / LOG2, (lambda y, a: 1 / (a * LOG2), "log2 is log divided by log(2) = 0.6931")
    ),
    elementwise(
        "log10", lambda a: log(a) / LOG10, (lambda y, a: 1 / (a * LOG10), "log10 is log divided by log(10) = 2.3026")
    ),
    elementwise(
        "sqrt", sqrt, (lambda y, a: 1 / (2 * y), "A root's slope is one over twice the root"), where=_sqrt_at_zero
    ),
    elementwise(
        "rsqrt", lambda a: 1 / sqrt(a), (lambda y, a: -y / (2 * a), "One over a root falls, by half of itself over {a}")
    ),
    elementwise("sin", sin, (lambda y, a: cos(a), "The slope of sin is cos")),
    elementwise("cos", cos, (lambda y, a: -sin(a), "The slope of cos is minus sin")),
    elementwise("tan", tan, (lambda y, a: 1 + y**2, "The slope of tan is one plus its own square")),
    elementwise(
        "tanh",
        tanh,
        (lambda y, a: 1 - y**2, "tanh flattens towards ±1, so its slope is 1 minus its own square"),
    ),
    elementwise(
        "sigmoid", sigmoid, (lambda y, a: y * (1 - y), "A sigmoid's slope is its value times what is missing to 1")
    ),
    *(
        elementwise(name, lambda a, *_, **__: a, (lambda y, a, *_, **__: 1, words))
        for name, words in {
            "clone": "A copy made by clone stays in the graph and passes on what arrives",
            "to": "A change of dtype keeps the number, so its slope is 1",
            "contiguous": "Another order in memory changes no number, so what arrives goes on",
            "detach": "A detached copy has the same numbers",
            "data": "The data of a tensor are the same numbers",
        }.items()
    ),
)

RULES: tuple[Rule, ...] = ARITHMETIC + FUNCTIONS
