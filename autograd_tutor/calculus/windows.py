"""Windows that slide over the last axes of an array, as convolutions, pooling and unfold cut them out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np


def sizes(value: Any, axes: int) -> tuple[int, ...]:
    """One number for each axis, from one for all or a tuple."""
    given = tuple(int(one) for one in value) if isinstance(value, tuple | list) else (int(value),)
    return given * axes if len(given) == 1 else given


@dataclass(frozen=True)
class Windows:
    """Where windows lie; one number for each axis in all of these."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    count: tuple[int, ...]
    """How many windows."""

    @classmethod
    def over(
        cls, lengths: tuple[int, ...], kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]
    ) -> Windows:
        """All that fit into axes of these lengths."""
        spans = [step * (size - 1) + 1 for size, step in zip(kernel, dilation, strict=True)]
        count = tuple((one - span) // step + 1 for one, span, step in zip(lengths, spans, stride, strict=True))
        return cls(kernel, stride, dilation, count)

    def places(self) -> Iterator[tuple[tuple[int, ...], tuple[slice, ...]]]:
        """For each place within a window, where it lies in all windows."""
        for place in np.ndindex(self.kernel):
            yield (
                place,
                tuple(
                    slice(at * apart, at * apart + (count - 1) * step + 1, step)
                    for at, apart, step, count in zip(place, self.dilation, self.stride, self.count, strict=True)
                ),
            )

    def cut(self, a: Any) -> Any:
        """(…, lengths) -> (…, count, kernel)."""
        found: Any = np.empty((*a.shape[: a.ndim - len(self.kernel)], *self.count, *self.kernel), dtype=a.dtype)
        for place, slices in self.places():
            found[(..., *place)] = a[(..., *slices)]
        return found
