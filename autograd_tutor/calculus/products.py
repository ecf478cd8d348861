"""The rules for products of vectors and matrices: linear in each factor, so the gradient meets the other factor."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tutor.calculus.broadcasting import unstretched
from autograd_tutor.calculus.rule import Rule, Slope

_LEFT = "The left factor's gradient is what arrives, times the right factor transposed"
_RIGHT = "The right factor's gradient is the left factor transposed, times what arrives"
_DOT = "In a dot product, each vector's slope is the other vector"


def transposed(a: Any) -> Any:
    """The last two axes swapped; of complex numbers the conjugate, as torch's gradients have it."""
    return np.conj(np.swapaxes(a, -1, -2))


def _matrices(a: Any, b: Any, g: Any) -> tuple[Any, Any, Any]:
    """A vector on the left as a row, one on the right as a column, and what arrives to fit."""
    if b.ndim == 1:
        b, g = b[:, np.newaxis], np.expand_dims(g, -1)
    if a.ndim == 1:
        a, g = a[np.newaxis, :], np.expand_dims(g, -2)
    return a, b, g


def left(g: Any, y: Any, a: Any, b: Any) -> Any:
    """What goes back to `a` of `a @ b`."""
    row, column, g = _matrices(a, b, g)
    return unstretched(g @ transposed(column), row.shape).reshape(a.shape)


def right(g: Any, y: Any, a: Any, b: Any) -> Any:
    """What goes back to `b` of `a @ b`."""
    row, column, g = _matrices(a, b, g)
    return unstretched(transposed(row) @ g, column.shape).reshape(b.shape)


def _left_factors(g: Any, y: Any, a: Any, b: Any) -> tuple[Any, Any]:
    _, column, g = _matrices(a, b, g)
    return g, transposed(column)


def _right_factors(g: Any, y: Any, a: Any, b: Any) -> tuple[Any, Any]:
    row, _, g = _matrices(a, b, g)
    return transposed(row), g


def _inner(a: Any, b: Any) -> Any:
    return a * b if 0 in (a.ndim, b.ndim) else np.tensordot(a, b, (-1, -1))


def _inner_back(g: Any, other: Any, operand: Any) -> Any:
    """`g` has the operand's axes but the last first, then the other's."""
    if 0 in (operand.ndim, other.ndim):
        return unstretched(g * np.conj(other), operand.shape)
    return np.tensordot(g, np.conj(other), other.ndim - 1)


def _turned(g: Any, a: Any, b: Any) -> Any:
    """`g` with the axes that come from `b` first."""
    return g if 0 in (a.ndim, b.ndim) else np.moveaxis(g, range(a.ndim - 1), range(1 - a.ndim, 0))


def _along(a: Any, b: Any, dim: int) -> Any:
    return np.sum(a * b, axis=dim)


def _along_back(g: Any, other: Any, operand: Any, dim: int) -> Any:
    return unstretched(np.expand_dims(g, dim) * other, operand.shape)


def _axis(a: Any, b: Any, dim: Any) -> int:
    """The axis of a cross product, counted from the end."""
    shape = np.broadcast_shapes(np.shape(a), np.shape(b))
    return int(shape.index(3) if dim is None else dim % len(shape)) - len(shape)


def _cross(a: Any, b: Any, dim: Any = None) -> Any:
    return np.cross(a, b, axis=_axis(a, b, dim))


def _cross_rule(name: str, default: Any) -> Rule:
    words = "A cross product's gradient is again a cross product, of the other vector and what arrives"
    return Rule(
        name,
        lambda a, b, dim=default: _cross(a, b, dim),
        (
            Slope(
                words,
                back=lambda g, y, a, b, dim=default: unstretched(np.cross(b, g, axis=_axis(a, b, dim)), a.shape),
                symbol="{b} × G",
            ),
            Slope(
                words,
                back=lambda g, y, a, b, dim=default: unstretched(np.cross(g, a, axis=_axis(a, b, dim)), b.shape),
                symbol="G × {a}",
            ),
        ),
    )


def _blocks(g: Any, a: Any, b: Any) -> tuple[Any, Any, Any]:
    """What arrives at a Kronecker product, with the axes (a₀, b₀, a₁, b₁, …), and both factors to fit."""
    axes = max(a.ndim, b.ndim)
    first = (1,) * (axes - a.ndim) + a.shape
    second = (1,) * (axes - b.ndim) + b.shape
    paired = [length for pair in zip(first, second, strict=True) for length in pair]
    apart = [length for one in first for length in (one, 1)], [length for one in second for length in (1, one)]
    return g.reshape(paired), a.reshape(apart[0]), b.reshape(apart[1])


def _kron_left(g: Any, y: Any, a: Any, b: Any) -> Any:
    blocks, first, second = _blocks(g, a, b)
    return unstretched(blocks * np.conj(second), first.shape).reshape(a.shape)


def _kron_right(g: Any, y: Any, a: Any, b: Any) -> Any:
    blocks, first, second = _blocks(g, a, b)
    return unstretched(blocks * np.conj(first), second.shape).reshape(b.shape)


RULES: tuple[Rule, ...] = (
    Rule(
        "sparse_mm",
        lambda a, b, reduce=None: a @ b,
        (
            Slope(
                f"{_LEFT}; only at the places that the sparse matrix has",
                back=lambda g, y, a, b, reduce=None: np.where(a != 0, left(g, y, a, b), 0),
                symbol="G·{b}ᵀ at the places of {a}",
            ),
            Slope(
                _RIGHT,
                back=lambda g, y, a, b, reduce=None: right(g, y, a, b),
                factors=lambda g, y, a, b, reduce=None: _right_factors(g, y, a, b),
                symbol="{a}ᵀ·G",
            ),
        ),
    ),
    Rule(
        "matmul",
        lambda a, b: a @ b,
        (
            Slope(_LEFT, back=left, factors=_left_factors, symbol="G·{b}ᵀ"),
            Slope(_RIGHT, back=right, factors=_right_factors, symbol="{a}ᵀ·G"),
        ),
    ),
    Rule(
        "rmatmul",
        lambda b, a: a @ b,
        (
            Slope(
                _RIGHT,
                back=lambda g, y, b, a: right(g, y, a, b),
                factors=lambda g, y, b, a: _right_factors(g, y, a, b),
                symbol="{b}ᵀ·G",
            ),
            Slope(
                _LEFT,
                back=lambda g, y, b, a: left(g, y, a, b),
                factors=lambda g, y, b, a: _left_factors(g, y, a, b),
                symbol="G·{a}ᵀ",
            ),
        ),
    ),
    Rule(
        "dot",
        lambda a, b: a @ b,
        (
            Slope(_DOT, back=lambda g, y, a, b: g * np.conj(b), symbol="{b}"),
            Slope(_DOT, back=lambda g, y, a, b: g * np.conj(a), symbol="{a}"),
        ),
    ),
    Rule(
        "inner",
        _inner,
        (
            Slope(
                "Each row of {a} met each row of {b}, so it gets their sum, weighed by what arrives",
                back=lambda g, y, a, b: _inner_back(g, b, a),
                symbol="G·{b}",
            ),
            Slope(
                "Each row of {b} met each row of {a}, so it gets their sum, weighed by what arrives",
                back=lambda g, y, a, b: _inner_back(_turned(g, a, b), a, b),
                symbol="Gᵀ·{a}",
            ),
        ),
    ),
    Rule(
        "vecdot",
        lambda a, b, dim=-1: _along(a, b, dim),
        (
            Slope(_DOT, back=lambda g, y, a, b, dim=-1: _along_back(g, b, a, dim), symbol="G·{b}"),
            Slope(_DOT, back=lambda g, y, a, b, dim=-1: _along_back(g, a, b, dim), symbol="G·{a}"),
        ),
    ),
    Rule(
        "outer",
        np.multiply.outer,
        (
            Slope(
                "Each number of an outer product's first vector met all of the second",
                back=lambda g, y, a, b: g @ np.conj(b),
                symbol="G·{b}",
            ),
            Slope(
                "Each number of an outer product's second vector met all of the first",
                back=lambda g, y, a, b: g.T @ np.conj(a),
                symbol="Gᵀ·{a}",
            ),
        ),
    ),
    Rule(
        "kron",
        np.kron,
        (
            Slope(
                "Each number of {a} made a block of its own, {b} times itself, and gets that block of what arrives "
                "times {b}, summed",
                back=_kron_left,
                symbol="ΣG·{b} over its block",
            ),
            Slope(
                "{b} stands in every block, times one number of {a}, so it gets the sum of all blocks of what arrives, "
                "each times that number",
                back=_kron_right,
                symbol="ΣG·{a} over the blocks",
            ),
        ),
    ),
    _cross_rule("cross", None),
    _cross_rule("linalg_cross", -1),
)
