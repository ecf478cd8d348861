"""Looking back over a run: what a tensor was made from, who wrote its .grad, what froze it."""

from __future__ import annotations

import re

from autograd_tutor.calculus.graph import Flow, Index
from autograd_tutor.calculus.places import called
from autograd_tutor.calculus.roots import inputs_of
from autograd_tutor.calculus.workings import brief
from autograd_tutor.trace import Event, Operation, Pass, Span, Tensor, Trace, named


def hidden_leaf(trace: Trace, tensor: Tensor) -> Tensor | None:
    """The nameless leaf that a tensor was computed from: `torch.tensor(3., requires_grad=True)`."""
    operation = trace.operations[tensor.operation] if tensor.operation is not None else None
    for operand in operation.inputs if operation is not None else ():
        leaf = trace.tensors[operand.tensor] if operand.tensor is not None else None
        if (
            leaf is not None
            and leaf.is_leaf
            and leaf.requires_grad
            and not leaf.names
            and ("requires_grad" in leaf.label or "Parameter(" in leaf.label)
        ):
            return leaf
    return None


def renamed_leaf(trace: Trace, tensor: Tensor, name: str) -> Tensor | None:
    """The leaf that had this name before the tensor took it."""
    leaves = (one for one in trace.tensors if one.is_leaf and one.requires_grad and not one.names)
    return next((one for one in leaves if one.label == name and one.id < tensor.id), None)


def freezing(trace: Trace, tensor: Tensor) -> Operation | None:
    """The last call that turned requires_grad off on a tensor, if one did."""
    calls = (
        one
        for one in trace.operations
        if one.name == "requires_grad" and one.inputs and one.inputs[0].tensor == tensor.id and "False" in one.text
    )
    return max(calls, key=lambda one: one.id, default=None)


def passed_through(trace: Trace, tensor: Tensor) -> str:
    """What arrived at an inner tensor in the last pass; empty if none came by."""
    for pass_ in reversed(trace.passes):
        if tensor.node is not None and pass_.error is None:
            arrived = Flow(trace, pass_, tensor.node, tensor.output, Index(trace)).arrived(tensor.node, tensor.output)
            if arrived is not None:
                return brief(arrived)
    return ""


def roots(trace: Trace) -> str:
    """What the passes that went through started from: `loss`, `y and z`."""
    names: list[str] = []
    went = [one for one in trace.passes if one.error is None]
    for pass_ in [one for one in went if one.kind == "backward"] or went:
        for root in pass_.root:
            name = called(trace.tensors[root])
            if name not in names:
                names.append(name)
    return " and ".join(names) or "any backward"


def last_write(trace: Trace, tensor: Tensor) -> Event | None:
    """The last time that the program wrote a tensor's .grad."""
    return next((event for event in reversed(trace.events) if event.kind == "write" and event.ref == tensor.id), None)


def hooked_away(trace: Trace, tensor: Tensor) -> Pass | None:
    """The last pass that fed a tensor, if its .grad was gone when that was over: a hook had cleared it."""
    fed = ((pass_, leaf) for pass_ in reversed(trace.passes) for leaf in pass_.leaves if leaf.tensor == tensor.id)
    pass_, leaf = next(fed, (None, None))
    return pass_ if leaf is not None and leaf.after is None and "hook" in (leaf.note or "") else None


def last_pass(trace: Trace) -> Span | None:
    """Where the last pass that went through was called."""
    return next((one.span for one in reversed(trace.passes) if one.error is None), None)


def reading(trace: Trace, target: str) -> tuple[int, Tensor, str] | None:
    """Where a name was given some tensor's .grad: the line, the tensor and its name."""
    pattern = re.compile(rf"\s*{re.escape(target)}\s*=\s*(?P<owner>[\w.\[\]]+)\.grad\s*(#.*)?")
    for line, source in enumerate(trace.source.splitlines(), 1):
        found = pattern.fullmatch(source)
        tensor = named(trace).get(found["owner"]) if found else None
        if found and tensor is not None:
            return line, tensor, found["owner"]
    return None


def bare_gradient(trace: Trace, root: Tensor | None) -> tuple[Tensor, Pass] | None:
    """The gradient that a root was computed from, or is itself, and the pass that worked it out."""
    found = ((one, earlier) for one in inputs_of(trace, root) if (earlier := gave(trace, one)) is not None)
    return next(found, None)


def gave(trace: Trace, tensor: Tensor) -> Pass | None:
    """The pass that worked a tensor out, as a gradient: by autograd.grad, or into some .grad."""
    owner = named(trace).get(tensor.label.removesuffix(".grad")) if tensor.label.endswith(".grad") else None

    def did(one: Pass) -> bool:
        filled = owner is not None and any(leaf.tensor == owner.id and leaf.added for leaf in one.leaves)
        return filled or any(got.result == tensor.id for got in one.captured)

    return next((one for one in reversed(trace.passes) if did(one)), None)
