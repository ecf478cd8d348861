"""The rules for operations that make one number out of many, or weigh numbers against each other."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tutor.calculus.functions import exp, log, magnitude, sqrt
from autograd_tutor.calculus.rule import Rule, Slope


def _axes(a: Any, dim: Any) -> tuple[int, ...]:
    if dim is None or dim == () or dim == []:
        return tuple(range(a.ndim))
    dims = tuple(dim) if isinstance(dim, tuple | list) else (dim,)
    return tuple(one % max(a.ndim, 1) for one in dims) if a.ndim else ()


def _count(a: Any, dim: Any) -> int:
    return int(np.prod([a.shape[axis] for axis in _axes(a, dim)], dtype=int))


def _sum(a: Any, dim: Any = None, keepdim: bool = False) -> Any:
    return np.sum(a, axis=_axes(a, dim), keepdims=keepdim)


def _mean(a: Any, dim: Any = None, keepdim: bool = False) -> Any:
    return _sum(a, dim, keepdim) / _count(a, dim)


def _stretch(upstream: Any, a: Any, dim: Any, keepdim: bool) -> Any:
    """What was reduced, brought back to the operand's axes."""
    return upstream if keepdim or not a.ndim else np.expand_dims(upstream, _axes(a, dim))


def _sum_back(g: Any, y: Any, a: Any, dim: Any = None, keepdim: bool = False) -> Any:
    return np.broadcast_to(_stretch(g, a, dim, keepdim), a.shape)


def _mean_back(g: Any, y: Any, a: Any, dim: Any = None, keepdim: bool = False) -> Any:
    return _sum_back(g, y, a, dim, keepdim) / np.asarray(_count(a, dim), dtype=a.dtype)


def _centred(a: Any, dim: Any) -> Any:
    return a - _mean(a, dim, True)


def _var(a: Any, dim: Any = None, unbiased: bool = True, keepdim: bool = False, correction: Any = None) -> Any:
    return _sum(_centred(a, dim) ** 2, dim, keepdim) / _freedom(a, dim, unbiased, correction)


def _freedom(a: Any, dim: Any, unbiased: bool, correction: Any) -> Any:
    return _count(a, dim) - (int(unbiased) if correction is None else correction)


def _var_back(
    g: Any, y: Any, a: Any, dim: Any = None, unbiased: bool = True, keepdim: bool = False, correction: Any = None
) -> Any:
    return _stretch(g, a, dim, keepdim) * 2 * _centred(a, dim) / _freedom(a, dim, unbiased, correction)


def _std(*operands: Any, **options: Any) -> Any:
    return sqrt(_var(*operands, **options))


def _std_back(g: Any, y: Any, a: Any, *rest: Any, **options: Any) -> Any:
    return _var_back(g / (2 * y), y, a, *rest, **options)


def _prod(a: Any, dim: Any = None, keepdim: bool = False) -> Any:
    return np.prod(a, axis=_axes(a, dim), keepdims=keepdim)


def _prod_back(g: Any, y: Any, a: Any, dim: Any = None, keepdim: bool = False) -> Any:
    axes = _axes(a, dim)
    others = np.empty_like(a)
    for place in np.ndindex(a.shape):
        without = a.copy()
        without[place] = 1
        line = tuple(slice(None) if axis in axes else place[axis] for axis in range(a.ndim))
        others[place] = np.prod(without[line])
    return _stretch(g, a, dim, keepdim) * others


def _norm(a: Any, p: Any = 2, dim: Any = None, keepdim: bool = False) -> Any:
    power = 2 if p in (None, "fro") else p
    if power == 2:
        return sqrt(_sum(a * a, dim, keepdim))
    return _sum(magnitude(a) ** power, dim, keepdim) ** (1 / power)


def _norm_back(g: Any, y: Any, a: Any, p: Any = 2, dim: Any = None, keepdim: bool = False) -> Any:
    length, upstream = _stretch(y, a, dim, keepdim), _stretch(g, a, dim, keepdim)
    power = 2 if p in (None, "fro") else p
    rise = np.sign(a) * np.abs(a) ** (power - 1) / np.where(length == 0, 1, length) ** (power - 1)
    return upstream * np.where(length == 0, 0, rise)


def _extreme(name: str, numeric: Any) -> Rule:
    def forward(a: Any, dim: Any = None, keepdim: bool = False) -> Any:
        return numeric(a, axis=_axes(a, dim), keepdims=keepdim)

    def shares(at: Any, dim: Any, even: bool) -> Any:
        """1 at the extreme; at a tie, equal shares (or all to the first along an axis, as torch does)."""
        hit = at == numeric(at, axis=_axes(at, dim), keepdims=True)
        if not even:
            hit = hit & (np.cumsum(hit, axis=_axes(at, dim)[0]) == 1)
        return hit / _sum(hit, dim, True)

    def back(g: Any, y: Any, a: Any, dim: Any = None, keepdim: bool = False) -> Any:
        return _stretch(g, a, dim, keepdim) * shares(a, dim, not isinstance(dim, int)).astype(a.dtype)

    def branch(at: Any, a: Any, dim: Any = None, keepdim: bool = False) -> Any:
        return _sum(a * shares(at[0], dim, not isinstance(dim, int)), dim, keepdim)

    def tie(a: Any, dim: Any = None, keepdim: bool = False) -> str:
        if isinstance(dim, int) or np.sum(a == numeric(a)) < 2:
            return ""
        return "Several elements tie here, and torch shares the gradient equally among them."

    words = f"Only the {'largest' if name == 'max' else 'smallest'} element gets a gradient, and the others get 0"
    slope = Slope(words, back=back, symbol=f"1{{{{{{a}} is the {name}}}}}")
    return Rule(name, forward, (slope,), where=tie, branch=branch)


def softmax(a: Any, dim: Any = -1, **_: Any) -> Any:
    """The shares of exp(a) along an axis; safe from overflow in numbers, plain in symbols."""
    raised = exp(a) if a.dtype == object else np.exp(a - np.max(a, axis=dim, keepdims=True))
    return raised / np.sum(raised, axis=dim, keepdims=True)


def log_sum_exp(a: Any, dim: Any = -1, keepdim: bool = False) -> Any:
    """The log of the sum of exp(a) along an axis."""
    if a.dtype == object:
        return log(_sum(exp(a), dim, keepdim))
    top = np.max(a, axis=_axes(a, dim), keepdims=True)
    total = np.log(_sum(np.exp(a - top), dim, True)) + top
    return total if keepdim else np.squeeze(total, _axes(a, dim))


def log_softmax(a: Any, dim: Any = -1, **_: Any) -> Any:
    """The logs of the shares."""
    return a - log_sum_exp(a, dim, True)


def _softmax_back(g: Any, y: Any, a: Any, dim: Any = -1, **_: Any) -> Any:
    return y * (g - np.sum(g * y, axis=dim, keepdims=True))


def _log_softmax_back(g: Any, y: Any, a: Any, dim: Any = -1, **_: Any) -> Any:
    return g - np.exp(y) * np.sum(g, axis=dim, keepdims=True)


def _log_sum_exp_back(g: Any, y: Any, a: Any, dim: Any = -1, keepdim: bool = False) -> Any:
    return _stretch(g, a, dim, keepdim) * np.exp(a - _stretch(y, a, dim, keepdim))


RULES: tuple[Rule, ...] = (
    Rule("sum", _sum, (Slope("A sum passes on what arrives to every element", back=_sum_back, symbol="1"),)),
    Rule(
        "mean",
        _mean,
        (
            Slope(
                "A mean shares what arrives equally, 1/{n} of it for each of its {n} elements",
                back=_mean_back,
                symbol="1/{n}",
            ),
        ),
    ),
    Rule(
        "var",
        _var,
        (
            Slope(
                "The variance grows with each element's distance from the mean, twice that over n − 1",
                back=_var_back,
                symbol="2({a} − mean)/(n − 1)",
            ),
        ),
    ),
    Rule(
        "std",
        _std,
        (
            Slope(
                "The standard deviation is a root, so its slope is the variance's over twice itself",
                back=_std_back,
                symbol="({a} − mean)/((n − 1)·{y})",
            ),
        ),
    ),
    Rule(
        "prod",
        _prod,
        (
            Slope(
                "In a product, each factor's slope is the product of all the others",
                back=_prod_back,
                symbol="the product of the others",
            ),
        ),
    ),
    Rule(
        "norm",
        _norm,
        (
            Slope(
                "A length grows fastest along the vector itself, so its slope is the vector over its length",
                back=_norm_back,
                symbol="{a}/‖{a}‖",
            ),
        ),
    ),
    _extreme("max", np.max),
    _extreme("min", np.min),
    Rule(
        "softmax",
        softmax,
        (
            Slope(
                "One share of softmax can only grow at the cost of the others",
                back=_softmax_back,
                symbol="diag({y}) − {y}·{y}ᵀ",
            ),
        ),
    ),
    Rule(
        "log_softmax",
        log_softmax,
        (
            Slope(
                "log_softmax hands back the gradient, minus its total shared out by softmax",
                back=_log_softmax_back,
                symbol="1 − softmax({a})",
            ),
        ),
    ),
    Rule(
        "logsumexp",
        log_sum_exp,
        (Slope("The slope of log-sum-exp is softmax", back=_log_sum_exp_back, symbol="softmax({a})"),),
    ),
)
