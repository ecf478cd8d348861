"""What must hold of a Jacobian: against the step it belongs to, and for each structure that it may be said to have."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tutor.calculus.values import close, numbers, precision
from autograd_tutor.explanation import Step

Numbers = np.ndarray[Any, Any]


def product_is_what_goes_on(step: Step) -> None:
    """What arrived, as a row vector, times the matrix is what went along the edge."""
    given = step.jacobian
    assert given is not None
    assert given.rows is not None
    rows, came, sent = (np.asarray(numbers(one), float) for one in (given.rows, given.upstream, step.contribution))
    assert rows.shape == given.shape == (len(given.outputs), len(given.inputs))
    with np.errstate(all="ignore"):
        told = came @ rows
        terms = float(np.max(np.abs(came) @ np.abs(rows), initial=0.0))
    if np.all(np.isfinite(told)):
        assert step.contribution is not None
        assert close(told, np.ravel(sent), precision(step.contribution.dtype), terms), step


def holds(structure: str, rows: Numbers) -> bool:
    """Whether the whole matrix is as its name says."""
    entries = rows != 0
    square = rows.shape[0] == rows.shape[1]
    diagonal = square and not np.any(entries & ~np.eye(len(rows), dtype=bool))
    alone, once = np.all(entries.sum(1) <= 1), np.all(entries.sum(0) <= 1)
    ones = np.all((rows == 0) | (rows == 1))
    match structure:
        case "zero":
            return not np.any(entries)
        case "identity" | "scaled identity":
            scale = 1.0 if structure == "identity" else rows[0, 0]
            return bool(diagonal and np.allclose(np.diag(rows), scale))
        case "diagonal":
            return diagonal
        case "one row":
            return rows.shape[0] == 1
        case "one column":
            return rows.shape[1] == 1
        case "stretched":
            return bool(alone and rows.shape[0] > rows.shape[1])
        case "permutation":
            return bool(ones and np.all(entries.sum(1) == 1) and np.all(entries.sum(0) == 1))
        case "selection":
            return bool(ones and alone)
        case "placement":
            return bool(ones and once and np.all(entries.sum(0) == 1))
        case "block diagonal":
            return _blocks(entries) > 1
        case "lower triangular":
            return not np.any(np.triu(rows, 1))
        case "upper triangular":
            return not np.any(np.tril(rows, -1))
        case "block triangular":
            return any(_triangular(entries, pieces) for pieces in range(2, len(rows) + 1))
        case "sparse":
            return bool(np.any(2 * entries.sum(1) <= rows.shape[1]))
        case _:
            return bool(np.all(2 * entries.sum(1) > rows.shape[1]))


def _blocks(entries: Numbers) -> int:
    """Into how many pieces the rows fall that have no column in common."""
    pieces: list[Numbers] = []
    for row in entries:
        touching = [piece for piece in pieces if np.any(piece & row)]
        pieces = [piece for piece in pieces if not np.any(piece & row)]
        pieces.append(np.logical_or.reduce([row, *touching]))
    return len(pieces)


def _triangular(entries: Numbers, pieces: int) -> bool:
    """In some order of rows and columns: of so many equal pieces, the first k rows see no more than k columns."""
    if any(length % pieces for length in entries.shape):
        return False
    rows, columns = (length // pieces for length in entries.shape)
    ordered = entries[np.argsort(entries.sum(1), kind="stable")]
    return all(ordered[: k * rows].any(0).sum() <= k * columns for k in range(1, pieces))
