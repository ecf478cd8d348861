"""Where a tensor without a graph comes from."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_tutor.trace import Tensor, Trace, tensor_operands


def cutting(trace: Trace, tensor: Tensor | None) -> int | None:
    """The ghost that made a tensor, if one did."""
    if tensor is None or tensor.operation is None:
        return tensor.cut if tensor is not None else None
    nodes = trace.operations[tensor.operation].nodes
    return next((node for node in nodes if trace.nodes[node].kind == "ghost"), tensor.cut)


def inputs_of(trace: Trace, tensor: Tensor | None) -> Iterator[Tensor]:
    """The tensors that the program did not compute, of those that this one was computed from, the nearest first."""
    waiting, seen = [tensor] if tensor is not None else [], set()
    while waiting:
        one = waiting.pop(0)
        if one.id in seen:
            continue
        seen.add(one.id)
        operands = () if one.operation is None else trace.operations[one.operation].inputs
        used = [trace.tensors[given.tensor] for given in tensor_operands(operands) if given.tensor is not None]
        if not used:
            yield one
        waiting += used
