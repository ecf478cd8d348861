"""What follows from a learner's own numbers, so that one slip is not counted twice."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from operator import add, mul

from autograd_tutor.teaching.apart.model import Piece
from autograd_tutor.teaching.closeness import equal, real
from autograd_tutor.trace import Array


def times(one: Array, other: Array) -> Array | None:
    """Element by element; None where their shapes do not fit so simply."""
    return _each(mul, one, other)


def plus(one: Array, other: Array) -> Array | None:
    """As `times`."""
    return _each(add, one, other)


def same(one: Array | None, other: Array | None) -> bool:
    """Of one shape, and equal as an answer would be."""
    if one is None or other is None or one.data is None or other.data is None or one.shape != other.shape:
        return False
    return all(equal(real(a), b) for a, b in zip(one.data, other.data, strict=True))


def agrees(one: Array | None, true: Array | None) -> bool:
    """As `same`; tensors too large to keep agree if their shapes do."""
    if one is not None and true is not None and one.data is None and true.data is None:
        return one.shape == true.shape
    return same(one, true)


def even(value: Array | None, number: float) -> bool:
    """Every element is `number`."""
    return value is not None and bool(value.data) and all(one == number for one in value.data or ())


def follows(piece: Piece, pieces: Sequence[Piece], parts: Sequence[Array | None]) -> Array | None:
    """`piece` worked out from these values of its parts; None if that cannot be done."""
    known = [part for part in parts if part is not None]
    if piece.how == "given" or len(known) < len(parts):
        return None
    if piece.how == "scaled":
        (true,) = (pieces[part].value for part in piece.parts)
        return _scaled(piece.value, true, known[0]) if isinstance(true, Array) else None
    return joined(times if piece.how == "product" else plus, known)


def joined(join: Callable[[Array, Array], Array | None], parts: Sequence[Array]) -> Array | None:
    """All of them multiplied, or added; None where their shapes do not fit, or there is none."""
    total: Array | None = parts[0] if parts else None
    for part in parts[1:]:
        total = join(total, part) if total is not None else None
    return total


def _scaled(result: Array | bool | None, true: Array, own: Array) -> Array | None:
    """What a linear rule makes of `own`, if that is a multiple of the `true` value that it makes `result` of."""
    if not isinstance(result, Array) or result.data is None or same(own, true):
        return result if isinstance(result, Array) else None
    largest = max(true.data or (), key=lambda one: abs(real(one)), default=0)
    if not true.data or not own.data or own.shape != true.shape or not real(largest):
        return None
    share = real(own.data[true.data.index(largest)]) / real(largest)
    if not same(own, _each(mul, true, Array("float64", (), (share,)))):
        return None
    return _each(mul, result, Array("float64", (), (share,)))


def _each(join: Callable[[float, float], float], one: Array, other: Array) -> Array | None:
    """Of one shape, or one of them a single number."""
    shape = one.shape or other.shape
    if not one.data or not other.data or any(value.shape not in ((), shape) for value in (one, other)):
        return None
    count = math.prod(shape)
    left, right = (value.data if value.shape == shape else value.data * count for value in (one, other) if value.data)
    return Array("float64", shape, tuple(join(real(a), real(b)) for a, b in zip(left, right, strict=True)))
