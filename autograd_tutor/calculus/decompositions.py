"""The rules for a matrix taken apart: eigenvalues, singular values, QR; its pseudo-inverse and its exponential.

The differences of eigenvalues stand below: where two are equal, their vectors have no derivative, and torch gives inf
or nan. (Giles 2008; Walter and Lehmann 2012; Golub and Pereyra 1973; Mathias 1996.)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tutor.calculus.products import transposed
from autograd_tutor.calculus.rule import Rule, Slope


def _diagonal(values: Any) -> Any:
    """One matrix for each vector."""
    return np.asarray(values)[..., np.newaxis] * np.eye(np.shape(values)[-1], dtype=np.asarray(values).dtype)


def _apart(values: Any) -> Any:
    """At row i and column j, value j less value i; 1 on the diagonal."""
    return values[..., np.newaxis, :] - values[..., np.newaxis] + np.eye(values.shape[-1], dtype=values.dtype)


def _eigh(a: Any, UPLO: Any = "L") -> Any:
    return tuple(np.linalg.eigh(a, UPLO))


def _eigh_back(g: Any, y: Any, a: Any, UPLO: Any = "L") -> Any:
    values, vectors = y
    turns = transposed(vectors) @ g[1]
    inner = (turns - transposed(turns)) / (2 * _apart(values)) + _diagonal(g[0])
    return vectors @ inner @ transposed(vectors)


def _eigenvalues_back(g: Any, y: Any, a: Any, UPLO: Any = "L") -> Any:
    vectors = np.linalg.eigh(a, UPLO)[1]
    return vectors @ _diagonal(g) @ transposed(vectors)


def _svd(a: Any, full_matrices: Any = True) -> Any:
    return tuple(np.linalg.svd(a, bool(full_matrices)))


def _svd_back(g: Any, y: Any, a: Any, full_matrices: Any = True) -> Any:
    most = y[1].shape[-1]
    left, values, right = y[0][..., :most], y[1], transposed(y[2])[..., :most]
    to_left, to_right = g[0][..., :most], transposed(g[2])[..., :most]
    turns_left, turns_right = transposed(left) @ to_left, transposed(right) @ to_right
    apart = _apart(values**2)
    inner = (turns_left - transposed(turns_left)) / apart * values[..., np.newaxis, :]
    inner = inner + values[..., np.newaxis] * (turns_right - transposed(turns_right)) / apart + _diagonal(g[1])
    found = left @ inner @ transposed(right)
    beside_left = (to_left - left @ turns_left) / values[..., np.newaxis, :]
    beside_right = (to_right - right @ turns_right) / values[..., np.newaxis, :]
    return found + beside_left @ transposed(right) + left @ transposed(beside_right)


def _singular_back(g: Any, y: Any, a: Any, **_: Any) -> Any:
    left, _values, right = np.linalg.svd(a, full_matrices=False)
    return left @ _diagonal(g) @ right


def _qr_back(g: Any, y: Any, a: Any, mode: Any = "reduced") -> Any:
    """Of matrices that are not wider than high."""
    q, r = y
    assert mode == "reduced"
    assert a.shape[-2] >= a.shape[-1]
    upper = np.triu(g[1] @ transposed(r) - transposed(q) @ g[0])
    both = (upper + transposed(upper)) * (1 - np.eye(r.shape[-1]) / 2)
    return (g[0] + q @ both) @ transposed(np.linalg.inv(r))


def pinv_back(g: Any, y: Any, a: Any, **_: Any) -> Any:
    """What goes back to the matrix of which `y` is the pseudo-inverse."""
    turned, back = transposed(y), transposed(g)
    beside = back - back @ y @ a, back - a @ y @ back
    return -turned @ g @ turned + turned @ y @ beside[0] + beside[1] @ y @ turned


def _exponential(a: Any) -> Any:
    """By its series, of the matrix halved often enough; then squared as often."""
    size = float(np.max(np.sum(np.abs(a), axis=-1), initial=0.0))
    often = max(int(np.ceil(np.log2(size))) + 4, 0) if 0 < size < np.inf else 0
    small = np.asarray(a, dtype=np.result_type(a, float)) / 2**often
    term = found = np.broadcast_to(np.eye(a.shape[-1], dtype=small.dtype), a.shape)
    for count in range(1, 15):
        term = term @ small / count
        found = found + term
    for _ in range(often):
        found = found @ found
    return found


def _exponential_back(g: Any, y: Any, a: Any) -> Any:
    """What stands beside the exponential in that of the matrix that holds both."""
    turned, count = transposed(a), a.shape[-1]
    above, below = np.concatenate([turned, g], -1), np.concatenate([np.zeros_like(a), turned], -1)
    return _exponential(np.concatenate([above, below], -2))[..., :count, count:]


RULES: tuple[Rule, ...] = (
    Rule(
        "eigh",
        _eigh,
        (
            Slope(
                "An eigenvalue's slope is its vector times itself, v·vᵀ; a vector turns towards the others, the "
                "more the nearer their eigenvalues λ are",
                back=_eigh_back,
                symbol="V·(diag(Gλ) + skew(Vᵀ·Gv)ᵢⱼ/(λⱼ − λᵢ))·Vᵀ",
            ),
        ),
    ),
    Rule(
        "eigvalsh",
        lambda a, UPLO="L": np.linalg.eigvalsh(a, UPLO),
        (
            Slope(
                "An eigenvalue's slope is its vector times itself, v·vᵀ: each gets what arrives at it",
                back=_eigenvalues_back,
                symbol="V·diag(G)·Vᵀ",
            ),
        ),
    ),
    Rule(
        "linalg_svd",
        _svd,
        (
            Slope(
                "A singular value's slope is its two vectors, u·vᵀ; the vectors turn towards the others, the more the "
                "nearer their singular values are",
                back=_svd_back,
                symbol="U·diag(G)·Vᵀ, and the turns of U and V",
            ),
        ),
    ),
    Rule(
        "svdvals",
        lambda a, **_: np.linalg.svd(a, compute_uv=False),
        (
            Slope(
                "A singular value's slope is its two vectors, u·vᵀ: each gets what arrives at it",
                back=_singular_back,
                symbol="U·diag(G)·Vᵀ",
            ),
        ),
    ),
    Rule(
        "qr",
        lambda a, mode="reduced": tuple(np.linalg.qr(a, mode)),
        (
            Slope(
                "{a} = Q·R ties both together: with P, the upper half of Gr·Rᵀ − Qᵀ·Gq made symmetric, the gradient is "
                "(Gq + Q·P)·R⁻ᵀ",
                back=_qr_back,
                symbol="(Gq + Q·P)·R⁻ᵀ with P = sym(upper(Gr·Rᵀ − Qᵀ·Gq))",
            ),
        ),
    ),
    Rule(
        "pinv",
        lambda a, **_: np.linalg.pinv(a),
        (
            Slope(
                "As for an inverse what arrives goes back through {y} on both sides; what {a} maps to 0, or never "
                "reaches, adds two terms",
                back=pinv_back,
                symbol="−{y}ᵀ·G·{y}ᵀ + {y}ᵀ·{y}·Gᵀ·(I − {y}·{a}) + (I − {a}·{y})·Gᵀ·{y}·{y}ᵀ",
            ),
        ),
    ),
    Rule(
        "matrix_exp",
        _exponential,
        (
            Slope(
                "{a} stands in every term of I + {a} + {a}²/2 + …, and each of its factors counts in turn; the sum "
                "stands in the exponential of a matrix twice as large",
                back=_exponential_back,
                symbol="the upper right of exp([{a}ᵀ G; 0 {a}ᵀ])",
            ),
        ),
    ),
)
