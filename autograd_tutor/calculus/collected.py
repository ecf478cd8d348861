"""The rules for putting numbers together by an index: sums, means, products and extremes of what meets at a place.

`include_self=False` leaves out what stood there before, wherever something comes. (The slopes as in torch's
scatter_reduce_backward: extremes are shared by all that tie, a product's is the product of all the others.)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tutor.calculus.axes import along
from autograd_tutor.calculus.rule import FIXED, Rule, Slope

_STARTS = {"sum": 0.0, "mean": 0.0, "prod": 1.0, "amax": -np.inf, "amin": np.inf}


class _Meeting:
    """Where numbers meet: what was there, what comes, and at which places."""

    def __init__(self, a: Any, place: Any, comes: Any, include_self: Any) -> None:
        self.a, self.place, self.comes = a, place, comes
        touched = np.zeros(a.shape, dtype=bool)
        touched[place] = True
        self.stays = touched <= bool(include_self)
        """Where what was there counts."""

    def added(self, values: Any) -> Any:
        """At each place the sum of what comes there."""
        found = np.zeros(self.a.shape, dtype=np.asarray(values).dtype)
        np.add.at(found, self.place, values)
        return found

    @property
    def count(self) -> Any:
        """How many meet at each place; 1 where none do."""
        return np.maximum(self.stays + self.added(np.ones(self.comes.shape)), 1)

    def reduced(self, reduce: str) -> Any:
        """The result."""
        found = np.where(self.stays, self.a, _STARTS[reduce]).astype(self.a.dtype)
        join = {"prod": np.multiply, "amax": np.maximum, "amin": np.minimum}.get(reduce, np.add)
        join.at(found, self.place, self.comes)
        return found / self.count if reduce == "mean" else found

    def back(self, g: Any, y: Any, reduce: str) -> tuple[Any, Any]:
        """What goes back to what was there, and to what came."""
        if reduce == "prod":
            others = self._others(self.a), self._others(self.comes, self.place)
            return g * self.stays * others[0], g[self.place] * others[1]
        if reduce in ("amax", "amin"):
            hit, hits = self.a == y, self.comes == y[self.place]
            share = g / np.maximum(hit + self.added(hits.astype(float)), 1)
            return share * hit * self.stays, share[self.place] * hits
        share = g / self.count if reduce == "mean" else g
        return share * self.stays, share[self.place]

    def _others(self, values: Any, place: Any = ...) -> Any:
        """For each number the product of all that meet it, without itself."""
        counted = np.where(self.stays, self.a, 1)
        zeros = (counted == 0) + self.added((self.comes == 0).astype(float))
        product = np.where(counted == 0, 1, counted).astype(self.a.dtype)
        np.multiply.at(product, self.place, np.where(self.comes == 0, 1, self.comes))
        without = product[place] / np.where(values == 0, 1, values)
        return np.where(zeros[place] == (values == 0), without, 0)


def _scattering(a: Any, dim: int, index: Any, src: Any, include_self: Any) -> tuple[_Meeting, tuple[slice, ...]]:
    """Of a larger source only the part of the index's shape is used."""
    where, used = np.atleast_1d(index), np.atleast_1d(src)
    part = tuple(slice(length) for length in where.shape)
    return _Meeting(np.atleast_1d(a), along(where, dim), used[part], include_self), part


def _indexing(a: Any, dim: int, index: Any, source: Any, include_self: Any) -> tuple[_Meeting, tuple[slice, ...]]:
    whole = np.atleast_1d(a)
    place = tuple(np.reshape(index, -1) if at == dim % whole.ndim else slice(None) for at in range(whole.ndim))
    return _Meeting(whole, place, np.atleast_1d(source), include_self), (slice(None),) * whole.ndim


_WHAT = {
    "sum": ("a sum passes on what arrives to each of its terms", "G"),
    "mean": ("a mean shares what arrives equally among those that meet at a place", "G/(how many meet)"),
    "prod": (
        "in a product each factor's slope is the product of all others that meet there",
        "G·(the others' product)",
    ),
    "amax": (
        "only the largest that meet at a place have a slope, and share it",
        "G/(how many tie) where largest, else 0",
    ),
    "amin": (
        "only the smallest that meet at a place have a slope, and share it",
        "G/(how many tie) where smallest, else 0",
    ),
}
_FIRST = {how: (f"What was there counts on: {words}", symbol) for how, (words, symbol) in _WHAT.items()} | {
    f"{how} alone": (
        "What was there counts only where nothing came: elsewhere it gets 0",
        "G where nothing came, else 0",
    )
    for how in _WHAT
}
_SECOND = {
    how + more: (f"What comes to a place meets the rest there: {words}", f"{symbol}, where it was put")
    for how, (words, symbol) in _WHAT.items()
    for more in ("", " alone")
}


def _rule(name: str, meeting: Any) -> Rule:
    def forward(a: Any, dim: int, index: Any, src: Any, reduce: str, include_self: Any = True) -> Any:
        met, _ = meeting(a, dim, index, src, include_self)
        return np.reshape(met.reduced(reduce), np.shape(a))

    def to_first(
        g: Any, y: Any, a: Any, dim: int, index: Any, src: Any, reduce: str, include_self: Any = True
    ) -> Any:  # fmt: skip
        met, _ = meeting(a, dim, index, src, include_self)
        return np.reshape(met.back(np.atleast_1d(g), np.atleast_1d(y), reduce)[0], np.shape(a))

    def to_source(
        g: Any, y: Any, a: Any, dim: int, index: Any, src: Any, reduce: str, include_self: Any = True
    ) -> Any:  # fmt: skip
        met, part = meeting(a, dim, index, src, include_self)
        found = np.zeros(np.atleast_1d(src).shape, dtype=g.dtype)
        found[part] = met.back(np.atleast_1d(g), np.atleast_1d(y), reduce)[1]
        return np.reshape(found, np.shape(src))

    def form(a: Any, dim: int, index: Any, src: Any, reduce: str, include_self: Any = True) -> str:
        return reduce if include_self else f"{reduce} alone"

    return Rule(
        name,
        forward,
        (
            Slope(_FIRST["sum"][0], back=to_first, symbol=_FIRST["sum"][1], tied=_FIRST),
            FIXED,
            FIXED,
            Slope(_SECOND["sum"][0], back=to_source, symbol=_SECOND["sum"][1], tied=_SECOND),
        ),
        form=form,
    )


RULES: tuple[Rule, ...] = (_rule("scatter_reduce", _scattering), _rule("index_reduce", _indexing))
