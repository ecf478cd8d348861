"""Which of torch's functions write into no tensor, so that what tensors hold can be read after the call as well.

Any other (in place, a Function of the program's, one that nobody has looked at) is taken to write.
"""

from __future__ import annotations

from types import BuiltinFunctionType, MethodDescriptorType, MethodWrapperType, WrapperDescriptorType
from typing import Any

import torch

from autograd_tutor.recording.calls import REFLECTED

_BUILT_IN = (BuiltinFunctionType, MethodDescriptorType, MethodWrapperType, WrapperDescriptorType)

PLAIN = frozenset({torch.Tensor, torch.nn.Parameter})
"""A tensor class of the program's own runs code of its own in every call."""

_WRITE_NOTHING = frozenset(
    {
        *(
            "add",
            "sub",
            "rsub",
            "mul",
            "div",
            "true_divide",
            "floor_divide",
            "remainder",
            "pow",
            "neg",
            "abs",
            "square",
        ),
        *("__add__", "__sub__", "__mul__", "__truediv__", "__floordiv__", "__mod__", "__pow__", "__neg__", "__abs__"),
        *("__radd__", "__rmul__", "__matmul__", "__getitem__", "__eq__", "__ne__", "__lt__", "__le__", "__gt__"),
        *("__ge__", "__and__", "__or__", "__xor__", "__invert__", "eq", "ne", "lt", "le", "gt", "ge"),
        *("exp", "log", "log2", "log10", "log1p", "expm1", "sqrt", "rsqrt", "reciprocal", "sign", "floor", "ceil"),
        *("sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "sigmoid", "erf", "relu"),
        *("softmax", "log_softmax", "logsumexp", "logsigmoid", "clamp", "minimum", "maximum", "where"),
        *("sum", "mean", "prod", "var", "std", "amax", "amin", "max", "min", "argmax", "argmin", "cumsum", "cumprod"),
        *("matmul", "mm", "mv", "dot", "bmm", "addmm", "outer", "linear", "conv1d", "conv2d"),
        *("reshape", "view", "view_as", "flatten", "squeeze", "unsqueeze", "transpose", "t", "permute", "expand"),
        *("T.__get__", "mT.__get__", "stack", "cat", "chunk", "unbind", "select", "narrow", "gather", "index_select"),
        *("clone", "detach", "contiguous", "item", "tolist", "requires_grad_", "retain_grad", "requires_grad.__set__"),
        *("__float__", "__int__"),
        *("tensor", "zeros", "ones", "full", "arange", "linspace", "eye", "rand", "randn", "zeros_like", "ones_like"),
    }
)
"""As Python calls them."""

_OF_PYTHON = frozenset(
    {torch.Tensor.__pow__, torch.Tensor.__floordiv__, torch.Tensor.norm, torch.norm, torch.einsum}
    | {
        getattr(torch.nn.functional, name)
        for name in (
            *("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "nll_loss", "cross_entropy", "kl_div"),
            *("binary_cross_entropy", "binary_cross_entropy_with_logits", "softmax", "log_softmax", "layer_norm"),
            *("sigmoid", "tanh", "relu", "relu6", "leaky_relu", "elu", "selu", "silu", "normalize"),
        )
    }
)
"""Of those that torch has written in Python. Some can work in place, if asked to."""


def writes(function: Any, raw: str) -> bool:
    """Whether a call of `function` may write into memory that a tensor already has, without being asked to."""
    known = raw in _WRITE_NOTHING if isinstance(function, _BUILT_IN) else function in _OF_PYTHON
    return not (known or raw in REFLECTED)


def asked_to(words: dict[str, Any]) -> bool:
    """Whether a call with such keyword arguments may write all the same."""
    return words.get("out") is not None or words.get("inplace", False) is not False
