"""The rules for the sigmoid and its inverse, the error function's family and the gamma function's."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tutor.calculus.functions import (
    Value,
    digamma,
    erf,
    erfc,
    erfinv,
    exp,
    lgamma,
    log,
    pi,
    sigmoid,
    sqrt,
    trigamma,
    where,
)  # fmt: skip
from autograd_tutor.calculus.rule import Rule, Slope, elementwise


def _within(a: Any, eps: Any) -> Any:
    low = 0.0 if eps is None else float(eps)
    return (a >= low) & (a <= 1 - low)


def _logit(a: Value, eps: Any = None, at: Any = None) -> Value:
    if eps is not None:
        at = a if at is None else at
        a = where(_within(at, eps), a, np.where(at < 0.5, float(eps), 1 - float(eps)))
    return log(a / (1 - a))


def _logit_slope(y: Value, a: Value, eps: Any = None) -> Value:
    outside = np.nan if eps is None else 0.0
    return np.where(_within(a, eps), 1 / (a * (1 - a)), outside)


def _cut_off(a: Any, eps: Any = None) -> str:
    if eps is not None and not np.all(_within(a, eps)):
        return "What had to be moved inside eps is flat there and gets 0."
    return ""


def _two(a: Value) -> Value:
    """2, exact in formulas."""
    return 2 + 0 * a


RULES: tuple[Rule, ...] = (
    elementwise(
        "sigmoid", sigmoid, (lambda y, a: y * (1 - y), "A sigmoid's slope is its value times what is missing to 1")
    ),
    Rule(
        "logit",
        _logit,
        (
            Slope(
                "logit undoes the sigmoid, so its slope is one over the sigmoid's",
                local=_logit_slope,
                symbol="1/({a}·(1 − {a}))",
            ),
        ),
        where=_cut_off,
        branch=lambda at, a, eps=None: _logit(a, eps, at[0]),
    ),
    elementwise(
        "erf",
        erf,
        (lambda y, a: 2 * exp(-(a**2)) / sqrt(pi(a)), "erf adds up a bell curve, so its slope is that bell"),
    ),
    elementwise(
        "erfc",
        erfc,
        (lambda y, a: -2 * exp(-(a**2)) / sqrt(pi(a)), "erfc is 1 minus erf, so its slope is minus the bell curve"),
    ),
    elementwise(
        "erfinv",
        erfinv,
        (
            lambda y, a: sqrt(pi(a)) / 2 * exp(y**2),
            "erfinv undoes erf, so its slope is one over the bell at its result",
        ),
        where=lambda a: "At ±1 erfinv is infinitely steep, and torch passes on inf." if np.any(np.abs(a) == 1) else "",
    ),
    elementwise(
        "ndtr",
        lambda a: (1 + erf(a / sqrt(_two(a)))) / 2,
        (
            lambda y, a: exp(-(a**2) / 2) / sqrt(2 * pi(a)),
            "A share below {a} grows by the density at {a}, the bell curve",
        ),
    ),
    elementwise("lgamma", lgamma, (lambda y, a: digamma(a), "The slope of log Γ has a name of its own, digamma")),
    elementwise("digamma", digamma, (lambda y, a: trigamma(a), "The slope of digamma is called trigamma")),
)
