"""Why a flag is as it is: `y.requires_grad`, `y.is_leaf`, `y.retains_grad`."""

from __future__ import annotations

from autograd_tutor.calculus import places
from autograd_tutor.calculus.places import called, on, short
from autograd_tutor.trace import Operation, Tensor, Trace, named


def account(trace: Trace, target: str, flag: bool) -> str:
    """The reason in one or two sentences; empty for a flag of something that is no tensor."""
    name, _, attribute = target.strip().rpartition(".")
    tensor = named(trace).get(name)
    if tensor is None:
        return f"{target} is {flag}."
    match attribute:
        case "requires_grad":
            return _tracked(trace, tensor, name) if flag else _untracked(trace, tensor, name)
        case "is_leaf":
            return _leaf(trace, tensor, name, flag)
        case "retains_grad":
            if flag:
                return f"{name}.retain_grad() asked torch to keep its gradient."
            return f"Nobody called {name}.retain_grad(), so its gradient is not kept."
    return f"{target} is {flag}."


def _tracked(trace: Trace, tensor: Tensor, name: str) -> str:
    if tensor.is_leaf:
        return f"{name} was told to require grad{on(tensor.span)}, and nothing has turned that off since."
    if tensor.operation is None:
        return f"{name} was computed from something that requires grad."
    operation = trace.operations[tensor.operation]
    source = next((one for one in operation.inputs if one.requires_grad and one.tensor is not None), None)
    whose = called(trace.tensors[source.tensor]) if source is not None and source.tensor is not None else "an input"
    return (
        f"{name} is computed{on(tensor.span)} from {whose}, which requires grad: one such input is enough, "
        f"and torch recorded {short(operation.text)}."
    )


def _untracked(trace: Trace, tensor: Tensor, name: str) -> str:
    operation = trace.operations[tensor.operation] if tensor.operation is not None else None
    ghost = next((node for node in (operation.nodes if operation else ()) if trace.nodes[node].kind == "ghost"), None)
    if ghost is not None:
        return f"{name} has no history: {places.cut(trace, ghost)}."
    if operation is not None and any(one.tensor is not None for one in operation.inputs):
        return f"Nothing that {name} was computed from requires grad, so there was nothing to record."
    turned = next((one for one in reversed(trace.operations) if _turns_off(one, tensor)), None)
    if turned is not None:
        return f"requires_grad was turned off on {name}{on(turned.span)}: from then on it is a plain constant."
    return f"{name} was made without requires_grad=True, and False is where every tensor starts."


def _turns_off(operation: Operation, tensor: Tensor) -> bool:
    return operation.name == "requires_grad" and bool(operation.inputs) and operation.inputs[0].tensor == tensor.id


def _leaf(trace: Trace, tensor: Tensor, name: str, flag: bool) -> str:
    if not flag:
        made = f" by {short(trace.operations[tensor.operation].text)}" if tensor.operation is not None else ""
        return f"{name} has a history: it was computed{on(tensor.span)}{made} from something that requires grad."
    if tensor.requires_grad:
        return f"{name} was made directly, by no recorded operation: the gradient's way ends there."
    return f"{name} does not require grad, and torch calls every such tensor a leaf."
