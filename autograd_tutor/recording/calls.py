"""What torch's functions are called in a trace, and which of them need to be treated otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

LEAVES_TORCH = frozenset(
    {"item", "tolist", "numpy", "__float__", "__int__", "__complex__", "__index__", "__array__", "__dlpack__"}
)
"""Their result is no tensor any more."""

COPIES = frozenset({"tensor", "as_tensor", "asarray", "new_tensor", "Tensor", "FloatTensor"})
"""They read a tensor's numbers and make a fresh leaf of them."""

FACTORIES = frozenset(
    {
        *("zeros_like", "ones_like", "full_like", "rand_like", "randn_like", "randint_like", "empty_like"),
        *("new_zeros", "new_ones", "new_full", "new_empty", "new_empty_strided", "new"),
    }
)
"""They look only at an argument's shape: nobody expects a gradient through them."""

_RENAMED = {
    "__and__": "bitwise_and",
    "__or__": "bitwise_or",
    "__xor__": "bitwise_xor",
    "__invert__": "bitwise_not",
    "true_divide": "div",
    "truediv": "div",
    "itruediv": "div",
    "idiv": "div",
    "rtruediv": "rdiv",
    "multiply": "mul",
    "subtract": "sub",
    "negative": "neg",
    "absolute": "abs",
    "power": "pow",
    "divide": "div",
    "clip": "clamp",
    "iadd": "add",
    "isub": "sub",
    "imul": "mul",
    "ipow": "pow",
    "radd": "add",
    "rmul": "mul",
    "floordiv": "floor_divide",
    "rfloordiv": "rfloor_divide",
    "mod": "remainder",
    "rmod": "rremainder",
    "greater": "gt",
    "less": "lt",
    "pos": "positive",
    "float": "float",
}
"""Other spellings of the same operation. The reflected ones whose operands come the other way round keep
their r: `rsub` (1 - x), `rdiv` (1 / x), `rpow` (2 ** x)."""


def raw_name(function: Callable[..., Any]) -> str:
    """As Python calls it; for an attribute (`x.data`) the attribute's name with what is done: `data.__get__`."""
    name = getattr(function, "__name__", None) or type(function).__name__
    if name in ("__get__", "__set__", "__delete__"):
        attribute = getattr(getattr(function, "__self__", None), "__name__", "?")
        return f"{attribute}.{name}"
    return str(name)


def canonical(raw: str) -> tuple[str, bool]:
    """The operation's name in a trace, and whether it works in place: `add_` is `("add", True)`."""
    name = raw.removesuffix(".__get__").removesuffix(".__set__")
    dunder = name.startswith("__") and name.endswith("__")
    if dunder:
        name = _RENAMED.get(name, name.strip("_"))
        in_place = name in ("iadd", "isub", "imul", "itruediv", "idiv", "ipow", "ifloordiv", "setitem")
    else:
        in_place = name.endswith("_") and not name.startswith("_")
        name = name.removesuffix("_") if in_place else name
    return _RENAMED.get(name, name).lower(), in_place


DRAWS = frozenset(
    {
        *("rand", "randn", "randint", "randperm", "rand_like", "randn_like", "randint_like", "normal", "bernoulli"),
        *("multinomial", "poisson", "dropout", "alpha_dropout", "feature_dropout", "feature_alpha_dropout"),
        *("dropout1d", "dropout2d", "dropout3d", "rrelu", "gumbel_softmax", "binomial", "native_dropout"),
        *("uniform", "exponential", "cauchy", "log_normal", "geometric", "random"),
    }
)
"""Canonical names of what draws random numbers."""
