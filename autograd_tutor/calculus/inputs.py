"""The numbers that a program starts from, by the names a formula may use."""

from __future__ import annotations

import re

from autograd_tutor.notation import is_name
from autograd_tutor.trace import Array, Operation, Tensor, Trace


def identifier(name: str) -> str:
    """A name that can stand in a formula: `model[0].weight` as `model_0_weight`."""
    return re.sub(r"\W+", "_", name).strip("_")


def given(trace: Trace, operation: Operation | None) -> bool:
    """Whether a result was given by the program, and not computed from other tensors."""
    return operation is None or all(one.tensor is None and not one.items for one in operation.inputs)


def constants(trace: Trace) -> dict[str, Array]:
    """Plain numbers that the program itself has a name for; not those inside its functions."""
    found = {}
    tensors = {name for tensor in trace.tensors for name in (tensor.label, *tensor.names)}
    calls = (operation for operation in trace.operations if operation.function is None)
    for operand in (operand for operation in calls for operand in operation.inputs):
        value = operand.value
        if value is None or value.data is None or value.dtype != "python" or isinstance(value.data[0], bool):
            continue
        if operand.text.isidentifier() and operand.text not in tensors:
            found[operand.text] = value
    return found


def inputs(trace: Trace) -> dict[str, Array]:
    """Leaves and constants by name, as they were when they were last used in an operation."""
    found = constants(trace)
    for operation in trace.operations:
        for operand in (one for outer in operation.inputs for one in (outer, *outer.items)):
            if operand.tensor is None or operand.value is None or operand.value.data is None:
                continue
            tensor = trace.tensors[operand.tensor]
            name = _name(tensor)
            if name and given(trace, _maker(trace, tensor)):
                found[name] = operand.value
    return found


def _maker(trace: Trace, tensor: Tensor) -> Operation | None:
    return trace.operations[tensor.operation] if tensor.operation is not None else None


def _name(tensor: Tensor) -> str | None:
    words = next((one for one in (*tensor.names, tensor.label) if is_name(one)), None)
    words = words or next(iter(tensor.names), None)
    return None if words is None else identifier(words)
