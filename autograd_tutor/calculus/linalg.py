"""The rules for determinants, inverses and what solves linear equations.

With Y = A⁻¹·B everything follows from dY = −A⁻¹·dA·Y + A⁻¹·dB (Giles 2008).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tutor.calculus.broadcasting import unstretched
from autograd_tutor.calculus.functions import log, magnitude, symbolic
from autograd_tutor.calculus.products import transposed
from autograd_tutor.calculus.rule import Rule, Slope

MOST = 4
"""Larger matrices of symbols have determinants that nobody reads."""


def determinant(a: Any) -> Any:
    """Of symbols by expansion along the first row."""
    if not symbolic(a):
        return np.linalg.det(a)
    if a.ndim != 2 or len(a) > MOST:
        raise ValueError("too large for a formula")
    return sum((a[0, at] * _cofactor(a, 0, at) for at in range(len(a))), 0) if len(a) else 1


def _cofactor(a: Any, row: int, column: int) -> Any:
    rest = np.delete(np.delete(a, row, 0), column, 1)
    return (-1) ** (row + column) * determinant(rest)


def inverse(a: Any) -> Any:
    """Of symbols by cofactors."""
    if not symbolic(a):
        return np.linalg.inv(a)
    whole = determinant(a)
    return np.array([[_cofactor(a, column, row) / whole for column in range(len(a))] for row in range(len(a))])


def _scaled(g: Any, matrix: Any) -> Any:
    """One number for each matrix, times it."""
    return np.asarray(g)[..., np.newaxis, np.newaxis] * matrix


def _columns(a: Any, b: Any) -> tuple[Any, bool]:
    """The right side as a matrix; and whether it was given as vectors."""
    vector = b.ndim == 1 or (b.ndim == a.ndim - 1 and b.shape == a.shape[:-1])
    return (b[..., np.newaxis] if vector else b), vector


def _solve(a: Any, b: Any, left: Any = True) -> Any:
    if not left:
        return transposed(_solve(transposed(a), transposed(b)))
    column, vector = _columns(a, b)
    found = inverse(a) @ column if symbolic(a) or symbolic(b) else np.linalg.solve(a, column)
    return found[..., 0] if vector else found


def _right_side(g: Any, y: Any, a: Any, b: Any, left: Any = True) -> Any:
    return unstretched(_solve(transposed(a), g, left), b.shape)


def _matrix(g: Any, y: Any, a: Any, b: Any, left: Any = True) -> Any:
    back = _solve(transposed(a), g, left)
    if not left:
        return unstretched(-transposed(y) @ back, a.shape)
    vector = _columns(a, b)[1]
    back, y = (back[..., np.newaxis], y[..., np.newaxis]) if vector else (back, y)
    return unstretched(-back @ transposed(y), a.shape)


def _half(a: Any, upper: Any) -> Any:
    return np.triu(a) if upper else np.tril(a)


def _triangle(a: Any, upper: Any, unitriangular: Any) -> Any:
    half = _half(a, upper)
    if not unitriangular:
        return half
    eye = np.eye(a.shape[-1], dtype=a.dtype)
    return half * (1 - eye) + eye


def _solve_triangular(a: Any, b: Any, *, upper: Any, left: Any = True, unitriangular: Any = False) -> Any:
    return _solve(_triangle(a, upper, unitriangular), b, left)


def _triangular_matrix(g: Any, y: Any, a: Any, b: Any, upper: Any, left: Any = True, unitriangular: Any = False) -> Any:
    found = _half(_matrix(g, y, _triangle(a, upper, unitriangular), b, left), upper)
    return found * (1 - np.eye(a.shape[-1], dtype=a.dtype)) if unitriangular else found


def _triangular_side(g: Any, y: Any, a: Any, b: Any, upper: Any, left: Any = True, unitriangular: Any = False) -> Any:
    return _right_side(g, y, _triangle(a, upper, unitriangular), b, left)


def _power(a: Any, n: Any) -> Any:
    found = np.broadcast_to(np.eye(a.shape[-1], dtype=a.dtype), a.shape)
    for _ in range(abs(int(n))):
        found = found @ a
    return inverse(found) if n < 0 else found


def _power_back(g: Any, y: Any, a: Any, n: int) -> Any:
    if n < 0:
        back = transposed(inverse(a))
        return -back @ _power_back(g, y, inverse(a), -n) @ back
    back = transposed(a)
    return sum((_power(back, at) @ g @ _power(back, n - 1 - at) for at in range(n)), np.zeros_like(a))


def _cholesky_back(g: Any, y: Any, a: Any, upper: Any = False) -> Any:
    factor, g = (transposed(y), transposed(g)) if upper else (y, g)
    half = np.tril(transposed(factor) @ g) * (1 - np.eye(a.shape[-1]) / 2)
    back = np.linalg.inv(factor)
    found = transposed(back) @ half @ back
    return (found + transposed(found)) / 2


def _trace_back(g: Any, y: Any, a: Any) -> Any:
    return g * np.eye(*a.shape, dtype=a.dtype)


def _log_abs(a: Any) -> Any:
    return log(magnitude(determinant(a)))


def _sign(a: Any) -> Any:
    return np.sign(determinant(a))


RULES: tuple[Rule, ...] = (
    Rule(
        "trace",
        np.trace,
        (
            Slope(
                "The trace is the sum of the diagonal: what arrives goes there, 0 elsewhere",
                back=_trace_back,
                symbol="the identity matrix",
            ),
        ),
    ),
    Rule(
        "det",
        determinant,
        (
            Slope(
                "A determinant's slope by each number is that number's cofactor, all together det({a}) times the "
                "inverse, transposed",
                back=lambda g, y, a: _scaled(g * np.conj(y), transposed(inverse(a))),
                symbol="{y}·({a}⁻¹)ᵀ",
            ),
        ),
    ),
    Rule(
        "logdet",
        lambda a: log(determinant(a)),
        (
            Slope(
                "The log divides the determinant away, and the inverse, transposed, is left",
                back=lambda g, y, a: _scaled(g, transposed(inverse(a))),
                symbol="({a}⁻¹)ᵀ",
            ),
        ),
    ),
    Rule(
        "slogdet",
        lambda a: [_sign(a), _log_abs(a)],
        (
            Slope(
                "The sign is flat; the log of the determinant's size has the inverse, transposed, as its slope",
                back=lambda g, y, a: _scaled(g[1], transposed(inverse(a))),
                symbol="G·({a}⁻¹)ᵀ",
            ),
        ),
    ),
    Rule(
        "inverse",
        inverse,
        (
            Slope(
                "Where {a} grows its inverse shrinks, on both sides: −{a}⁻¹·d{a}·{a}⁻¹, so the gradient goes back "
                "through both, transposed",
                back=lambda g, y, a: -transposed(y) @ g @ transposed(y),
                symbol="−{y}ᵀ·G·{y}ᵀ",
            ),
        ),
    ),
    Rule(
        "solve",
        _solve,
        (
            Slope(
                "The right side's gradient H solves the transposed equations; the matrix gets −H times the solution",
                back=_matrix,
                symbol="−H·{y}ᵀ with {a}ᵀ·H = G",
            ),
            Slope("The right side's gradient solves the transposed equations", back=_right_side, symbol="({a}ᵀ)⁻¹·G"),
        ),
    ),
    Rule(
        "solve_triangular",
        _solve_triangular,
        (
            Slope(
                "The right side's gradient H solves the transposed equations; the triangle gets −H times the solution",
                back=_triangular_matrix,
                symbol="−H·{y}ᵀ in the triangle, with {a}ᵀ·H = G",
            ),
            Slope(
                "The right side's gradient solves the transposed equations", back=_triangular_side, symbol="({a}ᵀ)⁻¹·G"
            ),
        ),
    ),
    Rule(
        "matrix_power",
        _power,
        (
            Slope(
                "Each of the {b} factors counts in turn, with the others to its left and right, transposed",
                back=_power_back,
                symbol="Σ ({a}ᵀ)^i·G·({a}ᵀ)^(n−1−i)",
            ),
        ),
    ),
    Rule(
        "cholesky",
        lambda a, upper=False: transposed(np.linalg.cholesky(a)) if upper else np.linalg.cholesky(a),
        (
            Slope(
                "{a} = L·Lᵀ ties both halves together: with P, the lower half of Lᵀ·G and half its diagonal, the "
                "gradient is L⁻ᵀ·P·L⁻¹, made symmetric",
                back=_cholesky_back,
                symbol="sym(L⁻ᵀ·P·L⁻¹) with P = lower(Lᵀ·G)",
            ),
        ),
    ),
)
