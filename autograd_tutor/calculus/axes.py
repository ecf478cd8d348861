"""Along which axes an operation works, and how what was reduced comes back to them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tutor.calculus import places


def axes(a: Any, dim: Any) -> tuple[int, ...]:
    """The axes meant by torch's `dim`, counted from 0: all for None or an empty one."""
    if dim is None or dim == () or dim == []:
        return tuple(range(a.ndim))
    dims = tuple(dim) if isinstance(dim, tuple | list) else (int(dim),)
    return tuple(one % max(a.ndim, 1) for one in dims) if a.ndim else ()


def listed(some: list[int]) -> str:
    """`axis 0`, `axes 0, 2 and 3`."""
    if len(some) == 1:
        return f"axis {some[0]}"
    return f"axes {places.listed(map(str, some))}"


def total(a: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The sum along these axes."""
    return np.sum(a, axis=axes(a, dim), keepdims=keepdim)


def stretch(reduced: Any, a: Any, dim: Any, keepdim: bool) -> Any:
    """What was reduced, with the axes that were lost as axes of length 1."""
    return reduced if keepdim or not a.ndim else np.expand_dims(reduced, axes(a, dim))


def along(index: Any, dim: int) -> tuple[Any, ...]:
    """What picks `index` along one axis, and of the others each place itself: `gather` is `a[along(index, dim)]`."""
    index = np.asarray(index)
    grid = list(np.indices(index.shape, sparse=True))
    grid[dim] = index
    return tuple(grid)


def added(shape: tuple[int, ...], index: Any, values: Any) -> Any:
    """Zeros, with `values` added at `index`, which may name a place several times."""
    found = np.zeros(shape, dtype=np.asarray(values).dtype)
    np.add.at(found, index, values)
    return found
