"""Normalisations and attention as a textbook has them: mean, variance, root, quotient, then weight and bias.

Each entry is one of `composites.COMPOSITES`. The formulas are those of torch's documentation of the modules.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch

from autograd_tutor.recording.straight import Emit, Parts, Step, filled

_SIGNATURES: dict[str, tuple[str, ...]] = {
    "batch_norm": ("input", "running_mean", "running_var", "weight", "bias", "training", "momentum", "eps"),
    "layer_norm": ("input", "normalized_shape", "weight", "bias", "eps"),
    "group_norm": ("input", "num_groups", "weight", "bias", "eps"),
    "rms_norm": ("input", "normalized_shape", "weight", "eps"),
    "normalize": ("input", "p", "dim", "eps", "out"),
    "scaled_dot_product_attention": ("query", "key", "value", "attn_mask", "dropout_p", "is_causal", "scale"),
}
"""The names of the arguments, in order."""


class _Affine(NamedTuple):
    """What comes after the quotient."""

    weight: int | None
    bias: int | None
    shape: tuple[int, ...]
    """The one that they meet the input in."""


def _given(step: Step) -> dict[str, Any]:
    """The arguments by name, a tensor as the index of its value."""
    args, named = filled((step.call.args, step.call.kwargs), iter(step.inputs))
    return {**dict(zip(_SIGNATURES[step.operation.name], args, strict=False)), **named}


def _batch_norm(emit: Emit, step: Step, numbers: list[torch.Tensor]) -> int | None:
    given, dims = _given(step), [axis for axis in range(numbers[0].dim()) if axis != 1]
    shape = tuple(-1 if axis == 1 else 1 for axis in range(numbers[0].dim()))
    affine = _Affine(given.get("weight"), given.get("bias"), shape)
    eps, moving = given.get("eps", 1e-5), (given.get("running_mean"), given.get("running_var"))
    if given.get("training") or None in moving:
        return _normalised(emit, given["input"], dims, eps, affine)
    mean, variance = (_shaped(emit, one, shape) for one in moving if one is not None)
    return _scaled(emit, emit("sub", torch.sub, inputs=(given["input"], mean)), variance, eps, affine)


def _layer_norm(emit: Emit, step: Step, _: list[torch.Tensor]) -> int | None:
    given = _given(step)
    shape = tuple(given["normalized_shape"])
    dims = list(range(-len(shape), 0))
    affine = _Affine(given.get("weight"), given.get("bias"), shape)
    return _normalised(emit, given["input"], dims, given.get("eps", 1e-5), affine)


def _group_norm(emit: Emit, step: Step, numbers: list[torch.Tensor]) -> int | None:
    given, whole = _given(step), tuple(numbers[0].shape)
    grouped = emit("reshape", torch.reshape, ..., (whole[0], given["num_groups"], -1), inputs=(given["input"],))
    hat = _normalised(emit, grouped, [2], given.get("eps", 1e-5), _Affine(None, None, ()))
    back = emit("reshape", torch.reshape, ..., whole, inputs=(hat,))
    shape = tuple(-1 if axis == 1 else 1 for axis in range(len(whole)))
    return _moved(emit, back, _Affine(given.get("weight"), given.get("bias"), shape))


def _rms_norm(emit: Emit, step: Step, numbers: list[torch.Tensor]) -> int | None:
    given = _given(step)
    shape = tuple(given["normalized_shape"])
    eps = given.get("eps")
    squares = emit("pow", torch.pow, ..., 2, inputs=(given["input"],))
    mean = emit("mean", torch.mean, ..., list(range(-len(shape), 0)), True, inputs=(squares,))
    small = torch.finfo(numbers[0].dtype).eps if eps is None else eps
    return _scaled(emit, given["input"], mean, small, _Affine(given.get("weight"), None, shape))


def _normalised(emit: Emit, given: int, dims: list[int], eps: float, affine: _Affine) -> int:
    mean = emit("mean", torch.mean, ..., dims, True, inputs=(given,))
    off = emit("sub", torch.sub, inputs=(given, mean))
    return _scaled(emit, off, emit("var", variance, ..., dims, inputs=(given,)), eps, affine)


def variance(given: torch.Tensor, dims: list[int]) -> torch.Tensor:
    """The mean of the squared distances from the mean, over `dims`, which stay."""
    return torch.var(given, dims, correction=0, keepdim=True)


def _scaled(emit: Emit, off: int, spread: int, eps: float, affine: _Affine) -> int:
    root = emit("sqrt", torch.sqrt, inputs=(emit("add", torch.add, ..., eps, inputs=(spread,)),))
    return _moved(emit, emit("div", torch.div, inputs=(off, root)), affine)


def _moved(emit: Emit, hat: int, affine: _Affine) -> int:
    if affine.weight is not None:
        hat = emit("mul", torch.mul, inputs=(hat, _shaped(emit, affine.weight, affine.shape)))
    if affine.bias is not None:
        hat = emit("add", torch.add, inputs=(hat, _shaped(emit, affine.bias, affine.shape)))
    return hat


def _shaped(emit: Emit, value: int, shape: tuple[int, ...]) -> int:
    """A weight of each channel spread over places; one that needs no other shape stays as it is."""
    last = all(length == 1 for length in shape[:-1])
    return value if last else emit("reshape", torch.reshape, ..., shape, inputs=(value,))


def _normalize(emit: Emit, step: Step, _: list[torch.Tensor]) -> int | None:
    given = _given(step)
    if given.get("p", 2) != 2 or given.get("out") is not None:
        return None
    squares = emit("pow", torch.pow, ..., 2, inputs=(given["input"],))
    total = emit("sum", torch.sum, ..., given.get("dim", 1), True, inputs=(squares,))
    return emit("div", torch.div, inputs=(given["input"], emit("sqrt", torch.sqrt, inputs=(total,))))


def _attention(emit: Emit, step: Step, numbers: list[torch.Tensor]) -> int | None:
    given = _given(step)
    if given.get("attn_mask") is not None or given.get("dropout_p") or given.get("is_causal"):
        return None
    scale = given.get("scale") or 1 / math.sqrt(numbers[0].shape[-1])
    turned = emit("transpose", torch.transpose, ..., -2, -1, inputs=(given["key"],))
    scores = emit("matmul", torch.matmul, inputs=(given["query"], turned))
    shares = emit("softmax", torch.softmax, ..., -1, inputs=(emit("mul", torch.mul, ..., scale, inputs=(scores,)),))
    return emit("matmul", torch.matmul, inputs=(shares, given["value"]))


NORMS: dict[str, Parts] = {
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "group_norm": _group_norm,
    "rms_norm": _rms_norm,
    "normalize": _normalize,
    "scaled_dot_product_attention": _attention,
}
"""By operation."""
