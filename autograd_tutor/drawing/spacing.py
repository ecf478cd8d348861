"""Numbers in order, at least so far apart, as near as can be to where they would like to be."""

from __future__ import annotations

from collections.abc import Sequence


def spaced(wishes: Sequence[float], steps: Sequence[int], low: int, high: int) -> list[int]:
    """Positions nearest to `wishes` (least squares) with `position[i + 1] - position[i] >= steps[i]`.

    All lie in `low..high`, which must be long enough for the steps. `len(steps) == len(wishes) - 1`.
    By pooling adjacent violators (Ayer et al., 1955); clipping its result keeps it optimal within bounds.
    """
    offsets = [0]
    for step in steps:
        offsets.append(offsets[-1] + step)
    pools: list[tuple[float, int]] = []
    for wish, offset in zip(wishes, offsets, strict=True):
        total, count = wish - offset, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            before, size = pools.pop()
            total, count = total + before, count + size
        pools.append((total, count))
    levels = [total / count for total, count in pools for _ in range(count)]
    top = high - offsets[-1]
    return [offset + round(min(max(level, low), max(low, top))) for level, offset in zip(levels, offsets, strict=True)]
