"""A program that raised: which line, why, and what .grad holds afterwards."""

from __future__ import annotations

from autograd_tutor.calculus import places
from autograd_tutor.calculus.places import on
from autograd_tutor.notation import array, is_name, shape
from autograd_tutor.trace import Found, Pass, Raised, Tensor, Trace


def raised(trace: Trace, outcome: Raised, found: Found | None) -> str:
    """The account of a program that ended with an exception."""
    pass_ = trace.passes[outcome.pass_] if outcome.pass_ is not None else None
    line = outcome.span.line if outcome.span is not None else None
    where = f"Line {line} raises" if line is not None else "The program raises"
    reason = failed(trace, pass_) if pass_ is not None else _plain(trace, outcome)
    sentences = [f"{where}: {reason}", afterwards(trace, found)]
    return " ".join(sentence for sentence in sentences if sentence)


def failed(trace: Trace, pass_: Pass) -> str:
    """Why one backward call raised, and the smallest repair."""
    root = trace.tensors[pass_.root[0]] if pass_.root else None
    name = places.called(root) if root is not None else "the root"
    match pass_.error_kind:
        case "untracked root":
            return _untracked(trace, root, name)
        case "not scalar":
            what = shape(root.value) if root is not None else "many elements"
            summed = name if root is None or is_name(root.label) else f"({places.short(root.label)})"
            return (
                f"{name} is {what if what.startswith('a ') else f'a vector of {what}'}, and backward() without an "
                f"argument can only start from one number. Call {summed}.sum().backward(), or backward(v) with a "
                f"weight v for each element."
            )
        case "graph freed":
            first = _line(pass_.culprit)
            earlier = f"the backward on line {first}" if first is not None else "an earlier backward"
            again = " (this same line, in an earlier round)" if first == _line(pass_.span) else ""
            return (
                f"{earlier}{again} already freed what this graph had saved, and it is needed again. "
                f"Say retain_graph=True in that first call, or compute {name} afresh before this one."
            )
        case "modified in place":
            at = on(pass_.culprit)
            return (
                f"a value that backward needs was overwritten{at}, after it had been saved. "
                f"Write a new tensor there, in place of changing the old one."
            )
        case "unused input":
            return (
                f"autograd.grad was asked for a gradient of something that {name} was not computed from. "
                f"Pass allow_unused=True to get None for it, or materialize_grads=True to get zeros."
            )
        case "no derivative":
            return (
                f"backward came to an operation{on(pass_.culprit)} that torch has no derivative for. "
                f"Put one with a derivative in its place, or detach what goes into it."
            )
    return _first_sentence(pass_.error or "an error without a message")


def _untracked(trace: Trace, root: Tensor | None, name: str) -> str:
    ghost = _ghost(trace, root)
    if ghost is not None:
        return f"{name} has no graph for backward to walk: {places.cut(trace, ghost)}. {places.repair(trace, ghost)}"
    if root is not None and root.is_leaf and root.operation is None:
        return f"{name} was not computed from anything that requires grad, so there is no graph to walk."
    late = next((one for one in trace.tensors if one.is_leaf and one.requires_grad and one.names), None)
    if late is not None:
        return (
            f"{name} has no graph: nothing it was computed from required grad at that time. {late.names[0]} does now, "
            f"but torch records while it computes, not afterwards: set the flag before line {_line(root and root.span)}"
            f" runs."
        )
    return (
        f"{name} has no graph: nothing that it was computed from requires grad. "
        f"Create the tensor you want a gradient for with requires_grad=True."
    )


def _ghost(trace: Trace, tensor: Tensor | None) -> int | None:
    """The ghost that made a tensor, if one did."""
    if tensor is None or tensor.operation is None:
        return tensor.cut if tensor is not None else None
    nodes = trace.operations[tensor.operation].nodes
    return next((node for node in nodes if trace.nodes[node].kind == "ghost"), tensor.cut)


def _plain(trace: Trace, outcome: Raised) -> str:
    message = outcome.message
    if "floating point and complex dtype can require" in message or "floating point dtype can require" in message:
        return "only floating-point tensors can require grad, and this one holds whole numbers. Write 3. for 3."
    if "leaf Variable that requires grad is being used in an in-place" in message:
        return (
            "a leaf that requires grad may not be changed in place while torch records. "
            "Do the update inside `with torch.no_grad():`."
        )
    if "retain_grad" in message and "requires_grad=False" in message:
        return "retain_grad() only makes sense on a tensor that requires grad, and this one does not."
    if "Can't call numpy() on Tensor that requires grad" in message:
        return "a tensor that requires grad does not become a numpy array by itself. Call .detach().numpy()."
    return f"{outcome.type}, {_first_sentence(message)}"


def _first_sentence(message: str) -> str:
    text = " ".join(message.split())
    first, stop, _ = text.partition(". ")
    return f"{first}." if stop or not first.endswith(".") else first


def afterwards(trace: Trace, found: Found | None) -> str:
    """What the target holds after the error."""
    if found is None or found.kind == "missing":
        return f"So the program never gets to {found.target}." if found is not None else ""
    if found.kind == "none":
        return f"{found.target} is None afterwards."
    if found.kind == "tensor" and found.is_grad and found.tensor is not None:
        lines = [pass_.span.line for pass_ in trace.passes if pass_.span is not None and _added(pass_, found.tensor)]
        since = f", from the backward on line {lines[-1]}, which went through" if lines else ""
        return f"{found.target} still holds {array(found.value)}{since}."
    return ""


def _added(pass_: Pass, tensor: int) -> bool:
    return any(leaf.tensor == tensor and leaf.added is not None for leaf in pass_.leaves)


def _line(span: object) -> int | None:
    return getattr(span, "line", None)
