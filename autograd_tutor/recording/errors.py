"""What a backward call's error is about, and which place in the source is at fault."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from autograd_tutor.recording.drafts import Handle, TensorDraft
from autograd_tutor.recording.graph import overwritten
from autograd_tutor.recording.state import State
from autograd_tutor.recording.values import memory
from autograd_tutor.trace import PUTS, Operation, Span, tensor_operands

Kind = Literal[
    "untracked root", "not scalar", "graph freed", "modified in place", "unused input", "no derivative", "other"
]

_SAYS: tuple[tuple[str, Kind], ...] = (
    ("does not require grad and does not have a grad_fn", "untracked root"),
    ("grad can be implicitly created only for", "not scalar"),
    ("backward through the graph a second time", "graph freed"),
    ("modified by an inplace operation", "modified in place"),
    ("appears to not have been used in the graph", "unused input"),
    ("is not implemented", "no derivative"),
)


def explain(
    state: State, error: BaseException, roots: list[TensorDraft], handles: list[Handle], order: list[int]
) -> tuple[Kind, Span | None]:
    """The kind of a backward call's error, and the operation at fault where one is.

    `order` holds the nodes that the engine came to: it raised at the last of them, if it got to any.
    """
    message = str(error)
    for words, kind in _SAYS:
        if words in message:
            return kind, _culprit(state, kind, message, roots, handles, order)
    return "other", None


def _culprit(
    state: State, kind: Kind, message: str, roots: list[TensorDraft], handles: list[Handle], order: list[int]
) -> Span | None:
    match kind:
        case "untracked root":
            return next((span for root in roots if (span := _untracked(state, root)) is not None), None)
        case "not scalar":
            return next((root.span for root in roots if root.held.numel() != 1), None)
        case "graph freed":
            return _freed(state, handles, order)
        case "modified in place":
            failed = next((one for one in handles if order and state.by_node[one].id == order[-1]), None)
            write = (_write_into(state, failed, message) if failed is not None else None) or _write(state, message)
            return write.span if write is not None else None
        case "no derivative":
            return state.nodes[order[-1]].span if order else None
    return None


def _untracked(state: State, root: TensorDraft) -> Span | None:
    """Where a root without a graph lost it: at a ghost, or in the pass without create_graph that worked it out."""
    if root.lost and root.ghost is not None:
        ghost = state.nodes[root.ghost]
        return (state.nodes[ghost.cut] if ghost.cut is not None else ghost).span
    for one in reversed(state.passes):
        filled = root.owner is not None and any(leaf.tensor == root.owner for leaf in one.leaves)
        if filled or any(captured.result == root.id for captured in one.captured):
            return one.span
    return None


def _freed(state: State, handles: list[Handle], order: list[int]) -> Span | None:
    """The first pass over the failing node that did not retain the graph."""
    nodes = set(order[-1:]) or {state.by_node[one].id for one in handles if state.by_node[one].kind == "function"}
    passes = [one for one in state.passes if not one.retain_graph and nodes.intersection(one.order)]
    through = [one for one in passes if one.error is None]
    return (through or passes)[0].span if passes else None


def _write_into(state: State, failed: Handle, message: str) -> Operation | None:
    """The last write in place into what a node had saved, which it can no longer give."""
    node = state.by_node[failed]
    names = overwritten(state, failed)
    if node.operation is None or not names:
        return None
    operation = state.operations[node.operation]
    given = [one.tensor for one in tensor_operands(operation.inputs)]
    saved = operation.outputs if names[0].startswith("result") else given
    memories = {memory(state.tensors[id_].bare) for id_ in saved if id_ is not None}
    later = _writes(state.operations[node.operation + 1 :])
    return _last([one for one in later if _written(state, one) in memories], message)


def _written(state: State, operation: Operation) -> int | None:
    return memory(state.tensors[operation.outputs[0]].bare) if operation.outputs else None


def _write(state: State, message: str) -> Operation | None:
    """The last write in place into a tensor of the shape that the message names."""
    return _last(_writes(state.operations), message)


def _writes(operations: Sequence[Operation]) -> list[Operation]:
    """Those of the program that wrote in place."""
    return [one for one in operations if one.in_place and one.name not in ("requires_grad", PUTS)]


def _last(writes: list[Operation], message: str) -> Operation | None:
    """Of these writes, the last into a tensor of the shape that the message names or its transpose, if there is one."""
    named = re.search(r"Tensor \[([\d, ]*)\]\]", message)
    lengths = sorted(int(length) for length in re.findall(r"\d+", named[1])) if named is not None else None
    fitting = [one for one in writes if one.values and sorted(one.values[0].shape) == lengths] or writes
    return fitting[-1] if fitting else None
