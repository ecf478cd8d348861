"""The rules for what weighs neighbours along each axis: average pooling and interpolation.

Along one axis each is a matrix, out × in, of shares that add up to 1: y = M·x. So the gradient goes
back through Mᵀ, along each axis in turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import numpy as np

from autograd_tutor.calculus.functions import symbolic
from autograd_tutor.calculus.rule import Rule, Slope
from autograd_tutor.calculus.windows import sizes

Matrix = np.ndarray[Any, Any]


def _along(a: Any, matrices: list[Matrix]) -> Any:
    """Each matrix times its axis, counted from the end."""
    for axis, matrix in zip(range(-len(matrices), 0), matrices, strict=True):
        exact = matrix if symbolic(a) else matrix.astype(a.dtype)
        a = np.moveaxis(np.tensordot(exact, a, (1, axis)), 0, axis)
    return a


def _window_shares(length: int, kernel: int, stride: int, padding: int, ceil: bool, padded: bool) -> Matrix:
    """Average pooling; `padded`: zeros of the padding count too."""
    count = -(-(length + 2 * padding - kernel) // stride) + 1 if ceil else (length + 2 * padding - kernel) // stride + 1
    if ceil and (count - 1) * stride >= length + padding:  # a window that would start in the padding
        count -= 1
    shares = np.zeros((count, length))
    for at in range(count):
        start = at * stride - padding
        end = min(start + kernel, length + padding)
        inside = slice(max(start, 0), min(end, length))
        shares[at, inside] = 1 / ((end - start) if padded else inside.stop - inside.start)
    return shares


def _adaptive_shares(length: int, count: int) -> Matrix:
    """Adaptive average pooling: as even a division as there is, with overlaps."""
    shares = np.zeros((count, length))
    for at, (start, end) in enumerate(adaptive(length, count)):
        shares[at, start:end] = 1 / (end - start)
    return shares


def adaptive(length: int, count: int) -> Iterator[tuple[int, int]]:
    """Where the windows of adaptive pooling start and end."""
    for at in range(count):
        yield at * length // count, -(-(at + 1) * length // count)


def lengths_out(a: Any, output_size: Any) -> tuple[int, ...]:
    """One number for each axis; None keeps the length."""
    given = output_size if isinstance(output_size, tuple | list) else None
    if given is None:
        return ()
    return tuple(length if one is None else int(one) for one, length in zip(given, a.shape[-len(given) :], strict=True))


def _adaptive(axes: int) -> Callable[..., list[Matrix]]:
    def matrices(input: Any, output_size: Any) -> list[Matrix]:
        wanted = output_size if isinstance(output_size, tuple | list) else (output_size,) * axes
        return [_adaptive_shares(n, m) for n, m in zip(input.shape[-axes:], lengths_out(input, wanted), strict=True)]

    return matrices


def _pooled(axes: int) -> Callable[..., list[Matrix]]:
    def matrices(
        input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: Any = False,
        count_include_pad: Any = True, divisor_override: Any = None,
    ) -> list[Matrix]:  # fmt: skip
        kernel = sizes(kernel_size, axes)
        step = sizes(stride, axes) if stride not in (None, (), []) else kernel
        around = sizes(padding, axes)
        found = [
            _window_shares(*one, bool(ceil_mode), bool(count_include_pad))
            for one in zip(input.shape[-axes:], kernel, step, around, strict=True)
        ]
        if divisor_override is not None:
            found = [(shares > 0).astype(float) for shares in found]
            found[0] = found[0] / int(divisor_override)
        return found

    return matrices


def _linear(place: Matrix, length: int) -> Matrix:
    """Shares of the two neighbours of each place."""
    away = np.abs(np.clip(place, 0, length - 1)[:, np.newaxis] - np.arange(length))
    return np.asarray(np.maximum(0, 1 - away))


def _cubic(place: Matrix, length: int) -> Matrix:
    """Shares of four neighbours by Keys' kernel with a = −0.75; places beyond the ends count as the end."""
    first = np.floor(place).astype(int) - 1
    shares = np.zeros((len(place), length))
    for step in range(4):
        away = np.abs(place - (first + step))
        near = (1.25 * away - 2.25) * away**2 + 1
        far = -0.75 * (((away - 5) * away + 8) * away - 4)
        np.add.at(shares, (np.arange(len(place)), np.clip(first + step, 0, length - 1)), np.where(away <= 1, near, far))
    return shares


def _resized(length: int, count: int, factor: float, mode: str, align_corners: Any) -> Matrix:
    """`factor` is how far apart the places of neighbouring results are."""
    steps = np.arange(count)
    if mode == "area":
        return _adaptive_shares(length, count)
    if mode.startswith("nearest"):
        places = np.floor((steps + 0.5 * (mode == "nearest-exact")) * factor).astype(int)
        return np.asarray(np.minimum(places, length - 1)[:, np.newaxis] == np.arange(length), dtype=float)
    corners = (length - 1) / (count - 1) if count > 1 else 0.0
    place = steps * corners if align_corners else (steps + 0.5) * factor - 0.5
    return _cubic(place, length) if mode == "bicubic" else _linear(place, length)


def _interpolated(
    input: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: Any = None,
    recompute_scale_factor: Any = None, antialias: Any = False,
) -> list[Matrix]:  # fmt: skip
    lengths = input.shape[2:]
    if size is not None:
        counts = sizes(size, len(lengths))
    else:
        given = scale_factor if isinstance(scale_factor, tuple | list) else (scale_factor,) * len(lengths)
        counts = tuple(int(n * float(by)) for n, by in zip(lengths, given, strict=True))
    factors = [n / m for n, m in zip(lengths, counts, strict=True)]
    if size is None and not recompute_scale_factor:
        factors = [1 / float(by) for by in given]
    return [_resized(*one, mode, align_corners) for one in zip(lengths, counts, factors, strict=True)]


def _rule(name: str, matrices: Callable[..., list[Matrix]], words: str, symbol: str) -> Rule:
    @wraps(matrices)
    def forward(*operands: Any, **options: Any) -> Any:
        return _along(operands[0], matrices(*operands, **options))

    def back(g: Any, y: Any, *operands: Any, **options: Any) -> Any:
        return _along(g, [matrix.T for matrix in matrices(*operands, **options)])

    return Rule(name, forward, (Slope(words, back=back, symbol=symbol),))


_POOL = (
    "An average shares what arrives equally among the numbers in its window; where windows overlap, the shares add up"
)
_RESIZE = "Each number of the result is a weighted mean of its neighbours in {a}, and sends each its share back"

RULES: tuple[Rule, ...] = (
    *(_rule(f"avg_pool{axes}d", _pooled(axes), _POOL, "ΣG/n over its windows") for axes in (1, 2, 3)),
    *(_rule(f"adaptive_avg_pool{axes}d", _adaptive(axes), _POOL, "ΣG/n over its windows") for axes in (1, 2, 3)),
    _rule("interpolate", _interpolated, _RESIZE, "ΣG·its shares"),
)
