"""Where in the graph a target's gradient is collected."""

from __future__ import annotations

from dataclasses import dataclass

from autograd_tutor.trace import Trace


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


def locate(trace: Trace, target: str) -> Target | None:
    """The gradient that `target` names; None if it is no gradient (a value, a flag, nothing at all)."""
    found = trace.find(target)
    if found is None or found.tensor is None:
        return None
    if found.is_grad:
        tensor = trace.tensors[found.tensor]
        return _at(trace, target, tensor.id, tensor.node, tensor.output, None)
    for pass_ in reversed(trace.passes):
        for captured in pass_.captured:
            if captured.result == found.tensor:
                of = trace.tensors[captured.of]
                node = captured.node if captured.node is not None else of.node
                return _at(trace, target, of.id, node, of.output, pass_.id)
    return None


def _at(trace: Trace, text: str, tensor: int, node: int | None, output: int, pass_: int | None) -> Target:
    accumulates = node is not None and trace.nodes[node].kind == "accumulate"
    return Target(text, tensor, node, None if accumulates else output, pass_)
