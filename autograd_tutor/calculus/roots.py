"""Where a tensor without a graph comes from."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_tutor.trace import Tensor, Trace, tensor_operands


def cutting(trace: Trace, tensor: Tensor | None) -> int | None:
    """The ghost that made a tensor, if one did."""
    if tensor is None:
        return None
    nodes = trace.operations[tensor.operation].nodes if tensor.operation is not None else ()
    made = next((node for node in nodes if trace.nodes[node].kind == "ghost"), tensor.cut)
    if made is not None or tensor.requires_grad:
        return made
    later = (node.id for node in reversed(trace.nodes) if node.kind == "ghost" and node.tensor == tensor.id)
    return next(later, None)  # what was written into it since, or done to it, as by detach_()


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
