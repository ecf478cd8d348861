"""The rules for matrix products: linear in each factor, so the gradient meets the other factor transposed."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tutor.calculus.rule import Rule, Slope

_LEFT = Slope("The left factor's gradient is what arrives, times the right factor transposed", symbol="G·{b}ᵀ")
_RIGHT = Slope("The right factor's gradient is the left factor transposed, times what arrives", symbol="{a}ᵀ·G")


def _linear(x: Any, weight: Any, bias: Any = None) -> Any:
    product = x @ np.transpose(weight)
    return product if bias is None else product + bias


def _flat(x: Any) -> Any:
    return x.reshape(-1, x.shape[-1])


RULES: tuple[Rule, ...] = (
    Rule("matmul", lambda a, b: a @ b, (_LEFT, _RIGHT)),
    Rule(
        "dot",
        lambda a, b: a @ b,
        (
            Slope("In a dot product, each vector's slope is the other vector", symbol="{b}"),
            Slope("In a dot product, each vector's slope is the other vector", symbol="{a}"),
        ),
    ),
    Rule(
        "linear",
        _linear,
        (
            Slope(
                "The input's gradient is what arrives, times the weights",
                back=lambda g, y, x, weight, bias=None: g @ weight,
                symbol="G·{b}",
            ),
            Slope(
                "Each weight's gradient is what arrives at its output, times the input it multiplied",
                back=lambda g, y, x, weight, bias=None: _flat(g).T @ _flat(x),
                symbol="Gᵀ·{a}",
            ),
            Slope(
                "The bias is added to every row, so it gets the sum of what arrives over the rows",
                back=lambda g, y, x, weight, bias: _flat(g).sum(0),
                symbol="ΣG",
            ),
        ),
    ),
    Rule(
        "outer",
        np.multiply.outer,
        (
            Slope("Each number of an outer product's first vector met all of the second", symbol="G·{b}"),
            Slope("Each number of an outer product's second vector met all of the first", symbol="Gᵀ·{a}"),
        ),
    ),
)
