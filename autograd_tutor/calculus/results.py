"""Derivatives that stand in no .grad: what autograd.grad and the transforms of torch.func gave back."""

from __future__ import annotations

from autograd_tutor.calculus.places import listed, on
from autograd_tutor.calculus.tangents import unpacked
from autograd_tutor.calculus.target import gathered
from autograd_tutor.trace import Found, Operation, Pass, Tensor, Trace

FEW = 4
"""Of more such results, the first are named."""


def results(trace: Trace) -> tuple[Found, ...]:
    """Those that have a name at the program's end, in the order in which they came about."""
    given = {one.result for pass_ in trace.passes for one in pass_.captured}
    return tuple(
        Found(tensor.names[0], "tensor", tensor.value, tensor=tensor.id)
        for tensor in trace.tensors
        if tensor.names and (_given(trace, tensor, given) or constant(trace, tensor.id) is not None)
    )


def _given(trace: Trace, tensor: Tensor, given: set[int | None]) -> bool:
    """Whether passes returned all that it is put together of, or it is the tangent of a dual number."""
    whole = gathered(trace, tensor.id)
    return whole <= given or all(unpacked(trace, one) is not None for one in whole)


def constant(trace: Trace, tensor: int) -> Operation | None:
    """What filled in the zeros that a transform gives for a function that its argument does not move; else None."""
    whole = gathered(trace, tensor)
    made = trace.tensors[next(iter(whole))].operation if len(whole) == 1 else None
    operation = trace.operations[made] if made is not None else None
    zeros = operation is not None and operation.text.startswith("zeros_like in ")
    return operation if zeros else None


def unmoved(trace: Trace, found: Found) -> str:
    """Why such a result is 0, in a sentence; empty for any other."""
    operation = None if found.tensor is None else constant(trace, found.tensor)
    if operation is None:
        return _materialised(trace, found)
    call = operation.text.removeprefix("zeros_like in ")
    return (
        f"What {call}{on(operation.span)} differentiates does not depend on that argument: no path leads back to it, "
        f"and its derivative is 0 everywhere."
    )


def _materialised(trace: Trace, found: Found) -> str:
    """The same of what autograd.grad gave where nothing had come."""
    for pass_ in trace.passes:
        for one in pass_.captured:
            if one.result is None or one.result != found.tensor or _reached(trace, pass_, one.node):
                continue
            roots = " and ".join(dict.fromkeys(trace.tensors[root].label for root in pass_.root))
            return (
                f"No path leads from {roots} back to {trace.tensors[one.of].label}, so its derivative is 0: "
                f"materialize_grads=True has autograd.grad{on(pass_.span)} return that in place of None."
            )
    return ""


def _reached(trace: Trace, pass_: Pass, node: int | None) -> bool:
    """Whether anything came to a node in a pass."""
    return node in pass_.order or any(
        edge.head == node and pass_.id < len(edge.contributions) and edge.contributions[pass_.id] is not None
        for edge in trace.edges
    )


def named_besides(found: tuple[Found, ...]) -> str:
    """That there are such results beside the gradients in .grad, and how to see one explained; empty for none."""
    if not found:
        return ""
    names = [one.target for one in found[:FEW]]
    rest = [f"{len(found) - FEW} more"] if len(found) > FEW else []
    kind = "are derivatives too" if len(found) > 1 else "is a derivative too"
    which = "the first" if len(found) > 1 else "it"
    return f"{listed([*names, *rest])} {kind}, in no .grad: --wrt {names[0]} explains {which}."
