"""The rules for picking places of a tensor and for writing into them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tutor.calculus.axes import along
from autograd_tutor.calculus.broadcasting import unstretched
from autograd_tutor.calculus.rule import Rule, Slope
from autograd_tutor.calculus.shapes import moves
from autograd_tutor.trace import PUTS, SEES

PICKED = "Only {y} was taken from {a}, so the gradient goes there and the other places get 0"
WHERE_PICKED = "G where picked, else 0"
AGAIN = "{a} was written into since {y} was taken from it, and {y} shows the new numbers: the other places get 0"
OVERWRITTEN = "What was overwritten counts no more and gets 0; all other places pass on what arrives"
WRITTEN = "What was written gets the part of the gradient that stands where it was put"
ADDED = "What was added gets the gradient of the places it was added to"


def _writable(a: Any, value: Any = 0.0) -> Any:
    """A copy that can hold both: numbers, complex ones, expressions."""
    return np.array(a, dtype=np.result_type(np.asarray(a), np.asarray(value)))


def _line(a: Any, dim: int, index: Any) -> tuple[Any, ...]:
    """What picks `index` along one axis, and everything of the others."""
    return (*(slice(None),) * (dim % max(a.ndim, 1)), index)


def _written(a: Any, index: Any, value: Any) -> Any:
    found = _writable(a, value)
    found[index] = value
    return found


def _put_at(a: Any, places: Any, value: Any) -> Any:
    """With `value` at some places, counted in row-major order."""
    found = _writable(a, value)
    np.put(found, places, value)
    return found


def _taken(a: Any, index: Any) -> Any:
    return np.reshape(a, -1)[index]


def _taken_along(a: Any, indices: Any, dim: Any = None) -> Any:
    if dim is None:
        return _taken(a, indices.reshape(-1))
    at = dim % a.ndim
    wide = np.broadcast_shapes(*((*one.shape[:at], 1, *one.shape[at + 1 :]) for one in (a, indices)))
    whole, picks = (np.broadcast_to(one, (*wide[:at], one.shape[at], *wide[at + 1 :])) for one in (a, indices))
    return np.take_along_axis(whole, picks, at)


def _gathered(a: Any, dim: int, index: Any) -> Any:
    return np.reshape(np.atleast_1d(a)[along(np.atleast_1d(index), dim)], np.shape(index))


def _index_selected(a: Any, dim: int, index: Any) -> Any:
    return np.take(a, np.reshape(index, -1), dim) if a.ndim else a


def _masked_selected(a: Any, mask: Any) -> Any:
    whole, picks = np.broadcast_arrays(a, mask)
    return whole[picks]


def _corner(source: Any, index: Any) -> Any:
    """Of a larger source only the part of the index's shape is used."""
    return source[tuple(slice(length) for length in index.shape)] if np.ndim(source) else source


def _scattered(a: Any, dim: int, index: Any, src: Any = None, value: Any = None) -> Any:
    flat, where = np.atleast_1d(a), np.atleast_1d(index)
    source = src if value is None else value
    return np.reshape(_written(flat, along(where, dim), _corner(source, where)), a.shape)


def _masked(a: Any, mask: Any, source: Any) -> Any:
    mask = np.broadcast_to(mask, np.broadcast_shapes(a.shape, mask.shape))
    found = _writable(np.broadcast_to(a, mask.shape), source)
    found[mask] = np.reshape(source, -1)[: int(np.sum(mask))]
    return found


def _filled(a: Any, mask: Any, value: Any) -> Any:
    return np.where(mask, value, a)


def _diagonal_filled(a: Any, fill_value: Any, wrap: bool = False) -> Any:
    found = _writable(a, fill_value)
    np.fill_diagonal(found, fill_value, wrap)
    return found


def _narrowed(a: Any, dim: int, start: Any, length: int) -> Any:
    first = int(start) % max(a.shape[dim], 1) if start < 0 else int(start)
    return a[_line(a, dim, slice(first, first + length))]


def _index_of_slice(a: Any, dim: int, start: Any, end: Any, step: Any) -> tuple[Any, ...]:
    return _line(a, dim, slice(start, end, step))


def _copied(a: Any, dim: int, index: Any, source: Any) -> Any:
    flat = np.atleast_1d(a)
    return np.reshape(_written(flat, _line(flat, dim, np.reshape(index, -1)), np.atleast_1d(source)), a.shape)


def _index_filled(a: Any, dim: int, index: Any, value: Any) -> Any:
    flat = np.atleast_1d(a)
    return np.reshape(_written(flat, _line(flat, dim, np.reshape(index, -1)), value), a.shape)


def _added(a: Any, index: Any, source: Any) -> Any:
    found = _writable(a, source)
    np.add.at(found, index, source)
    return found


def _scatter_added(a: Any, dim: int, index: Any, src: Any) -> Any:
    flat, where = np.atleast_1d(a), np.atleast_1d(index)
    return np.reshape(_added(flat, along(where, dim), _corner(np.atleast_1d(src), where)), a.shape)


def _index_added(a: Any, dim: int, index: Any, source: Any, alpha: Any = 1) -> Any:
    flat = np.atleast_1d(a)
    place = _line(flat, dim, np.reshape(index, -1))
    return np.reshape(_added(flat, place, alpha * np.atleast_1d(source)), a.shape)


def _put(a: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    return _added(a, indices, values) if accumulate else _written(a, indices, values)


def _put_back(g: Any, y: Any, a: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    return g if accumulate else _written(g, indices, 0)


def _values_back(g: Any, y: Any, a: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    return unstretched(g[indices], np.shape(values))


def _adds(name: str, forward: Any, back: Any) -> Rule:
    """A sum with what is added at some places."""
    kept = Slope("What was there counts on: a sum passes on what arrives", back=lambda g, *_, **__: g, symbol="1")
    nothing = Slope("An index has no slope", back=back, symbol="0")
    return Rule(name, forward, (kept, nothing, nothing, Slope(ADDED, back=back, symbol="G where it was added")))


def _scatter_added_back(g: Any, y: Any, a: Any, dim: int, index: Any, src: Any) -> Any:
    flat, where = np.atleast_1d(g), np.atleast_1d(index)
    found = np.zeros_like(np.atleast_1d(src), dtype=g.dtype)
    found[tuple(slice(length) for length in where.shape)] = flat[along(where, dim)]
    return np.reshape(found, np.shape(src))


def _index_added_back(g: Any, y: Any, a: Any, dim: int, index: Any, source: Any, alpha: Any = 1) -> Any:
    flat = np.atleast_1d(g)
    return alpha * np.reshape(flat[_line(flat, dim, np.reshape(index, -1))], np.shape(source))


def _writes(name: str, forward: Any, value: int) -> Rule:
    """Places of the first operand are overwritten by the operand at position `value`."""
    words = (*[OVERWRITTEN] * value, WRITTEN)
    symbols = (*["G where not overwritten, else 0"] * value, "G where it was written")
    slopes = tuple(Slope(one, symbol=symbol) for one, symbol in zip(words, symbols, strict=True))
    return Rule(name, forward, slopes, moves=True)


RULES: tuple[Rule, ...] = (
    moves("getitem", lambda a, index: a[index], PICKED, WHERE_PICKED),
    moves("select", lambda a, dim, index: a[_line(a, dim, int(index))], PICKED, WHERE_PICKED),
    moves("narrow", _narrowed, PICKED, WHERE_PICKED),
    moves(
        "slice",
        lambda a, dim=0, start=None, end=None, step=1: a[_index_of_slice(a, dim, start, end, step)],
        PICKED,
        WHERE_PICKED,
    ),
    moves("index_select", _index_selected, PICKED, WHERE_PICKED),
    moves("gather", _gathered, PICKED, WHERE_PICKED),
    moves("take", _taken, PICKED, WHERE_PICKED),
    moves(SEES, _taken, AGAIN, WHERE_PICKED),
    moves("take_along_dim", _taken_along, PICKED, WHERE_PICKED),
    moves("masked_select", _masked_selected, PICKED, WHERE_PICKED),
    _writes("setitem", _written, 2),
    _writes(PUTS, _put_at, 2),
    _writes("fill_diagonal", _diagonal_filled, 1),
    _writes("copy", lambda a, src, non_blocking=False: np.broadcast_to(src, np.shape(a)), 1),
    _writes("masked_fill", _filled, 2),
    _writes("masked_scatter", _masked, 2),
    _writes("index_fill", _index_filled, 3),
    _writes("index_copy", _copied, 3),
    _writes("scatter", _scattered, 3),
    _writes("select_scatter", lambda a, src, dim, index: _written(a, _line(a, dim, int(index)), src), 1),
    _writes(
        "slice_scatter",
        lambda a, src, dim=0, start=None, end=None, step=1: _written(a, _index_of_slice(a, dim, start, end, step), src),
        1,
    ),
    Rule(
        "index_put",
        _put,
        (
            Slope(
                "What was overwritten gets 0; what was only added to passes on all",
                back=_put_back,
                symbol="G, 0 where overwritten",
            ),
            Slope("An index has no slope", back=_put_back, symbol="0"),
            Slope(WRITTEN, back=_values_back, symbol="G where it was written"),
        ),
    ),
    _adds("scatter_add", _scatter_added, _scatter_added_back),
    _adds("index_add", _index_added, _index_added_back),
)
