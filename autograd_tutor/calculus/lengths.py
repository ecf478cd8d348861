"""How long a closed form would be, counted before SymPy is asked: for a deep network it grows beyond all reading."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from autograd_tutor.calculus import calls
from autograd_tutor.calculus.calls import Call
from autograd_tutor.calculus.local import FAILURES
from autograd_tutor.trace import GIVES, MAKES, WHOLE, WRAP, Operand, Operation, Trace

LONGEST = 15_000
"""Parts of one operation's result. SymPy may find a shorter way to write it, but not ten times as short."""
DEEPEST = 48
"""Functions of functions; SymPy runs out of stack not far beyond."""

_SPECIAL = (WRAP, MAKES, GIVES)
COMPLEX = "There is no closed form for complex numbers here."
TOO_LONG = "The closed form would be too long to read."


@dataclass(frozen=True)
class Length:
    """An expression of which only the length is known. Numbers beside it are plain ones."""

    size: int = 1
    """How many operations and symbols it is written with."""
    depth: int = 0
    """Functions of functions."""
    free_symbols: ClassVar[frozenset[Any]] = frozenset()
    """By this it is known as an expression."""

    def __add__(self, other: Any) -> Any:
        return self if _is(other, 0) else _joined(self, other)

    def __mul__(self, other: Any) -> Any:
        return 0 if _is(other, 0) else self if _is(other, 1) else _joined(self, other)

    def __pow__(self, other: Any) -> Any:
        return 1 if _is(other, 0) else self if _is(other, 1) else _joined(self, other)

    def __neg__(self) -> Length:
        return Length(self.size + 1, self.depth)

    def __rpow__(self, other: Any) -> Any:
        return _joined(self, other)

    def conjugate(self) -> Length:
        """All symbols are real."""
        return self

    __radd__ = __sub__ = __rsub__ = __add__
    __rmul__ = __truediv__ = __mul__

    def __rtruediv__(self, other: Any) -> Any:
        return 0 if _is(other, 0) else _joined(self, other)


def among(values: Iterable[Any]) -> bool:
    """Whether one of these is a length."""
    return any(isinstance(one, Length) for one in values)


def called(*arguments: Any) -> Length:
    """A function of these."""
    return Length(1 + sum(map(_size, arguments)), 1 + max(map(_depth, arguments)))


def hopeless(trace: Trace, operations: Iterable[int], apart: frozenset[int]) -> str | None:
    """Why these operations can't be carried out in symbols, in a sentence; None where SymPy should be asked.

    `apart`: the tensors that stand as symbols of their own.
    """
    lengths: dict[int, Any] = {}
    for operation in (trace.operations[index] for index in sorted(operations)):
        if any(one.tensor in operation.outputs for one in operation.inputs):  # in place, or handed on as it is
            for output in operation.outputs:
                lengths.pop(output, None)
        elif operation.name not in _SPECIAL and any(trace.nodes[node].kind == "function" for node in operation.nodes):
            reason = _measured(trace, operation, lengths, apart)
            if reason is not None:
                return reason
    return None


def _measured(trace: Trace, operation: Operation, lengths: dict[int, Any], apart: frozenset[int]) -> str | None:
    """Put the lengths of an operation's results among the others, or say why there are none."""
    if any(one.value is not None and one.value.dtype.startswith("complex") for one in operation.inputs):
        return COMPLEX
    if reason := calls.opaque(trace, operation):
        return reason
    call = calls.call(trace, operation)
    if call is None:
        return f"There is no closed form: {operation.name} has no formula here."
    if large := next((one for one in call.operands if _large(one)), None):
        return _too_large(large)
    for output, found in zip(operation.outputs, _results(trace, call, lengths), strict=False):
        parts = [one for one in found.flat if isinstance(one, Length)]
        if sum(one.size for one in parts) > LONGEST or any(one.depth > DEEPEST for one in parts):
            return TOO_LONG
        lengths[output] = _symbols(found.shape) if output in apart else found
    return None


def _results(trace: Trace, call: Call, lengths: dict[int, Any]) -> list[Any]:
    """The lengths of an operation's results; none where its rule needs the expressions themselves."""
    try:
        given = call.numbers()
        operands = [_operand(trace, one, number, lengths) for one, number in zip(call.operands, given, strict=True)]
        if call.rule.branch is not None:
            result = call.rule.branch(given, *operands, **call.options)
        else:
            result = call.rule.forward(*operands, **call.options)
        found = [np.asarray(one, dtype=object) for one in (result if isinstance(result, list | tuple) else (result,))]
    except FAILURES:
        return []
    return found


def _operand(trace: Trace, operand: Operand, number: Any, lengths: dict[int, Any]) -> Any:
    if operand.tensor is None or np.asarray(number).dtype.kind not in "fc":
        return number
    tensor = trace.tensors[operand.tensor]
    if operand.tensor in lengths and lengths[operand.tensor].shape == np.shape(number):
        return lengths[operand.tensor]
    named = bool(tensor.names) or (tensor.is_leaf and tensor.requires_grad)
    return _symbols(np.shape(number)) if named else np.asarray(number).astype(object)


def _symbols(shape: tuple[int, ...]) -> Any:
    found = np.empty(shape, dtype=object)
    found.fill(Length())
    return found


def _large(operand: Operand) -> bool:
    return operand.tensor is not None and operand.value is not None and operand.value.numel > WHOLE


def _too_large(operand: Operand) -> str:
    assert operand.value is not None
    return (
        f"There is no closed form: {' '.join(operand.text.split())} has {operand.value.numel:,} elements, and a "
        f"formula has a symbol for each of at most {WHOLE}."
    )


def _joined(one: Any, other: Any) -> Length:
    return Length(1 + _size(one) + _size(other), max(_depth(one), _depth(other)))


def _size(one: Any) -> int:
    return one.size if isinstance(one, Length) else 1


def _depth(one: Any) -> int:
    return one.depth if isinstance(one, Length) else 0


def _is(one: Any, number: int) -> bool:
    return not isinstance(one, Length) and one == number
