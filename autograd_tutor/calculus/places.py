"""Naming things in sentences: lines, tensors, the ways in which the graph was cut."""

from __future__ import annotations

import re
from collections.abc import Iterable

from autograd_tutor.notation import is_name
from autograd_tutor.trace import Event, Node, Operation, Span, Tensor, Trace

_CHECKPOINT = "checkpointfunction"
"""A reentrant one runs what it is given under no_grad, and records it only if an argument requires grad."""


def on(span: Span | None) -> str:
    """` on line 3`; empty where the line is not known."""
    return f" on line {span.line}" if span is not None else ""


def short(source: str) -> str:
    """A piece of source in a sentence: on one line, and not too long."""
    text = " ".join(source.split())
    return text if len(text) <= 60 else f"{text[:57]}…"


def called(tensor: Tensor) -> str:
    """A tensor by its name, or by the source that made it."""
    if tensor.names:
        return tensor.names[0]
    return tensor.label if is_name(tensor.label) else f"the result of {short(tensor.label)}" if tensor.label else "it"


def listed(names: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *several, last = dict.fromkeys(names)
    return f"{', '.join(several)} and {last}" if several else last


def owner(target: str) -> str:
    """What a target's last attribute belongs to: `y` of `y.grad`."""
    return target.strip().rpartition(".")[0] or target.strip()


def source_line(trace: Trace, line: int) -> str:
    """One line of the program, without indentation; empty past its end."""
    lines = trace.source.splitlines()
    return lines[line - 1].strip() if 0 < line <= len(lines) else ""


def piece(trace: Trace, span: Span) -> str:
    """A piece of the program as it is written."""
    first, *others = trace.source.splitlines()[span.line - 1 : span.end_line]
    if not others:
        return first[span.column : span.end_column]
    return "\n".join([first[span.column :], *others[:-1], others[-1][: span.end_column]])


def operation_of(trace: Trace, node: Node) -> Operation | None:
    """The call that made a node or ghost."""
    return trace.operations[node.operation] if node.operation is not None else None


def origin(trace: Trace, ghost: int) -> Node:
    """The ghost where the graph was really cut, from any ghost behind it."""
    node = trace.nodes[ghost]
    return trace.nodes[node.cut] if node.cut is not None else node


def cut(trace: Trace, ghost: int) -> str:
    """What cut the graph, as a sentence without its full stop: `x.detach() on line 2 makes a copy without history`."""
    node = origin(trace, ghost)
    what = f"{short(node.text)}{on(node.span)}"
    if node.reason in ("detach", "data", "left torch"):  # what a library's function does inside is its doing
        what = f"{short(node.text.removeprefix(f'{node.name} in '))}{on(node.span)}"
    match node.reason:
        case "no_grad" if node.name == _CHECKPOINT:
            return f"{what} recorded nothing, since none of its inputs requires grad"
        case "no_grad":
            off = switched_off(trace, node)
            within = node.text.removeprefix(f"{node.name} in ")
            if not off and within != node.text:
                return f"{short(within)}{on(node.span)} turns gradients off for what it does: torch did not record it"
            return f"{what} ran while gradients were off{off}, so torch did not record it"
        case "inference_mode":
            return f"{what} ran in inference mode, where torch records nothing"
        case "detach":
            return f"{what} hands out the value without its history: for torch it is a constant from there on"
        case "data" if _writes(trace, node):
            return f"{what} puts the bare numbers there, and their history stays behind"
        case "data":
            return f"{what} hands out the bare numbers, without their history"
        case "frozen":
            return f"{what} used {_frozen(trace, node)} after requires_grad_(False), as a plain constant"
        case "left torch":
            if _copies(trace, node):
                return f"{what} copies the numbers into a fresh tensor, and their history stays behind"
            return f"{what} takes the number out of torch: what follows is plain Python, which keeps no history"
        case "not differentiable" if _beside(trace, node):
            return f"what {what} gives beside its values has no slope to record: it does not change smoothly"
        case "not differentiable" if ".apply(" in node.text and "mark_non_differentiable" in trace.source:
            return f"{what} gives a result that its Function marks as not differentiable (mark_non_differentiable)"
        case "not differentiable":
            return f"{what} has no slope to record: its result does not change smoothly"
    return f"{what} was not recorded"


def switched_off(trace: Trace, node: Node) -> str:
    """What had turned gradients off for an operation, in brackets: ` (torch.no_grad() on line 4)`; empty if unseen."""
    entered: list[Event] = []
    for event in trace.events:
        if event.kind == "operation" and event.ref == node.operation:
            break
        if event.kind == "enter":
            entered.append(event)
        elif event.kind == "leave" and entered:
            entered.pop()
    if not entered or entered[-1].text not in _OFF or entered[-1].span is None:
        return ""
    span = entered[-1].span
    text = short(piece(trace, span))
    if _OFF[entered[-1].text] in text:
        return f" ({text}{on(span)})"
    return f" (by {entered[-1].text} around {text}{on(span)})"


_OFF = {"no_grad": "no_grad", "set_grad_enabled(False)": "set_grad_enabled"}
"""What turns gradients off, as an event has it, and how the program writes it."""


def _writes(trace: Trace, node: Node) -> bool:
    operation = operation_of(trace, node)
    return operation is not None and operation.in_place


def _beside(trace: Trace, node: Node) -> bool:
    """Whether it is about a second result of a call that torch did record: the places that max gives."""
    operation = operation_of(trace, node)
    return operation is not None and any(trace.nodes[one].kind == "function" for one in operation.nodes)


def _copies(trace: Trace, node: Node) -> bool:
    """Whether it made a new tensor of old ones: torch.tensor([a, b])."""
    operation = operation_of(trace, node)
    return (operation is not None and bool(operation.outputs)) or _CONSTRUCTOR.match(node.text) is not None


_CONSTRUCTOR = re.compile(r"torch\.\w*Tensor\(")
"""The old ones, which read tensors number by number."""


def _frozen(trace: Trace, node: Node) -> str:
    """The operand that was frozen."""
    operation = operation_of(trace, node)
    if operation is not None:
        off = {one.outputs[0] for one in trace.operations if one.name == "requires_grad" and one.outputs}
        leaves = [
            trace.tensors[operand.tensor]
            for operand in operation.inputs
            if operand.tensor is not None and trace.tensors[operand.tensor].is_leaf and not operand.requires_grad
        ]
        for leaf in sorted(leaves, key=lambda one: one.id not in off):
            return called(leaf)
    return "a tensor"
