"""The rules for the modified Bessel functions of order 0 and 1, plain and scaled by e^(−|x|), and for polygamma.

I₀' = I₁ and I₁' = I₀ − I₁/x (Abramowitz and Stegun 9.6.27 and 9.6.28); ψₙ' = ψₙ₊₁ (6.4.1).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_tutor.calculus.functions import digamma
from autograd_tutor.calculus.rule import FIXED, Rule, Slope

_ANGLES = (np.arange(400) + 0.5) * np.pi / 400
_RAISED = 20
"""How far polygamma's argument is moved up to where its series is exact."""
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)


def _scaled(order: int, x: Any) -> Any:
    """e^(−|x|)·I(x) as a mean over angles (9.6.19), by the midpoint rule, which is exact here to all digits."""
    x = np.asarray(x, dtype=float)
    turns = np.exp(x[..., np.newaxis] * np.cos(_ANGLES) - np.abs(x)[..., np.newaxis])
    return np.mean(turns * np.cos(order * _ANGLES), axis=-1)


def _plain(order: int, x: Any) -> Any:
    return _scaled(order, x) * np.exp(np.abs(x))


def _over(above: Any, x: Any) -> Any:
    """I₁(x)/x, which comes to a half at 0."""
    return np.where(x == 0, 0.5, above / np.where(x == 0, 1, x))


def polygamma(n: int, x: Any) -> Any:
    """ψₙ by its asymptotic series (6.4.11) after the recurrence (6.4.6), which leads to where it is exact."""
    x = np.asarray(x, dtype=float)
    if n == 0:
        return digamma(x)
    assert np.all(x > -_RAISED / 2)
    sign, below = (-1) ** (n + 1), sum(math.factorial(n) / (x + at) ** (n + 1) for at in range(_RAISED))
    high = x + _RAISED
    series = math.factorial(n - 1) / high**n + math.factorial(n) / (2 * high ** (n + 1))
    for at, number in enumerate(_BERNOULLI, 1):
        series = series + number * math.factorial(2 * at + n - 1) / (math.factorial(2 * at) * high ** (2 * at + n))
    return sign * (below + series)


def _polygamma_back(g: Any, y: Any, n: Any, a: Any) -> Any:
    return g * polygamma(int(n) + 1, a)


def _rule(name: str, forward: Any, slope: Any, words: str, symbol: str) -> Rule:
    return Rule(name, forward, (Slope(words, back=lambda g, y, a: g * slope(y, a), symbol=symbol),))


RULES: tuple[Rule, ...] = (
    _rule(
        "i0",
        lambda a: _plain(0, a),
        lambda y, a: _plain(1, a),
        "The slope of the Bessel function I₀ is that of the next order, I₁",
        "G·I₁({a})",
    ),
    _rule(
        "i1",
        lambda a: _plain(1, a),
        lambda y, a: _plain(0, a) - _over(_plain(1, a), a),
        "The slope of the Bessel function I₁ is I₀ less I₁ over its argument (at 0 a half)",
        "G·(I₀({a}) − {y}/{a})",
    ),
    _rule(
        "i0e",
        lambda a: _scaled(0, a),
        lambda y, a: _scaled(1, a) - np.sign(a) * y,
        "I₀ scaled by e^(−|{a}|) is a product: one slope from I₀, one from the scale",
        "G·(e^(−|{a}|)·I₁({a}) − sign({a})·{y})",
    ),
    _rule(
        "i1e",
        lambda a: _scaled(1, a),
        lambda y, a: _scaled(0, a) - _over(_scaled(1, a), a) - np.sign(a) * y,
        "I₁ scaled by e^(−|{a}|) is a product: one slope from I₁, one from the scale",
        "G·(e^(−|{a}|)·I₀({a}) − {y}·(sign({a}) + 1/{a}))",
    ),
    Rule(
        "polygamma",
        lambda n, a: polygamma(int(n), a),
        (
            FIXED,
            Slope(
                "The slope of a polygamma function is the next one, ψ of order n + 1",
                back=_polygamma_back,
                symbol="G·polygamma({a} + 1, {b})",
            ),
        ),
    ),
)
