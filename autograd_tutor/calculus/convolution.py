"""The rules for convolutions: one sum of products for each window, and its two transposes.

With x padded, W the kernel and y = correlate(x, W): what goes back to x is `scatter` of what arrives
with W, what goes back to W is `match` of x with what arrives. A transposed convolution is `scatter`
itself, so its gradients are the other two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import numpy as np

from autograd_tutor.calculus.rule import Rule, Slope
from autograd_tutor.calculus.windows import Windows, sizes


def _grouped(a: Any, groups: int, axis: int) -> Any:
    """The channels on `axis` as (groups, channels of one group)."""
    return a.reshape(*a.shape[:axis], groups, a.shape[axis] // groups, *a.shape[axis + 1 :])


def _merged(a: Any, axis: int) -> Any:
    return a.reshape(*a.shape[:axis], a.shape[axis] * a.shape[axis + 1], *a.shape[axis + 2 :])


def _correlate(a: Any, kernel: Any, windows: Windows, groups: int) -> Any:
    """(N, C, lengths), (F, C/groups, kernel) -> (N, F, count)."""
    a, kernel = _grouped(a, groups, 1), _grouped(kernel, groups, 0)
    total: Any = 0
    for place, slices in windows.places():
        part = a[(..., *slices)]
        total = total + np.einsum("ngc...,gfc->ngf...", part, kernel[(..., *place)])
    return _merged(total, 1)


def _scatter(g: Any, kernel: Any, windows: Windows, groups: int, lengths: tuple[int, ...]) -> Any:
    """(N, F, count), (F, C/groups, kernel) -> (N, C, lengths)."""
    g, kernel = _grouped(g, groups, 1), _grouped(kernel, groups, 0)
    found: Any = np.zeros((len(g), groups, kernel.shape[2], *lengths), dtype=np.result_type(g, kernel))
    for place, slices in windows.places():
        found[(..., *slices)] += np.einsum("ngf...,gfc->ngc...", g, kernel[(..., *place)])
    return _merged(found, 1)


def _match(a: Any, g: Any, windows: Windows, groups: int) -> Any:
    """(N, C, lengths), (N, F, count) -> (F, C/groups, kernel)."""
    a, g, letters = _grouped(a, groups, 1), _grouped(g, groups, 1), "xyz"[: len(windows.kernel)]
    found: Any = np.zeros((groups, g.shape[2], a.shape[2], *windows.kernel), dtype=np.result_type(a, g))
    for place, slices in windows.places():
        found[(..., *place)] = np.einsum(f"ngc{letters},ngf{letters}->gfc", a[(..., *slices)], g)
    return _merged(found, 0)


@dataclass(frozen=True)
class Sliding:
    """One call: a kernel slid over an array; with a batch axis, also where the call had none."""

    x: Any
    kernel: Any
    """(F, C/groups, lengths): F channels on the side with fewer places, C on the other."""
    bias: Any
    windows: Windows
    lengths: tuple[int, ...]
    """Of the side with more places, padded."""
    padding: tuple[tuple[int, int], ...]
    """Before and after each axis."""
    groups: int
    batched: bool

    def _batch(self, a: Any) -> Any:
        return a if self.batched else a[np.newaxis]

    def _unbatch(self, a: Any) -> Any:
        return a if self.batched else a[0]

    def _pad(self, a: Any) -> Any:
        return np.pad(a, [(0, 0), (0, 0), *self.padding])

    def _crop(self, a: Any) -> Any:
        ends = zip(a.shape[2:], self.padding, strict=True)
        return a[(..., *(slice(before, length - after) for length, (before, after) in ends))]

    def _correlate(self, a: Any) -> Any:
        return _correlate(a, self.kernel, self.windows, self.groups)

    def _scatter(self, a: Any) -> Any:
        return _scatter(a, self.kernel, self.windows, self.groups, self.lengths)

    def _shifted(self, y: Any) -> Any:
        return y if self.bias is None else y + np.reshape(self.bias, (-1,) + (1,) * len(self.lengths))

    def bias_back(self, g: Any) -> Any:
        """What goes back to the bias."""
        return np.sum(self._batch(g), axis=(0, *range(2, 2 + len(self.lengths))))


class Convolution(Sliding):
    """From many places to few."""

    def output(self) -> Any:
        """What it computes."""
        return self._unbatch(self._shifted(self._correlate(self._pad(self.x))))

    def input_back(self, g: Any) -> Any:
        """What goes back to the input."""
        return self._unbatch(self._crop(self._scatter(self._batch(g))))

    def weight_back(self, g: Any) -> Any:
        """What goes back to the kernel."""
        return _match(self._pad(self.x), self._batch(g), self.windows, self.groups)


class Transposed(Sliding):
    """From few places to many."""

    def output(self) -> Any:
        """What it computes."""
        return self._unbatch(self._shifted(self._crop(self._scatter(self.x))))

    def input_back(self, g: Any) -> Any:
        """What goes back to the input."""
        return self._unbatch(self._correlate(self._pad(self._batch(g))))

    def weight_back(self, g: Any) -> Any:
        """What goes back to the kernel."""
        return _match(self._pad(self._batch(g)), self.x, self.windows, self.groups)


def _padding(padding: Any, size: tuple[int, ...], dilation: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """torch's words for it too; of an odd number the larger part comes after."""
    if padding == "same":
        totals = [apart * (length - 1) for apart, length in zip(dilation, size, strict=True)]
        return tuple((total // 2, total - total // 2) for total in totals)
    return tuple((one, one) for one in sizes(0 if padding == "valid" else padding, len(size)))


def _convolution(
    input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: Any = 1
) -> Convolution:
    batched, size = input.ndim == weight.ndim, weight.shape[2:]
    apart = sizes(dilation, len(size))
    around = _padding(padding, size, apart)
    lengths = tuple(
        length + before + after for length, (before, after) in zip(input.shape[-len(size) :], around, strict=True)
    )
    windows = Windows.over(lengths, size, sizes(stride, len(size)), apart)
    return Convolution(
        input if batched else input[np.newaxis], weight, bias, windows, lengths, around, int(groups), batched
    )


def _transposed(
    input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, output_padding: Any = 0,
    groups: Any = 1, dilation: Any = 1,
) -> Transposed:  # fmt: skip
    batched, size = input.ndim == weight.ndim, weight.shape[2:]
    apart, step, more = (sizes(one, len(size)) for one in (dilation, stride, output_padding))
    count = input.shape[-len(size) :]
    windows = Windows(size, step, apart, count)
    spans = zip(count, step, apart, size, more, strict=True)
    lengths = tuple((n - 1) * by + between * (k - 1) + 1 + extra for n, by, between, k, extra in spans)
    around = _padding(padding, size, apart)
    return Transposed(
        input if batched else input[np.newaxis], weight, bias, windows, lengths, around, int(groups), batched
    )


def _rule(name: str, call: Callable[..., Convolution | Transposed], words: str, symbol: str) -> Rule:
    @wraps(call)
    def forward(*operands: Any, **options: Any) -> Any:
        return call(*operands, **options).output()

    def back(part: str) -> Callable[..., Any]:
        return lambda g, y, *operands, **options: getattr(call(*operands, **options), part)(g)

    return Rule(
        name,
        forward,
        (
            Slope(words, back=back("input_back"), symbol=symbol),
            Slope(
                "Each weight of the kernel was used at every place, so it gets the sum over the places of the input "
                "it met there times what arrives",
                back=back("weight_back"),
                symbol="ΣG·{a} over all places",
            ),
            Slope(
                "The bias is added at every place of its channel, so it gets the sum of what arrives there",
                back=back("bias_back"),
                symbol="ΣG",
            ),
        ),
    )


_WORDS = "Each number of the input was in several windows, and gets from each what arrives there times its weight"
_TRANSPOSED = "Each number of the input was spread over a window, so it collects what arrives there times the weights"

RULES: tuple[Rule, ...] = (
    *(_rule(f"conv{axes}d", _convolution, _WORDS, "conv_transpose(G, {b})") for axes in (1, 2, 3)),
    *(_rule(f"conv_transpose{axes}d", _transposed, _TRANSPOSED, "conv(G, {b})") for axes in (1, 2, 3)),
)
