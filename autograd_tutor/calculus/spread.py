"""The rules for variances and lengths: roots and sums of squares."""

from __future__ import annotations

from functools import wraps
from typing import Any

import numpy as np

from autograd_tutor.calculus.axes import axes, stretch, total
from autograd_tutor.calculus.broadcasting import unstretched
from autograd_tutor.calculus.distances import by_power, power_form
from autograd_tutor.calculus.functions import magnitude, sqrt
from autograd_tutor.calculus.reductions import count, mean
from autograd_tutor.calculus.rule import Rule, Slope


def _centred(a: Any, dim: Any) -> Any:
    return a - mean(a, dim, True)


def _freedom(a: Any, dim: Any, unbiased: bool, correction: Any) -> Any:
    """What the sum of squares is divided by; never below 0, as in torch."""
    less = int(unbiased) if correction is None else float(correction)
    return max(count(a, dim) - less, 0)


def _dims(dim: Any, unbiased: Any) -> tuple[Any, Any]:
    """`x.var(False)`: a bool in the place of the axes says whether it is unbiased."""
    return (None, dim) if isinstance(dim, bool) else (dim, unbiased)


def _var(a: Any, dim: Any = None, unbiased: bool = True, keepdim: bool = False, correction: Any = None) -> Any:
    dim, unbiased = _dims(dim, unbiased)
    return total(_centred(a, dim) ** 2, dim, keepdim) / _freedom(a, dim, unbiased, correction)


def _var_back(
    g: Any, y: Any, a: Any, dim: Any = None, unbiased: bool = True, keepdim: bool = False, correction: Any = None
) -> Any:
    dim, unbiased = _dims(dim, unbiased)
    return stretch(g, a, dim, keepdim) * (2 / np.float64(_freedom(a, dim, unbiased, correction))) * _centred(a, dim)


@wraps(_var)
def _std(*operands: Any, **options: Any) -> Any:
    return sqrt(_var(*operands, **options))


def _std_back(g: Any, y: Any, a: Any, *rest: Any, **options: Any) -> Any:
    return _var_back(np.where(y == 0, 0, g / (2 * y)), y, a, *rest, **options)


def _with_mean(forward: Any) -> Any:
    def both(a: Any, dim: Any = None, unbiased: bool = True, keepdim: bool = False, correction: Any = None) -> Any:
        axis, _ = _dims(dim, unbiased)
        return forward(a, dim, unbiased, keepdim, correction), mean(a, axis, keepdim)

    return both


def _both_back(back: Any) -> Any:
    def both(
        g: Any, y: Any, a: Any, dim: Any = None, unbiased: bool = True, keepdim: bool = False, correction: Any = None
    ) -> Any:
        axis, _ = _dims(dim, unbiased)
        even = stretch(g[1], a, axis, keepdim) / count(a, axis)
        return back(g[0], y[0], a, dim, unbiased, keepdim, correction) + even

    return both


def _power(p: Any) -> float:
    return 2.0 if p in (None, "fro") else float(p)


def norm(a: Any, p: Any = 2, dim: Any = None, keepdim: bool = False) -> Any:
    """The p-norm of the numbers along some axes; of a matrix without `dim` that of all its numbers."""
    power = _power(p)
    if power == 2:
        return sqrt(total(a * a, dim, keepdim))
    if np.isinf(power):
        return (np.max if power > 0 else np.min)(magnitude(a), axis=axes(a, dim), keepdims=keepdim)
    return total(magnitude(a) ** power, dim, keepdim) ** (1 / power)


def _norm_back(g: Any, y: Any, a: Any, p: Any = 2, dim: Any = None, keepdim: bool = False) -> Any:
    length, upstream = stretch(y, a, dim, keepdim), stretch(g, a, dim, keepdim)
    power = _power(p)
    if power == 0:
        return np.zeros_like(a)
    if np.isinf(power):
        largest = (np.abs(a) == length) & (a == a)
        return upstream * np.sign(a) * largest / total(largest, dim, True)
    rise = np.sign(a) * np.abs(a) ** (power - 1) / np.where(length == 0, 1, length) ** (power - 1)
    return upstream * np.where((length == 0) | (a == 0), 0, rise)


def _dist_back(g: Any, y: Any, a: Any, b: Any, p: Any = 2) -> Any:
    return unstretched(_norm_back(g, y, a - b, p), np.shape(a))


def _length_zero(a: Any, p: Any = 2, dim: Any = None, keepdim: bool = False) -> str:
    return "A vector of zeros has no direction, and torch gives it 0." if np.any(norm(a, p, dim) == 0) else ""


_VARIANCE = "The variance grows with each element's distance from the mean, twice that over {less}"
_DEVIATION = "The standard deviation is a root, so its slope is the variance's over twice itself"
_LENGTH = "A length grows fastest along the vector itself, so its slope is the vector over its length"

RULES: tuple[Rule, ...] = (
    Rule("var", _var, (Slope(_VARIANCE, back=_var_back, symbol="2({a} − mean)/{divisor}"),)),
    Rule("std", _std, (Slope(_DEVIATION, back=_std_back, symbol="({a} − mean)/({divisor}·{y})"),)),
    Rule(
        "var_mean",
        _with_mean(_var),
        (
            Slope(
                f"{_VARIANCE}; the mean shares what it got equally",
                back=_both_back(_var_back),
                symbol="G·2({a} − mean)/{divisor} + G of the mean/n",
            ),
        ),
    ),
    Rule(
        "std_mean",
        _with_mean(_std),
        (
            Slope(
                f"{_DEVIATION}; the mean shares what it got equally",
                back=_both_back(_std_back),
                symbol="G·({a} − mean)/({divisor}·{y}) + G of the mean/n",
            ),
        ),
    ),
    Rule(
        "norm",
        norm,
        (Slope(_LENGTH, back=_norm_back, symbol="{a}/‖{a}‖", tied=by_power("{a}", "‖{a}‖")),),
        where=_length_zero,
        form=lambda a, p=2, *_, **__: power_form(_power(p)),
    ),
    Rule(
        "dist",
        lambda a, b, p=2: norm(a - b, p),
        (
            Slope(
                "A distance grows fastest straight away from the other point",
                back=_dist_back,
                symbol="({a} − {b})/‖{a} − {b}‖",
                tied=by_power("{a} − {b}", "{y}"),
            ),
            Slope(
                "A distance grows fastest straight away from the other point",
                back=lambda g, y, a, b, p=2: _dist_back(g, y, b, a, p),
                symbol="({b} − {a})/‖{a} − {b}‖",
                tied=by_power("{b} − {a}", "{y}"),
            ),
        ),
        form=lambda a, b, p=2: power_form(p),
    ),
)
