"""The rules for triangular factors and what is solved with them: LU, Cholesky, least squares.

(Giles 2008; LU as in torch's linalg_lu_backward; least squares through the pseudo-inverse, Golub and Pereyra 1973.)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tutor.calculus.decompositions import pinv_back
from autograd_tutor.calculus.products import transposed
from autograd_tutor.calculus.rule import FIXED, Rule, Slope


def _halves(packed: Any) -> tuple[Any, Any]:
    """L with ones on its diagonal, and U, of square matrices that hold both."""
    assert packed.shape[-1] == packed.shape[-2]
    return np.tril(packed, -1) + np.eye(packed.shape[-1], dtype=packed.dtype), np.triu(packed)


def _permutation(pivots: Any) -> Any:
    """P of A = P·L·U from the rows that were swapped, which torch counts from 1."""
    size = pivots.shape[-1]
    found = np.empty((*pivots.shape, size))
    for place in np.ndindex(pivots.shape[:-1]):
        order = np.arange(size)
        for row, other in enumerate(np.asarray(pivots[place], dtype=int) - 1):
            order[[row, other]] = order[[other, row]]
        found[place] = np.eye(size)[:, order]
    return found


def _factored(a: Any, pivot: Any = True) -> tuple[Any, Any]:
    """L and U in one matrix, and the pivots, by elimination with the largest number of a column first."""
    assert a.shape[-1] == a.shape[-2]
    packed, pivots = np.array(a), np.empty(a.shape[:-1], dtype=np.int32)
    for place in np.ndindex(a.shape[:-2]):
        one = packed[place]
        for row in range(len(one)):
            other = row + int(np.argmax(np.abs(one[row:, row]))) if pivot else row
            pivots[(*place, row)] = other + 1
            one[[row, other]] = one[[other, row]]
            one[row + 1 :, row] /= one[row, row]
            one[row + 1 :, row + 1 :] -= np.outer(one[row + 1 :, row], one[row, row + 1 :])
    return packed, pivots


def _lu(a: Any, pivot: Any = True) -> Any:
    packed, pivots = _factored(a, pivot)
    return (_permutation(pivots), *_halves(packed))


def _unfactored(swaps: Any, lower: Any, upper: Any, to_lower: Any, to_upper: Any) -> Any:
    """What goes back to A = P·L·U."""
    inner = np.tril(transposed(lower) @ to_lower, -1) + np.triu(to_upper @ transposed(upper))
    left = np.linalg.solve(transposed(lower), inner)
    return swaps @ transposed(np.linalg.solve(upper, transposed(left)))


def _lu_back(g: Any, y: Any, a: Any, pivot: Any = True) -> Any:
    assert a.shape[-1] == a.shape[-2]
    swaps = y[0] if y[0].size else np.eye(a.shape[-1])
    return _unfactored(swaps, y[1], y[2], g[1], g[2])


def _packed_back(g: Any, y: Any, a: Any, pivot: Any = True) -> Any:
    return _unfactored(_permutation(y[1]), *_halves(y[0]), np.tril(g[0], -1), np.triu(g[0]))


def _put_together(packed: Any, pivots: Any) -> tuple[Any, Any, Any, Any]:
    """P, L, U, and their product A."""
    swaps, (lower, upper) = _permutation(pivots), _halves(packed)
    return swaps, lower, upper, swaps @ lower @ upper


def _lu_solve(packed: Any, pivots: Any, b: Any, left: Any = True, adjoint: Any = False) -> Any:
    whole = _put_together(packed, pivots)[-1]
    whole = transposed(whole) if adjoint else whole
    return np.linalg.solve(whole, b) if left else transposed(np.linalg.solve(transposed(whole), transposed(b)))


def _side_back(g: Any, y: Any, packed: Any, pivots: Any, b: Any, left: Any = True, adjoint: Any = False) -> Any:
    return _lu_solve(packed, pivots, g, left, not adjoint)


def _both_back(g: Any, y: Any, packed: Any, pivots: Any, b: Any, left: Any = True, adjoint: Any = False) -> Any:
    """To A as for solving with it; from there to both of its factors."""
    swaps, lower, upper, _ = _put_together(packed, pivots)
    side = _side_back(g, y, packed, pivots, b, left, adjoint)
    to_whole = -side @ transposed(y) if left else -transposed(y) @ side
    turned = transposed(swaps) @ (transposed(to_whole) if adjoint else to_whole)
    return np.tril(turned @ transposed(upper), -1) + np.triu(transposed(lower) @ turned)


def _cholesky_solve(b: Any, factor: Any, upper: Any = False) -> Any:
    return np.linalg.solve(_product(factor, upper), b)


def _product(factor: Any, upper: Any) -> Any:
    """The matrix whose factor it is, of which only its own triangle is read."""
    own = np.triu(factor) if upper else np.tril(factor)
    return transposed(own) @ own if upper else own @ transposed(own)


def _factor_back(g: Any, y: Any, b: Any, factor: Any, upper: Any = False) -> Any:
    both = np.linalg.solve(_product(factor, upper), g) @ transposed(y)
    both = both + transposed(both)
    return -(factor @ both if upper else both @ factor)


def _least(a: Any, b: Any) -> tuple[Any, Any]:
    """The pseudo-inverse, and b as columns; where `a` has full rank."""
    assert np.all(np.linalg.matrix_rank(a) == min(a.shape[-2:]))
    return np.linalg.pinv(a), b[..., np.newaxis] if b.ndim == a.ndim - 1 else b


def _lstsq(a: Any, b: Any, rcond: Any = None, *, driver: Any = None) -> Any:
    inverse, columns = _least(a, b)
    return np.reshape(inverse @ columns, (*a.shape[:-2], a.shape[-1], *b.shape[a.ndim - 1 :]))


def _lstsq_back(which: int) -> Any:
    def back(g: Any, y: Any, a: Any, b: Any, rcond: Any = None, *, driver: Any = None) -> Any:
        inverse, columns = _least(a, b)
        arrived = np.reshape(g[0], (*inverse.shape[:-1], columns.shape[-1]))
        solved = inverse @ columns
        left = 2 * (columns - a @ solved) * np.expand_dims(g[1], -2) if np.size(g[1]) else 0 * columns
        if which:
            return np.reshape(transposed(inverse) @ arrived + left, b.shape)
        return pinv_back(arrived @ transposed(columns), inverse, a) - left @ transposed(solved)

    return back


_SIDE = "Solving is a product with the inverse, so what arrives goes back through the inverse transposed"
_BOTH = "Both factors lie in {}: what goes back to their product A, as for solving with it, goes on to each"
_BOTH_SYMBOL = "lower(S·Uᵀ) + upper(Lᵀ·S) with S = −Pᵀ·A⁻ᵀ·G·{y}ᵀ"
_SYMMETRIC = (
    "Solving is a product with the inverse, and that of a symmetric matrix is symmetric: what arrives goes through it"
)
_TWICE = "{b} stands twice in the matrix that is solved with, and the larger that is, the smaller {y}: both times count"

RULES: tuple[Rule, ...] = (
    Rule(
        "linalg_lu",
        _lu,
        (
            Slope(
                "{a} = P·L·U ties both factors together: of Lᵀ·Gl what lies below the diagonal counts, of Gu·Uᵀ the "
                "rest",
                back=_lu_back,
                symbol="P·L⁻ᵀ·(lower(Lᵀ·Gl) + upper(Gu·Uᵀ))·U⁻ᵀ",
            ),
        ),
    ),
    Rule(
        "linalg_lu_factor",
        _factored,
        (
            Slope(
                "{a} = P·L·U ties both factors together, which lie in one matrix: of Lᵀ·Gl what lies below the "
                "diagonal counts, of Gu·Uᵀ the rest",
                back=_packed_back,
                symbol="P·L⁻ᵀ·(lower(Lᵀ·Gl) + upper(Gu·Uᵀ))·U⁻ᵀ",
            ),
        ),
    ),
    Rule(
        "linalg_lu_solve",
        _lu_solve,
        (
            Slope(
                _BOTH.format("{a}"),
                back=_both_back,
                symbol=_BOTH_SYMBOL,
                tied=dict.fromkeys(("right", "adjoint", "right adjoint"), (_BOTH.format("{a}"), "G through L and U")),
            ),
            FIXED,
            Slope(
                _SIDE,
                back=_side_back,
                symbol="A⁻ᵀ·G with A = P·L·U",
                tied={
                    "right": (_SIDE, "G·A⁻ᵀ with A = P·L·U"),
                    "adjoint": (_SIDE, "A⁻¹·G with A = P·L·U"),
                    "right adjoint": (_SIDE, "G·A⁻¹ with A = P·L·U"),
                },
            ),
        ),
        form=lambda packed, pivots, b, left=True, adjoint=False: (
            f"{'' if left else 'right'} {'adjoint' if adjoint else ''}".strip()
        ),
    ),
    Rule(
        "lu_solve",
        lambda b, packed, pivots: _lu_solve(packed, pivots, b),
        (
            Slope(
                _SIDE,
                back=lambda g, y, b, packed, pivots: _side_back(g, y, packed, pivots, b),
                symbol="A⁻ᵀ·G with A = P·L·U",
            ),
            Slope(
                _BOTH.format("{b}"),
                back=lambda g, y, b, packed, pivots: _both_back(g, y, packed, pivots, b),
                symbol=_BOTH_SYMBOL,
            ),
            FIXED,
        ),
    ),
    Rule(
        "cholesky_solve",
        _cholesky_solve,
        (
            Slope(
                _SYMMETRIC,
                back=lambda g, y, b, factor, upper=False: _cholesky_solve(g, factor, upper),
                symbol="({b}·{b}ᵀ)⁻¹·G",
                tied={"upper": (_SYMMETRIC, "({b}ᵀ·{b})⁻¹·G")},
            ),
            Slope(
                _TWICE,
                back=_factor_back,
                symbol="−(S + Sᵀ)·{b} with S = ({b}·{b}ᵀ)⁻¹·G·{y}ᵀ",
                tied={"upper": (_TWICE, "−{b}·(S + Sᵀ) with S = ({b}ᵀ·{b})⁻¹·G·{y}ᵀ")},
            ),
        ),
        form=lambda b, factor, upper=False: "upper" if upper else "",
    ),
    Rule(
        "lstsq",
        _lstsq,
        (
            Slope(
                "The solution is the pseudo-inverse A⁺ of {a} times {b}, so what arrives goes back through A⁺; where "
                "{a} has more rows than it needs, what is left over, {b} − {a}·X, adds a term",
                back=_lstsq_back(0),
                symbol="the pseudo-inverse's, for G·{b}ᵀ",
            ),
            Slope(
                "The solution is the pseudo-inverse A⁺ of {a} times {b}: what arrives goes back through it, transposed",
                back=_lstsq_back(1),
                symbol="A⁺ᵀ·G",
            ),
        ),
    ),
)
