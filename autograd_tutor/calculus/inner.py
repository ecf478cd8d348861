"""What single nodes do inside an operation that has no rule of its own, as an LSTM cell: by their kind.

torch names a node by what was called there, and the node keeps what its slope is made of. A kind is believed where it
gives what torch sent along the edge. The formulas are those of torch's derivatives.yaml.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_tutor.calculus.broadcasting import unstretched
from autograd_tutor.calculus.local import FAILURES
from autograd_tutor.calculus.values import close, numbers, plain, precision
from autograd_tutor.trace import Array, Node

Kept = dict[str, Any]
"""What a node keeps, by name."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How the gradient of one operand leaves a kind of node."""

    symbol: str
    """`∂(a·b)/∂a = b`."""
    words: str
    """Why, as a sentence without its point."""
    slope: Callable[[Kept], Any] | None = None
    """Elementwise, from what the node keeps."""
    back: Callable[[Any, Kept], Any] | None = None
    """Otherwise what it makes of the gradient that arrived. Neither: it moves numbers about and changes none."""


@dataclass(frozen=True, slots=True)
class Inner:
    """A node's edge that its kind accounts for."""

    kind: Kind
    local: Array | None
    """The slope, elementwise; None where it has no such form."""


def inner(node: Node, input_: int, upstreams: tuple[Array | None, ...], sent: Array | None) -> Inner | None:
    """The kind that accounts for what a node sent along its edge number `input_`; None if none does."""
    kinds = KINDS.get(node.name.rstrip("0123456789").removesuffix("Backward"))
    upstream = next((one for one in upstreams if one is not None), None)
    given = numbers(sent)
    if kinds is None or sent is None or given is None:
        return None
    kind = kinds[min(input_, len(kinds) - 1)]
    kept = {one.name: numbers(one.value) for one in node.saved if not isinstance(one.value, str)}
    try:
        if kind.slope is None and kind.back is None:
            return Inner(kind, None) if _moved(upstreams, given) else None
        arrived = numbers(upstream)
        if arrived is None or any(one is not None for one in upstreams[1:]):
            return None
        with np.errstate(all="ignore"):
            if kind.back is not None:
                return Inner(kind, None) if _same(kind.back(arrived, kept), given, sent.dtype) else None
            assert kind.slope is not None
            slope = np.asarray(kind.slope(kept))
            product = np.broadcast_to(arrived * slope, np.broadcast_shapes(np.shape(arrived), slope.shape))
            if not _same(unstretched(product, given.shape), given, sent.dtype):
                return None
        return Inner(kind, plain(slope, sent.dtype))
    except FAILURES:
        return None


def _same(said: Any, sent: Any, dtype: str) -> bool:
    return close(said, sent, 10 * precision(dtype), float(np.max(np.abs(sent), initial=0.0)))


def _moved(upstreams: tuple[Array | None, ...], sent: Any) -> bool:
    """Whether all numbers of `sent` but zeros arrived."""
    arrived = [numbers(one) for one in upstreams if one is not None]
    if any(one is None for one in arrived):
        return False
    return bool(np.isin(sent[sent != 0], np.concatenate([np.ravel(one) for one in arrived])).all())


def _moves(words: str, symbol: str) -> tuple[Kind, ...]:
    return (Kind(symbol, words),)


def _function(symbol: str, words: str, slope: Callable[[Kept], Any]) -> tuple[Kind, ...]:
    return (Kind(symbol, words, slope),)


def _turned(matrix: Any) -> Any:
    return np.swapaxes(matrix, -1, -2)


_LEFT = Kind(
    "∂(A·B)/∂A = G·Bᵀ",
    "In a matrix product the left factor gets what arrives times the right one, transposed",
    back=lambda g, kept: g @ _turned(kept["mat2"]),
)
_RIGHT = Kind(
    "∂(A·B)/∂B = Aᵀ·G",
    "In a matrix product the right factor gets the left one, transposed, times what arrives",
    back=lambda g, kept: _turned(kept.get("mat1", kept.get("self"))) @ g,
)
_ADDED = Kind("∂(a + b)/∂a = 1", "A sum passes on what arrives to each of its terms", lambda kept: 1.0)

KINDS: dict[str, tuple[Kind, ...]] = {
    "Add": (
        _ADDED,
        Kind("∂(a + b)/∂b = 1", _ADDED.words, lambda kept: kept.get("alpha", 1.0)),
    ),
    "Sub": (
        Kind("∂(a − b)/∂a = 1", "In a difference the first term counts with slope 1", lambda kept: 1.0),
        Kind(
            "∂(a − b)/∂b = −1",
            "What is subtracted gets what arrives with the sign turned",
            lambda kept: -kept.get("alpha", 1.0),
        ),
    ),
    "Neg": _function("∂(−a)/∂a = −1", "A minus sign turns the gradient's sign too", lambda kept: -1.0),
    "Mul": (
        Kind("∂(a·b)/∂a = b", "In a product, each factor's slope is the other factor", lambda kept: kept["other"]),
        Kind("∂(a·b)/∂b = a", "In a product, each factor's slope is the other factor", lambda kept: kept["self"]),
    ),
    "Div": (
        Kind("∂(a/b)/∂a = 1/b", "What is divided has the slope one over the divisor", lambda kept: 1 / kept["other"]),
        Kind(
            "∂(a/b)/∂b = −a/b²",
            "A divisor's slope is minus the quotient, divided once more",
            lambda kept: -kept["self"] / kept["other"] ** 2,
        ),
    ),
    "Sigmoid": _function(
        "∂σ(a)/∂a = σ(a)·(1 − σ(a))",
        "The sigmoid's slope is itself times what it lacks to 1",
        lambda kept: kept["result"] * (1 - kept["result"]),
    ),
    "Tanh": _function(
        "∂tanh(a)/∂a = 1 − tanh(a)²",
        "The slope of tanh is 1 minus its square",
        lambda kept: 1 - kept["result"] ** 2,
    ),
    "Exp": _function("∂exp(a)/∂a = exp(a)", "exp is its own slope", lambda kept: kept["result"]),
    "Log": _function(
        "∂ln(a)/∂a = 1/a", "The slope of the logarithm is one over its argument", lambda kept: 1 / kept["self"]
    ),
    "Sqrt": _function(
        "∂√a/∂a = 1/(2·√a)", "The slope of the root is one over twice the root", lambda kept: 0.5 / kept["result"]
    ),
    "Relu": _function(
        "∂relu(a)/∂a = 1{a > 0}",
        "relu lets the gradient through where it let the number through",
        lambda kept: (kept["result"] > 0).astype(float),
    ),
    "Softmax": (
        Kind(
            "∂softmax(a)/∂a = p·(G − ΣG·p)",
            "Softmax's shares sum to 1, so what all get in common cancels: p is what softmax gave",
            back=lambda g, kept: _softmax_back(g, kept["result"], int(kept["dim"])),
        ),
    ),
    "Mm": (_LEFT, _RIGHT),
    "Bmm": (_LEFT, _RIGHT),
    "Addmm": (
        Kind(
            "∂(c + A·B)/∂c = 1",
            "A bias passes on what arrives, summed over the rows it was added to",
            lambda kept: kept.get("beta", 1.0),
        ),
        _LEFT,
        _RIGHT,
    ),
    "T": _moves("Rows and columns were swapped, so the gradient is swapped back", "Gᵀ"),
    "Transpose": _moves("Two axes were swapped, so the gradient's are swapped back", "G with the axes swapped back"),
    "Permute": _moves("The axes were put in another order, and the gradient's go back", "G with the axes put back"),
    **dict.fromkeys(
        ("View", "UnsafeView", "ReshapeAlias", "Unsqueeze", "Squeeze"),
        _moves("Only the shape changed, so the gradient gets the old one back", "G in the old shape"),
    ),
    "Clone": _moves("A copy passes on what arrives", "G"),
    "Stack": _moves("Each part of a stack gets its own slice of what arrives", "its part of G"),
    "Cat": _moves("Each part gets its own stretch of what arrives", "its part of G"),
    **dict.fromkeys(
        ("Split", "UnsafeSplit", "SplitWithSizes", "Unbind"),
        _moves("What arrives at the parts is put together again, with 0 where nothing came", "the parts' G together"),
    ),
    **dict.fromkeys(
        ("Select", "Slice"),
        _moves("Only a part was taken: the gradient goes there, and the other places get 0", "G where picked, else 0"),
    ),
}
"""By the node's name without `Backward` and its number; one for each operand, the last serves all further ones."""


def _softmax_back(g: Any, p: Any, dim: int) -> Any:
    dim = dim - (1 << 64) if dim >= 1 << 63 else dim
    return p * (g - np.sum(g * p, axis=dim, keepdims=True))
