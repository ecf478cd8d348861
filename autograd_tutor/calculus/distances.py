"""The rules for lengths and angles: norms of differences, vectors made of length 1, cosines.

A length grows fastest along the vector itself: ‖d‖ has slope d/‖d‖, for the p-norm
sign(d)·(|d|/‖d‖)^(p − 1).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tutor.calculus.broadcasting import unstretched
from autograd_tutor.calculus.functions import magnitude, sqrt, symbolic
from autograd_tutor.calculus.rule import Rule, Slope


def length(d: Any, p: Any, axis: Any) -> Any:
    """The p-norm over an axis, which stays with length 1."""
    if p == 2:
        return sqrt(np.sum(d**2, axis=axis, keepdims=True))
    if p == np.inf and not symbolic(d):
        return np.max(np.abs(d), axis=axis, keepdims=True)
    if p == 0 and not symbolic(d):
        return np.sum(d != 0, axis=axis, keepdims=True).astype(d.dtype)
    total = np.sum(magnitude(d) ** p, axis=axis, keepdims=True)
    return total if p == 1 else total ** (1 / p)


def direction(d: Any, size: Any, p: Any, axis: Any) -> Any:
    """The slope of that length `size` by each number; where it is 0, torch takes 0."""
    if p == 0:
        return np.zeros_like(d)
    if p == np.inf:
        hit = np.abs(d) == size
        return np.sign(d) * hit / np.sum(hit, axis=axis, keepdims=True)
    safe = np.where(size == 0, 1, size)
    return np.where(size == 0, 0, np.sign(d) * (np.abs(d) / safe) ** (float(p) - 1)).astype(d.dtype)


def by_power(vector: str, size: str, before: str = "", less: str = "") -> dict[str, tuple[str, str]]:
    """The words and the symbol of that slope by p, where p is not 2; `less` stands behind them."""
    told = {
        "1": ("is the sum of the sizes, so its slope is the sign", f"sign({vector})"),
        "inf": ("is the largest size: only that has a slope, its sign", f"(sign({vector}) where largest, else 0)"),
        "-inf": ("is the smallest size: only that has a slope, its sign", f"(sign({vector}) where smallest, else 0)"),
        "0": ("counts what is not 0, so its slope is 0", "0"),
        "p": (
            "is a root of a sum of powers, and its slope a power of each share",
            f"sign({vector})·(|{vector}|/{size})^(p − 1)",
        ),
    }
    named = {"inf": "p = ∞", "-inf": "p = −∞", "p": "another p than 2"}
    return {
        p: (f"With {named.get(p, f'p = {p}')} a length {words}{less}", f"{before}{symbol}")
        for p, (words, symbol) in told.items()
    }


def power_form(p: Any) -> str:
    """Which of them."""
    return "" if p == 2 else f"{float(p):g}" if p in (0, 1, np.inf, -np.inf) else "p"


def normalized(input: Any, p: Any = 2.0, dim: Any = 1, eps: Any = 1e-12) -> Any:
    """`input` over its length."""
    size = length(input, p, dim)
    return input / (size if symbolic(input) else np.maximum(size, eps))


def normalized_back(g: Any, y: Any, a: Any, p: Any = 2.0, dim: Any = 1, eps: Any = 1e-12) -> Any:
    """What goes back to `a`."""
    size = length(a, p, dim)
    kept = np.maximum(size, eps)
    along = np.sum(g * a, axis=dim, keepdims=True) / kept**2
    return g / kept - np.where(size >= eps, along, 0) * direction(a, size, p, dim)


def _normalized_terms(g: Any, y: Any, a: Any, p: Any = 2.0, dim: Any = 1, eps: Any = 1e-12) -> Any:
    return g / np.maximum(length(a, p, dim), eps)


def _cosine(x1: Any, x2: Any, dim: int = 1, eps: Any = 1e-8) -> Any:
    return np.sum(normalized(x1, 2, dim, eps) * normalized(x2, 2, dim, eps), axis=dim)


def _cosine_slope(which: int) -> Slope:
    def parts(g: Any, given: tuple[Any, Any], dim: int, eps: Any) -> Any:
        shape = np.broadcast_shapes(given[0].shape, given[1].shape)
        one, other = (np.broadcast_to(a, shape) for a in (given[which], given[1 - which]))
        return np.expand_dims(g, dim) * normalized(other, 2, dim, eps), one

    def back(g: Any, y: Any, x1: Any, x2: Any, dim: int = 1, eps: Any = 1e-8) -> Any:
        arrived, one = parts(g, (x1, x2), dim, eps)
        return unstretched(normalized_back(arrived, y, one, 2, dim, eps), (x1, x2)[which].shape)

    def terms(g: Any, y: Any, x1: Any, x2: Any, dim: int = 1, eps: Any = 1e-8) -> Any:
        arrived, one = parts(g, (x1, x2), dim, eps)
        return _normalized_terms(arrived, y, one, 2, dim, eps)

    mine, others = ("{a}", "{b}")[which], ("{b}", "{a}")[which]
    return Slope(
        f"Only the part of {others} across {mine} turns the angle, and the longer {mine} is, the less",
        back=back,
        terms=terms,
        symbol=f"G·({others}/‖{others}‖ − {{y}}·{mine}/‖{mine}‖)/‖{mine}‖",
    )


def _pairwise(x1: Any, x2: Any, p: Any = 2.0, eps: Any = 1e-6, keepdim: Any = False) -> Any:
    size = length(x1 - x2 + eps, p, -1)
    return size if keepdim else size[..., 0]


def _pairwise_slope(which: int, words: str, symbol: str) -> Slope:
    difference = ("{a} − {b}", "{b} − {a}")[which]

    def back(g: Any, y: Any, x1: Any, x2: Any, p: Any = 2.0, eps: Any = 1e-6, keepdim: Any = False) -> Any:
        d = x1 - x2 + np.asarray(eps, x1.dtype)
        each = (g if keepdim else g[..., np.newaxis]) * direction(d, length(d, p, -1), p, -1)
        return unstretched((1, -1)[which] * each, (x1, x2)[which].shape)

    return Slope(words, back=back, symbol=symbol, tied=by_power(difference, "{y}", "G·"))


def _differences(x1: Any, x2: Any) -> Any:
    return x1[..., :, np.newaxis, :] - x2[..., np.newaxis, :, :]


def _cdist(x1: Any, x2: Any, p: Any = 2.0, compute_mode: Any = None) -> Any:
    return length(_differences(x1, x2), p, -1)[..., 0]


def _cdist_slope(axis: int, sign: int, words: str, symbol: str) -> Slope:
    def back(g: Any, y: Any, x1: Any, x2: Any, p: Any = 2.0, compute_mode: Any = None) -> Any:
        d = _differences(x1, x2)
        each = sign * g[..., np.newaxis] * direction(d, length(d, p, -1), p, -1)
        return unstretched(np.sum(each, axis=axis), (x1 if sign > 0 else x2).shape)

    one, other = ("{a}", "{b}")[::sign]
    tied = by_power(f"row of {one} − row of {other}", "distance", "ΣG·", f"; {one} is in several distances")
    return Slope(words, back=back, symbol=symbol, tied=tied)


def _pairs(input: Any) -> tuple[Any, Any]:
    """Which two rows each distance is of."""
    first, second = np.triu_indices(input.shape[0], 1)
    return first, second


def _pdist(input: Any, p: Any = 2.0) -> Any:
    first, second = _pairs(input)
    return length(input[first] - input[second], p, -1)[..., 0]


def _pdist_back(g: Any, y: Any, input: Any, p: Any = 2.0) -> Any:
    first, second = _pairs(input)
    d = input[first] - input[second]
    each = g[:, np.newaxis] * direction(d, length(d, p, -1), p, -1)
    found = np.zeros_like(input)
    np.add.at(found, first, each)
    np.subtract.at(found, second, each)
    return found


_ROWS = "Each row of {a} has a distance to each other row, and gets along each difference what arrives there"

RULES: tuple[Rule, ...] = (
    Rule(
        "normalize",
        normalized,
        (
            Slope(
                "Only what is across {a} turns it; what is along it changes the length alone, which is divided away",
                back=normalized_back,
                terms=_normalized_terms,
                symbol="(G − {y}·sum(G·{y}))/‖{a}‖",
                tied={
                    p: (f"{words}; that is divided by", f"(G − {symbol}·sum(G·{{y}}))/‖{{a}}‖")
                    for p, (words, symbol) in by_power("{a}", "‖{a}‖").items()
                },
            ),
        ),
        form=lambda input, p=2.0, *_, **__: power_form(p),
    ),
    Rule("cosine_similarity", _cosine, (_cosine_slope(0), _cosine_slope(1))),
    Rule(
        "pairwise_distance",
        _pairwise,
        (
            _pairwise_slope(
                0,
                "A distance grows fastest along the difference, so its slope is the difference over the distance",
                "G·({a} − {b})/{y}",
            ),
            _pairwise_slope(
                1,
                "A distance grows fastest along the difference, in which {b} stands with a minus sign",
                "G·({b} − {a})/{y}",
            ),
        ),
        form=lambda x1, x2, p=2.0, *_, **__: power_form(p),
    ),
    Rule(
        "cdist",
        _cdist,
        (
            _cdist_slope(
                -2,
                1,
                "Each row of {a} has a distance to each row of {b}, and gets along each difference what arrives there",
                "ΣG·(row of {a} − row of {b})/distance",
            ),
            _cdist_slope(
                -3,
                -1,
                "Each row of {b} has a distance to each row of {a}, and gets along each difference what arrives there",
                "ΣG·(row of {b} − row of {a})/distance",
            ),
        ),
        form=lambda x1, x2, p=2.0, *_, **__: power_form(p),
    ),
    Rule(
        "pdist",
        _pdist,
        (
            Slope(
                _ROWS,
                back=_pdist_back,
                symbol="ΣG·(row − other row)/distance",
                tied=by_power("row − other row", "distance", "ΣG·", "; each row of {a} is in several distances"),
            ),
        ),
        form=lambda input, p=2.0: power_form(p),
    ),
)
