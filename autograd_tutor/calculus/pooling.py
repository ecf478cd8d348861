"""The rules for max pooling: the largest number of a window gets the whole gradient."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from itertools import product
from typing import Any

import numpy as np

from autograd_tutor.calculus.averaging import adaptive, lengths_out
from autograd_tutor.calculus.rule import FIXED, Rule, Slope
from autograd_tutor.calculus.windows import Windows, sizes

Places = np.ndarray[Any, Any]
"""For each window, which number was its largest: an index into the flattened last axes."""


def _largest(axes: int) -> Callable[..., Places]:
    def places(
        input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: Any = False,
        return_indices: Any = False,
    ) -> Places:  # fmt: skip
        kernel = sizes(kernel_size, axes)
        step = sizes(stride, axes) if stride not in (None, (), []) else kernel
        around, apart = sizes(padding, axes), sizes(dilation, axes)
        lengths = input.shape[-axes:]
        count = tuple(_count(*one, bool(ceil_mode)) for one in zip(lengths, kernel, step, around, apart, strict=True))
        windows = Windows(kernel, step, apart, count)
        ends = [(n - 1) * by + far * (k - 1) + 1 for n, by, far, k in zip(count, step, apart, kernel, strict=True)]
        edges = [
            (before, max(end - length - before, 0)) for before, end, length in zip(around, ends, lengths, strict=True)
        ]
        numbers = np.pad(input.astype(float), [(0, 0)] * (input.ndim - axes) + edges, constant_values=-np.inf)
        index = np.pad(np.arange(int(np.prod(lengths))).reshape(lengths), edges)
        found = windows.cut(numbers).reshape(*numbers.shape[:-axes], *count, -1)
        chosen = np.argmax(found, axis=-1)
        return np.take_along_axis(
            np.broadcast_to(windows.cut(index).reshape(*count, -1), found.shape), chosen[..., np.newaxis], -1
        )[..., 0]

    return places


def _count(length: int, kernel: int, stride: int, padding: int, dilation: int, ceil: bool) -> int:
    room = length + 2 * padding - dilation * (kernel - 1) - 1
    count = (-(-room // stride) if ceil else room // stride) + 1
    return count - 1 if ceil and (count - 1) * stride >= length + padding else count


def _largest_adaptive(axes: int) -> Callable[..., Places]:
    def places(input: Any, output_size: Any, return_indices: Any = False) -> Places:
        wanted = output_size if isinstance(output_size, tuple | list) else (output_size,) * axes
        lengths, count = input.shape[-axes:], lengths_out(input, wanted)
        index = np.arange(int(np.prod(lengths))).reshape(lengths)
        found: Any = np.empty((*input.shape[:-axes], *count), dtype=int)
        spans = [list(enumerate(adaptive(n, m))) for n, m in zip(lengths, count, strict=True)]
        for window in product(*spans):
            at, inside = tuple(one for one, _ in window), tuple(slice(*ends) for _, ends in window)
            numbers = input[(..., *inside)].astype(float).reshape(*input.shape[:-axes], -1)
            found[(Ellipsis, *at)] = index[inside].ravel()[np.argmax(numbers, axis=-1)]
        return np.asarray(found)

    return places


def _taken(a: Any, places: Places, axes: int) -> Any:
    flat = a.reshape(*a.shape[:-axes], -1)
    return np.take_along_axis(flat, places.reshape(*a.shape[:-axes], -1), -1).reshape(places.shape)


def _ranks(a: Any, late: bool) -> Any:
    """The places of the numbers in their order; of equal ones the first, or the last if `late`, counts as larger."""
    flat = np.ravel(a)
    order = np.lexsort((np.arange(flat.size) if late else -np.arange(flat.size), flat))
    found = np.empty(flat.size)
    found[order] = np.arange(flat.size)
    return found.reshape(np.shape(a))


def _rule(name: str, axes: int, places: Callable[..., Places]) -> Rule:
    @wraps(places)
    def forward(input: Any, *operands: Any, **options: Any) -> Any:
        return _taken(input, places(input, *operands, **options), axes)

    def branch(at: list[Any], input: Any, *operands: Any, **options: Any) -> Any:
        return _taken(input, places(*at, **options), axes)

    def back(arrived: Any, y: Any, input: Any, *operands: Any, **options: Any) -> Any:
        g = arrived[0] if isinstance(arrived, tuple) else arrived  # beside the places themselves
        chosen = places(input, *operands, **options)
        rows = chosen.reshape(-1, int(np.prod(chosen.shape[-axes:])))
        found = np.zeros((len(rows), int(np.prod(input.shape[-axes:]))), dtype=g.dtype)
        np.add.at(found, (np.arange(len(rows))[:, np.newaxis], rows), g.reshape(rows.shape))
        return found.reshape(input.shape)

    def tie(input: Any, *operands: Any, **options: Any) -> str:
        first, last = (places(_ranks(input, late), *operands, **options) for late in (False, True))
        return (
            ""
            if np.array_equal(first, last)
            else "The largest number stands in a window more than once: torch takes the first."
        )

    words = "Of each window only the largest number counts: it gets what arrives there, and all others get 0"
    return Rule(name, forward, (Slope(words, back=back, symbol="G where the largest, else 0"),), tie, branch)


def _unpooling(axes: int) -> Rule:
    """Numbers are put at the places that a max pooling told."""

    def forward(
        input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
    ) -> Any:  # fmt: skip
        kernel, around = sizes(kernel_size, axes), sizes(padding, axes)
        step = sizes(stride, axes) if stride not in (None, (), []) else kernel
        usual = zip(input.shape[-axes:], step, around, kernel, strict=True)
        lengths = [(n - 1) * by - 2 * before + k for n, by, before, k in usual]
        if output_size is not None:
            lengths = list(output_size)[-axes:]
        found = np.zeros((*input.shape[:-axes], int(np.prod(lengths))), dtype=input.dtype)
        rows = (*input.shape[:-axes], -1)
        np.put_along_axis(found, np.asarray(indices, dtype=int).reshape(rows), input.reshape(rows), -1)
        return found.reshape(*input.shape[:-axes], *lengths)

    def back(g: Any, y: Any, input: Any, indices: Any, *_: Any, **__: Any) -> Any:
        return _taken(g, np.asarray(indices, dtype=int), axes)

    words = "Each number is put where the largest of its window had stood: it gets what arrives there"
    return Rule(f"max_unpool{axes}d", forward, (Slope(words, back=back, symbol="G where it was put"), FIXED))


RULES: tuple[Rule, ...] = (
    *(_rule(f"max_pool{axes}d", axes, _largest(axes)) for axes in (1, 2, 3)),
    *(_rule(f"adaptive_max_pool{axes}d", axes, _largest_adaptive(axes)) for axes in (1, 2, 3)),
    *(_unpooling(axes) for axes in (1, 2, 3)),
)
