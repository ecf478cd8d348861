"""The rules for smooth activations."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tutor.calculus.functions import (
    Value,
    erf,
    exp,
    magnitude,
    sigmoid,
    softplus,
    sqrt,
    tanh,
    where,
)  # fmt: skip
from autograd_tutor.calculus.reductions import softmax
from autograd_tutor.calculus.rule import Rule, Slope, elementwise

CUBE = 0.044715
"""Of the cube in gelu's approximation by tanh (Hendrycks & Gimpel 2016)."""


def _bell(a: Value) -> Value:
    """The density of the normal distribution."""
    return exp(-(a**2) / 2) / float(np.sqrt(2 * np.pi))


def _below(a: Value) -> Value:
    """The share of the normal distribution below `a`; the 2 stays exact in formulas."""
    return (1 + erf(a / sqrt(2 + 0 * a))) / 2


def _inner(a: Value) -> Value:
    return float(np.sqrt(2 / np.pi)) * (a + CUBE * a**3)


def _gelu(a: Value, approximate: str = "none") -> Value:
    return a * _below(a) if approximate == "none" else a * (1 + tanh(_inner(a))) / 2


def _gelu_slope(y: Value, a: Value, approximate: str = "none") -> Value:
    if approximate == "none":
        return _below(a) + a * _bell(a)
    bend = tanh(_inner(a))
    return (1 + bend) / 2 + a * (1 - bend**2) / 2 * float(np.sqrt(2 / np.pi)) * (1 + 3 * CUBE * a**2)


def _mish_slope(y: Value, a: Value) -> Value:
    share = tanh(softplus(a))
    return share + a * (1 - share**2) * sigmoid(a)


def _softplus(a: Value, beta: Value = 1, threshold: Value = 20, at: Any = None) -> Value:
    straight = (a if at is None else at) * float(beta) > float(threshold)
    return where(straight, a, softplus(beta * a) / beta)


def _softplus_slope(y: Value, a: Value, beta: Value = 1, threshold: Value = 20) -> Value:
    return where(a * beta > threshold, 1.0, sigmoid(beta * a))


def _halves(a: Any, dim: int) -> tuple[Any, Any]:
    one, other = np.split(a, 2, dim)
    return one, other


def _glu(a: Value, dim: int = -1) -> Value:
    value, gate = _halves(a, int(dim))
    return value * sigmoid(gate)


def _glu_back(g: Any, y: Any, a: Any, dim: int = -1) -> Any:
    value, gate = _halves(a, dim)
    share = sigmoid(gate)
    return np.concatenate([g * share, g * value * share * (1 - share)], dim)


def _softmin_back(g: Any, y: Any, a: Any, dim: int = -1, **_: Any) -> Any:
    return -y * (g - np.sum(g * y, axis=dim, keepdims=True))


RULES: tuple[Rule, ...] = (
    elementwise(
        "silu",
        lambda a, inplace=False: a * sigmoid(a),
        (
            lambda y, a, inplace=False: sigmoid(a) * (1 + a * (1 - sigmoid(a))),
            "silu is {a} times its sigmoid, so the product rule gives two terms",
        ),
    ),
    Rule(
        "gelu",
        _gelu,
        (
            Slope(
                "gelu is {a} times Φ({a}), the share of a bell curve below {a}, and φ, the bell, is the slope of Φ: "
                "the product rule gives two terms",
                local=_gelu_slope,
                symbol="Φ({a}) + {a}·φ({a})",
            ),
        ),
    ),
    Rule(
        "mish",
        lambda a, inplace=False: a * tanh(softplus(a)),
        (
            Slope(
                "mish is {a} times t = tanh(softplus({a})), so the product rule gives two terms",
                local=lambda y, a, inplace=False: _mish_slope(y, a),
                symbol="t + {a}·(1 − t²)·sigmoid({a})",
            ),
        ),
    ),
    Rule(
        "softplus",
        _softplus,
        (
            Slope(
                "The slope of softplus is the sigmoid (and 1 far above 0, where torch takes it for a straight line)",
                local=_softplus_slope,
                symbol="softplus′({a})",
            ),
        ),
        branch=lambda at, a, beta=1, threshold=20: _softplus(a, beta, threshold, at[0]),
    ),
    elementwise(
        "logsigmoid",
        lambda a: -softplus(-a),
        (lambda y, a: sigmoid(-a), "The log of a sigmoid has the slope 1 minus that sigmoid"),
    ),
    elementwise(
        "softsign",
        lambda a: a / (1 + magnitude(a)),
        (lambda y, a: 1 / (1 + magnitude(a)) ** 2, "softsign flattens as the square of 1 + |{a}|"),
    ),
    elementwise(
        "tanhshrink",
        lambda a: a - tanh(a),
        (lambda y, a: tanh(a) ** 2, "{a} has slope 1 and its tanh 1 − tanh², so their difference has tanh²"),
    ),
    Rule(
        "glu",
        _glu,
        (
            Slope(
                "glu is the first half of {a} times the sigmoid s of the second half: to the first goes s, "
                "to the second the first times s·(1 − s)",
                back=_glu_back,
                symbol="G·s in the first half, G·{a}·s·(1 − s) in the second",
            ),
        ),
    ),
    Rule(
        "softmin",
        lambda a, dim=-1, **_: softmax(-a, dim),
        (
            Slope(
                "softmin is the softmax of −{a}: one share can only grow at the cost of the others",
                back=_softmin_back,
                symbol="{y}·{y}ᵀ − diag({y})",
            ),
        ),
    ),
)
