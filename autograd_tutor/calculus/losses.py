"""The rules for losses that torch computes in one call."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tutor.calculus.broadcasting import unstretched
from autograd_tutor.calculus.functions import log, magnitude, sigmoid, softplus
from autograd_tutor.calculus.reductions import log_softmax, softmax
from autograd_tutor.calculus.rule import Rule, Slope


def _reduced(each: Any, reduction: str) -> Any:
    if reduction == "none":
        return each
    return np.sum(each) if reduction == "sum" else np.sum(each) / np.size(each)


def _spread(g: Any, size: int, reduction: str) -> Any:
    return g / size if reduction == "mean" else g


def _pairwise(name: str, each: Any, slopes: tuple[tuple[Any, str, str], ...]) -> Rule:
    """A loss of (input, target) that is reduced after an elementwise part with the given local slopes."""

    def forward(a: Any, b: Any, reduction: str = "mean") -> Any:
        return _reduced(each(a, b), reduction)

    def back(slope: Any, operand: int) -> Any:
        def gradient(g: Any, y: Any, a: Any, b: Any, reduction: str = "mean") -> Any:
            local = slope(a, b)
            return unstretched(_spread(g, np.size(local), reduction) * local, (a, b)[operand].shape)

        return gradient

    return Rule(
        name,
        forward,
        tuple(Slope(words, back=back(slope, at), symbol=symbol) for at, (slope, symbol, words) in enumerate(slopes)),
    )


def _cross_entropy(a: Any, target: Any, reduction: str = "mean") -> Any:
    shares = log_softmax(a, dim=1 if a.ndim > 1 else -1)
    return _chosen(shares, target, reduction)


def _chosen(shares: Any, target: Any, reduction: str) -> Any:
    """Minus the log-share of each row's class; a target of the same shape holds class probabilities."""
    if np.shape(target) == shares.shape:
        rows = -np.sum(shares * target, axis=-1)
        return _reduced(rows, reduction)
    if shares.ndim == 1:
        return -shares[int(target)]
    return _reduced(-shares[np.arange(len(shares)), np.asarray(target, dtype=int)], reduction)


def _labels(a: Any, target: Any) -> Any:
    """The target as one row of class probabilities for each row of `a`."""
    return target if np.shape(target) == a.shape else np.eye(a.shape[-1], dtype=a.dtype)[np.asarray(target, dtype=int)]


def _rows(a: Any) -> int:
    return len(a) if a.ndim > 1 else 1


def _cross_entropy_back(g: Any, y: Any, a: Any, target: Any, reduction: str = "mean") -> Any:
    upstream = np.expand_dims(g, -1) if reduction == "none" and a.ndim > 1 else g
    return _spread(upstream, _rows(a), reduction) * (softmax(a) - _labels(a, target))


def _nll_back(g: Any, y: Any, a: Any, target: Any, reduction: str = "mean") -> Any:
    upstream = np.expand_dims(g, -1) if reduction == "none" and a.ndim > 1 else g
    return -_spread(upstream, _rows(a), reduction) * _labels(a, target)


RULES: tuple[Rule, ...] = (
    _pairwise(
        "mse_loss",
        lambda a, b: (a - b) ** 2,
        (
            (
                lambda a, b: 2 * (a - b),
                "2({a} − {b}){per}",
                "Each squared error has slope 2·(prediction − target)",
            ),
            (
                lambda a, b: -2 * (a - b),
                "−2({a} − {b}){per}",
                "The target pulls the other way: the same slope with the sign turned",
            ),
        ),
    ),
    _pairwise(
        "l1_loss",
        lambda a, b: magnitude(a - b),
        (
            (
                lambda a, b: np.sign(a - b),
                "sign({a} − {b}){per}",
                "Each absolute error has slope ±1",
            ),
            (
                lambda a, b: -np.sign(a - b),
                "−sign({a} − {b}){per}",
                "The target pulls the other way: the same slope with the sign turned",
            ),
        ),
    ),
    _pairwise(
        "binary_cross_entropy",
        lambda a, b: -(b * log(a) + (1 - b) * log(1 - a)),
        (
            (
                lambda a, b: (a - b) / np.maximum(a * (1 - a), np.asarray(1e-12, a.dtype)),
                "({a} − {b})/({a}·(1 − {a})){per}",
                "Cross-entropy grows with prediction − target, and the faster the surer the prediction is",
            ),
        ),
    ),
    _pairwise(
        "binary_cross_entropy_with_logits",
        lambda a, b: softplus(a) - b * a,
        (
            (
                lambda a, b: sigmoid(a) - b,
                "(sigmoid({a}) − {b}){per}",
                "With the sigmoid inside the loss, the slope is just prediction − target",
            ),
        ),
    ),
    Rule(
        "cross_entropy",
        _cross_entropy,
        (
            Slope(
                "Softmax and log cancel to prediction − target, the shares less 1 at the true class",
                back=_cross_entropy_back,
                symbol="(softmax({a}) − onehot({b})){per}",
            ),
        ),
    ),
    Rule(
        "nll_loss",
        lambda a, target, reduction="mean": _chosen(a, target, reduction),
        (
            Slope(
                "Only the true class's log-probability counts, with a minus sign",
                back=_nll_back,
                symbol="−onehot({b}){per}",
            ),
        ),
    ),
)
