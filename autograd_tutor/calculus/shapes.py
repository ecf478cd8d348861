"""The rules for other shapes of the same numbers: nothing is computed, so there is no slope but 1.

Each needs its forward alone (`Rule.moves`): where a number went, its gradient comes back from.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tutor.calculus.axes import axes
from autograd_tutor.calculus.rule import Rule, Slope
from autograd_tutor.trace import STACKS, TAKES

RESHAPED = "Another shape, the same numbers: the gradient takes the old shape again"
SHAPED = "G in the old shape"
SWAPPED = "Rows and columns were swapped, so the gradient is swapped back"
TURNED = "Two axes (of a matrix, rows and columns) were swapped, so the gradient is swapped back"
COPIED = "One number was used in many places, so the gradients of all of them add up"


def moves(name: str, forward: Any, words: str, symbol: str, *further: str) -> Rule:
    """An operation that only moves numbers about; `further`: the words for further operands, if not the same."""
    return Rule(name, forward, tuple(Slope(one, symbol=symbol) for one in (words, *further)), moves=True)


def sizes(given: tuple[Any, ...]) -> Any:
    """Sizes or axes, given one by one or as one list."""
    return given[0] if len(given) == 1 and isinstance(given[0], tuple | list) else given


def _reshaped(a: Any, *shape: Any) -> Any:
    if len(shape) == 1 and isinstance(shape[0], np.ndarray):  # view_as
        return np.reshape(a, shape[0].shape)
    return np.reshape(a, sizes(shape))


def _flattened(a: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    if not a.ndim:
        return np.reshape(a, (1,))
    first, last = start_dim % a.ndim, end_dim % a.ndim
    return np.reshape(a, (*a.shape[:first], int(np.prod(a.shape[first : last + 1])), *a.shape[last + 1 :]))


def _unflattened(a: Any, dim: int, sizes: Any) -> Any:
    at = dim % a.ndim
    return np.reshape(a, (*a.shape[:at], *sizes, *a.shape[at + 1 :]))


def _squeezed(a: Any, *dim: Any) -> Any:
    wanted = axes(a, sizes(dim)) if sizes(dim) != () else () if dim else range(a.ndim)
    return np.squeeze(a, tuple(one for one in wanted if a.shape[one] == 1))


def _transposed(a: Any, dim0: int, dim1: int) -> Any:
    return np.swapaxes(a, dim0, dim1) if a.ndim else a


def _moved(a: Any, source: Any, destination: Any) -> Any:
    return np.moveaxis(a, source, destination) if a.ndim else a


def _stacked(a: Any, at: int | None, to: int, size: int = 1) -> Any:
    return np.moveaxis(a, at, to) if at is not None else np.stack([a] * size, axis=to)


def _expanded(a: Any, *size: Any) -> Any:
    if len(size) == 1 and isinstance(size[0], np.ndarray):  # expand_as
        return np.broadcast_to(a, size[0].shape)
    wanted = list(sizes(size))
    extra = len(wanted) - a.ndim
    return np.broadcast_to(a, [a.shape[at - extra] if one == -1 else one for at, one in enumerate(wanted)])


def _repeated(a: Any, *repeats: Any) -> Any:
    return np.tile(a, sizes(repeats))


def _each_repeated(a: Any, repeats: Any, dim: Any = None, output_size: Any = None) -> Any:
    return np.repeat(a, repeats, dim)


def _rotated(a: Any, k: int = 1, dims: Any = (0, 1)) -> Any:
    return np.rot90(a, k, dims)


def _flipped(a: Any, *dims: Any) -> Any:
    return np.flip(a, axes(a, sizes(dims))) if a.ndim and sizes(dims) != () else a


def _rolled(a: Any, shifts: Any, dims: Any = None) -> Any:
    return np.roll(a, shifts, None if dims in ((), []) else dims)


def _shifted(a: Any, dim: Any, back: bool) -> Any:
    """By half of each axis; of an odd length the middle comes to the front, or goes back to it."""
    picked = range(a.ndim) if dim is None else axes(a, dim)
    return np.roll(a, [(a.shape[one] + back) // 2 for one in picked], tuple(picked))


def _at_least(count: int) -> Any:
    """torch puts the new axes where numpy does."""
    grow = (None, np.atleast_1d, np.atleast_2d, np.atleast_3d)[count]
    return lambda *parts: tuple(grow(part) for part in parts)  # type: ignore[misc]


RULES: tuple[Rule, ...] = (
    moves("reshape", _reshaped, RESHAPED, SHAPED),
    moves("flatten", _flattened, "Flattening keeps all numbers: the gradient takes the old shape again", SHAPED),
    moves("unflatten", _unflattened, "One axis was cut into several: the gradient takes the old shape again", SHAPED),
    moves("transpose", _transposed, TURNED, "Gᵀ"),
    moves("t", lambda a: np.transpose(a), SWAPPED, "Gᵀ"),
    moves("mt", lambda a: np.swapaxes(a, -1, -2), SWAPPED, "Gᵀ"),
    moves(
        "permute",
        lambda a, *dims: np.transpose(a, sizes(dims)),
        "The axes were put in another order, so the gradient's axes go back",
        "Gᵀ",
    ),
    moves("movedim", _moved, "An axis was moved, so the gradient's axis is moved back", "G with its axis moved back"),
    moves(
        "unsqueeze",
        lambda a, dim: np.expand_dims(a, dim),
        "An axis of length 1 was added: the gradient loses it again",
        SHAPED,
    ),
    moves("squeeze", _squeezed, "Axes of length 1 were dropped: the gradient gets them back", SHAPED),
    *(
        moves(
            f"atleast_{count}d", _at_least(count), "Axes of length 1 were added: the gradient loses them again", SHAPED
        )
        for count in (1, 2, 3)
    ),
    moves(TAKES, _stacked, "A vmap takes one example at a time: their gradients are put together again", SHAPED),
    moves(STACKS, _stacked, "A vmap stacks what came out for all examples: each gets its own part", SHAPED),
    moves("expand", _expanded, COPIED, "ΣG"),
    moves("repeat", _repeated, "Each number was repeated, so the gradients of all its copies add up", "ΣG"),
    moves(
        "tile",
        lambda a, *dims: np.tile(a, sizes(dims)),
        "Each number was repeated, so the gradients of all its copies add up",
        "ΣG",
    ),
    moves(
        "repeat_interleave", _each_repeated, "Each number was repeated, so the gradients of all its copies add up", "ΣG"
    ),
    moves("flip", _flipped, "The order was turned round, so the gradient is turned back", "G turned back"),
    moves("fliplr", np.fliplr, "Left and right were swapped, so the gradient is turned back", "G turned back"),
    moves("flipud", np.flipud, "Up and down were swapped, so the gradient is turned back", "G turned back"),
    moves(
        "rot90", _rotated, "The numbers were turned by right angles, so the gradient is turned back", "G turned back"
    ),
    moves("alias", lambda a: a, "Another name for the same numbers: what arrives is passed on", "G"),
    *(
        moves(
            name,
            lambda a, dim=None, back=back: _shifted(a, dim, back),
            "The halves of each axis were swapped, so the gradient's are swapped back",
            "G shifted back",
        )
        for name, back in (("fft_fftshift", False), ("fft_ifftshift", True))
    ),
    moves("roll", _rolled, "The numbers were shifted round, so the gradient is shifted back", "G shifted back"),
)
