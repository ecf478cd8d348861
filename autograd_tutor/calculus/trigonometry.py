"""The rules for angles: circular and hyperbolic functions, and their inverses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_tutor.calculus.functions import (
    Value,
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cos,
    cosh,
    pi,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
)  # fmt: skip
from autograd_tutor.calculus.rule import Rule, Slope, elementwise


def _steep(name: str, size: str) -> Callable[[Any], str]:
    """At the end of its range an inverse is infinitely steep."""
    return lambda a: f"At {size} {name} is infinitely steep, and torch passes on inf." if np.any(np.abs(a) == 1) else ""


def _sinc(a: Value) -> Value:
    return sin(pi(a) * a) / (pi(a) * a)


def _sinc_slope(y: Value, a: Value) -> Value:
    return np.where(a == 0, 0.0, (np.cos(np.pi * a) - y) / np.where(a == 0, 1, a))


RULES: tuple[Rule, ...] = (
    elementwise("sin", sin, (lambda y, a: cos(a), "The slope of sin is cos")),
    elementwise("cos", cos, (lambda y, a: -sin(a), "The slope of cos is minus sin")),
    elementwise("tan", tan, (lambda y, a: 1 + y**2, "The slope of tan is one plus its own square")),
    elementwise(
        "asin",
        asin,
        (lambda y, a: 1 / sqrt(1 - a**2), "asin undoes sin, so its slope is one over the cosine of its result"),
        where=_steep("asin", "±1"),
    ),
    elementwise(
        "acos",
        acos,
        (lambda y, a: -1 / sqrt(1 - a**2), "acos undoes cos, so its slope is minus one over the sine of its result"),
        where=_steep("acos", "±1"),
    ),
    elementwise(
        "atan", atan, (lambda y, a: 1 / (1 + a**2), "atan undoes tan, so its slope is one over tan's, 1 + {a}²")
    ),
    elementwise(
        "atan2",
        atan2,
        (lambda y, a, b: b / (a**2 + b**2), "The angle of a point grows with its height {a}, faster nearer the origin"),
        (lambda y, a, b: -a / (a**2 + b**2), "The angle of a point falls as it moves to the right"),
    ),
    elementwise("sinh", sinh, (lambda y, a: cosh(a), "The slope of sinh is cosh")),
    elementwise("cosh", cosh, (lambda y, a: sinh(a), "The slope of cosh is sinh, with no minus sign")),
    elementwise(
        "tanh", tanh, (lambda y, a: 1 - y**2, "tanh flattens towards ±1, so its slope is 1 minus its own square")
    ),
    elementwise(
        "asinh",
        asinh,
        (lambda y, a: 1 / sqrt(a**2 + 1), "asinh undoes sinh, so its slope is one over the cosh of its result"),
    ),
    elementwise(
        "acosh",
        acosh,
        (lambda y, a: 1 / sqrt(a**2 - 1), "acosh undoes cosh, so its slope is one over the sinh of its result"),
        where=_steep("acosh", "1"),
    ),
    elementwise(
        "atanh",
        atanh,
        (lambda y, a: 1 / (1 - a**2), "atanh undoes tanh, so its slope is one over tanh's, 1 − {a}²"),
        where=_steep("atanh", "±1"),
    ),
    Rule(
        "sinc",
        _sinc,
        (
            Slope(
                "In sin(π{a})/(π{a}) both parts move: the quotient rule, here written with {y} itself",
                local=_sinc_slope,
                symbol="(cos(π·{a}) − {y})/{a}",
            ),
        ),
        where=lambda a: "At 0 the bump is flat, and torch takes slope 0." if np.any(a == 0) else "",
    ),
    Rule(
        "deg2rad",
        lambda a: a * pi(a) / 180,
        (Slope("A degree is π/180 of a radian", local=lambda y, a: np.pi / 180, symbol="π/180"),),
    ),
    Rule(
        "rad2deg",
        lambda a: a * 180 / pi(a),
        (Slope("A radian is 180/π degrees", local=lambda y, a: 180 / np.pi, symbol="180/π"),),
    ),
)
