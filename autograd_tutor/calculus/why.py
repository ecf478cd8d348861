"""Why a target is no number: the account of a None, a flag or an error, with the smallest repair."""

from __future__ import annotations

import re

from autograd_tutor.calculus import errors, flags, places
from autograd_tutor.calculus.graph import Flow, Index
from autograd_tutor.calculus.phrases import brief
from autograd_tutor.calculus.places import called, on, short
from autograd_tutor.trace import Event, Operation, Raised, Span, Stopped, Tensor, Trace, named


def why(trace: Trace, target: str) -> str:
    """The reason in sentences that name lines and variables; empty for a number of a program that ran through."""
    found = trace.find(target)
    if isinstance(trace.outcome, Stopped):
        return trace.outcome.message
    error = errors.raised(trace, trace.outcome, found) if isinstance(trace.outcome, Raised) else ""
    if found is None or found.kind in ("tensor", "text"):
        return error
    if found.kind == "missing":
        return error or f"{target} can't be evaluated at the program's end: {found.text}."
    if found.kind == "flag":
        return f"{error} {flags.account(trace, target, bool(found.flag))}".strip()
    if found.is_grad and found.tensor is not None:
        tensor = trace.tensors[found.tensor]
        if error and tensor.absent in (
            "backward raised",
            "no backward",
            "required late",
            "no requires_grad",
            "cut",
            None,
        ):
            return error
        return f"{error} {absent(trace, tensor, places.owner(target))}".strip()
    return error or _read(trace, target) or _unused(trace, target) or f"{target} is None at the program's end."


def absent(trace: Trace, tensor: Tensor, name: str) -> str:
    """Why this tensor's .grad is None."""
    match tensor.absent:
        case "no requires_grad":
            if frozen := _frozen(trace, tensor):
                return (
                    f"requires_grad was turned off on {name}{on(frozen.span)} ({short(frozen.text)}): torch takes it "
                    f"as a constant and keeps no gradient for it. For a gradient, leave that out, or turn it on again "
                    f"before {name} is used."
                )
            if (ghost := _ghost(trace, tensor)) is not None:
                return (
                    f"{name} does not require grad, so torch keeps no gradient for it: {places.cut(trace, ghost)}. "
                    f"For a gradient of its own, call {name}.requires_grad_() before it is used."
                )
            return (
                f"{name} does not require grad, so torch keeps no gradient for it. "
                f"Create it with requires_grad=True{on(tensor.span)}."
            )
        case "not a leaf":
            return _not_a_leaf(trace, tensor, name)
        case "retained late":
            call = _call(trace, "retain_grad", tensor)
            return (
                f"{name}.retain_grad(){on(call.span if call else None)} came after backward(){on(_last(trace))}: it "
                f"only holds for passes still to come. Call it before backward()."
            )
        case "no backward":
            return _no_backward(trace, tensor, name)
        case "unused":
            return (
                f"No path leads from {_roots(trace)} back to {name}, so backward never came by and left "
                f"{name}.grad as it was: None, and not 0. A 0 would need a path whose slope is 0."
            )
        case "nothing arrived":
            return _nothing_arrived(trace, tensor, name)
        case "cut":
            return _cut(trace, tensor, name)
        case "required late":
            return (
                f"requires_grad was turned on after {name} had been used: torch records while it computes, and looks "
                f"at the flag at that moment. Turn it on before {name} is used."
            )
        case "frozen later":
            return (
                f"requires_grad was turned off on {name} after the graph was built: backward(){on(_last(trace))} ran, "
                f"but {name} took no gradient any more. Call backward() before requires_grad_(False)."
            )
        case "cleared":
            return _cleared(trace, tensor, name)
        case "grad returned":
            return _returned(trace, tensor, name)
        case "left out":
            return (
                f"backward(inputs=…){on(_last(trace))} names who gets a gradient, and {name} is not among them. "
                f"Add {name} to inputs, or leave inputs out."
            )
        case "backward raised":
            failing = next((one for one in reversed(trace.passes) if one.error), None)
            reason = errors.failed(trace, failing) if failing is not None else "it did not get that far."
            return f"backward(){on(failing.span if failing else None)} raised before it reached {name}: {reason}"
    return f"{name}.grad is None: nothing has put a gradient there."


def _ghost(trace: Trace, tensor: Tensor) -> int | None:
    """The ghost that a tensor was made by, if its operation was cut."""
    made = trace.operations[tensor.operation] if tensor.operation is not None else None
    return next((node for node in (made.nodes if made else ()) if trace.nodes[node].kind == "ghost"), None)


def _frozen(trace: Trace, tensor: Tensor) -> Operation | None:
    """The call that turned requires_grad off on a tensor, if one did."""
    calls = (
        one
        for one in trace.operations
        if one.name == "requires_grad" and one.inputs and one.inputs[0].tensor == tensor.id and "False" in one.text
    )
    return max(calls, key=lambda one: one.id, default=None)


def _read(trace: Trace, target: str) -> str:
    """The account of a name that was given what `.grad` held at that moment."""
    reading = re.compile(rf"\s*{re.escape(target)}\s*=\s*(?P<owner>[\w.\[\]]+)\.grad\s*(#.*)?")
    for line, source in enumerate(trace.source.splitlines(), 1):
        found = reading.fullmatch(source)
        tensor = named(trace).get(found["owner"]) if found else None
        if found and tensor is not None:
            reason = f" {absent(trace, tensor, found['owner'])}" if tensor.absent else ""
            return f"{target} got what {found['owner']}.grad held on line {line}, and that was None.{reason}"
    return ""


def _unused(trace: Trace, target: str) -> str:
    """The account of a None that autograd.grad returned, if it returned just one."""
    empty = [(one, captured.of) for one in trace.passes for captured in one.captured if captured.result is None]
    if len(empty) != 1 or empty[0][0].error:
        return ""
    pass_, of = empty[0]
    name = called(trace.tensors[of])
    return f"{target} is None: torch.autograd.grad{on(pass_.span)} found no path back to {name}, and None is not 0."


def _not_a_leaf(trace: Trace, tensor: Tensor, name: str) -> str:
    made = f" by {short(trace.operations[tensor.operation].text)}" if tensor.operation is not None else ""
    first = f"{name} is not a leaf: it was computed{on(tensor.span)}{made}."
    hidden = _hidden_leaf(trace, tensor)
    if hidden:
        return f"{first} The leaf is {hidden}, which has no name, and its gradient went there. Set requires_grad last."
    if (before := _renamed(trace, tensor, name)) is not None:
        return (
            f"{first} The leaf is the {name}{_of(before.span)}, which has lost its name to this one. "
            f"Give the result another name, or update a leaf in place under torch.no_grad()."
        )
    passed = _passed_through(trace, tensor)
    repair = f"To keep it, call {name}.retain_grad() before backward()."
    if not passed:
        return f"{first} Only leaves keep a gradient of their own accord. {repair}"
    if any(seed.tensor == tensor.id for one in trace.passes for seed in one.seeds):
        return f"{first} backward() starts there, with {passed}, but only leaves keep what they get. {repair}"
    return (
        f"{first} On its way to the leaves backward did work out its gradient, {passed}, and then let it go. {repair}"
    )


def _of(span: Span | None) -> str:
    return f" of line {span.line}" if span is not None else ""


def _renamed(trace: Trace, tensor: Tensor, name: str) -> Tensor | None:
    """The leaf that had this name before the tensor took it."""
    leaves = (one for one in trace.tensors if one.is_leaf and one.requires_grad and not one.names)
    return next((one for one in leaves if one.label == name and one.id < tensor.id), None)


def _hidden_leaf(trace: Trace, tensor: Tensor) -> str:
    """The nameless leaf that a tensor was computed from, by its source: `torch.tensor(3., requires_grad=True)`."""
    operation = trace.operations[tensor.operation] if tensor.operation is not None else None
    for operand in operation.inputs if operation is not None else ():
        leaf = trace.tensors[operand.tensor] if operand.tensor is not None else None
        if (
            leaf is not None
            and leaf.is_leaf
            and leaf.requires_grad
            and not leaf.names
            and "requires_grad" in leaf.label
        ):
            return short(leaf.label)
    return ""


def _passed_through(trace: Trace, tensor: Tensor) -> str:
    """What arrived at an inner tensor in the last pass; empty if none came by."""
    for pass_ in reversed(trace.passes):
        if tensor.node is not None and pass_.error is None:
            arrived = Flow(trace, pass_, tensor.node, tensor.output, Index(trace)).arrived(tensor.node, tensor.output)
            if arrived is not None:
                return brief(arrived)
    return ""


def _no_backward(trace: Trace, tensor: Tensor, name: str) -> str:
    roots = [one for one in trace.tensors if one.names and not one.is_leaf and one.value.numel == 1]
    first = "No backward pass has run, so no gradient has been computed: going forward torch only takes notes."
    if roots:
        return f"{first} Call {called(roots[-1])}.backward() to fill {name}.grad."
    ghost = next((node.id for node in trace.nodes if node.kind == "ghost"), None)
    if ghost is not None:
        return f"{first} And there is nothing to run it on: {places.cut(trace, ghost)}. {places.repair(trace, ghost)}"
    return f"{first} Compute something from {name} and call backward() on it."


def _roots(trace: Trace) -> str:
    """What the passes that went through started from: `loss`, `y and z`."""
    names: list[str] = []
    for pass_ in trace.passes:
        for root in pass_.root if pass_.error is None else ():
            name = called(trace.tensors[root])
            if name not in names:
                names.append(name)
    return " and ".join(names) or "any backward"


def _nothing_arrived(trace: Trace, tensor: Tensor, name: str) -> str:
    last = next((one for one in reversed(trace.passes) if one.error is None), None)
    dry = [
        edge
        for edge in trace.edges
        if last is not None and not edge.ghost and edge.tail in last.order and edge.contributions[last.id] is None
    ]
    dry.sort(key=lambda edge: edge.head != tensor.node)
    node = trace.nodes[dry[0].tail] if dry else None
    who = f"{short(node.text)}{on(node.span)}" if node is not None else "an operation on the way"
    return f"backward came towards {name}, but {who} passed nothing on: its backward gives None there, and not 0."


def _cut(trace: Trace, tensor: Tensor, name: str) -> str:
    if tensor.cut is None:
        return f"Every path from {_roots(trace)} back to {name} is cut, so nothing reaches {name}."
    reason = places.cut(trace, tensor.cut)
    return f"{name} was used, but no gradient can come back to it: {reason}. {places.repair(trace, tensor.cut)}"


def _cleared(trace: Trace, tensor: Tensor, name: str) -> str:
    held = next((leaf.after for one in reversed(trace.passes) for leaf in one.leaves if leaf.tensor == tensor.id), None)
    write = _write(trace, tensor)
    what = f" ({short(places.source_line(trace, write.span.line))})" if write is not None and write.span else ""
    had = f"{name}.grad was {brief(held)} after backward, and then" if held is not None else f"{name}.grad"
    return (
        f"{had} was cleared{on(write.span if write else None)}{what}. Setting it to None frees the memory; to have "
        f"zeros in its place, use zero_grad(set_to_none=False) or {name}.grad.zero_()."
    )


def _returned(trace: Trace, tensor: Tensor, name: str) -> str:
    for pass_ in trace.passes:
        for captured in pass_.captured:
            if captured.of == tensor.id:
                result = trace.tensors[captured.result] if captured.result is not None else None
                where = f" as {result.names[0]}" if result is not None and result.names else ""
                return (
                    f"torch.autograd.grad{on(pass_.span)} hands the gradient, {brief(captured.value)}, to its caller"
                    f"{where} and leaves .grad alone. Only backward() fills {name}.grad."
                )
    return f"torch.autograd.grad returns gradients and leaves .grad alone. Only backward() fills {name}.grad."


def _call(trace: Trace, name: str, tensor: Tensor) -> Event | None:
    """The statement that called a method on a tensor, as an event, by its source."""
    return next(
        (
            event
            for event in trace.events
            if event.kind == "statement"
            and event.span
            and f"{called(tensor)}.{name}(" in places.source_line(trace, event.span.line)
        ),
        None,
    )


def _write(trace: Trace, tensor: Tensor) -> Event | None:
    """The last time that the program wrote its .grad."""
    return next((event for event in reversed(trace.events) if event.kind == "write" and event.ref == tensor.id), None)


def _last(trace: Trace) -> Span | None:
    """Where the last pass that went through was called."""
    return next((one.span for one in reversed(trace.passes) if one.error is None), None)
