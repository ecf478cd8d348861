"""Numbers in order, at least so far apart, as near as can be to where they would like to be."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf


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


def fitted(wishes: Sequence[float], steps: Sequence[int], allowed: Sequence[Sequence[int]]) -> list[int] | None:
    """Like `spaced`, but each position must be one of its own `allowed` columns (ascending); None if none fit."""
    best: list[list[tuple[float, int]]] = []
    for at, (wish, columns) in enumerate(zip(wishes, allowed, strict=True)):
        row: list[tuple[float, int]] = []
        cheapest, chosen, reached = inf, -1, 0
        for column in columns:
            while at and reached < len(allowed[at - 1]) and allowed[at - 1][reached] + steps[at - 1] <= column:
                if best[-1][reached][0] < cheapest:
                    cheapest, chosen = best[-1][reached][0], reached
                reached += 1
            row.append(((cheapest if at else 0.0) + (column - wish) ** 2, chosen))
        best.append(row)
    if not best[-1] or min(best[-1])[0] == inf:
        return None
    found = []
    index = min(range(len(best[-1])), key=lambda one: best[-1][one][0])
    for columns, row in zip(reversed(allowed), reversed(best), strict=True):
        found.append(columns[index])
        index = row[index][1]
    return found[::-1]
