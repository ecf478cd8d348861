"""What broadcasting stretched, brought back: the gradients of all copies of a number add up."""

from __future__ import annotations

from typing import Any

import numpy as np


def unstretched(gradient: Any, shape: tuple[int, ...]) -> Any:
    """`gradient` summed over the axes along which an operand of this shape was stretched."""
    gradient = np.sum(gradient, axis=tuple(range(gradient.ndim - len(shape))), dtype=gradient.dtype)
    stretched = tuple(at for at, length in enumerate(shape) if length == 1 and gradient.shape[at] != 1)
    return np.sum(gradient, axis=stretched, keepdims=True) if stretched else gradient


def stretched_axes(shape: tuple[int, ...], stretched: tuple[int, ...]) -> list[int]:
    """Along which axes of what came of it a tensor of this shape was stretched."""
    extra = len(stretched) - len(shape)
    return [at for at, length in enumerate(stretched) if at < extra or length != shape[at - extra]]
