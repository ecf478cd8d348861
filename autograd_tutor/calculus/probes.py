"""What a Jacobian is like, found by probing its vector-Jacobian product.

Each question takes a few products with upstream gradients of arbitrary numbers. What holds for those holds for all,
but for a coincidence among arbitrary numbers: the product is linear.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache
from itertools import product
from typing import Any

import numpy as np

Numbers = np.ndarray[Any, Any]
Pull = Callable[[Numbers], Numbers]
"""The vector-Jacobian product: from an upstream gradient, of the output's shape, to one of the operand's."""

Pairs = tuple[tuple[int, int], ...]
"""Axes of the output, each with one of the operand."""

TOLERANCE, ROUNDING = 1e-6, 1e-12
"""Relative to each number, for operands are often single-precision; and to the largest, for sums that cancel."""
ALL_PLACES, SOME_PLACES = 64, 16
"""An axis up to so long is asked about at each of its places; a longer one at some."""


class Probes:
    """Questions about one Jacobian."""

    def __init__(self, pull: Pull, output: tuple[int, ...], operand: tuple[int, ...]) -> None:
        self.pull = pull
        self.output = output
        self.operand = operand
        self.any = _arbitrary(int(np.prod(output, dtype=int))).reshape(output)
        """Arbitrary numbers, each of them once."""

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.any.size, int(np.prod(self.operand, dtype=int))

    def row(self, at: int) -> Numbers:
        """One row, flat: the product with a unit."""
        unit = np.zeros(self.any.size)
        unit[at] = 1
        return np.ravel(self.pull(unit.reshape(self.output)))

    @cached_property
    def answer(self) -> Numbers:
        """What the arbitrary numbers come to."""
        return self.pull(self.any)

    @cached_property
    def sums(self) -> Numbers:
        """Each column's sum."""
        return self.pull(np.ones(self.output))

    def diagonal(self) -> Numbers | None:
        """The diagonal, flat, if there is nothing beside it."""
        if self.any.size != self.size[1]:
            return None
        sums = np.ravel(self.sums)
        alone = np.ravel(self.any) * sums
        return sums if np.all(np.abs(np.ravel(self.answer) - alone) <= ROUNDING * np.abs(alone)) else None

    def places(self) -> Numbers | None:
        """Where numbers are only moved, each to one place: for each output which of the operand's it is, from 1 on."""
        order = np.argsort(self.any, axis=None)
        came, answer = np.ravel(self.any)[order], np.ravel(self.answer)
        at = np.minimum(np.searchsorted(came, answer), came.size - 1)
        moved = np.flatnonzero(answer)
        rows = order[at[moved]]
        if np.any(came[at[moved]] != answer[moved]) or len(np.unique(rows)) < len(rows):
            return None
        places = np.zeros(came.size, dtype=int)
        places[rows] = moved + 1
        return places

    def pairs(self) -> Pairs:
        """The axes, of the output and of the operand, along which each place sees its own place alone."""
        found: list[tuple[int, int]] = []
        for axis, other in self._equal_axes():
            free = all(axis != one and other != two for one, two in found)
            if free and self._apart(axis, other):
                found.append((axis, other))
        return tuple(found)

    def _equal_axes(self) -> Iterator[tuple[int, int]]:
        for axis, other in product(range(len(self.output)), range(len(self.operand))):
            if self.output[axis] == self.operand[other] > 1:
                yield axis, other

    def _apart(self, axis: int, other: int) -> bool:
        """Any two places differ in a bit of their numbers: so it is enough to ask for each bit, 0 or 1."""
        length = self.output[axis]
        where = np.arange(length)
        halves = ((where >> bit & 1) == value for bit in range((length - 1).bit_length()) for value in (0, 1))
        return all(self._keeps_to(axis, other, half, half) for half in halves)

    def _keeps_to(self, axis: int, other: int, given: Numbers, seen: Numbers) -> bool:
        """The outputs at the `given` places of an axis see the operand only at the `seen` places of the other."""
        answer = self.pull(np.where(_along(given, axis, self.output), self.any, 0.0))
        return not np.any(np.where(_along(seen, other, self.operand), 0.0, answer))

    def triangle(self, apart: Pairs = ()) -> tuple[str, int, int] | None:
        """`lower` or `upper`, and along which axes: each place sees those up to it, or from it on.

        Not along those that are `apart` anyway.
        """
        for axis, other in self._equal_axes():
            if any(axis == one or other == two for one, two in apart):
                continue
            where = np.arange(self.output[axis])
            few = len(where) <= ALL_PLACES
            places = where if few else np.linspace(0, len(where) - 1, SOME_PLACES).astype(int)
            if all(self._keeps_to(axis, other, where <= at, where <= at) for at in places):
                return "lower", axis, other
            if all(self._keeps_to(axis, other, where >= at, where >= at) for at in places[::-1]):
                return "upper", axis, other
        return None

    def same_blocks(self, pairs: Pairs) -> bool:
        """The same upstream gradient in each block comes to the same in each."""
        axes, others = zip(*pairs, strict=True)
        first = tuple(slice(0, 1) if axis in axes else slice(None) for axis in range(len(self.output)))
        answer = self.pull(np.broadcast_to(self.any[first], self.output).copy())
        first = tuple(slice(0, 1) if axis in others else slice(None) for axis in range(len(self.operand)))
        return alike(answer, np.broadcast_to(answer[first], self.operand))

    def even_row(self) -> float | None:
        """The number that all entries are, where each column has one entry."""
        sums = np.ravel(self.sums)
        return float(sums[0]) if alike(sums, np.full(sums.shape, sums[0])) else None

    def even_column(self) -> float | None:
        """The number that all entries are, where each row has one entry, and each column as many."""
        one = float(np.sum(self.sums)) / self.any.size
        return one if alike(np.sum(self.answer), one * np.sum(self.any)) else None

    def seen(self) -> tuple[int, int]:
        """Of some outputs, spread evenly, the one that sees the fewest elements of the operand, and how many."""
        rows = np.unique(np.linspace(0, self.any.size - 1, SOME_PLACES).astype(int))
        counts = [int(np.count_nonzero(self.row(at))) for at in rows]
        fewest = int(np.argmin(counts))
        return int(rows[fewest]), counts[fewest]


@lru_cache
def _arbitrary(size: int) -> Numbers:
    """Numbers between 1 and 2, no two alike; the same at each run."""
    chance = np.random.default_rng(size)
    return 1 + (chance.permutation(size) + chance.uniform(0.1, 0.9, size)) / max(size, 1)


def _along(chosen: Numbers, axis: int, shape: tuple[int, ...]) -> Numbers:
    """What is chosen of an axis, to stand against a tensor of this shape."""
    return chosen.reshape([len(chosen) if at == axis else 1 for at in range(len(shape))])


def alike(one: Any, other: Any) -> bool:
    """Equal, each number up to rounding."""
    sizes = np.abs(other)
    return bool(np.all(np.abs(one - other) <= TOLERANCE * sizes + ROUNDING * np.max(sizes, initial=0.0)))
