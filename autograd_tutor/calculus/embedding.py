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


class _Bags:
    """Which rows of a table lie in which bag."""

    def __init__(self, input: Any, weight: Any, offsets: Any, include_last_offset: Any, padding_idx: Any) -> None:
        index = np.asarray(input, dtype=int)
        if index.ndim == 2:
            self.bag = np.repeat(np.arange(len(index)), index.shape[1])
            self.count = len(index)
        else:
            starts = np.asarray(offsets, dtype=int)[: -1 if include_last_offset else None]
            self.bag = np.searchsorted(starts, np.arange(len(index)), side="right") - 1
            self.count = len(starts)
        self.kept = np.ones(index.size, dtype=bool)
        if padding_idx is not None:
            self.kept = index.ravel() != padding_idx % len(weight)
        self.row, self.bag = index.ravel()[self.kept], self.bag[self.kept]
        self.size = np.maximum(np.bincount(self.bag, minlength=self.count), 1)[:, np.newaxis]

    def largest(self, rows: Any) -> Any:
        """For each bag and column the place among the rows where its largest number stands first; −1 if it is empty."""
        found = np.full((self.count, rows.shape[1]), -1)
        for at, bag in enumerate(self.bag):
            better = (found[bag] < 0) | (rows[at] > rows[found[bag], np.arange(rows.shape[1])])
            found[bag] = np.where(better, at, found[bag])
        return found


def _bagged(
    input: Any, weight: Any, offsets: Any = None, max_norm: Any = None, norm_type: Any = 2.0,
    scale_grad_by_freq: Any = False, mode: str = "mean", sparse: Any = False, per_sample_weights: Any = None,
    include_last_offset: Any = False, padding_idx: Any = None,
) -> Any:  # fmt: skip
    bags = _Bags(input, weight, offsets, include_last_offset, padding_idx)
    rows = weight[bags.row]
    if mode == "max":
        found = bags.largest(rows)
        return np.where(found < 0, 0, np.take_along_axis(rows, np.maximum(found, 0), 0))
    if per_sample_weights is not None:
        rows = rows * np.reshape(per_sample_weights, -1)[bags.kept, np.newaxis]
    total = np.zeros((bags.count, weight.shape[1]), dtype=rows.dtype)
    np.add.at(total, bags.bag, rows)
    return total / bags.size if mode == "mean" else total


def _bag_back(
    g: Any, y: Any, input: Any, weight: Any, offsets: Any = None, max_norm: Any = None, norm_type: Any = 2.0,
    scale_grad_by_freq: Any = False, mode: str = "mean", sparse: Any = False, per_sample_weights: Any = None,
    include_last_offset: Any = False, padding_idx: Any = None,
) -> Any:  # fmt: skip
    bags = _Bags(input, weight, offsets, include_last_offset, padding_idx)
    each = (g / bags.size if mode == "mean" else g)[bags.bag]
    if mode == "max":
        chosen = bags.largest(weight[bags.row])[bags.bag]
        each = np.where(chosen == np.arange(len(each))[:, np.newaxis], each, 0)
    if per_sample_weights is not None:
        each = each * np.reshape(per_sample_weights, -1)[bags.kept, np.newaxis]
    return _table(each, y, bags.row, weight, scale_grad_by_freq=scale_grad_by_freq)


def _weights_back(
    g: Any, y: Any, input: Any, weight: Any, offsets: Any, max_norm: Any, norm_type: Any, scale_grad_by_freq: Any,
    mode: str, sparse: Any, per_sample_weights: Any, include_last_offset: Any = False, padding_idx: Any = None,
) -> Any:  # fmt: skip
    bags = _Bags(input, weight, offsets, include_last_offset, padding_idx)
    found = np.zeros(np.size(per_sample_weights), dtype=g.dtype)
    found[bags.kept] = np.sum(g[bags.bag] * weight[bags.row], axis=-1)
    return np.reshape(found, np.shape(per_sample_weights))


def _mode(input: Any, weight: Any, offsets: Any = None, *rest: Any, mode: str = "mean", **_: Any) -> str:
    return rest[3] if len(rest) > 3 else mode


_BAG = {
    "sum": ("each row gets the sum of what arrives at the bags that it is in", "ΣG over its bags"),
    "mean": ("each row gets its share of what arrives at the bags that it is in", "ΣG/(size of the bag) over its bags"),
    "max": ("of each column only the largest number in a bag gets what arrives", "ΣG where the largest, else 0"),
}

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
    Rule(
        "embedding_bag",
        _bagged,
        (
            FIXED,
            Slope(
                "{y} puts rows of {b} together, bag by bag: each row gets its part",
                back=_bag_back,
                symbol="ΣG over its bags",
                tied={how: (f"{{y}} puts rows of {{b}} together: {words}", one) for how, (words, one) in _BAG.items()},
            ),
            *(FIXED,) * 6,
            Slope(
                "Each weight multiplies one row in one bag: its slope is that row, times what arrives at the bag",
                back=_weights_back,
                symbol="ΣG·row over the columns",
            ),
        ),
        form=_mode,
    ),
)
