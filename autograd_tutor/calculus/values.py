"""Between the trace's `Array` and numpy."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from autograd_tutor.trace import WHOLE, Array, Complex, Large, Summary

_WIDER = {"bfloat16": "float32", "bool": "bool", "complex32": "complex64"}
"""dtypes that numpy lacks, by the nearest one that holds all their numbers."""


def numbers(value: Array | None) -> Any:
    """A Python number for a plain one, else a numpy array of its dtype, not to be changed; None if it was not kept."""
    if isinstance(value, Large):
        return value.numbers
    if value is None or value.data is None:
        return None
    data = [complex(one.re, one.im) if isinstance(one, Complex) else one for one in value.data]
    if value.dtype == "python":
        return data[0]
    dtype = _dtype(value.dtype)
    if dtype is None:
        return None
    return np.array(data, dtype=dtype).reshape(value.shape) if value.shape else np.array(data[0], dtype=dtype)


@cache
def _dtype(name: str) -> Any:
    """numpy's for torch's; None if it has none."""
    try:
        return np.dtype(_WIDER.get(name, name))
    except TypeError:
        return None


def few(value: Array | None) -> Any:
    """The same, of no more than `WHOLE` elements: what can be written in symbols one by one."""
    return None if value is None or value.data is None else numbers(value)


def plain(value: Any, dtype: str) -> Array:
    """A numpy result as an `Array` said to be of torch's `dtype`."""
    found = np.asarray(value)
    if np.iscomplexobj(found) and not dtype.startswith("complex"):  # a complex slope on the way to a real number
        dtype = "complex128" if dtype == "float64" else "complex64"
    if found.size > WHOLE:
        sizes = np.abs(found) if np.iscomplexobj(found) else found
        summary = Summary(found.size, float(sizes.min()), float(sizes.max()), float(sizes.mean()))
        large = Large(dtype, found.shape, summary=summary)
        large.keep(found)
        return large
    data = tuple(Complex(one.real, one.imag) if isinstance(one, complex) else one for one in found.ravel().tolist())
    return Array(dtype, found.shape, data)


_PRECISION = {"float64": 1e-9, "complex128": 1e-9, "float16": 2e-2, "bfloat16": 5e-2}


def precision(dtype: str) -> float:
    """How far apart two ways to compute the same number may be, relative to its size."""
    return _PRECISION.get(dtype, 2e-4)


def close(one: Any, other: Any, tolerance: float, terms: float = 0.0) -> bool:
    """Equal in shape and, up to the tolerance relative to the largest number, in value; nan equals nan.

    `terms`: how large the terms were that a sum was made of. When they cancel, what is left is rounding.
    """
    a, b = np.asarray(one), np.asarray(other)
    if a.shape != b.shape:
        return False
    if not a.shape and a.dtype.kind == b.dtype.kind == "f":
        x, y = float(a), float(b)
        return x == y or abs(x - y) <= tolerance * max(abs(y), terms) or (x != x and y != y)
    with np.errstate(all="ignore"):
        finite = np.abs(b[np.isfinite(b)])
        scale = float(finite.max()) if finite.size else 0.0
        atol = tolerance * max(scale * 1e-2, terms)
        return bool(np.allclose(a, b, rtol=tolerance, atol=atol, equal_nan=True))


_TOLERANCE = {"float64": 1e-5, "complex128": 1e-5, "float16": 2e-2, "bfloat16": 1e-1}
"""Relative. float32 keeps seven digits, of which a chain of a few dozen operations may spoil three or four;
in float64 it is the central differences that are no better than this."""


def alike(torch: Array, other: Array) -> bool:
    """Whether a gradient of torch's and another account of it are the same, as far as torch's digits go."""
    one, two = numbers(torch), numbers(other)
    if one is None or two is None or np.shape(one) != np.shape(two):
        return False
    tolerance = _TOLERANCE.get(torch.dtype, 1e-3)
    scale = float(np.max(np.abs(two[np.isfinite(two)]), initial=0.0))
    return bool(np.allclose(one, two, rtol=tolerance, atol=1e-6 + tolerance * 0.1 * scale, equal_nan=True))
