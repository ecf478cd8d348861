"""The rules for operations that make one number out of many, or weigh numbers against each other."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tutor.calculus.axes import axes, stretch, total
from autograd_tutor.calculus.broadcasting import unstretched
from autograd_tutor.calculus.functions import exp, log
from autograd_tutor.calculus.rule import Rule, Slope


def count(a: Any, dim: Any) -> int:
    """How many elements go into one of the result."""
    return int(np.prod([a.shape[axis] for axis in axes(a, dim)], dtype=int))


def mean(a: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The sum, divided by the count."""
    return total(a, dim, keepdim) / count(a, dim)


def _sum_back(g: Any, y: Any, a: Any, dim: Any = None, keepdim: bool = False) -> Any:
    return np.broadcast_to(stretch(g, a, dim, keepdim), a.shape)


def _mean_back(g: Any, y: Any, a: Any, dim: Any = None, keepdim: bool = False) -> Any:
    return _sum_back(g, y, a, dim, keepdim) / np.asarray(count(a, dim), dtype=a.dtype)


def _there(a: Any) -> Any:
    """1 where there is a number, 0 at nan."""
    return (np.ones(a.shape) if a.dtype == object else 1.0 - np.isnan(a)).astype(a.dtype)


def _numbers(a: Any) -> Any:
    return a if a.dtype == object else np.nan_to_num(a, nan=0.0, posinf=np.inf, neginf=-np.inf)


def _nansum(a: Any, dim: Any = None, keepdim: bool = False) -> Any:
    return total(_numbers(a), dim, keepdim)


def _nansum_back(g: Any, y: Any, a: Any, dim: Any = None, keepdim: bool = False) -> Any:
    return stretch(g, a, dim, keepdim) * _there(a)


def _nanmean(a: Any, dim: Any = None, keepdim: bool = False) -> Any:
    return _nansum(a, dim, keepdim) / total(_there(a), dim, keepdim)


def _nanmean_back(g: Any, y: Any, a: Any, dim: Any = None, keepdim: bool = False) -> Any:
    return stretch(g, a, dim, keepdim) * _there(a) / total(_there(a), dim, True)


def _prod(a: Any, dim: Any = None, keepdim: bool = False) -> Any:
    return np.prod(a, axis=axes(a, dim), keepdims=keepdim)


def _prod_back(g: Any, y: Any, a: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The product of all before, times the product of all after: right also where factors are 0."""
    picked, length = axes(a, dim), count(a, dim)
    last = range(-len(picked), 0)
    moved = np.moveaxis(a, picked, last)
    lines = moved.reshape(a.size // max(length, 1), length)
    one = np.ones((len(lines), 1), dtype=a.dtype)
    before = np.cumprod(np.hstack([one, lines[:, :-1]]), axis=1)
    after = np.cumprod(np.hstack([one, lines[:, :0:-1]]), axis=1)[:, ::-1]
    others = np.moveaxis((before * after)[:, :length].reshape(moved.shape), last, picked)
    return stretch(g, a, dim, keepdim) * others


def softmax(a: Any, dim: Any = -1, **_: Any) -> Any:
    """The shares of exp(a) along an axis; safe from overflow in numbers, plain in symbols."""
    raised = exp(a) if a.dtype == object else np.exp(a - np.max(a, axis=dim, keepdims=True))
    return raised / np.sum(raised, axis=dim, keepdims=True)


def log_sum_exp(a: Any, dim: Any = -1, keepdim: bool = False) -> Any:
    """The log of the sum of exp(a) along an axis."""
    if a.dtype == object:
        return log(total(exp(a), dim, keepdim))
    top = np.max(a, axis=axes(a, dim), keepdims=True)
    found = np.log(total(np.exp(a - top), dim, True)) + top
    return found if keepdim else np.squeeze(found, axes(a, dim))


def log_softmax(a: Any, dim: Any = -1, **_: Any) -> Any:
    """The logs of the shares."""
    return a - log_sum_exp(a, dim, True)


def _softmax_back(g: Any, y: Any, a: Any, dim: Any = -1, **_: Any) -> Any:
    return y * (g - np.sum(g * y, axis=dim, keepdims=True))


def _softmin_back(g: Any, y: Any, a: Any, dim: Any = -1, **_: Any) -> Any:
    return -_softmax_back(g, y, a, dim)


def _log_softmax_back(g: Any, y: Any, a: Any, dim: Any = -1, **_: Any) -> Any:
    return g - np.exp(y) * np.sum(g, axis=dim, keepdims=True)


def _log_sum_exp_back(g: Any, y: Any, a: Any, dim: Any = -1, keepdim: bool = False) -> Any:
    return stretch(g, a, dim, keepdim) * np.exp(a - stretch(y, a, dim, keepdim))


def _reduces(name: str, forward: Any, back: Any, words: str, symbol: str) -> Rule:
    return Rule(name, forward, (Slope(words, back=back, symbol=symbol),))


RULES: tuple[Rule, ...] = (
    _reduces("sum", total, _sum_back, "A sum passes on what arrives to every element", "1"),
    _reduces(
        "mean",
        mean,
        _mean_back,
        "{share}",
        "1/{n}",
    ),
    _reduces(
        "nansum",
        _nansum,
        _nansum_back,
        "A nansum passes on what arrives to every element that is a number",
        "1{{{a} ≠ nan}}",
    ),
    _reduces(
        "nanmean",
        _nanmean,
        _nanmean_back,
        "A nanmean shares what arrives equally among the elements that are numbers",
        "1{{{a} ≠ nan}}/count",
    ),
    _reduces(
        "prod",
        _prod,
        _prod_back,
        "In a product, each factor's slope is the product of all the others",
        "the product of the others",
    ),
    _reduces(
        "sum_to_size",
        lambda a, *size: unstretched(a, tuple(size[0]) if isinstance(size[0], tuple | list) else size),
        lambda g, y, a, *_: np.broadcast_to(g, a.shape),
        "What was summed up passes on what arrives to each of its terms",
        "1",
    ),
    _reduces(
        "softmax",
        softmax,
        _softmax_back,
        "One share of softmax can only grow at the cost of the others: each gets itself times what arrives at it, "
        "less the mean of all that arrives, weighed by the shares",
        "diag({y}) − {y}·{y}ᵀ",
    ),
    _reduces(
        "softmin",
        lambda a, dim=-1: softmax(-a, dim),
        _softmin_back,
        "softmin is the softmax of −{a}: the sign turns, and one share can only grow at the cost of the others",
        "{y}·{y}ᵀ − diag({y})",
    ),
    _reduces(
        "log_softmax",
        log_softmax,
        _log_softmax_back,
        "log_softmax hands back the gradient, minus its total shared out by softmax",
        "I − 1·softmax({a})ᵀ",
    ),
    _reduces("logsumexp", log_sum_exp, _log_sum_exp_back, "The slope of log-sum-exp is softmax", "softmax({a})"),
)
