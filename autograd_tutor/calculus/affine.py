"""The rules for products to which something is added in the same call: a layer's W·x + b, and addmm's kin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_tutor.calculus.broadcasting import unstretched
from autograd_tutor.calculus.products import left, right
from autograd_tutor.calculus.rule import Rule, Slope


def _linear(input: Any, weight: Any, bias: Any = None) -> Any:
    product = input @ np.transpose(weight)
    return product if bias is None else product + bias


def _rows(a: Any, vector: bool = False) -> Any:
    """All axes but the last as one; for a weight that is a single row, all of them."""
    return a.reshape(-1, 1) if vector else a.reshape(-1, a.shape[-1])


def _input_back(g: Any, y: Any, input: Any, weight: Any, bias: Any = None) -> Any:
    return g[..., np.newaxis] * weight if weight.ndim == 1 else g @ weight


def _weight_back(g: Any, y: Any, input: Any, weight: Any, bias: Any = None) -> Any:
    return (_rows(g, weight.ndim == 1).T @ _rows(input)).reshape(weight.shape)


def _bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    product = np.einsum("...i,oij,...j->...o", input1, weight, input2)
    return product if bias is None else product + bias


def _bilinear_weight(g: Any, y: Any, first: Any, second: Any, weight: Any, bias: Any = None) -> Any:
    return np.einsum("ro,ri,rj->oij", _rows(g), _rows(first), _rows(second))


def _added(
    name: str,
    product: Callable[[Any, Any], Any],
    first: Callable[..., Any],
    second: Callable[..., Any],
    kind: str,
    symbols: tuple[str, str],
) -> Rule:
    """A rule for beta·a + alpha·product(b, c); `first` and `second` take what arrives back through the product."""

    def forward(a: Any, b: Any, c: Any, beta: Any = 1, alpha: Any = 1) -> Any:
        return (0 if beta == 0 else beta * a) + alpha * product(b, c)

    def first_back(g: Any, y: Any, a: Any, b: Any, c: Any, beta: Any = 1, alpha: Any = 1) -> Any:
        return first(g * alpha, y, b, c)

    def second_back(g: Any, y: Any, a: Any, b: Any, c: Any, beta: Any = 1, alpha: Any = 1) -> Any:
        return second(g * alpha, y, b, c)

    return Rule(
        name,
        forward,
        (
            Slope(
                "What is added to a product counts with its own factor, 1 if none was given",
                local=lambda y, a, b, c, beta=1, alpha=1: beta,
            ),
            Slope(
                f"The first factor of the {kind} gets what arrives times the second one",
                back=first_back,
                symbol=symbols[0],
            ),
            Slope(
                f"The second factor of the {kind} gets the first one times what arrives",
                back=second_back,
                symbol=symbols[1],
            ),
        ),
    )


def _over_batch(g: Any, a: Any) -> Any:
    """One product's gradient for each of the products that were summed."""
    return np.broadcast_to(g, (a.shape[0], *g.shape))


RULES: tuple[Rule, ...] = (
    Rule(
        "linear",
        _linear,
        (
            Slope(
                "The input's gradient is what arrives, times the weights",
                back=_input_back,
                factors=lambda g, y, input, weight, bias=None: (g, weight),
                symbol="G·{b}",
            ),
            Slope(
                "Each weight's gradient is what arrives at its output, times the input it multiplied"
                " (summed over all rows, if there are several)",
                back=_weight_back,
                factors=lambda g, y, input, weight, bias=None: (_rows(g, weight.ndim == 1).T, _rows(input)),
                symbol="Gᵀ·{a}",
            ),
            Slope(
                "The bias is added to every row, so it gets the sum of what arrives over the rows",
                back=lambda g, y, input, weight, bias: unstretched(g, bias.shape),
                symbol="ΣG",
            ),
        ),
    ),
    Rule(
        "bilinear",
        _bilinear,
        (
            Slope(
                "The first input's gradient is what arrives, times the weights and the second input",
                back=lambda g, y, a, b, weight, bias=None: np.einsum("...o,oij,...j->...i", g, weight, b),
                symbol="G·{c}·{b}",
            ),
            Slope(
                "The second input's gradient is what arrives, times the weights and the first input",
                back=lambda g, y, a, b, weight, bias=None: np.einsum("...o,oij,...i->...j", g, weight, a),
                symbol="G·{c}·{a}",
            ),
            Slope(
                "Each weight multiplied one number of either input, so it gets their product times what arrives, "
                "summed over the rows",
                back=_bilinear_weight,
                symbol="ΣG·{a}·{b}",
            ),
            Slope(
                "The bias is added to every row, so it gets the sum of what arrives over the rows",
                back=lambda g, y, a, b, weight, bias: unstretched(g, bias.shape),
                symbol="ΣG",
            ),
        ),
    ),
    _added("addmm", np.matmul, left, right, "matrix product", ("G·{c}ᵀ", "{b}ᵀ·G")),
    _added("baddbmm", np.matmul, left, right, "matrix products", ("G·{c}ᵀ", "{b}ᵀ·G")),
    _added("addmv", np.matmul, left, right, "matrix-vector product", ("G·{c}ᵀ", "{b}ᵀ·G")),
    _added(
        "addr",
        np.multiply.outer,
        lambda g, y, a, b: g @ np.conj(b),
        lambda g, y, a, b: g.T @ np.conj(a),
        "outer product",
        ("G·{c}", "Gᵀ·{b}"),
    ),
    _added(
        "addbmm",
        lambda a, b: np.sum(a @ b, axis=0),
        lambda g, y, a, b: left(_over_batch(g, a), y, a, b),
        lambda g, y, a, b: right(_over_batch(g, a), y, a, b),
        "summed matrix products",
        ("G·{c}ᵀ", "{b}ᵀ·G"),
    ),
)
