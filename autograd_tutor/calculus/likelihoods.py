"""The rules for losses of other predictions: counts, spreads, signs and margins."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tutor.calculus.functions import exp, log, sigmoid, softplus, where
from autograd_tutor.calculus.losses import loss
from autograd_tutor.calculus.rule import Rule


def _stirling(b: Any, at: Any) -> Any:
    """log(b!) nearly, for counts above 1."""
    return where(at > 1, b * log(b) - b + log(2 * np.pi * b) / 2, 0 * b)


def _poisson(
    input: Any, target: Any, log_input: Any = True, full: Any = False, eps: Any = 1e-8, reduction: str = "mean",
    at: Any = None,
) -> Any:  # fmt: skip
    found = exp(input) - target * input if log_input else input - target * log(input + eps)
    return found + _stirling(target, target if at is None else at[1]) if full else found


def _poisson_slope(
    a: Any, b: Any, log_input: Any = True, full: Any = False, eps: Any = 1e-8, reduction: str = "mean"
) -> Any:
    return exp(a) - b if log_input else 1 - b / (a + eps)


def _poisson_target(
    a: Any, b: Any, log_input: Any = True, full: Any = False, eps: Any = 1e-8, reduction: str = "mean"
) -> Any:
    stirling = np.where(b > 1, log(b) + 0.5 / b, 0) if full else 0
    return stirling - (a if log_input else log(a + eps))


def _gaussian(input: Any, target: Any, var: Any, full: Any = False, eps: Any = 1e-6, reduction: str = "mean") -> Any:
    return (log(var) + (input - target) ** 2 / var + (float(np.log(2 * np.pi)) if full else 0)) / 2


def _hinge(input: Any, target: Any, margin: Any = 1.0, reduction: str = "mean", at: Any = None) -> Any:
    a, b = (input, target) if at is None else at[:2]
    apart = where(float(margin) - a > 0, margin - input, 0 * input)
    return where(b != 1, apart, 0 * input) + where(b != -1, input, 0 * input)


def _hinge_slope(a: Any, b: Any, margin: Any = 1.0, reduction: str = "mean") -> Any:
    return np.where(b != 1, np.where(margin - a >= 0, -1.0, 0.0), 0.0) + np.where(b != -1, 1.0, 0.0)


def _ranking(input1: Any, input2: Any, target: Any, margin: Any = 0.0, reduction: str = "mean", at: Any = None) -> Any:
    short = margin - target * (input1 - input2)
    numbers = short if at is None else float(margin) - at[2] * (at[0] - at[1])
    return where(numbers > 0, short, 0 * short)


def _short(a: Any, b: Any, target: Any, margin: Any = 0.0, reduction: str = "mean") -> Any:
    """The target where the margin is not kept, else 0."""
    return np.where(margin - target * (a - b) >= 0, target, 0 * target)


_RANK = "Only a pair that is not apart by the margin, in the order that the target says, has a slope: ±1"

RULES: tuple[Rule, ...] = (
    loss(
        "poisson_nll_loss",
        _poisson,
        (
            _poisson_slope,
            "(exp({a}) − {b}){per}",
            "The prediction is the log of a rate, and its slope is rate − count",
        ),
        (_poisson_target, "−{a}{per}", "The count weighs the prediction, with a minus sign"),
    ),
    loss(
        "poisson_nll_loss(log_input)",
        _poisson,
        (_poisson_slope, "(1 − {b}/{a}){per}", "A rate counts once, and with a minus sign by its log, count times"),
        (_poisson_target, "−log({a}){per}", "The count weighs the log of the rate, with a minus sign"),
    ),
    loss(
        "gaussian_nll_loss",
        _gaussian,
        (
            lambda a, b, var, *_, **__: (a - b) / var,
            "({a} − {b})/{c}{per}",
            "An error counts by its square over twice the variance, with slope (prediction − target)/variance",
        ),
        (
            lambda a, b, var, *_, **__: (b - a) / var,
            "({b} − {a})/{c}{per}",
            "The target pulls the other way: the same slope with the sign turned",
        ),
        (
            lambda a, b, var, *_, **__: (1 - (a - b) ** 2 / var) / (2 * var),
            "(1 − ({a} − {b})²/{c})/(2·{c}){per}",
            "A larger variance costs by its log and pardons the error, by that squared",
        ),
    ),
    loss(
        "hinge_embedding_loss",
        _hinge,
        (
            _hinge_slope,
            "({b}, or 0 beyond the margin){per}",
            "A pair that belongs together (target 1) counts by its distance, another (target −1) by what it lacks to "
            "the margin, if anything",
        ),
    ),
    loss(
        "margin_ranking_loss",
        _ranking,
        (lambda *all, **options: -_short(*all, **options), "(−{c} where too close, else 0){per}", _RANK),
        (_short, "({c} where too close, else 0){per}", _RANK),
    ),
    loss(
        "soft_margin_loss",
        lambda input, target, reduction="mean": softplus(-target * input),
        (
            lambda a, b, reduction="": -b * sigmoid(-b * a),
            "−{b}·sigmoid(−{b}·{a}){per}",
            "The slope is the target's sign times how wrong the sign of the prediction is",
        ),
    ),
)
