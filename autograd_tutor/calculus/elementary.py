"""The rules for exponentials, logarithms and roots, and for copies that change no number."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tutor.calculus.functions import Value, exp, log, sqrt
from autograd_tutor.calculus.rule import Rule, Slope, elementwise

LOG2 = float(np.log(2))
LOG10 = float(np.log(10))


def _sqrt_at_zero(a: Any) -> str:
    return "At 0 the root is infinitely steep, and torch passes on inf." if np.any(np.asarray(a) == 0) else ""


def _log_at_zero(a: Any) -> str:
    return "At 0 the logarithm has no slope: 1/0 is inf in floating point." if np.any(np.asarray(a) == 0) else ""


def _nothing_times_log(a: Any, b: Any) -> str:
    return "Where the factor is 0, the product counts as 0 whatever the logarithm is." if np.any(a == 0) else ""


def _times_log(name: str, shift: int, inner: str) -> Rule:
    """a·log(b), or a·log(1 + b); as torch, 0 where a is 0 and there is no logarithm."""

    def logarithm(y: Value, a: Value, b: Value) -> Value:
        return np.where((np.asarray(a) == 0) & (np.asarray(b) <= -shift), 0, log(shift + b))

    return Rule(
        name,
        lambda a, b: a * log(shift + b),
        (
            Slope(
                "What multiplies a logarithm has that logarithm as its slope", local=logarithm, symbol=f"log({inner})"
            ),
            Slope(
                "The slope of log is one over its input, here times the factor", local=lambda y, a, b: a / (shift + b)
            ),
        ),
        where=_nothing_times_log,
    )


def _same(name: str, words: str) -> Rule:
    return elementwise(name, lambda a, *_, **__: a, (lambda y, a, *_, **__: 1, words))


RULES: tuple[Rule, ...] = (
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
    _times_log("xlogy", 0, "{b}"),
    _times_log("xlog1py", 1, "1 + {b}"),
    elementwise(
        "entr",
        lambda a: -a * log(a),
        (lambda y, a: -log(a) - 1, "In −{a}·log({a}) both factors move: the product rule gives −log({a}) − 1"),
    ),
    elementwise(
        "logaddexp",
        lambda a, b: log(exp(a) + exp(b)),
        (lambda y, a, b: exp(a - y), "In a log of a sum of exponentials each term counts by its share of the sum"),
        (lambda y, a, b: exp(b - y), "In a log of a sum of exponentials each term counts by its share of the sum"),
    ),
    elementwise(
        "logaddexp2",
        lambda a, b: log(2**a + 2**b) / LOG2,
        (lambda y, a, b: 2 ** (a - y), "In a log of a sum of powers of 2 each term counts by its share of the sum"),
        (lambda y, a, b: 2 ** (b - y), "In a log of a sum of powers of 2 each term counts by its share of the sum"),
    ),
    _same("clone", "A copy made by clone stays in the graph and passes on what arrives"),
    _same("to", "A change of dtype keeps the number, so its slope is 1"),
    _same("contiguous", "Another order in memory changes no number, so what arrives goes on"),
    _same("detach", "A detached copy has the same numbers"),
    _same("data", "The data of a tensor are the same numbers"),
)
