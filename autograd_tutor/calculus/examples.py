"""A run inside a vmap, one example at a time: there every rule is what it is elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import msgspec
import numpy as np

from autograd_tutor.calculus.values import numbers, plain
from autograd_tutor.trace import STACKS, TAKES, Array, Captured, Operand, Operation, Pass, Trace

Index = Mapping[int, int]
"""Which example, by the ids of the vmaps (`trace.batches`)."""

MOST = 200
"""Of more examples, none is looked at alone."""


def places(trace: Trace, batch: tuple[int, ...]) -> Iterator[dict[int, int]]:
    """Every example that these vmaps have between them."""
    for place in product(*(range(size) for size in sizes(trace, batch))):
        yield dict(zip(batch, place, strict=True))


def sizes(trace: Trace, batch: tuple[int, ...]) -> tuple[int, ...]:
    """How many examples each has."""
    return tuple(trace.batches[one].size for one in batch)


def kept(trace: Trace, pass_: Pass, captured: Captured) -> tuple[int, ...]:
    """The vmaps from example to example of which a returned gradient differs."""
    if captured.result is None or captured.value is None:
        return ()
    own = trace.tensors[captured.result].batch
    whole = len(captured.value.shape) - len(trace.tensors[captured.of].value.shape) == len(pass_.batch)
    return pass_.batch if whole and not own and not trace.tensors[captured.of].batch else own


def of(trace: Trace, operation: Operation) -> tuple[int, ...]:
    """The vmaps that an operation ran in, as far as its tensors differ from example to example."""
    if not trace.batches or operation.name in (TAKES, STACKS):
        return ()
    inputs = (one.tensor for operand in operation.inputs for one in (operand, *operand.items))
    found = {batch for one in (*inputs, *operation.outputs) if one is not None for batch in trace.tensors[one].batch}
    return tuple(sorted(found))


def at(value: Any, batch: tuple[int, ...], index: Index) -> Any:
    """Of a numpy array, whose first dimensions count the examples of these vmaps, what it is for one of them."""
    return value[tuple(index.get(one, 0) for one in batch)] if batch else value


def sliced(value: Array | None, batch: tuple[int, ...], index: Index) -> Array | None:
    """The same of an `Array`; without numbers where they were not kept."""
    if value is None or not batch:
        return value
    whole = numbers(value)
    if whole is None:
        return Array(value.dtype, value.shape[len(batch) :])
    return plain(at(whole, batch, index), value.dtype)


def example(trace: Trace, operation: Operation, index: Index) -> Operation:
    """An operation as it was for one example."""
    return msgspec.structs.replace(
        operation,
        inputs=tuple([_operand(trace, one, index) for one in operation.inputs]),
        values=tuple(
            [
                _kept(sliced(value, trace.tensors[output].batch, index))
                for output, value in zip(operation.outputs, operation.values, strict=True)
            ]
        ),
    )


def column(trace: Trace, index: Index) -> Trace:
    """The run as it was for one example, its tangents too."""
    tensors = [
        msgspec.structs.replace(
            one,
            value=_kept(sliced(one.value, one.batch, index)),
            tangent=sliced(one.tangent, one.spread, index),
        )
        for one in trace.tensors
    ]
    return msgspec.structs.replace(
        trace,
        tensors=tuple(tensors),
        operations=tuple([example(trace, one, index) if of(trace, one) else one for one in trace.operations]),
    )


def _operand(trace: Trace, operand: Operand, index: Index) -> Operand:
    if operand.items:
        return msgspec.structs.replace(operand, items=tuple([_operand(trace, one, index) for one in operand.items]))
    batch = () if operand.tensor is None else trace.tensors[operand.tensor].batch
    return msgspec.structs.replace(operand, value=sliced(operand.value, batch, index)) if batch else operand


def _kept(value: Array | None) -> Array:
    assert value is not None
    return value


def stacked(values: list[Any], lengths: tuple[int, ...]) -> Any:
    """What was worked out for each example, in the order of `places`, as one array."""
    found = np.stack([np.asarray(one) for one in values])
    return found.reshape((*lengths, *found.shape[1:]))
