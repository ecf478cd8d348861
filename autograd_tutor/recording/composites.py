"""Calls that stand for a formula of several steps, and those steps: softmax, pick, log, mean for a cross entropy.

Each entry emits the parts and returns the last part's value (of several outputs, each one's), or None for a call with
options that it does not know. Arguments that are tensors stand as `...` and are given by value index.
"""

from __future__ import annotations

from typing import Any

import torch

from autograd_tutor.recording.cells import CELLS
from autograd_tutor.recording.norms import NORMS
from autograd_tutor.recording.straight import Emit, Parts, Step


def _options(step: Step, *names: str) -> dict[str, Any] | None:
    """The keyword arguments that are set; None if there are others than `names` among them."""
    given = {name: value for name, value in step.call.kwargs.items() if value not in (None, False) or name in names}
    usual = {"label_smoothing": 0.0, "ignore_index": -100, "_stacklevel": 3, "beta": 1.0, "delta": 1.0}
    left = {name for name, value in given.items() if name not in names and usual.get(name, ...) != value}
    return None if left else given


def _reduced(emit: Emit, value: int, how: str) -> int | None:
    match how:
        case "mean":
            return emit("mean", torch.mean, inputs=(value,))
        case "sum":
            return emit("sum", torch.sum, inputs=(value,))
    return None


def _cross_entropy(emit: Emit, step: Step, numbers: list[torch.Tensor]) -> int | None:
    options = _options(step, "reduction")
    if options is None or len(numbers) != 2 or numbers[0].dim() != 2 or numbers[1].is_floating_point():
        return None
    logits, classes = step.inputs
    shares = emit("softmax", torch.softmax, ..., 1, inputs=(logits,))
    return _likelihood(emit, shares, classes, options.get("reduction", "mean"))


def _likelihood(emit: Emit, shares: int, classes: int, how: str) -> int | None:
    picked = emit("gather", _pick, inputs=(shares, classes))
    logs = emit("log", torch.log, inputs=(picked,))
    return _reduced(emit, emit("neg", torch.neg, inputs=(logs,)), how)


def _pick(shares: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    return shares.gather(1, classes.unsqueeze(1)).squeeze(1)


def _nll_loss(emit: Emit, step: Step, numbers: list[torch.Tensor]) -> int | None:
    options = _options(step, "reduction")
    if options is None or len(numbers) != 2 or numbers[0].dim() != 2:
        return None
    picked = emit("gather", _pick, inputs=step.inputs)
    return _reduced(emit, emit("neg", torch.neg, inputs=(picked,)), options.get("reduction", "mean"))


def _log_softmax(emit: Emit, step: Step, _: list[torch.Tensor]) -> int | None:
    axis = _axis(step)
    if axis is None:
        return None
    return emit("log", torch.log, inputs=(emit("softmax", torch.softmax, ..., axis, inputs=step.inputs),))


def _logsumexp(emit: Emit, step: Step, _: list[torch.Tensor]) -> int | None:
    axis = _axis(step)
    if axis is None or step.call.kwargs.get("keepdim"):
        return None
    powers = emit("exp", torch.exp, inputs=step.inputs)
    return emit("log", torch.log, inputs=(emit("sum", torch.sum, ..., axis, inputs=(powers,)),))


def _axis(step: Step) -> int | None:
    given = step.option("dim", 1)
    return given if isinstance(given, int) else None


def _with_logits(emit: Emit, step: Step, numbers: list[torch.Tensor]) -> int | None:
    options = _options(step, "reduction")
    if options is None or len(numbers) != 2:
        return None
    chance = emit("sigmoid", torch.sigmoid, inputs=step.inputs[:1])
    each = emit("bce", _entropy, inputs=(chance, step.inputs[1]))
    return _reduced(emit, each, options.get("reduction", "mean"))


def _entropy(chance: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return -(target * torch.log(chance) + (1 - target) * torch.log(1 - chance))


def _binary(emit: Emit, step: Step, numbers: list[torch.Tensor]) -> int | None:
    options = _options(step, "reduction")
    if options is None or len(numbers) != 2:
        return None
    return _reduced(emit, emit("bce", _entropy, inputs=step.inputs), options.get("reduction", "mean"))


def _squares(emit: Emit, step: Step, numbers: list[torch.Tensor]) -> int | None:
    options = _options(step, "reduction")
    if options is None or len(numbers) != 2:
        return None
    off = emit("sub", torch.sub, inputs=step.inputs)
    return _reduced(emit, emit("pow", torch.pow, ..., 2, inputs=(off,)), options.get("reduction", "mean"))


def _absolute(emit: Emit, step: Step, numbers: list[torch.Tensor]) -> int | None:
    options = _options(step, "reduction")
    if options is None or len(numbers) != 2:
        return None
    off = emit("sub", torch.sub, inputs=step.inputs)
    return _reduced(emit, emit("abs", torch.abs, inputs=(off,)), options.get("reduction", "mean"))


def _huber(emit: Emit, step: Step, numbers: list[torch.Tensor]) -> int | None:
    """Both of its pieces, with a beta (or delta) of 1, and the choice between them."""
    options = _options(step, "reduction")
    if options is None or len(numbers) != 2:
        return None
    off = emit("sub", torch.sub, inputs=step.inputs)
    near = emit("div", torch.div, ..., 2.0, inputs=(emit("pow", torch.pow, ..., 2, inputs=(off,)),))
    far = emit("sub", torch.sub, ..., 0.5, inputs=(emit("abs", torch.abs, inputs=(off,)),))
    within = emit("lt", torch.lt, ..., 1.0, inputs=(emit("abs", torch.abs, inputs=(off,)),))
    return _reduced(emit, emit("where", torch.where, inputs=(within, near, far)), options.get("reduction", "mean"))


def _leaky(emit: Emit, step: Step, _: list[torch.Tensor]) -> int | None:
    slope = step.option("negative_slope", 1, 0.01)
    leak = emit("mul", torch.mul, ..., slope, inputs=step.inputs)
    above = emit("gt", torch.gt, ..., 0, inputs=step.inputs)
    return emit("where", torch.where, inputs=(above, step.inputs[0], leak))


def _norm(emit: Emit, step: Step, numbers: list[torch.Tensor]) -> int | None:
    options = {name: one for name, one in step.call.kwargs.items() if one not in (None, False, "fro", 2)}
    if options or len(numbers) != 1 or (len(step.call.args) > 1 and step.call.args[1] not in (2, "fro")):
        return None
    squares = emit("pow", torch.pow, ..., 2, inputs=step.inputs)
    return emit("sqrt", torch.sqrt, inputs=(emit("sum", torch.sum, inputs=(squares,)),))


def _silu(emit: Emit, step: Step, _: list[torch.Tensor]) -> int | None:
    share = emit("sigmoid", torch.sigmoid, inputs=step.inputs[:1])
    return emit("mul", torch.mul, inputs=(step.inputs[0], share))


COMPOSITES: dict[str, Parts] = {
    "cross_entropy": _cross_entropy,
    "nll_loss": _nll_loss,
    "log_softmax": _log_softmax,
    "logsumexp": _logsumexp,
    "binary_cross_entropy_with_logits": _with_logits,
    "binary_cross_entropy": _binary,
    "mse_loss": _squares,
    "l1_loss": _absolute,
    "smooth_l1_loss": _huber,
    "huber_loss": _huber,
    "leaky_relu": _leaky,
    "norm": _norm,
    "linalg_vector_norm": _norm,
    "vector_norm": _norm,
    "silu": _silu,
    **NORMS,
    **CELLS,
}
"""By operation."""
