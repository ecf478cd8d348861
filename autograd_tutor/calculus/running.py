"""The rules for running totals along an axis, and for the differences that undo them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tutor.calculus.functions import exp, log
from autograd_tutor.calculus.rule import Rule, Slope


def _collected(g: Any, dim: int) -> Any:
    """The sum of each element and all after it."""
    return np.flip(np.cumsum(np.flip(g, dim), dim), dim) if np.ndim(g) else g


def _cumprod_back(g: Any, y: Any, a: Any, dim: int) -> Any:
    """Each factor's slope in every product from its place on: the others up to there; right also where some are 0."""
    if not a.ndim:
        return g
    factors, came = np.moveaxis(a, dim, 0), np.moveaxis(g, dim, 0)
    found = np.zeros_like(came)
    for place in range(len(factors)):
        others = factors.copy()
        others[place] = 1
        found[place] = np.sum((came * np.cumprod(others, axis=0))[place:], axis=0)
    return np.moveaxis(found, 0, dim)


def _logcumsumexp(a: Any, dim: int) -> Any:
    if a.dtype == object:
        return log(np.cumsum(exp(a), dim))
    return np.logaddexp.accumulate(a, dim) if a.ndim else a


def _logcumsumexp_back(g: Any, y: Any, a: Any, dim: int) -> Any:
    top = np.max(a, axis=dim, keepdims=True, initial=-np.inf) if a.ndim else a
    return np.exp(a - top) * _collected(g * np.exp(top - y), dim)


def _diff(a: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Any:
    parts = [one for one in (prepend, a, append) if one is not None]
    return np.diff(np.concatenate(parts, dim), n, dim)


def _undiff(g: Any, n: int, dim: int) -> Any:
    """Each element is the minuend of one difference and the subtrahend of the next."""
    for _ in range(n):
        zero = np.zeros_like(np.take(g, [0], dim)) if g.shape[dim] else np.zeros_like(g)
        g = np.concatenate([zero, g], dim) - np.concatenate([g, zero], dim)
    return g


def _diff_back(which: int) -> Any:
    def back(g: Any, y: Any, a: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Any:
        whole = _undiff(g, n, dim)
        first = 0 if prepend is None else prepend.shape[dim]
        ends = [0, first, first + a.shape[dim], whole.shape[dim]]
        return np.take(whole, range(ends[which], ends[which + 1]), dim)

    return back


_DIFFERENCE = "Each element stands in two differences, with + in one and − in the next, and gets what these two got"

RULES: tuple[Rule, ...] = (
    Rule(
        "cumsum",
        lambda a, dim: np.cumsum(a, dim) if np.ndim(a) else a,
        (
            Slope(
                "Each number is in every sum from its place on, so it collects the gradients of all of those",
                back=lambda g, y, a, dim: _collected(g, dim),
                symbol="ΣG from there on",
            ),
        ),
    ),
    Rule(
        "cumprod",
        lambda a, dim: np.cumprod(a, dim) if np.ndim(a) else a,
        (
            Slope(
                "Each number is a factor of every product from its place on; in each its slope is the others' product",
                back=_cumprod_back,
                symbol="Σ G·(product of the others) from there on",
            ),
        ),
    ),
    Rule(
        "logcumsumexp",
        _logcumsumexp,
        (
            Slope(
                "Each number is in every log-sum-exp from its place on; its slope there is its share exp({a} − {y})",
                back=_logcumsumexp_back,
                symbol="Σ G·exp({a} − {y}) from there on",
            ),
        ),
    ),
    Rule(
        "diff",
        _diff,
        (
            Slope(_DIFFERENCE, back=_diff_back(1), symbol="G before − G after"),
            Slope("A count has no slope", back=_diff_back(1), symbol="0"),
            Slope("An axis has no slope", back=_diff_back(1), symbol="0"),
            Slope(_DIFFERENCE, back=_diff_back(0), symbol="G before − G after"),
            Slope(_DIFFERENCE, back=_diff_back(2), symbol="G before − G after"),
        ),
    ),
)
