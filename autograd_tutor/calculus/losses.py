"""The rules for losses that compare number by number, and then are averaged, summed or left."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any

import numpy as np

from autograd_tutor.calculus.broadcasting import unstretched
from autograd_tutor.calculus.functions import exp, log, magnitude, sigmoid, softplus, where
from autograd_tutor.calculus.rule import FIXED, Rule, Slope


def reduced(each: Any, reduction: str) -> Any:
    """A loss of single losses."""
    if reduction == "none":
        return each
    total = np.sum(each)
    return total if reduction == "sum" else total / _over(np.shape(each), reduction)


def _over(shape: tuple[int, ...], reduction: str) -> int:
    """By how many the sum of losses of this shape is divided."""
    return {"mean": int(np.prod(shape)), "batchmean": shape[0] if shape else 1}.get(reduction, 1)


def spread(g: Any, shape: tuple[int, ...], reduction: str) -> Any:
    """What arrives at each single loss."""
    return g / _over(shape, reduction)


def loss(name: str, each: Callable[..., Any], *slopes: tuple[Callable[..., Any], str, str], where: Any = None) -> Rule:
    """A rule for the single losses `each`; for every operand the slope of one of them, its symbol and the words.

    Where `each` is made of pieces it takes `at`, the operands in numbers, to choose by.
    """

    @wraps(each)
    def forward(*operands: Any, **options: Any) -> Any:
        return reduced(each(*operands, **options), options.get("reduction", "mean"))

    def branch(at: Any, *operands: Any, **options: Any) -> Any:
        return forward(*operands, **options, at=at)

    def back(slope: Callable[..., Any], operand: int) -> Callable[..., Any]:
        def gradient(g: Any, y: Any, *operands: Any, **options: Any) -> Any:
            shape = np.shape(each(*operands, **options))
            arrived = spread(g, shape, options.get("reduction", "mean"))
            local = np.broadcast_to(arrived * slope(*operands, **options), shape)
            return unstretched(local, operands[operand].shape).astype(operands[operand].dtype)

        return gradient

    made = [Slope(words, back=back(slope, at), symbol=symbol) for at, (slope, symbol, words) in enumerate(slopes)]
    pieces = branch if "at" in signature(each).parameters else None
    return Rule(name, forward, (*made, FIXED), where=where, branch=pieces)


def _apart(a: Any, b: Any, at: Any) -> Any:
    """The difference, in numbers."""
    return a - b if at is None else at[0] - at[1]


_PULL = "The target pulls the other way: the same slope with the sign turned"


def _squared(input: Any, target: Any, reduction: str = "mean") -> Any:
    return (input - target) ** 2


def _absolute(input: Any, target: Any, reduction: str = "mean") -> Any:
    return magnitude(input - target)


def _at_equal(a: Any, b: Any, *_: Any, **__: Any) -> str:
    return "Where prediction and target are equal there is a kink, and torch takes slope 0." if np.any(a == b) else ""


def _smooth(input: Any, target: Any, reduction: str = "mean", beta: Any = 1.0, at: Any = None) -> Any:
    near = np.abs(_apart(input, target, at)) < float(beta)
    return where(near, (input - target) ** 2 / (2 * (beta or 1)), magnitude(input - target) - beta / 2)


def _smooth_slope(a: Any, b: Any, reduction: str = "mean", beta: Any = 1.0) -> Any:
    return where(np.abs(a - b) < beta, (a - b) / (beta or 1), np.sign(a - b))


def _huber(input: Any, target: Any, reduction: str = "mean", delta: Any = 1.0, at: Any = None) -> Any:
    near = np.abs(_apart(input, target, at)) <= float(delta)
    return where(near, (input - target) ** 2 / 2, delta * (magnitude(input - target) - delta / 2))


def _huber_slope(a: Any, b: Any, reduction: str = "mean", delta: Any = 1.0) -> Any:
    return np.clip(a - b, -delta, delta)


def _weighed(each: Any, weight: Any) -> Any:
    return each if weight is None else each * weight


def _entropy(input: Any, target: Any, weight: Any = None, reduction: str = "mean") -> Any:
    return _weighed(-(target * log(input) + (1 - target) * log(1 - input)), weight)


def _entropy_slope(a: Any, b: Any, weight: Any = None, reduction: str = "mean") -> Any:
    return _weighed((a - b) / np.maximum(a * (1 - a), np.asarray(1e-12, a.dtype)), weight)


def _logits(input: Any, target: Any, weight: Any = None, pos_weight: Any = None, reduction: str = "mean") -> Any:
    positive = 1 if pos_weight is None else 1 + (pos_weight - 1) * target
    return _weighed((1 - target) * input + positive * softplus(-input), weight)


def _logits_slope(a: Any, b: Any, weight: Any = None, pos_weight: Any = None, reduction: str = "mean") -> Any:
    p = 1 if pos_weight is None else pos_weight
    return _weighed((1 + (p - 1) * b) * sigmoid(a) - p * b, weight)


def _logits_target(a: Any, b: Any, weight: Any = None, pos_weight: Any = None, reduction: str = "mean") -> Any:
    return _weighed(-a if pos_weight is None else (pos_weight - 1) * softplus(-a) - a, weight)


def _divergence(input: Any, target: Any, reduction: str = "mean", log_target: Any = False) -> Any:
    if log_target:
        return exp(target) * (target - input)
    return target * (log(target) - input)


def _divergence_slope(a: Any, b: Any, reduction: str = "mean", log_target: Any = False) -> Any:
    return -exp(b) if log_target else -b


def _divergence_target(a: Any, b: Any, reduction: str = "mean", log_target: Any = False) -> Any:
    return exp(b) * (b - a + 1) if log_target else log(b) - a + 1


_TOO_HIGH = "Cross-entropy grows with prediction − target, and the faster the surer the prediction is"
_LOGITS = "With the sigmoid inside the loss, the slope is just prediction − target"

RULES: tuple[Rule, ...] = (
    loss(
        "mse_loss",
        _squared,
        (
            lambda a, b, reduction="": 2 * (a - b),
            "2({a} − {b}){per}",
            "Each squared error has slope 2·(prediction − target)",
        ),
        (lambda a, b, reduction="": -2 * (a - b), "−2({a} − {b}){per}", _PULL),
    ),
    loss(
        "l1_loss",
        _absolute,
        (lambda a, b, reduction="": np.sign(a - b), "sign({a} − {b}){per}", "Each absolute error has slope ±1"),
        (lambda a, b, reduction="": -np.sign(a - b), "−sign({a} − {b}){per}", _PULL),
        where=_at_equal,
    ),
    loss(
        "smooth_l1_loss",
        _smooth,
        (
            _smooth_slope,
            "clamp(({a} − {b})/beta, −1, 1){per}",
            "A small error counts as its square does, with slope (prediction − target)/beta, one of beta or more with "
            "slope ±1",
        ),
        (lambda *all, **options: -_smooth_slope(*all, **options), "clamp(({b} − {a})/beta, −1, 1){per}", _PULL),
    ),
    loss(
        "huber_loss",
        _huber,
        (
            _huber_slope,
            "clamp({a} − {b}, −delta, delta){per}",
            "A small error counts as half its square, with slope prediction − target, one beyond delta with slope "
            "±delta",
        ),
        (lambda *all, **options: -_huber_slope(*all, **options), "clamp({b} − {a}, −delta, delta){per}", _PULL),
    ),
    loss(
        "binary_cross_entropy",
        _entropy,
        (_entropy_slope, "({a} − {b})/({a}·(1 − {a})){×c}{per}", _TOO_HIGH),
        (
            lambda a, b, weight=None, reduction="": _weighed(log(1 - a) - log(a), weight),
            "(log(1 − {a}) − log({a})){×c}{per}",
            "A larger target weighs log({a}) more and log(1 − {a}) less",
        ),
    ),
    loss(
        "binary_cross_entropy_with_logits",
        _logits,
        (_logits_slope, "(sigmoid({a}) − {b}){×c}{per}", _LOGITS),
        (_logits_target, "−{a}{×c}{per}", "The target stands in the loss as −target·logit alone"),
    ),
    loss(
        "binary_cross_entropy_with_logits(pos_weight)",
        _logits,
        (
            _logits_slope,
            "((1 + (p − 1)·{b})·sigmoid({a}) − p·{b}){×c}{per}",
            f"{_LOGITS}; pos_weight p counts the positive part of the target p times",
        ),
        (
            _logits_target,
            "((p − 1)·softplus(−{a}) − {a}){×c}{per}",
            "The target weighs the logit, and with pos_weight p also the loss of a positive",
        ),
    ),
    loss(
        "kl_div",
        _divergence,
        (_divergence_slope, "−{b}{per}", "The prediction, a log already, is weighed by the target alone"),
        (_divergence_target, "(log({b}) − {a} + 1){per}", "The target weighs log(target) − prediction, and is in it"),
    ),
    loss(
        "kl_div(log_target)",
        _divergence,
        (_divergence_slope, "−exp({b}){per}", "The prediction, a log already, is weighed by the target alone"),
        (
            _divergence_target,
            "exp({b})·({b} − {a} + 1){per}",
            "The target, a log too, weighs target − prediction by its exp, and is in it",
        ),
    ),
)
