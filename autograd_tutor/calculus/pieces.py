"""The rules for putting tensors side by side and taking them apart again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_tutor.calculus.rule import Rule
from autograd_tutor.calculus.shapes import moves

SIDE_BY_SIDE = "{it} gets back the piece of the gradient that stands where it stood"
APART = "What arrives at each piece goes back to where the piece was taken from"
PIECE, PUT_TOGETHER = "its piece of G", "the pieces of G put together"


def _joined(*parts: Any, dim: int = 0) -> Any:
    """torch lets an empty vector stand beside anything."""
    return np.concatenate([part for part in parts if part.shape != (0,)] or parts, dim)


def _ends(a: Any, lengths: Any, dim: int) -> Any:
    """Pieces of these lengths, one after the other."""
    return tuple(np.split(a, np.cumsum(lengths)[:-1], dim))


def _split(a: Any, split_size_or_sections: Any, dim: int = 0) -> Any:
    if np.ndim(split_size_or_sections):
        return _ends(a, split_size_or_sections, dim)
    whole = a.shape[dim]
    step = max(int(split_size_or_sections), 1)
    return tuple(np.split(a, range(step, whole, step), dim))


def _chunked(a: Any, chunks: int, dim: int = 0) -> Any:
    return _split(a, -(-a.shape[dim] // int(chunks)), dim)


def _places(given: Any) -> Any:
    """A number of pieces, or where to cut."""
    return int(given) if np.ndim(given) == 0 else [int(one) for one in given]


def _cut(a: Any, indices_or_sections: Any, dim: int = 0) -> Any:
    return tuple(np.array_split(a, _places(indices_or_sections), dim))


def _cut_along(axis: Callable[[Any], int]) -> Callable[..., Any]:
    return lambda a, indices_or_sections: _cut(a, indices_or_sections, axis(a))


def _unbound(a: Any, dim: int = 0) -> Any:
    return tuple(np.moveaxis(a, dim, 0))


def _blocks(*parts: Any) -> Any:
    """Matrices along a diagonal, zeros elsewhere."""
    squares = [np.atleast_2d(part) for part in parts]
    heights, widths = zip(*(one.shape for one in squares), strict=True)
    found = np.zeros((sum(heights), sum(widths)), dtype=np.result_type(*squares))
    row = column = 0
    for one in squares:
        found[row : row + one.shape[0], column : column + one.shape[1]] = one
        row, column = row + one.shape[0], column + one.shape[1]
    return found


def _grids(*parts: Any, indexing: Any = "ij") -> Any:
    return tuple(np.meshgrid(*parts, indexing=indexing)) if parts else ()


def _products(*parts: Any) -> Any:
    if len(parts) == 1:
        return parts[0]
    return np.stack([one.reshape(-1) for one in np.meshgrid(*parts, indexing="ij")], -1)


def _diagonal_of(a: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    return np.diagonal(a, offset, dim1, dim2)


def _embedded(a: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """The last axis laid along a diagonal of two new ones."""
    length = a.shape[-1] + abs(offset)
    found = np.zeros((*a.shape[:-1], length, length), dtype=a.dtype)
    along = np.arange(a.shape[-1])
    found[..., along + max(-offset, 0), along + max(offset, 0)] = a
    return np.moveaxis(found, (-2, -1), (dim1, dim2))


def _padded(a: Any, pad: Any, mode: str = "constant", value: Any = None) -> Any:
    """torch counts from the last axis; numbers below 0 cut off."""
    pairs = [(pad[at], pad[at + 1]) for at in range(0, len(pad), 2)]
    widths = [(0, 0)] * (a.ndim - len(pairs)) + pairs[::-1]
    cut = a[tuple(slice(max(-low, 0), size - max(-high, 0)) for (low, high), size in zip(widths, a.shape, strict=True))]
    outside = [(max(low, 0), max(high, 0)) for low, high in widths]
    if mode != "constant":
        return np.pad(cut, outside, mode={"replicate": "edge", "circular": "wrap"}.get(mode, mode))  # type: ignore[call-overload]
    return np.pad(cut, outside, constant_values=value or 0)


RULES: tuple[Rule, ...] = (
    moves(
        "stack",
        lambda *parts, dim=0: np.stack(parts, dim),
        "From the stack's gradient {it} gets its own slice",
        "its slice of G",
    ),
    moves("cat", _joined, SIDE_BY_SIDE, PIECE),
    moves("hstack", lambda *parts: np.hstack(parts), SIDE_BY_SIDE, PIECE),
    moves("vstack", lambda *parts: np.vstack(parts), SIDE_BY_SIDE, PIECE),
    moves("dstack", lambda *parts: np.dstack(parts), SIDE_BY_SIDE, PIECE),
    moves("column_stack", lambda *parts: np.column_stack(parts), SIDE_BY_SIDE, PIECE),
    moves(
        "block_diag", _blocks, "{it} gets back the block of the gradient that stands where it stood", "its block of G"
    ),
    moves("split", _split, APART, PUT_TOGETHER),
    moves("chunk", _chunked, APART, PUT_TOGETHER),
    moves("tensor_split", _cut, APART, PUT_TOGETHER),
    moves("hsplit", _cut_along(lambda a: int(a.ndim > 1)), APART, PUT_TOGETHER),
    moves("vsplit", _cut_along(lambda a: 0), APART, PUT_TOGETHER),
    moves("dsplit", _cut_along(lambda a: 2), APART, PUT_TOGETHER),
    moves("unbind", _unbound, APART, PUT_TOGETHER),
    moves(
        "meshgrid",
        _grids,
        "Each number of {it} stands in a whole line of a grid, and gets the sum over that line",
        "ΣG",
    ),
    moves("cartesian_prod", _products, "Each number of {it} stands in many pairs, and gets the sum over them", "ΣG"),
    moves(
        "broadcast_tensors",
        lambda *parts: tuple(np.broadcast_arrays(*parts)),
        "{it} was stretched, so the gradients of all copies of a number add up",
        "ΣG",
    ),
    moves("pad", _padded, "What was put round {a} is cut off the gradient again", "G without its rim"),
    moves(
        "constant_pad_nd",
        lambda a, pad, value=0: _padded(a, pad, value=value),
        "What was put round {a} is cut off the gradient again",
        "G without its rim",
    ),
    moves(
        "diag",
        lambda a, diagonal=0: np.diag(a, diagonal),
        "The diagonal was picked or filled; the gradient goes the other way",
        "G on the diagonal",
    ),
    moves(
        "diagflat",
        lambda a, offset=0: np.diagflat(a, offset),
        "The diagonal was filled, so it is read off G",
        "G's diagonal",
    ),
    moves("diag_embed", _embedded, "The diagonal was filled, so it is read off G", "G's diagonal"),
    moves("diagonal", _diagonal_of, "The diagonal was picked; the other places get 0", "G on the diagonal, else 0"),
    moves(
        "tril",
        lambda a, diagonal=0: np.tril(a, diagonal),
        "What lies above the diagonal was set to 0 and gets no gradient",
        "G below the diagonal",
    ),
    moves(
        "triu",
        lambda a, diagonal=0: np.triu(a, diagonal),
        "What lies below the diagonal was set to 0 and gets no gradient",
        "G above the diagonal",
    ),
)
