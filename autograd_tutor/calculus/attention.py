"""The rule for attention: softmax(q·kᵀ/√d)·v (Vaswani et al. 2017)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import numpy as np

from autograd_tutor.calculus.broadcasting import unstretched
from autograd_tutor.calculus.reductions import softmax
from autograd_tutor.calculus.rule import Rule, Slope


@dataclass(frozen=True)
class Attention:
    """One call."""

    query: Any
    key: Any
    value: Any
    mask: Any
    scale: float

    def shares(self) -> Any:
        """How much of each value each query takes: (…, queries, keys), each row with sum 1."""
        scores = self.query @ np.swapaxes(self.key, -1, -2) * self.scale
        if self.mask is None:
            return softmax(scores)
        if self.mask.dtype.kind == "b":
            return softmax(np.where(self.mask, scores, -np.inf))
        return softmax(scores + self.mask)

    def output(self) -> Any:
        """The values, mixed."""
        return self.shares() @ self.value

    def _scores_back(self, g: Any) -> Any:
        """What goes back to the scores, before the softmax."""
        shares = self.shares()
        arrived = g @ np.swapaxes(self.value, -1, -2)
        return shares * (arrived - np.sum(arrived * shares, axis=-1, keepdims=True))

    def query_back(self, g: Any) -> Any:
        """What goes back to the queries."""
        return unstretched(self._scores_back(g) @ self.key * self.scale, self.query.shape)

    def key_back(self, g: Any) -> Any:
        """What goes back to the keys."""
        scores = np.swapaxes(self._scores_back(g), -1, -2)
        return unstretched(scores @ self.query * self.scale, self.key.shape)

    def value_back(self, g: Any) -> Any:
        """What goes back to the values."""
        return unstretched(np.swapaxes(self.shares(), -1, -2) @ g, self.value.shape)

    def mask_back(self, g: Any) -> Any:
        """What goes back to a mask of numbers, which is added to the scores."""
        return unstretched(self._scores_back(g), self.mask.shape)


def _attention(
    query: Any, key: Any, value: Any, attn_mask: Any = None, dropout_p: Any = 0.0, is_causal: Any = False,
    scale: Any = None,
) -> Attention:  # fmt: skip
    if dropout_p:
        raise ValueError("which shares were dropped is not known")
    mask = np.tri(query.shape[-2], key.shape[-2], dtype=bool) if is_causal else attn_mask
    return Attention(query, key, value, mask, query.shape[-1] ** -0.5 if scale is None else scale)


@wraps(_attention)
def _forward(*operands: Any, **options: Any) -> Any:
    return _attention(*operands, **options).output()


def _slope(words: str, back: Callable[[Attention, Any], Any], symbol: str) -> Slope:
    return Slope(
        words, back=lambda g, y, *operands, **options: back(_attention(*operands, **options), g), symbol=symbol
    )


_SCORES = "S = P·(G·{c}ᵀ − rowsum(P·(G·{c}ᵀ))) is what goes back through the softmax to the scores"

RULES: tuple[Rule, ...] = (
    Rule(
        "scaled_dot_product_attention",
        _forward,
        (
            _slope(
                f"With P, the shares that softmax gave, {_SCORES}; each query meets the keys it was compared with",
                Attention.query_back,
                "S·{b}·scale, from G",
            ),
            _slope(
                f"With P, the shares that softmax gave, {_SCORES}; each key meets the queries that asked for it",
                Attention.key_back,
                "Sᵀ·{a}·scale, from G",
            ),
            _slope(
                "Each value went to the queries by the shares P of the softmax, and gets back what arrives by the same",
                Attention.value_back,
                "Pᵀ·G",
            ),
            _slope(f"The mask was added to the scores; {_SCORES}", Attention.mask_back, "S, from G"),
        ),
    ),
)
