"""The numbers of functions that numpy lacks: the error function's and the gamma function's families, in float64."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

Numbers = Any


def _each(function: Callable[[float], float]) -> Callable[[Numbers], Numbers]:
    """A function of one number, for arrays of them; nan where it has no value."""

    def safe(x: float) -> float:
        try:
            return function(x)
        except (ValueError, OverflowError):
            return math.inf if x > 0 or x == int(x) else math.nan

    return np.vectorize(safe, otypes=[float])


erf = _each(math.erf)
erfc = _each(math.erfc)
lgamma = _each(math.lgamma)


def erfinv(x: Numbers) -> Numbers:
    """Winitzki's approximation (2008), then Newton's method."""
    x = np.asarray(x, dtype=float)
    rest = np.log1p(-x * x)
    half = 2 / (math.pi * 0.147) + rest / 2
    y = np.sign(x) * np.sqrt(np.sqrt(half**2 - rest / 0.147) - half)
    for _ in range(4):
        y = np.where(np.isfinite(y), y - (erf(y) - x) * (math.sqrt(math.pi) / 2) * np.exp(y * y), y)
    return y


_DIGAMMA = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)
_TRIGAMMA = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)
"""Coefficients of the asymptotic series (Abramowitz and Stegun 6.3.18 and 6.4.12)."""


def _raised(x: Numbers) -> tuple[Numbers, list[Numbers]]:
    """x moved up by whole steps to where the series is exact to float64, and what it was at each step."""
    passed = []
    for _ in range(10):
        passed.append(x)
        x = x + 1
    return x, passed


def digamma(x: Numbers) -> Numbers:
    """The slope of log Γ; below 1/2 by reflection."""
    x = np.asarray(x, dtype=float)
    low = x < 0.5
    high, passed = _raised(np.where(low, 1 - x, x))
    series = sum(factor / high ** (2 * at + 2) for at, factor in enumerate(_DIGAMMA))
    value = np.log(high) - 0.5 / high - series - sum(1 / one for one in passed)
    return np.where(low, value - math.pi / np.tan(math.pi * x), value)


def trigamma(x: Numbers) -> Numbers:
    """The slope of digamma; below 1/2 by reflection."""
    x = np.asarray(x, dtype=float)
    low = x < 0.5
    high, passed = _raised(np.where(low, 1 - x, x))
    series = sum(factor / high ** (2 * at + 3) for at, factor in enumerate(_TRIGAMMA))
    value = 1 / high + 0.5 / high**2 + series + sum(1 / one**2 for one in passed)
    return np.where(low, (math.pi / np.sin(math.pi * x)) ** 2 - value, value)
