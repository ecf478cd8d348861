"""Where in the graph a target's gradient is collected."""

from __future__ import annotations

from dataclasses import dataclass, replace

from autograd_tutor.trace import REARRANGES, Captured, Operation, Trace


@dataclass(frozen=True)
class Target:
    """A gradient: of which tensor, and through which node it comes."""

    text: str
    """As asked for: `x.grad`, `g`."""
    tensor: int
    """The tensor it is the gradient of."""
    node: int | None
    output: int | None
    """None for an accumulate node, which has only one."""
    pass_: int | None = None
    """For a result of autograd.grad, the pass that returned it; None for `.grad`."""
    further: tuple[tuple[int, int | None], ...] = ()
    """More passes, each with its node, where it is put together of what several returned."""
    result: int | None = None
    """The result itself; None for `.grad`."""
    gathered: bool = False
    """It was put together of results: by a vmap, by jacrev."""
    moves: bool = False
    """The target is how this gradient moves, its tangent."""


def locate(trace: Trace, target: str) -> Target | None:
    """The gradient that `target` names; None if it is no gradient (a value, a flag, nothing at all)."""
    found = trace.find(target)
    if found is None or found.tensor is None:
        return None
    if found.is_grad:
        tensor = trace.tensors[found.tensor]
        return _at(trace, target, tensor.id, tensor.node, tensor.output, None)
    return returned(trace, target, found.tensor)


def returned(trace: Trace, target: str, tensor: int) -> Target | None:
    """A result of autograd.grad, or what a transform put together of such results."""
    results = gathered(trace, tensor)
    passes = [(pass_, captured) for pass_ in trace.passes for captured in pass_.captured if captured.result in results]
    named = {trace.tensors[captured.of].label for _, captured in passes}  # in chunks, each has a variable of its own
    if len(named) != 1 or len(passes) < len(results):
        return None
    whole = passes[-1:] if tensor in results else passes
    (first, captured), *rest = whole
    of = trace.tensors[captured.of]
    at = _at(trace, target, of.id, _node(trace, captured), of.output, first.id)
    further = tuple((pass_.id, _node(trace, one)) for pass_, one in rest)
    return replace(at, further=further, result=captured.result, gathered=tensor not in results)


def _node(trace: Trace, captured: Captured) -> int | None:
    return captured.node if captured.node is not None else trace.tensors[captured.of].node


def gathered(trace: Trace, tensor: int) -> set[int]:
    """What a transform has put `tensor` together of, without computing anything; else itself."""
    found: set[int] = set()
    waiting, seen = [tensor], {tensor}
    while waiting:
        one = waiting.pop()
        made = trace.tensors[one].operation
        operation = None if made is None else trace.operations[made]
        if operation is None or not moved_within(operation):
            found.add(one)
            continue
        for operand in operation.inputs:
            for part in (operand, *operand.items):
                if part.tensor is not None and part.tensor not in seen:
                    seen.add(part.tensor)
                    waiting.append(part.tensor)
    return found


def moved_within(operation: Operation) -> bool:
    """Whether a transform itself, not the program, moved numbers about."""
    return operation.name in REARRANGES and operation.text.startswith(f"{operation.name} in ")


def _at(trace: Trace, text: str, tensor: int, node: int | None, output: int, pass_: int | None) -> Target:
    accumulates = node is not None and trace.nodes[node].kind == "accumulate"
    return Target(text, tensor, node, None if accumulates else output, pass_)
