"""The rules for looking rows up in a table: a row's gradient is the sum over the places that used it."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tutor.calculus.rule import FIXED, Rule, Slope


def _rows(input: Any, weight: Any, *_: Any, **__: Any) -> Any:
    return weight[np.asarray(input, dtype=int)]


def _table(g: Any, y: Any, index: Any, weight: Any, *, padding_idx: Any = None, scale_grad_by_freq: Any = False) -> Any:
    """Each row that arrives, added to the row of the table that it came from."""
    index = np.asarray(index, dtype=int)
    found = np.zeros(weight.shape, dtype=g.dtype)
    np.add.at(found, index, g)
    if scale_grad_by_freq:
        found /= np.maximum(np.bincount(index.ravel(), minlength=len(weight)), 1)[:, np.newaxis]
    if padding_idx is not None:
        found[padding_idx] = 0
    return found


def _forward(
    input: Any, weight: Any, padding_idx: Any = None, max_norm: Any = None, norm_type: Any = 2.0,
    scale_grad_by_freq: Any = False, sparse: Any = False,
) -> Any:  # fmt: skip
    return _rows(input, weight)


def _back(
    g: Any, y: Any, input: Any, weight: Any, padding_idx: Any = None, max_norm: Any = None, norm_type: Any = 2.0,
    scale_grad_by_freq: Any = False, sparse: Any = False,
) -> Any:  # fmt: skip
    return _table(g, y, input, weight, padding_idx=padding_idx, scale_grad_by_freq=scale_grad_by_freq)


def _at_padding(input: Any, weight: Any, padding_idx: Any = None, *_: Any, **__: Any) -> str:
    if padding_idx is not None and np.any(np.asarray(input) == padding_idx % len(weight)):
        return f"Row {padding_idx % len(weight)} is for padding, and torch sends nothing back to it."
    return ""


RULES: tuple[Rule, ...] = (
    Rule(
        "embedding",
        _forward,
        (
            FIXED,
            Slope(
                "{y} holds rows of {b}: each row gets the sum of what arrives where it was used, and 0 if it was not",
                back=_back,
                symbol="ΣG for each row",
            ),
        ),
        where=_at_padding,
    ),
)
