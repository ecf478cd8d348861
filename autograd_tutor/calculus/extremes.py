"""The rules for operations that pick elements by their order: extremes, medians, sorting."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from autograd_tutor.calculus.axes import added, along, axes, stretch, total
from autograd_tutor.calculus.rule import Rule, Slope

# over all elements, or over several axes: what is equal shares


def _shares(at: Any, picked: Any, dim: Any) -> Any:
    """1 where the picked number stands; where it stands several times, equal shares."""
    hit = (at == picked) | (np.isnan(at) & np.isnan(picked))
    return hit / total(hit, dim, True)


def _even_back(g: Any, y: Any, a: Any, dim: Any = None, keepdim: bool = False) -> Any:
    return stretch(g, a, dim, keepdim) * _shares(a, stretch(y, a, dim, keepdim), dim).astype(a.dtype)


SHARED = "Several elements tie here, and torch shares the gradient equally among them."
_FIRST = "Several elements tie here, and torch gives the gradient to one alone, whose place it returned."


def _tie(pick: Callable[..., Any], along_one: str = SHARED) -> Callable[..., str]:
    """What torch does where the picked number, `pick(a, dim)` with its axes kept, stands several times."""

    def tie(a: Any, dim: Any = None, keepdim: bool = False) -> str:
        if not a.ndim or not np.any(total(a == pick(a, dim), dim, True) > 1):
            return ""
        return SHARED if dim is None else along_one

    return tie


def _only(what: str) -> str:
    return f"Only the {what} element gets a gradient, and the others get 0"


def _rest(what: str) -> str:
    """The same where several tie; what each of them gets, the note says."""
    return f"What is not the {what} gets 0"


def _overall(name: str, pick: Callable[..., Any], what: str) -> Rule:
    """`amax`: torch shares ties equally."""

    def forward(a: Any, dim: Any = None, keepdim: bool = False) -> Any:
        return pick(a, axis=axes(a, dim), keepdims=keepdim)

    def branch(at: Any, a: Any, dim: Any = None, keepdim: bool = False) -> Any:
        return total(a * _shares(at[0], forward(at[0], dim, True), dim), dim, keepdim)

    symbol = f"1{{{{{{a}} is the {what}}}}}"
    tied = {SHARED: (_rest(what), f"{symbol}/(how many tie)")}
    slope = Slope(_only(what), back=_even_back, symbol=symbol, tied=tied)
    return Rule(name, forward, (slope,), where=_tie(lambda a, dim: forward(a, dim, True)), branch=branch)


def _both_back(g: Any, y: Any, a: Any, *, dim: Any = None, keepdim: bool = False) -> Any:
    return sum(_even_back(one, picked, a, dim, keepdim) for one, picked in zip(g, y, strict=True))


# along one axis: torch also returns where each picked number stood


def _places_back(g: Any, y: Any, a: Any, dim: int, keepdim: bool = True) -> Any:
    """What arrived at the picked numbers, put where these stood."""
    upstream, index = (stretch(one, a, dim, keepdim) for one in (g[0], y[1]))
    return added(a.shape, along(index, dim), upstream) if a.ndim else upstream


def _line(name: str, order: Callable[..., Any], what: str) -> Rule:
    """`max`: one number of all, or of each line along an axis. `order(numbers, axis)`: where each line's stands."""

    def pick(at: Any, a: Any, dim: Any = None, keepdim: bool = False) -> Any:
        if dim is None:
            return a.reshape(-1)[order(at.reshape(-1), 0)]
        if not a.ndim:
            return (a,)
        found = a[along(np.expand_dims(order(at, dim), dim), dim)]
        return (found if keepdim else np.squeeze(found, dim),)

    def branch(at: Any, a: Any, dim: Any = None, keepdim: bool = False) -> Any:
        if dim is None:
            return total(a * _shares(at[0], pick(at[0], at[0]), None))
        return pick(at[0], a, dim, keepdim)

    def back(g: Any, y: Any, a: Any, dim: Any = None, keepdim: bool = False) -> Any:
        return _even_back(g, y, a) if dim is None else _places_back(g, y, a, dim, keepdim)

    tied = {
        SHARED: (_rest(what), f"G in equal shares where {{a}} is the {what}, else 0"),
        _FIRST: (_rest(what), "G at the place it returned, else 0"),
    }
    slope = Slope(_only(what), back=back, symbol=f"G where {{a}} is the {what}, else 0", tied=tied)
    return Rule(
        name, lambda a, dim=None, keepdim=False: pick(a, a, dim, keepdim), (slope,),
        where=_tie(lambda a, dim: pick(a, a) if dim is None else pick(a, a, dim, True)[0], _FIRST), branch=branch,
    )  # fmt: skip


def _middle(at: Any, axis: int) -> Any:
    """Of an even count the lower of the two in the middle, as in torch."""
    return np.take(np.argsort(at, axis, kind="stable"), (at.shape[axis] - 1) // 2, axis)


def _nanmiddle(at: Any, axis: int) -> Any:
    count = np.sum(~np.isnan(at), axis=axis, keepdims=True)
    return np.squeeze(np.take_along_axis(np.argsort(at, axis, kind="stable"), (count - 1) // 2, axis), axis)


def _ordered(at: Any, dim: int, descending: bool) -> Any:
    """Where the numbers of each line stood, in their order."""
    if not at.ndim:
        return np.zeros((), dtype=int)
    return np.argsort(-at if descending else at, dim, kind="stable")


def _at(a: Any, index: Any, dim: int) -> Any:
    return a[along(index, dim)] if a.ndim else a


def _sorts(name: str, order: Callable[..., Any], words: str, symbol: str) -> Rule:
    """`sort`: several numbers of each line. `order(numbers, **options)`: where they stood, and the axis."""

    @wraps(order)
    def forward(a: Any, *operands: Any, **options: Any) -> Any:
        index, dim = order(a, *operands, **options)
        return (_at(a, index, dim),)

    def branch(at: Any, a: Any, *operands: Any, **options: Any) -> Any:
        index, dim = order(at[0], *operands, **options)
        return (_at(a, index, dim),)

    def back(g: Any, y: Any, a: Any, *operands: Any, **options: Any) -> Any:
        _, dim = order(a, *operands, **options)
        return _places_back(g, y, a, dim)

    return Rule(name, forward, (Slope(words, back=back, symbol=symbol),), branch=branch)


def _sort(a: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    return _ordered(a, dim, descending), dim


def _topk(a: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    order = _ordered(a, dim, largest)
    return (np.take(order, range(k), dim) if a.ndim else order), dim


def _running(beats: Callable[..., Any]) -> Callable[..., Any]:
    def order(a: Any, dim: int) -> Any:
        best = beats.accumulate(a, dim) if a.ndim else a  # type: ignore[attr-defined]
        places = np.indices(a.shape)[dim] if a.ndim else np.zeros((), dtype=int)
        return (np.maximum.accumulate(np.where(a == best, places, 0), dim) if a.ndim else places), dim

    return order


def _kth(a: Any, k: int, dim: int = -1, keepdim: bool = False, at: Any = None) -> Any:
    if not a.ndim:
        return (a,)
    index = np.take(_ordered(a if at is None else at, dim, False), [k - 1], dim)
    found = _at(a, index, dim)
    return (found if keepdim else np.squeeze(found, dim),)


def _both(a: Any, *, dim: Any = None, keepdim: bool = False, at: Any = None) -> Any:
    """The smallest and the largest, of each the mean of those that tie."""
    at = a if at is None else at
    ends = (pick(at, axis=axes(at, dim), keepdims=True) for pick in (np.min, np.max))
    return tuple(total(a * _shares(at, end, dim), dim, keepdim) for end in ends)


_MOVED = "Sorting moves the numbers and changes none, so each gradient goes back to where its number stood"

RULES: tuple[Rule, ...] = (
    _overall("amax", np.max, "largest"),
    _overall("amin", np.min, "smallest"),
    Rule(
        "aminmax",
        _both,
        (
            Slope(
                "Only the smallest and the largest element get a gradient, and the others get 0",
                back=_both_back,
                symbol="G where {a} is the smallest or the largest, else 0",
            ),
        ),
        branch=lambda at, a, *, dim=None, keepdim=False: _both(a, dim=dim, keepdim=keepdim, at=at[0]),
    ),
    _line("max", np.argmax, "largest"),
    _line("min", np.argmin, "smallest"),
    _line("median", _middle, "middle"),
    _line("nanmedian", _nanmiddle, "middle"),
    Rule(
        "kthvalue",
        _kth,
        (
            Slope(
                "Only the element in place {b} of their order gets a gradient, and the others get 0",
                back=lambda g, y, a, k, dim=-1, keepdim=False: _places_back(g, y, a, dim, keepdim),
                symbol="G where it stood, else 0",
            ),
        ),
        branch=lambda at, a, k, dim=-1, keepdim=False: _kth(a, k, dim, keepdim, at[0]),
    ),
    _sorts("sort", _sort, _MOVED, "G put back in the old order"),
    _sorts(
        "topk",
        _topk,
        "Each gradient goes back to where its number stood; what was not chosen gets 0",
        "G where chosen, else 0",
    ),
    _sorts(
        "cummax",
        _running(np.maximum),
        "What arrives at a place goes to the largest element up to there",
        "G of all places it is the largest at",
    ),
    _sorts(
        "cummin",
        _running(np.minimum),
        "What arrives at a place goes to the smallest element up to there",
        "G of all places it is the smallest at",
    ),
    Rule(
        "msort",
        lambda a: _at(a, _ordered(a, 0, False), 0),
        (
            Slope(
                _MOVED,
                back=lambda g, y, a: added(a.shape, along(_ordered(a, 0, False), 0), g) if a.ndim else g,
                symbol="G put back in the old order",
            ),
        ),
        branch=lambda at, a: _at(a, _ordered(at[0], 0, False), 0),
    ),
)
