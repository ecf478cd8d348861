"""What the nodes of a recorded backward pass compute: torch names them by the calls that its own code made.

Under create_graph autograd records the vector-Jacobian products themselves, `grad * (exponent * self ** (exponent -
1))` for a power. Nobody wrote those calls, but each node tells by its name what was called, by its edges where the
operands came from, and by what it saved what the others were. The formulas are those of torch's derivatives.yaml.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch


def _aten(name: str) -> Callable[..., Any]:
    """One of torch's own operations, looked for only when it is called: a torch without it loses no more than that."""
    return lambda *given: getattr(torch.ops.aten, name)(*given)


@dataclass(frozen=True, slots=True)
class Edge:
    """An operand that may have a graph of its own."""

    index: int
    """Which of the node's edges leads to where it came from."""
    saved: str = ""
    """Under which name the node keeps its value, if it does."""
    unseen: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] | None = None
    """Where the node keeps nothing of a constant: what it must have been, from the output and the other operand."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A plain value that the node keeps: a dimension, an exponent."""

    saved: str


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of what the node made."""


Part = Edge | Setting | Shape


@dataclass(frozen=True, slots=True)
class Recipe:
    """One kind of node."""

    name: str
    """The operation's canonical name."""
    make: Callable[..., Any]
    operands: tuple[Part, ...]
    text: str
    """As Python would write it."""
    usual: tuple[tuple[str, Any], ...] = ()
    """What else it keeps, where it is known only with that value."""


def _binary(name: str, sign: str, make: Callable[..., Any], *operands: Part, **usual: Any) -> Recipe:
    return Recipe(name, make, operands, f"{{}} {sign} {{}}", tuple(usual.items()))


def _method(name: str, *settings: str) -> Recipe:
    """One tensor, and plain values."""
    places = ", ".join(["{}"] * len(settings))
    return Recipe(name, getattr(torch, name), (Edge(0, "self"), *map(Setting, settings)), f"{{}}.{name}({places})")


def _function(name: str) -> Recipe:
    return Recipe(name, getattr(torch, name), (Edge(0, "self"),), f"torch.{name}({{}})")


FUNCTIONS = (
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "cos", "cosh", "erf", "exp", "exp2", "expm1", "log",
    "log10", "log1p", "log2", "reciprocal", "relu", "rsqrt", "sigmoid", "sgn", "sign", "sin", "sinh", "sqrt", "tan",
    "tanh",
)  # fmt: skip
"""Of one tensor, with a node of the same name."""

RECIPES: dict[str, Recipe] = {
    **{f"{name.capitalize()}Backward0": _function(name) for name in FUNCTIONS},
    "AddBackward0": _binary("add", "+", torch.add, Edge(0, "", torch.sub), Edge(1, "", torch.sub), alpha=1),
    "AddBackward1": _binary("add", "+", torch.add, Edge(0), Edge(1, "", torch.sub), alpha=1),
    "SubBackward0": _binary(
        "sub", "-", torch.sub, Edge(0, "", torch.add), Edge(1, "", lambda y, a: torch.sub(a, y)), alpha=1
    ),
    "SubBackward1": _binary("sub", "-", torch.sub, Edge(0), Edge(1, "", lambda y, a: torch.sub(a, y)), alpha=1),
    "NegBackward0": Recipe("neg", torch.neg, (Edge(0),), "-{}"),
    "MulBackward0": _binary("mul", "*", torch.mul, Edge(0, "self"), Edge(1, "other")),
    "MulBackward1": _binary("mul", "*", operator.mul, Setting("other"), Edge(0)),
    "DivBackward0": _binary("div", "/", torch.div, Edge(0, "self"), Edge(1, "other")),
    "DivBackward1": _binary("div", "/", torch.div, Edge(0), Setting("other")),
    "PowBackward0": _binary("pow", "**", torch.pow, Edge(0, "self"), Setting("exponent")),
    "PowBackward1": _binary("pow", "**", torch.pow, Edge(0, "self"), Edge(1, "exponent")),
    "MmBackward0": _binary("mm", "@", torch.mm, Edge(0, "self"), Edge(1, "mat2")),
    "BmmBackward0": _binary("bmm", "@", torch.bmm, Edge(0, "self"), Edge(1, "mat2")),
    "MvBackward0": _binary("mv", "@", torch.mv, Edge(0, "self"), Edge(1, "vec")),
    "DotBackward0": Recipe("dot", torch.dot, (Edge(0, "self"), Edge(1, "tensor")), "{}.dot({})"),
    "SumBackward0": _method("sum"),
    "SumBackward1": _method("sum", "dim", "keepdim"),
    "MeanBackward0": _method("mean"),
    "MeanBackward1": _method("mean", "dim", "keepdim"),
    "ExpandBackward0": Recipe("expand", torch.Tensor.expand, (Edge(0), Shape()), "{}.expand({})"),
    **{
        name: Recipe("reshape", torch.reshape, (Edge(0), Shape()), "{}.reshape({})")
        for name in ("ViewBackward0", "UnsafeViewBackward0", "ReshapeAliasBackward0")
    },
    "TBackward0": _method("t"),
    "TransposeBackward0": _method("transpose", "dim0", "dim1"),
    "PermuteBackward0": _method("permute", "dims"),
    "SqueezeBackward0": _method("squeeze"),
    "SqueezeBackward1": _method("squeeze", "dim"),
    "UnsqueezeBackward0": _method("unsqueeze", "dim"),
    "SelectBackward0": _method("select", "dim", "index"),
    "SelectBackwardBackward0": Recipe(
        "select_backward",
        _aten("select_backward"),
        (Edge(0), Shape(), Setting("dim"), Setting("index")),
        "select_backward({}, {}, {}, {})",
    ),
    "FlipBackward0": _method("flip", "dims"),
    "CumsumBackward0": _method("cumsum", "dim"),
    "CloneBackward0": _method("clone"),
    "CopyBackwards": Recipe("clone", torch.clone, (Edge(1),), "{}.clone()"),
    "SigmoidBackwardBackward0": Recipe(
        "sigmoid_backward",
        _aten("sigmoid_backward"),
        (Edge(0, "grad_output"), Edge(1, "output")),
        "{0} * {1} * (1 - {1})",
    ),
    "TanhBackwardBackward0": Recipe(
        "tanh_backward", _aten("tanh_backward"), (Edge(0, "grad_output"), Edge(1, "output")), "{0} * (1 - {1} ** 2)"
    ),
    "ThresholdBackwardBackward0": Recipe(
        "threshold_backward",
        _aten("threshold_backward"),
        (Edge(0, "grad_output"), Edge(1, "self"), Setting("threshold")),
        "{} * ({} > {})",
    ),
    "SoftmaxBackwardDataBackward0": Recipe(
        "softmax_backward",
        lambda g, y, dim: _aten("_softmax_backward_data")(g, y, dim, y.dtype),
        (Edge(0, "grad_output"), Edge(1, "output"), Setting("dim")),
        "softmax_backward({}, {}, {})",
    ),
    "LogSoftmaxBackwardDataBackward0": Recipe(
        "log_softmax_backward",
        lambda g, y, dim: _aten("_log_softmax_backward_data")(g, y, dim, y.dtype),
        (Edge(0, "grad_output"), Edge(1, "output"), Setting("dim")),
        "log_softmax_backward({}, {}, {})",
    ),
    "MseLossBackwardBackward0": Recipe(
        "mse_loss_backward",
        _aten("mse_loss_backward"),
        (Edge(0, "grad_output"), Edge(1, "self"), Edge(2, "target"), Setting("reduction")),
        "mse_loss_backward({}, {}, {})",
    ),
}
"""By the name of the node."""
