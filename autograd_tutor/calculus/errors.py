"""A program that raised: which line, why, and what .grad holds afterwards."""

from __future__ import annotations

import ast
import re

from autograd_tutor.calculus import places, raises
from autograd_tutor.calculus.histories import bare_gradient
from autograd_tutor.calculus.places import on, short
from autograd_tutor.calculus.roots import cutting, inputs_of
from autograd_tutor.notation import array, shape
from autograd_tutor.trace import SAYS_NAN, Found, Node, Operation, Pass, Raised, Span, Tensor, Trace, tensor_operands


def raised(trace: Trace, outcome: Raised) -> str:
    """The account of a program that ended with an exception."""
    pass_ = trace.passes[outcome.pass_] if outcome.pass_ is not None else None
    line = outcome.span.line if outcome.span is not None else None
    where = f"Line {line} raises" if line is not None else "The program raises"
    reason = failed(trace, pass_) if pass_ is not None else raises.reason(trace, outcome)
    return f"{where}: {reason}"


def failed(trace: Trace, pass_: Pass) -> str:
    """Why one backward call raised."""
    root = trace.tensors[pass_.root[0]] if pass_.root else None
    name = places.called(root) if root is not None else "the root"
    match pass_.error_kind:
        case "untracked root":
            return _untracked(trace, root, name)
        case "not scalar":
            if root is not None and root.value.dtype.startswith("complex") and root.value.numel == 1:
                return f"{name} is complex, and backward() without an argument can only start from a real number."
            what = shape(root.value) if root is not None else "many elements"
            return (
                f"{name} is {what if what.startswith('a ') else f'a vector of {what}'}, and backward() without an "
                f"argument can only start from one number."
            )
        case "graph freed":
            return _freed(pass_)
        case "modified in place":
            return _overwritten(trace, pass_)
        case "unused input":
            return _unused(trace, pass_, name)
        case "no derivative":
            node = _stopped_at(trace, pass_)
            what = f"{short(node.text)}{on(node.span)}" if node is not None else f"an operation{on(pass_.culprit)}"
            return f"backward came to {what}, and torch has no derivative for that."
    if SAYS_NAN in (pass_.error or "") and (node := _stopped_at(trace, pass_)) is not None:
        return (
            f"anomaly mode looks at every gradient that is sent on, and what {short(node.text)}{on(node.span)} sent on "
            f"holds nan."
        )
    return raises.in_backward(trace, pass_)


def _untracked(trace: Trace, root: Tensor | None, name: str) -> str:
    ghost = cutting(trace, root)
    if ghost is not None:
        return f"{name} has no graph for backward to walk: {places.cut(trace, ghost)}."
    sources = list(inputs_of(trace, root))
    if (gradient := bare_gradient(trace, root)) is not None:
        return _bare_gradient(trace, gradient[1], name, name if gradient[0] is root else places.called(gradient[0]))
    if root is not None and root.is_leaf and root.operation is None:
        return f"{name} was not computed from anything that requires grad, so there is no graph to walk."
    late = next((one for one in sources if one.requires_grad and one.names and _turned_on(trace, one)), None)
    if late is not None:
        return (
            f"{name} has no graph: nothing that it was computed from{on(_use(trace, late))} required grad at that "
            f"time. {late.names[0]} does now, but torch records while it computes, not afterwards."
        )
    for source in sources:
        if (write := _beyond(trace, source)) is not None:
            return (
                f"{name} has no graph: {short(write.text)}{on(write.span)} wrote into the memory of "
                f"{places.called(source)} through another tensor (.data, say), and torch records that for the other "
                f"alone."
            )
    left = next((node for node in trace.nodes if node.kind == "ghost" and _left(trace, node)), None)
    if left is not None:
        return f"{name} has no graph, for it was made of plain numbers: {places.cut(trace, left.id)}."
    return f"{name} has no graph: nothing that it was computed from requires grad."


def _left(trace: Trace, node: Node) -> bool:
    """Whether a number left torch there, to come back without its history."""
    bare = node.operation is None or not trace.operations[node.operation].outputs
    return node.reason == "left torch" or (node.reason == "downstream" and node.tensor is None and bare)


def _turned_on(trace: Trace, tensor: Tensor) -> bool:
    return any(one.name == "requires_grad" and tensor.id in one.outputs for one in trace.operations)


def _use(trace: Trace, tensor: Tensor) -> Span | None:
    """Where a tensor was first used."""
    uses = (
        one.span
        for one in trace.operations
        if one.name != "requires_grad" and any(given.tensor == tensor.id for given in tensor_operands(one.inputs))
    )
    return next(uses, None)


def _beyond(trace: Trace, tensor: Tensor) -> Operation | None:
    """A recorded write into a tensor's memory that went through another tensor."""
    for one in trace.operations:
        target = trace.tensors[one.outputs[0]] if one.in_place and one.outputs else None
        if target is not None and target.id != tensor.id and target.storage == tensor.storage and target.requires_grad:
            return one
    return None


def _bare_gradient(trace: Trace, earlier: Pass, root: str, name: str) -> str:
    """The account of a gradient that is to be differentiated once more, or of what was computed from one."""
    it = "it" if root == name else name
    if not earlier.create_graph:
        first = "" if root == name else f"{root} has no graph: "
        return (
            f"{first}{name} is a gradient, worked out{on(earlier.span)} without create_graph=True: it is a bare "
            f"number, with no graph of its own."
        )
    if "once_differentiable" in trace.source:
        return (
            f"{root} has no graph, for {it} came out of a backward marked @once_differentiable: torch records nothing "
            f"in there."
        )
    if (own := next((trace.nodes[one] for one in earlier.order if trace.nodes[one].own), None)) is not None:
        return (
            f"{root} has no graph: {it} came out of the backward of {short(own.text)}{on(own.span)}, which made it of "
            f"nothing that has one. (What forward itself computes has none.)"
        )
    return f"{root} has no graph: {it} does not depend on anything that requires grad."


def _freed(pass_: Pass) -> str:
    first = pass_.culprit.line if pass_.culprit is not None else None
    earlier = f"the backward on line {first}" if first is not None else "an earlier backward"
    if pass_.span is not None and first == pass_.span.line:
        return (
            f"{earlier} (this same line, in an earlier round) already freed what its part of the graph had saved, "
            f"and this round leads back into it."
        )
    return f"{earlier} already freed what this graph had saved, and it is needed again."


def _overwritten(trace: Trace, pass_: Pass) -> str:
    """Which operation had saved what, and which write changed it; with torch's version numbers."""
    node = _stopped_at(trace, pass_)
    versions = re.search(r"is at version (\d+); expected version (\d+)", pass_.error or "")
    if node is None or node.operation is None or pass_.culprit is None:
        return f"a value that backward needs was overwritten{on(pass_.culprit)}, after it had been saved."
    count = f": version {versions[2]} was kept, and version {versions[1]} is there now" if versions else ""
    what = _saved(trace, node, pass_)
    if (added := _adding(trace, pass_)) is not None:
        return (
            f"{short(node.text)}{on(node.span)} kept {what} for backward. That is a .grad, and the "
            f"backward(){on(added.span)} added to it in place{count}."
        )
    return (
        f"{short(node.text)}{on(node.span)} kept {what} for backward, and line {pass_.culprit.line} "
        f"changed it in place ({short(places.source_line(trace, pass_.culprit.line))}){count}."
    )


def _saved(trace: Trace, node: Node, pass_: Pass) -> str:
    """What was kept, by its name: what the operation read, or its result, that shares its memory with what the write
    went into. An optimizer's step writes into many."""
    assert node.operation is not None
    operation = trace.operations[node.operation]
    read = [one.tensor for outer in operation.inputs for one in (outer, *outer.items) if one.tensor is not None]
    kept = {trace.tensors[id_].storage: trace.tensors[id_] for id_ in (*operation.outputs, *reversed(read))}
    named = re.search(r"Tensor \[([\d, ]*)\]\]", pass_.error or "")
    lengths = sorted(int(length) for length in re.findall(r"\d+", named[1])) if named else None
    found = ""
    for write in trace.operations:
        for id_ in write.outputs if write.in_place and write.span == pass_.culprit else ():
            one = kept.get(trace.tensors[id_].storage)
            if one is not None and (not found or sorted(one.value.shape) == lengths):
                found = places.called(one)
    changed = next((places.called(one) for one in kept.values() if one.version), "")
    return found or (changed if _adding(trace, pass_) is not None else "") or "a value"


def _adding(trace: Trace, pass_: Pass) -> Pass | None:
    """The earlier pass at fault, where it was no operation that wrote: it added to a .grad."""
    if any(one.in_place and one.span == pass_.culprit for one in trace.operations):
        return None
    return next((one for one in trace.passes[: pass_.id] if one.span == pass_.culprit), None)


def _stopped_at(trace: Trace, pass_: Pass) -> Node | None:
    """The node that the engine raised at."""
    return trace.nodes[pass_.order[-1]] if pass_.order else None


def _unused(trace: Trace, pass_: Pass, name: str) -> str:
    number = re.search(r"at index (\d+)", pass_.error or "")
    asked = _asked_for(trace, pass_)
    at = int(number[1]) if number else len(asked)
    whose = asked[at] if at < len(asked) else "something"
    return f"autograd.grad was asked for the gradient of {whose}, but no path leads from {name} back to it."


def _asked_for(trace: Trace, pass_: Pass) -> list[str]:
    """What an autograd.grad that raised was to differentiate with respect to, as written."""
    try:
        calls = [one for one in ast.walk(ast.parse(trace.source)) if isinstance(one, ast.Call)]
    except (SyntaxError, ValueError, RecursionError):
        return []
    line = pass_.span.line if pass_.span is not None else 0
    for call in calls:
        inputs = [*call.args[1:2], *(one.value for one in call.keywords if one.arg == "inputs")]
        if call.lineno == line and isinstance(call.func, ast.Attribute) and call.func.attr == "grad" and inputs:
            several = inputs[0].elts if isinstance(inputs[0], ast.List | ast.Tuple) else inputs[:1]
            return [ast.unparse(one) for one in several]
    return []


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
