"""The rules for windows cut out of a tensor, which may overlap: what several windows share collects from all."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tutor.calculus.rule import FIXED, Rule, Slope
from autograd_tutor.calculus.shapes import moves
from autograd_tutor.calculus.windows import Windows, sizes

_SHARED = "A number that stands in several windows gets the sum of what arrives at all its places"
_BACK = "ΣG over its windows"


def _strided(a: Any, size: Any, stride: Any, storage_offset: Any = None) -> Any:
    """Of a tensor that lies in memory row by row, from its own start on."""
    places = np.array(int(storage_offset or 0))
    for length, step in zip(size, stride, strict=True):
        places = places[..., np.newaxis] + np.arange(int(length)) * int(step)
    return np.reshape(a, -1)[places]


def _slid(a: Any, dimension: int, size: int, step: int) -> Any:
    """(…, length, …) -> (…, windows, …, size): the windows stay on their axis, and what is in each comes last."""
    if not a.ndim:
        return np.reshape(a, (1,))[:size]
    at = dimension % a.ndim
    starts = range(0, a.shape[at] - size + 1, step)
    places = np.array([[start + one for one in range(size)] for start in starts], dtype=int).reshape(-1, size)
    return np.moveaxis(np.take(a, places, at), at + 1, -1)


def _windows(lengths: Any, kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> tuple[Windows, Any]:
    """Where they lie on two padded axes; and how much is padded."""
    around = sizes(padding, 2)
    padded = tuple(length + 2 * more for length, more in zip(lengths, around, strict=True))
    return Windows.over(padded, sizes(kernel_size, 2), sizes(stride, 2), sizes(dilation, 2)), around


def _unfolded(a: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """(…, C, H, W) -> (…, C·kernel, windows)."""
    windows, around = _windows(a.shape[-2:], kernel_size, dilation, padding, stride)
    padded = np.pad(a, [(0, 0)] * (a.ndim - 2) + [(one, one) for one in around])
    columns = np.moveaxis(windows.cut(padded), (-2, -1), (-4, -3))
    return columns.reshape(*a.shape[:-3], a.shape[-3] * np.prod(windows.kernel), np.prod(windows.count))


def _folded(a: Any, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """(…, C·kernel, windows) -> (…, C, H, W): each window is added where it lies."""
    lengths = sizes(output_size, 2)
    windows, around = _windows(lengths, kernel_size, dilation, padding, stride)
    columns = a.reshape(*a.shape[:-2], -1, *windows.kernel, *windows.count)
    padded = tuple(length + 2 * more for length, more in zip(lengths, around, strict=True))
    found: Any = np.zeros((*columns.shape[:-4], *padded), dtype=a.dtype)
    for place, slices in windows.places():
        found[(..., *slices)] += columns[(..., *place, slice(None), slice(None))]
    return found[(..., *(slice(one, length + one) for one, length in zip(around, lengths, strict=True)))]


RULES: tuple[Rule, ...] = (
    moves("as_strided", _strided, f"as_strided looks at the same memory in steps of its own. {_SHARED}", _BACK),
    moves("unfold(dimension)", _slid, f"unfold cuts windows out of one axis. {_SHARED}", _BACK),
    moves("unfold", _unfolded, f"unfold writes each window as a column. {_SHARED}", _BACK),
    Rule(
        "fold",
        _folded,
        (
            Slope(
                "fold adds each window where it lies, so each of its numbers gets what arrives at its place",
                back=lambda g, y, a, output_size, *how, **options: _unfolded(g, *how, **options),
                symbol="unfold(G)",
            ),
            FIXED,
        ),
    ),
)
