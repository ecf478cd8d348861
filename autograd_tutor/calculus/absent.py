"""Why a tensor's .grad is None, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_tutor.calculus import errors, places
from autograd_tutor.calculus.histories import (
    freezing,
    hidden_leaf,
    hooked_away,
    last_pass,
    last_write,
    passed_through,
    renamed_leaf,
    roots,
)
from autograd_tutor.calculus.places import called, listed, on, short
from autograd_tutor.calculus.roots import cutting
from autograd_tutor.calculus.workings import brief
from autograd_tutor.trace import (
    TAKES,
    WRAP,
    Captured,
    Edge,
    Event,
    Node,
    Operand,
    Operation,
    Pass,
    Tensor,
    Trace,
    tensor_operands,
)


def absent(trace: Trace, tensor: Tensor, name: str) -> str:
    """The reason, with the line and the variables that it is about."""
    match tensor.absent:
        case "no requires_grad":
            return _untracked(trace, tensor, name)
        case "not a leaf":
            return _not_a_leaf(trace, tensor, name)
        case "retained late":
            call = _call(trace, "retain_grad", tensor)
            return (
                f"{name}.retain_grad(){on(call.span if call else None)} came after backward(){on(last_pass(trace))}: "
                f"it only holds for passes still to come."
            )
        case "no backward":
            return _no_backward(trace)
        case "unused":
            return (
                f"No path leads from {roots(trace)} back to {name}: {_use(trace, tensor)}. So backward never came by "
                f"and left {name}.grad as it was: None, and not 0. A 0 would need a path whose slope is 0."
            )
        case "nothing arrived":
            return _nothing_arrived(trace, tensor, name)
        case "cut":
            if tensor.cut is None:
                return f"Every path from {roots(trace)} back to {name} is cut, so nothing reaches {name}."
            if places.origin(trace, tensor.cut).reason == "frozen" and (off := freezing(trace, tensor)) is not None:
                return _frozen(trace, name, off, tensor.cut)
            return f"{name} was used, but no gradient can come back to it: {places.cut(trace, tensor.cut)}."
        case "required late":
            return (
                f"requires_grad was turned on after {name} had been used: torch records while it computes, and looks "
                f"at the flag at that moment."
            )
        case "frozen later":
            off = freezing(trace, tensor)
            return (
                f"requires_grad was turned off on {name}{on(off.span if off else None)}, after the graph was built: "
                f"backward(){on(last_pass(trace))} ran, but {name} took no gradient any more."
            )
        case "cleared":
            return _cleared(trace, tensor, name)
        case "grad returned":
            return _returned(trace, tensor, name)
        case "left out" if (captured := _asked_alone(trace)) is not None:
            asked = listed(called(trace.tensors[one.of]) for one in captured)
            return (
                f"torch.autograd.grad{on(last_pass(trace))} was asked for the gradient of {asked} alone, and returns "
                f"it. {_only(name)}"
            )
        case "left out":
            return f"backward(inputs=…){on(last_pass(trace))} names who gets a gradient, and {name} is not among them."
        case "backward raised":
            failing = next((one for one in reversed(trace.passes) if one.error), None)
            reason = errors.failed(trace, failing) if failing is not None else "it did not get that far."
            which = "torch.autograd.grad" if failing is not None and failing.kind == "grad" else "backward()"
            return f"{which}{on(failing.span if failing else None)} raised before it reached {name}: {reason}"
    return f"{name}.grad is None: nothing has put a gradient there."


def _untracked(trace: Trace, tensor: Tensor, name: str) -> str:
    if frozen := freezing(trace, tensor):
        return (
            f"requires_grad was turned off on {name}{on(frozen.span)} ({_turned(frozen)}): torch takes it "
            f"as a constant and keeps no gradient for it."
        )
    first = f"{name} does not require grad, so torch keeps no gradient for it"
    ghost = cutting(trace, tensor)
    return f"{first}: {places.cut(trace, ghost)}." if ghost is not None else f"{first}."


def _asked_alone(trace: Trace) -> tuple[Captured, ...] | None:
    """What autograd.grad gave back last, if no backward() went through."""
    went = [one for one in trace.passes if one.error is None]
    if not went or any(one.kind == "backward" for one in went):
        return None
    return went[-1].captured


def _frozen(trace: Trace, name: str, off: Operation, ghost: int) -> str:
    """It was a constant when it was used."""
    use = places.origin(trace, ghost)
    return (
        f"requires_grad was turned off on {name}{on(off.span)} ({_turned(off)}). So {short(use.text)}{on(use.span)} "
        f"took it as a plain constant, and keeps no gradient for it."
    )


def _turned(off: Operation) -> str:
    """The call that turned a flag off; for what a module's own does inside, that one."""
    return short(off.text.removeprefix(f"{off.name} in "))


def _use(trace: Trace, tensor: Tensor) -> str:
    """What became of a tensor that nothing came back to."""
    uses = [one for one in trace.operations if one.nodes and any(got.tensor == tensor.id for got in _read(one))]
    if not uses:
        made = trace.operations[tensor.operation] if tensor.operation is not None else None
        if made is not None and _after(trace, made):
            return f"it was made{on(made.span)} when backward() had run, and nothing was computed from it since"
        return "nothing was computed from it"
    first = uses[0]
    if all(trace.nodes[one.nodes[0]].reason == "not differentiable" for one in uses):
        return f"it was only used in {short(first.text)}{on(first.span)}, which has no slope to pass on"
    late = "only after that, " if _after(trace, first) else ""
    return f"it was used {late}in {short(first.text)}{on(first.span)}, which {roots(trace)} does not depend on"


def _read(operation: Operation) -> Iterator[Operand]:
    """The tensors that an operation reads; not the one that it only writes into."""
    given = tensor_operands(operation.inputs)
    if operation.in_place:
        next(given, None)
    return given


def _after(trace: Trace, operation: Operation) -> bool:
    """Whether it came after the last pass."""
    for event in reversed(trace.events):
        if event.kind == "backward":
            return False
        if event.kind == "operation" and event.ref == operation.id:
            return True
    return False


def _not_a_leaf(trace: Trace, tensor: Tensor, name: str) -> str:
    maker = _maker(trace, tensor)
    made = f" by {short(maker.text)}" if maker is not None else ""
    first = f"{name} is not a leaf: it was computed{on(maker.span if maker is not None else tensor.span)}{made}."
    if (hidden := hidden_leaf(trace, tensor)) is not None:
        went = ", and its gradient went there" if hidden.grad is not None else ""
        return f"{first} The leaf is {short(hidden.label)}, which has no name{went}."
    if (before := renamed_leaf(trace, tensor, name)) is not None:
        line = f" of line {before.span.line}" if before.span is not None else ""
        return f"{first} The leaf is the {name}{line}, which has lost its name to this one."
    passed = passed_through(trace, tensor)
    if not passed:
        gone = any(one.error is None for one in trace.passes)
        why = f"no path leads from {roots(trace)} back to {name}" if gone else "no backward pass has run"
        return f"{first} Only leaves keep a gradient of their own accord; and {why}."
    if any(seed.tensor == tensor.id for one in trace.passes for seed in one.seeds):
        return f"{first} backward() starts there, with {passed}, but only leaves keep what they get."
    return f"{first} On its way to the leaves backward did work out its gradient, {passed}, and then let it go."


def _maker(trace: Trace, tensor: Tensor) -> Operation | None:
    """What computed a tensor: what wrote into it, if it was made as a constant."""
    made = trace.operations[tensor.operation] if tensor.operation is not None else None
    node = trace.nodes[tensor.node] if tensor.node is not None else None
    if node is not None and node.operation is not None and (made is None or not made.nodes):
        return trace.operations[node.operation]
    return made


def _no_backward(trace: Trace) -> str:
    first = "No backward pass has run, so no gradient has been computed: going forward torch only takes notes."
    computed = any(one.names and not one.is_leaf for one in trace.tensors)
    ghost = next((node.id for node in trace.nodes if node.kind == "ghost" and not _aside(node)), None)
    if computed or ghost is None:
        return first
    return f"{first} And there is nothing to run it on: {places.cut(trace, ghost)}."


def _aside(ghost: Node) -> bool:
    """Whether it is a number that a library took out of torch for itself."""
    return ghost.reason == "left torch" and ghost.text.startswith(f"{ghost.name} in ")


def _nothing_arrived(trace: Trace, tensor: Tensor, name: str) -> str:
    last = next((one for one in reversed(trace.passes) if one.error is None), None)
    dry = [edge for edge in _ways(trace, tensor) if last is not None and _stopped(edge, last)]
    node = trace.nodes[dry[0].tail] if dry else None
    who = f"{short(node.text)}{on(node.span)}" if node is not None else "an operation on the way"
    return f"backward came towards {name}, but {who} passed nothing on: its backward gives None there, and not 0."


def _ways(trace: Trace, tensor: Tensor) -> list[Edge]:
    """The edges on ways to a tensor's node, those nearest to it first."""
    into: dict[int, list[Edge]] = {}
    for edge in trace.edges:
        if not edge.ghost:
            into.setdefault(edge.head, []).append(edge)
    found, seen, waiting = list[Edge](), set[int](), [tensor.node]
    for node in waiting:
        for edge in into.get(node, ()) if node is not None else ():
            found.append(edge)
            if edge.tail not in seen:
                seen.add(edge.tail)
                waiting.append(edge.tail)
    return found


def _stopped(edge: Edge, pass_: Pass) -> bool:
    """Whether something arrived at the node above an edge in this pass, and nothing went along it."""
    came = any(any(arrival.gradients) for arrival in pass_.arrivals if arrival.node == edge.tail)
    return came and edge.contributions[pass_.id] is None


def _cleared(trace: Trace, tensor: Tensor, name: str) -> str:
    if (pass_ := hooked_away(trace, tensor)) is not None:
        return f"backward(){on(pass_.span)} filled {name}.grad, and a hook cleared it again before the call was over."
    held = next((leaf.after for one in reversed(trace.passes) for leaf in one.leaves if leaf.tensor == tensor.id), None)
    write = last_write(trace, tensor)
    what = f" ({short(places.source_line(trace, write.span.line))})" if write is not None and write.span else ""
    had = f"{name}.grad was {brief(held)} after backward, and then" if held is not None else f"{name}.grad"
    return f"{had} was cleared{on(write.span if write else None)}{what}. torch clears to None, which frees the memory."


def _returned(trace: Trace, tensor: Tensor, name: str) -> str:
    within, copies = {tensor.id}, dict[int, str]()
    for operation in trace.operations:
        if operation.inputs and operation.inputs[0].tensor in within:
            if operation.name in (WRAP, TAKES):
                within.update(operation.outputs)
            elif operation.name == "detach" and operation.inside:
                within.update(operation.outputs)
                copies |= dict.fromkeys(operation.outputs, operation.text.removeprefix("detach in "))
    for pass_ in trace.passes:
        for captured in pass_.captured:
            if captured.of in copies:
                call = short(copies[captured.of])
                return f"{call}{on(pass_.span)} returns what it works out, and leaves .grad alone. {_only(name)}"
            if captured.of in within:
                who = "torch.autograd.grad" if captured.of == tensor.id else "The torch.func transform"
                result = trace.tensors[captured.result] if captured.result is not None else None
                where = f" as {result.names[0]}" if result is not None and result.names else ""
                return (
                    f"{who}{on(pass_.span)} hands the gradient, {brief(captured.value)}, to its caller"
                    f"{where} and leaves .grad alone. {_only(name)}"
                )
    return f"torch.autograd.grad returns gradients and leaves .grad alone. {_only(name)}"


def _only(name: str) -> str:
    return f"Only backward() fills {name}.grad."


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
