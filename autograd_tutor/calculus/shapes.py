"""The rules for operations that only move numbers about: linear, with no slope but 1.

Each needs its forward alone: where a number went, its gradient comes back from.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tutor.calculus.rule import Rule, Slope


def _moves(name: str, forward: Any, words: str, symbol: str) -> Rule:
    return Rule(name, forward, (Slope(words, symbol=symbol),), moves=True)


def _sizes(sizes: tuple[Any, ...]) -> Any:
    return sizes[0] if len(sizes) == 1 and isinstance(sizes[0], tuple | list) else sizes


def _permuted(a: Any, *dims: Any) -> Any:
    return np.transpose(a, _sizes(dims))


def _unsqueezed(a: Any, dim: int) -> Any:
    return np.expand_dims(a, dim)


def _squeezed(a: Any, dim: Any = None) -> Any:
    if isinstance(dim, int) and a.shape[dim] != 1:
        return a
    return np.squeeze(a, dim)


def _expanded(a: Any, *sizes: Any) -> Any:
    wanted = list(_sizes(sizes))
    extra = len(wanted) - a.ndim
    shape = [a.shape[at - extra] if size == -1 else size for at, size in enumerate(wanted)]
    return np.broadcast_to(a, shape)


def _flattened(a: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    last = end_dim % max(a.ndim, 1)
    return np.reshape(a, (*a.shape[:start_dim], -1, *a.shape[last + 1 :]))


RULES: tuple[Rule, ...] = (
    _moves(
        "getitem",
        lambda a, index: a[index],
        "Only {y} is picked from {a}, so the gradient goes there and the other places get 0",
        "G where picked, else 0",
    ),
    _moves(
        "reshape",
        lambda a, *sizes: np.reshape(a, _sizes(sizes)),
        "Another shape, the same numbers: the gradient takes the old shape again",
        "G in the old shape",
    ),
    _moves(
        "flatten",
        _flattened,
        "Flattening keeps all numbers: the gradient takes the old shape again",
        "G in the old shape",
    ),
    _moves(
        "transpose",
        lambda a, dim0, dim1: np.swapaxes(a, dim0, dim1),
        "Rows and columns were swapped, so the gradient is swapped back",
        "Gᵀ",
    ),
    _moves("t", lambda a: np.transpose(a), "Rows and columns were swapped, so the gradient is swapped back", "Gᵀ"),
    _moves("permute", _permuted, "The axes were put in another order, so the gradient's axes go back", "Gᵀ"),
    _moves(
        "unsqueeze", _unsqueezed, "An axis of length 1 was added: the gradient loses it again", "G in the old shape"
    ),
    _moves("squeeze", _squeezed, "An axis of length 1 was dropped: the gradient gets it back", "G in the old shape"),
    _moves("expand", _expanded, "One number was used in many places, so the gradients of all of them add up", "ΣG"),
    _moves(
        "flip",
        lambda a, dims: np.flip(a, dims),
        "The order was turned round, so the gradient is turned back",
        "G turned back",
    ),
    _moves(
        "roll",
        lambda a, shifts, dims=None: np.roll(a, shifts, dims),
        "The numbers were shifted round, so the gradient is shifted back",
        "G shifted back",
    ),
    _moves(
        "diag",
        lambda a: np.diag(a),
        "The diagonal was picked or filled; the gradient goes the other way",
        "G on the diagonal",
    ),
    _moves(
        "tril",
        lambda a, diagonal=0: np.tril(a, diagonal),
        "What lies above the diagonal was set to 0 and gets no gradient",
        "G below the diagonal",
    ),
    _moves(
        "triu",
        lambda a, diagonal=0: np.triu(a, diagonal),
        "What lies below the diagonal was set to 0 and gets no gradient",
        "G above the diagonal",
    ),
    _moves(
        "stack",
        lambda *parts, dim=0: np.stack(parts, dim),
        "From the stack's gradient {it} gets its own slice",
        "its slice of G",
    ),
    _moves(
        "cat",
        lambda *parts, dim=0: np.concatenate(parts, dim),
        "{it} gets back the piece of the gradient that stands where it stood",
        "its piece of G",
    ),
)
