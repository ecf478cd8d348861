"""A call into torch as the mode saw it, and what torch's functions are called in a trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import msgspec
import torch

from autograd_tutor.recording.source import Site


class Asked(msgspec.Struct, eq=False, gc=False):
    """One call that the program, or a library on its behalf, makes."""

    raw: str
    """As Python calls it: `add_`, `__rsub__`, `data.__get__`."""
    name: str
    """Canonical."""
    in_place: bool
    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    site: Site | None
    """The program's place that led here."""
    direct: bool
    """The program called it itself, so the source there shows its operands."""
    frame: FrameType | None
    """The program's frame at that place."""
    text: str
    """As written in the source: `torch.sin(y)`; for what a library's function calls, `linear in model(x)`."""

    @property
    def overwrites(self) -> bool:
        """It is to change numbers that a tensor already has; to set requires_grad changes none."""
        return self.in_place and self.name != "requires_grad"

    def make(self) -> Any:
        """Make the call."""
        return self.function(*self.args, **self.kwargs)


LEAVES_TORCH = frozenset(
    {"item", "tolist", "numpy", "__float__", "__int__", "__complex__", "__index__", "__array__", "__dlpack__"}
)
"""Their result is no tensor any more."""

COPIES = frozenset({"tensor", "as_tensor", "asarray", "new_tensor", "__deepcopy__"})
"""They read a tensor's numbers and make a fresh leaf of them."""

SHAPE_ONLY = frozenset(
    {
        *("zeros_like", "ones_like", "full_like", "rand_like", "randn_like", "randint_like", "empty_like"),
        *("new_zeros", "new_ones", "new_full", "new_empty", "new_empty_strided", "new"),
    }
)
"""They look only at an argument's shape: nobody expects a gradient through them."""

UNWRITTEN = frozenset({"empty", "empty_like", "empty_strided", "empty_permuted", "new_empty", "new_empty_strided"})
"""They give memory as it was found."""

DRAWS = frozenset(
    {
        *("rand_like", "randn_like", "randint_like", "normal", "bernoulli", "multinomial", "poisson", "binomial"),
        *("dropout", "alpha_dropout", "feature_dropout", "feature_alpha_dropout", "dropout1d", "dropout2d"),
        *("dropout3d", "native_dropout", "rrelu", "gumbel_softmax", "scaled_dot_product_attention"),
        *("multi_head_attention_forward", "lstm", "gru", "rnn_tanh", "rnn_relu"),
        *("uniform", "exponential", "cauchy", "log_normal", "geometric", "random", "trunc_normal", "orthogonal"),
        *("kaiming_uniform", "kaiming_normal", "xavier_uniform", "xavier_normal", "sparse"),
    }
)
"""Canonical names of what draws random numbers."""

REFLECTED = frozenset(
    {f"__r{name}__" for name in ("add", "sub", "mul", "div", "truediv", "floordiv", "mod", "pow", "matmul")}
    | {f"__r{name}__" for name in ("lshift", "rshift", "and", "or", "xor")}
)
"""Operators whose left operand was no tensor: it comes second."""

_IN_PLACE_OPERATORS = frozenset({"iadd", "isub", "imul", "itruediv", "idiv", "ipow", "ifloordiv", "imod", "setitem"})

_RENAMED = {
    **{"iadd": "add", "radd": "add", "isub": "sub", "imul": "mul", "rmul": "mul", "ipow": "pow", "imatmul": "matmul"},
    **{"truediv": "div", "itruediv": "div", "idiv": "div", "true_divide": "div", "divide": "div"},
    **{"rtruediv": "rdiv", "floordiv": "floor_divide", "ifloordiv": "floor_divide", "rfloordiv": "rfloor_divide"},
    **{"mod": "remainder", "imod": "remainder", "rmod": "rremainder", "multiply": "mul", "subtract": "sub"},
    **{"negative": "neg", "absolute": "abs", "clip": "clamp", "greater": "gt", "less": "lt", "pos": "positive"},
    **{"greater_equal": "ge", "less_equal": "le", "not_equal": "ne", "and": "bitwise_and", "or": "bitwise_or"},
    **{"xor": "bitwise_xor", "invert": "bitwise_not"},
}
"""Other spellings of the same operation. The reflected ones whose operands come the other way round keep
their r, as `rsub` (1 - x), `rdiv` (1 / x), `rpow` (2 ** x): their first operand is the tensor."""


def raw_name(function: Callable[..., Any]) -> str:
    """As Python calls it; for an attribute (`x.data`) the attribute's name and what is done: `data.__get__`."""
    name = getattr(function, "__name__", None) or type(function).__name__
    if name in ("__get__", "__set__", "__delete__"):
        return f"{getattr(getattr(function, '__self__', None), '__name__', '?')}.{name}"
    return str(name)


def canonical(raw: str) -> tuple[str, bool]:
    """The operation's name in a trace, and whether it works in place: `add_` is `("add", True)`."""
    name, _, access = raw.partition(".")
    if name.startswith("__") and name.endswith("__"):
        name = name.strip("_")
        return _RENAMED.get(name, name), name in _IN_PLACE_OPERATORS
    in_place = name.endswith("_") or access in ("__set__", "__delete__")
    name = name.strip("_")
    return _RENAMED.get(name, name).lower(), in_place


def tensors(value: Any) -> Iterator[torch.Tensor]:
    """All tensors in `value`, also inside tuples, lists and dicts, in order."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from tensors(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from tensors(item)
