"""What a backward call's error is about, and which place in the source is at fault."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import torch

from autograd_tutor.recording.drafts import Handle, TensorDraft
from autograd_tutor.recording.graph import overwritten
from autograd_tutor.recording.state import State
from autograd_tutor.recording.values import memory
from autograd_tutor.trace import PUTS, SAYS_NAN, SEES, Operation, Pass, Span, tensor_operands

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
_HIDES = "CopySlices"
"""Of a write through a view: it holds the node of the call itself, and shows nothing of what that kept."""


def explain(
    state: State, error: BaseException, roots: list[TensorDraft], handles: list[Handle], order: list[int]
) -> tuple[Kind, Span | None]:
    """The kind of a backward call's error, and the operation at fault where one is.

    `order` holds the nodes that the engine came to: it raised at the last of them, if it got to any. `error` has come
    as far as this call: the places of the program that it passed through ran within the pass.
    """
    message, place = str(error), state.source.raised_at(error)
    if _nested(error):  # of another pass, as of one that a hook has started
        return "other", place
    for words, kind in _SAYS:
        if words in message:
            return kind, _culprit(state, kind, message, roots, handles, order)
    if SAYS_NAN in message and order:
        return "other", state.nodes[order[-1]].span
    return "other", place


def _nested(error: BaseException) -> bool:
    """Whether it passed through a further backward call, below the engine that this one had started."""
    step, within = error.__traceback__, False
    while step is not None:
        file = step.tb_frame.f_code.co_filename
        if within and file == torch.autograd.__file__:
            return True
        within = within or file == torch.autograd.graph.__file__
        step = step.tb_next
    return False


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
            return _changed(state, failed, message)
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


def _changed(state: State, failed: Handle | None, message: str) -> Span | None:
    """The last write in place, or the last backward that added to a `.grad`, into what the failing node had saved."""
    node = state.by_node[failed] if failed is not None else None
    names = overwritten(state, failed) if failed is not None else []
    if node is not None and node.operation is not None and (names or node.name == _HIDES):
        made, result = node.operation, bool(names) and names[0].startswith("result")
        operation = state.operations[made]
        given = [one.tensor for one in tensor_operands(operation.inputs)]
        kept = [state.tensors[id_] for id_ in (operation.outputs if result else given) if id_ is not None]
        places = {_place(state, one) for one in kept}
        later = _writes(state.operations[made + result :])  # v.mul_(v) itself writes over the v that it kept
        if write := _last([one for one in later if places.intersection(_written(state, one))], message):
            return write.span
        if added := _added(state, made, {one.owner for one in kept} - {None}):
            return added.span
    writes = _fitting(_writes(state.operations), message)
    return writes[-1].span if len({one.span for one in writes}) == 1 else None


def _added(state: State, made: int, owners: set[int | None]) -> Pass | None:
    """The last pass since an operation that added to the .grad of one of these tensors, in the memory that it had."""
    for event in reversed(state.events):
        if event.kind == "operation" and event.ref == made:
            break
        if event.kind == "backward" and event.ref is not None:
            pass_ = state.passes[event.ref]
            if any(one.tensor in owners and one.before is not None for one in pass_.leaves):
                return pass_
    return None


def _written(state: State, operation: Operation) -> list[tuple[int, int | None]]:
    return [_place(state, state.tensors[id_]) for id_ in operation.outputs]


def _place(state: State, draft: TensorDraft) -> tuple[int, int | None]:
    """Its memory; and for what is (a view of) some `x.data`, which counts its versions apart from x, that tensor."""
    tensor = draft.bare
    base = state.by_identity.get(id(tensor._base), draft) if tensor._is_view() else draft
    apart = base.operation is not None and state.operations[base.operation].name == "data"
    return memory(tensor), base.id if apart else None


def _writes(operations: Sequence[Operation]) -> list[Operation]:
    """Those of the program that wrote in place."""
    return [one for one in operations if one.in_place and one.name not in ("requires_grad", PUTS, SEES)]


def _last(writes: list[Operation], message: str) -> Operation | None:
    """Of these writes, the last into a tensor of the shape that the message names, if there is one."""
    fitting = _fitting(writes, message)
    return fitting[-1] if fitting else None


def _fitting(writes: list[Operation], message: str) -> list[Operation]:
    """Those into a tensor of the shape that the message names or its transpose; all, if there is none."""
    named = re.search(r"Tensor \[([\d, ]*)\]\]", message)
    lengths = sorted(int(length) for length in re.findall(r"\d+", named[1])) if named is not None else None
    return [one for one in writes if one.values and sorted(one.values[0].shape) == lengths] or writes
