"""Tensors and plain numbers as `Array`: whole when small, summarised when large."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain
from typing import Any

import msgspec
import numpy
import torch

from autograd_tutor.recording.wrappers import bare
from autograd_tutor.trace import KEPT, WHOLE, Array, Complex, Large, Scalar, Summary

_LARGEST = 1 << 63
"""MessagePack has no integers from here on; they travel as floats."""
_set = msgspec.structs.force_setattr
_MANY = 3
"""Tensors, of more than one number each, from which on reading them together is quicker."""
_TOGETHER = frozenset(
    {torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.bool}
)
"""Dtypes whose numbers are plain Python numbers that travel as they are."""


class Allowance:
    """How much of large tensors one run may keep whole, for its explanation: the process runs one program."""

    MOST = 100_000_000
    """Bytes."""

    def __init__(self) -> None:
        self._left = self.MOST

    def renew(self) -> None:
        """A run begins."""
        self._left = self.MOST

    def copied(self, dense: torch.Tensor) -> numpy.ndarray[Any, Any] | None:
        """The numbers of `dense`, not to be written to; None when the allowance is used up."""
        if dense.dtype is torch.bfloat16:
            dense = dense.float()
        elif dense.dtype is torch.complex32:
            dense = dense.to(torch.complex64)
        self._left -= dense.numel() * dense.element_size()
        if self._left < 0:
            return None
        numbers: numpy.ndarray[Any, Any] = dense.resolve_conj().resolve_neg().numpy().copy()
        numbers.setflags(write=False)
        return numbers


allowance = Allowance()


def array(tensor: torch.Tensor) -> Array:
    """The value of `tensor` at this moment; shape and dtype alone where its numbers can't be had."""
    dtype = _dtype(tensor.dtype)
    try:
        if not tensor.dim():
            number = tensor.item()
            return Array(dtype, (), (number if type(number) is float else _scalar(number),))
        return _read(tensor, dtype, tuple(tensor.shape))
    except Exception:  # on no device, inside a torch.func transform, a tensor class of the program's own…
        inner = bare(tensor)
        if inner is tensor and getattr(tensor, "_is_zerotensor", bool)():  # zeros that no memory holds
            inner = tensor.clone()
        return Array(dtype, shape(tensor)) if inner is tensor else array(inner)


def shape(tensor: torch.Tensor) -> tuple[int, ...]:
    """How many elements along each dimension; of a nested tensor, whose parts differ, how many parts."""
    return (tensor.size(0),) if tensor.is_nested else tuple(tensor.shape)


def promised(tensor: torch.Tensor) -> Array:
    """Its value, to be filled in (`fulfil`) before anything can write into it."""
    name = _dtype(tensor.dtype)
    if not tensor.dim():
        return Array(name)
    if tensor.is_nested:
        return Array(name, shape(tensor))
    lengths = tensor.shape
    return (Large if WHOLE < lengths.numel() <= KEPT else Array)(name, tuple(lengths))


def fulfil(promises: Sequence[Array], tensors: Sequence[torch.Tensor]) -> None:
    """Keep the promises, each about the tensor beside it: until here nobody has looked at their numbers.

    Tensors of one dtype and shape are read together.
    """
    groups: dict[tuple[str, tuple[int, ...]], list[int]] = {}
    for index, promise in enumerate(promises):
        groups.setdefault((promise.dtype, promise.shape), []).append(index)
    for members in groups.values():
        group = [tensors[index] for index in members]
        rows = _rows(group)
        if rows is None:
            for index in members:
                _fill(promises[index], array(tensors[index]))
        else:
            for index, row in zip(members, rows, strict=True):
                _set(promises[index], "data", row)


def _fill(promise: Array, value: Array) -> None:
    if value.data is not None:
        _set(promise, "data", value.data)
    elif value.summary is not None:
        _set(promise, "summary", value.summary)
    if isinstance(promise, Large) and isinstance(value, Large):
        promise.keep(value.numbers)


def _rows(group: list[torch.Tensor]) -> Iterable[tuple[Scalar, ...]] | None:
    """The numbers of each, all of one dtype and shape; None where they have to be looked at one by one."""
    length = group[0].numel()
    if group[0].dtype not in _TOGETHER or not 0 < length <= WHOLE:
        return None
    try:
        if not group[0].dim():  # quicker than to put them together
            return [(tensor.item(),) for tensor in group]
        if len(group) < _MANY:
            return None
        with torch.no_grad():
            numbers = torch.stack(group).flatten().tolist()
    except Exception:  # on several devices, on none, in several layouts…
        return None
    return zip(*[iter(numbers)] * length, strict=True)


def _read(tensor: torch.Tensor, dtype: str, shape: tuple[int, ...]) -> Array:
    dense = tensor if tensor.layout is torch.strided else tensor.detach().to_dense()
    if dense.numel() > WHOLE:
        return _large(dense.detach(), dtype, shape)
    numbers = dense.tolist()
    for _ in shape[1:]:  # quicker than a reshape
        numbers = chain.from_iterable(numbers)
    return Array(dtype, shape, tuple(numbers if dense.dtype in _TOGETHER else map(_scalar, numbers)))


def _large(dense: torch.Tensor, dtype: str, shape: tuple[int, ...]) -> Array:
    if dense.numel() > KEPT:
        return Array(dtype, shape, summary=_summary(dense))
    large = Large(dtype, shape, summary=_summary(dense))
    large.keep(allowance.copied(dense))
    return large


@cache
def _dtype(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def plain(value: Any) -> Array | None:
    """A Python number as an `Array` of dtype `python`; None for anything else."""
    if isinstance(value, bool | int | float | complex):
        return Array("python", (), (_scalar(value),))
    return None


def whole(value: Any) -> Array | None:
    """Whatever holds numbers as an `Array`: a tensor, a number, a numpy array, a (nested) list of numbers."""
    if isinstance(value, torch.Tensor):
        return array(value)
    number = plain(value)
    if number is not None or not isinstance(value, list | tuple | numpy.ndarray | numpy.generic):
        return number
    if isinstance(value, list | tuple):
        if 0 < len(value) <= WHOLE and all(type(one) is int and -_LARGEST <= one < _LARGEST for one in value):
            return Array("python", (len(value),), tuple(value))  # such as a shape: by far the most usual
        if any(isinstance(one, torch.Tensor) for one in value):
            return None
    try:
        numbers = numpy.asarray(value)
    except ValueError:  # ragged
        return None
    if numbers.dtype.kind not in "biufc" or numbers.size == 0:
        return None
    try:
        found = array(torch.from_numpy(numpy.array(numbers)))
    except TypeError:  # a type that torch has not, such as numpy.longdouble
        return None
    return msgspec.structs.replace(found, dtype="python") if isinstance(value, list | tuple) else found


def same(one: torch.Tensor | None, other: torch.Tensor | None) -> bool:
    """Equal bit for bit (nan equal to nan, but 0.0 not to -0.0); two missing ones are equal."""
    if one is None or other is None:
        return one is other
    if one.is_nested or other.is_nested:
        return one.is_nested == other.is_nested and all(map(same, one.unbind(), other.unbind()))
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    if one.layout is not torch.strided or other.layout is not torch.strided:
        one, other = one.to_dense(), other.to_dense()
    if one.is_complex():
        one, other = torch.view_as_real(one.resolve_conj()), torch.view_as_real(other.resolve_conj())
    if torch.equal(one, other):
        return not one.is_floating_point() or torch.equal(torch.signbit(one), torch.signbit(other))
    if not one.is_floating_point():
        return False
    return bool((((one == other) & (torch.signbit(one) == torch.signbit(other))) | (one.isnan() & other.isnan())).all())


def copy(tensor: torch.Tensor) -> torch.Tensor:
    """A detached copy that nothing the program does can change; a normal tensor also in inference mode."""
    if torch.is_inference_mode_enabled():
        with torch.inference_mode(False):
            return tensor.detach().clone()
    return tensor.detach().clone()


def version(tensor: torch.Tensor) -> int:
    """How often it was changed in place; -1 where torch keeps no count."""
    try:
        return int(tensor._version)
    except (RuntimeError, ValueError):  # made in inference mode; a lazy layer's parameter before its first use
        return -1


def memory(tensor: torch.Tensor) -> int:
    """An address that tensors sharing memory have in common; a tensor without memory shares none."""
    try:
        return tensor.untyped_storage().data_ptr() or -id(tensor)
    except (RuntimeError, NotImplementedError):
        return -id(tensor)


def _scalar(number: Any) -> Scalar:
    """A plain Python number: subclasses (numpy's, the program's own) can't travel."""
    if type(number) is float:
        return number
    if isinstance(number, float):
        return float(number)
    if isinstance(number, bool):
        return number
    if isinstance(number, complex):
        return Complex(number.real, number.imag)
    if -_LARGEST <= number < _LARGEST:
        return int(number)
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def _summary(dense: torch.Tensor) -> Summary:
    """Of a complex tensor, the magnitudes; a nan anywhere makes all three nan, as in torch."""
    numbers = (dense.abs() if dense.is_complex() else dense).double()
    low, high = torch.aminmax(numbers)
    return Summary(dense.numel(), low.item(), high.item(), numbers.mean().item())
