"""The rules for what torch calls in a backward pass that is itself recorded (create_graph), and for nothing else.

Most of it are products and powers, which have their rules elsewhere. The rest are the vector-Jacobian products of
activations and losses as one call each: `g` is what arrived there, `y` mostly what the activation gave.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tutor.calculus.axes import total
from autograd_tutor.calculus.functions import Value, exp, where
from autograd_tutor.calculus.rule import FIXED, Rule, Slope, elementwise

_LINEAR = "What a backward pass sends on is linear in what arrived, so the slope is the local derivative itself"
_MEAN = 1
"""How torch numbers `reduction="mean"`; 0 is none, 2 is sum."""


def _along(values: Any, dim: int) -> Any:
    return total(values, dim, keepdim=True)


def _per(b: Any, reduction: int) -> int:
    """What a loss divides by."""
    return int(np.size(b)) if reduction == _MEAN else 1


RULES: tuple[Rule, ...] = (
    elementwise(
        "sigmoid_backward",
        lambda g, y: g * y * (1 - y),
        (lambda y, g, a: a * (1 - a), _LINEAR),
        (lambda y, g, a: g * (1 - 2 * a), "{b}·(1 − {b}) is {b} − {b}², whose slope is 1 − 2·{b}"),
    ),
    elementwise(
        "tanh_backward",
        lambda g, y: g * (1 - y**2),
        (lambda y, g, a: 1 - a**2, _LINEAR),
        (lambda y, g, a: -2 * g * a, "1 − {b}² has the slope −2·{b}"),
    ),
    Rule(
        "threshold_backward",
        lambda g, a, threshold: where(a > threshold, g, 0.0),
        (
            Slope(_LINEAR, local=lambda y, g, a, threshold: where(a > threshold, 1.0, 0.0), symbol="1{{{b} > {c}}}"),
            Slope("A step is flat on both sides, so its slope is 0", local=lambda y, g, a, threshold: 0.0, symbol="0"),
            FIXED,
        ),
    ),
    Rule(
        "softmax_backward",
        lambda g, y, dim: y * (g - _along(g * y, dim)),
        (
            Slope(
                "Softmax's Jacobian is symmetric: what arrives is treated as on the first way back",
                back=lambda u, out, g, y, dim: y * (u - _along(u * y, dim)),
                terms=lambda u, out, g, y, dim: np.abs(y) * (np.abs(u) + _along(np.abs(u * y), dim)),
                symbol="{b}·(G − ΣG·{b})",
            ),
            Slope(
                "Each share stands in its own term and in the sum",
                back=lambda u, out, g, y, dim: u * (g - _along(g * y, dim)) - g * _along(u * y, dim),
                terms=lambda u, out, g, y, dim: (
                    np.abs(u) * (np.abs(g) + _along(np.abs(g * y), dim)) + np.abs(g) * _along(np.abs(u * y), dim)
                ),
                symbol="G·({a} − Σ{a}·{b}) − {a}·ΣG·{b}",
            ),
            FIXED,
        ),
    ),
    Rule(
        "log_softmax_backward",
        lambda g, y, dim: g - exp(y) * _along(g, dim),
        (
            Slope(
                "Each gradient goes on as it came, and through the sum to all, by their shares",
                back=lambda u, out, g, y, dim: u - _along(u * exp(y), dim),
                terms=lambda u, out, g, y, dim: np.abs(u) + _along(np.abs(u * exp(y)), dim),
                symbol="G − ΣG·exp({b})",
            ),
            Slope(
                "The share exp({b}) is its own slope",
                back=lambda u, out, g, y, dim: -u * exp(y) * _along(g, dim),
                symbol="−G·exp({b})·Σ{a}",
            ),
            FIXED,
        ),
    ),
    Rule(
        "select_backward",
        lambda g, sizes, dim, index: _placed(g, sizes, int(dim), int(index)),
        (Slope("What was put in one place among zeros gets what arrives there", symbol="G where it was put"), FIXED),
        moves=True,
    ),
    Rule(
        "mse_loss_backward",
        lambda g, a, b, reduction=_MEAN: 2 * (a - b) * g / _per(a, reduction),
        (
            Slope(
                _LINEAR,
                local=lambda y, g, a, b, reduction=_MEAN: 2 * (a - b) / _per(a, reduction),
                symbol="2·({b} − {c})/n",
            ),
            Slope(
                "Twice a difference has the slope 2, shared by the n elements of a mean",
                local=lambda y, g, a, b, reduction=_MEAN: _twice(g, a, reduction),
                symbol="2·{a}/n",
            ),
            Slope(
                "What is subtracted counts with a minus: −2, shared by the n elements of a mean",
                local=lambda y, g, a, b, reduction=_MEAN: -_twice(g, a, reduction),
                symbol="−2·{a}/n",
            ),
            FIXED,
        ),
    ),
)


def _placed(g: Any, sizes: tuple[int, ...], dim: int, index: int) -> Any:
    """`g` as one slice of a tensor that is 0 elsewhere."""
    whole = np.zeros(sizes, dtype=np.asarray(g).dtype)
    np.moveaxis(whole, dim, 0)[index] = g
    return whole


def _twice(g: Value, a: Value, reduction: int) -> Value:
    return 2 * np.broadcast_to(g, np.shape(a)) / _per(a, reduction)
