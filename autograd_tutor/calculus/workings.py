"""The arithmetic of a step, and how its numbers are written."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from autograd_tutor.calculus.local import Local
from autograd_tutor.calculus.values import close, numbers, plain, precision
from autograd_tutor.notation import MINUS, array, shape
from autograd_tutor.trace import Array, Complex

LARGEST = 12
"""A tensor of more elements is not written out in a sentence."""


def brief(value: Array | None) -> str:
    """A tensor in a sentence: its numbers if they are few, else its shape."""
    if value is None:
        return "nothing"
    return array(value) if small(value) else shape(value)


def capital(text: str) -> str:
    """The text as the start of a sentence."""
    return text[:1].upper() + text[1:]


def small(*values: Array | None) -> bool:
    """Whether all of them can be written out."""
    return all(value is not None and value.data is not None and len(value.data) <= LARGEST for value in values)


def arithmetic(upstream: Array | None, local: Local | None, sent: Array | None) -> str:
    """`−0.9577 · 8 = −7.6613`; empty where there is no such product or it would be too long."""
    if local is not None and sent is not None and (pair := factors(local, sent)):
        return _matrices(pair, sent)
    if local is None or local.factor is None or upstream is None or sent is None:
        return ""
    factor = plain(local.factor, sent.dtype)
    if not local.stretched and not upstream.shape and even(factor) and even(sent) and sent.shape:
        one, result = Array(sent.dtype, (), factor.data[:1]), Array(sent.dtype, (), sent.data[:1])  # type: ignore[index]
        each = f" for each of {sent.numel}" if sent.numel > 1 else ""
        return f"{array(upstream)} · {_factor(one)} = {array(result)}{each}"
    fitted = upstream if local.stretched else _fitted(upstream, factor, sent)
    if fitted is None or not small(fitted, factor, sent):
        return ""
    upstream = fitted
    text = f"{_sum(upstream)} · {_factor(factor)}"
    real = np.iscomplexobj(local.factor) and not sent.dtype.startswith("complex")
    return f"{'real part of ' if real else ''}{'sum of ' if local.stretched else ''}{text} = {array(sent)}"


def _fitted(upstream: Array, factor: Array, sent: Array) -> Array | None:
    """What arrived, so that times the slopes it is what went on: its axes may count examples. None if it never is."""
    if upstream.shape in ((), sent.shape):
        return upstream
    further = (*upstream.shape, *(1,) * (len(sent.shape) - len(upstream.shape)))
    for axes in dict.fromkeys([upstream.shape, further]):
        found = msgspec.structs.replace(upstream, shape=axes)
        came, slope, went = numbers(found), numbers(factor), numbers(sent)
        if came is None or slope is None or went is None:
            return upstream
        product = _product(came, slope, went)
        if product is not None and close(product, went, 10 * precision(sent.dtype)):
            return found
    return None


def _product(came: Any, slope: Any, went: Any) -> Any:
    try:
        with np.errstate(all="ignore"):
            product = came * slope
    except ValueError:  # of shapes that don't go together
        return None
    return np.real(product) if np.isrealobj(went) else product


def factors(local: Local, sent: Array) -> tuple[Array, ...]:
    """The two matrices whose product went on, if it was one; where a vector did, each column or row as a vector."""
    found = tuple(plain(one, sent.dtype) for one in local.factors)
    if not all(len(one.shape) == 2 for one in found):
        return ()
    return found if len(sent.shape) > 1 else tuple(map(_vector, found))


def _vector(matrix: Array) -> Array:
    """A single column or row as a vector, a single number as that."""
    if 1 not in matrix.shape:
        return matrix
    return msgspec.structs.replace(matrix, shape=() if matrix.shape == (1, 1) else (max(matrix.shape),))


def _matrices(pair: tuple[Array, ...], sent: Array) -> str:
    """Their product; in shapes where the numbers would be too many."""
    one, other = pair
    if small(one, other, sent):
        return f"{_sum(one)} · {_factor(other)} = {array(sent)}"
    return f"{one.shape} · {other.shape} = {sent.shape}"


def added(parts: list[Array]) -> Array | None:
    """Contributions summed in their order and dtype; None if one was too large to keep."""
    total: Any = None
    for part in parts:
        one = numbers(part)
        if one is None or (total is not None and np.shape(one) != np.shape(total)):
            return None
        with np.errstate(all="ignore"):
            total = one if total is None else total + one
    return None if total is None else plain(total, parts[0].dtype)


def same(one: Array | None, other: Array | None) -> bool:
    """Equal in every number, nan to nan."""
    return repr(one) == repr(other)


def terms(values: list[Array]) -> str:
    """`9 + 24`, `2 − 5`."""
    text = _term(values[0])
    for value in values[1:]:
        piece = _term(value)
        text += f" {MINUS} {piece[1:]}" if piece.startswith(MINUS) else f" + {piece}"
    return text


def _term(value: Array) -> str:
    return _sum(value) if small(value) else brief(value)


def ratio(upstream: Array | None, local: Array | None, sent: Array | None) -> str:
    """The arithmetic of a step without a rule, where its numbers imply a slope."""
    if upstream is None or local is None or sent is None:
        return ""
    return f"{_sum(upstream)} · {_factor(local)} = {array(sent)}"


def _factor(value: Array) -> str:
    text = _sum(value)
    return f"({text})" if text.startswith("−") else text


def _sum(value: Array) -> str:
    """A complex number is a sum: in a product or another sum it stands in parentheses."""
    text = array(value)
    return f"({text})" if value.data is not None and not value.shape and isinstance(value.data[0], Complex) else text


def even(value: Array) -> bool:
    """Whether all its numbers are the same."""
    return value.data is not None and len(set(value.data)) == 1
