"""What a backward call's error is about, and which place in the source is at fault."""

from __future__ import annotations

import re
from typing import Literal

from autograd_tutor.recording.drafts import Handle, TensorDraft
from autograd_tutor.recording.state import State
from autograd_tutor.trace import Span

Kind = Literal["untracked root", "not scalar", "graph freed", "modified in place", "unused input", "other"]

_SAYS: tuple[tuple[str, Kind], ...] = (
    ("does not require grad and does not have a grad_fn", "untracked root"),
    ("grad can be implicitly created only for", "not scalar"),
    ("backward through the graph a second time", "graph freed"),
    ("modified by an inplace operation", "modified in place"),
    ("appears to not have been used in the graph", "unused input"),
)


def explain(
    state: State, error: BaseException, roots: list[TensorDraft], handles: list[Handle]
) -> tuple[Kind, Span | None]:
    """The kind of a backward call's error, and the operation at fault where one is."""
    message = str(error)
    for words, kind in _SAYS:
        if words in message:
            return kind, _culprit(state, kind, message, roots, handles)
    return "other", None


def _culprit(state: State, kind: Kind, message: str, roots: list[TensorDraft], handles: list[Handle]) -> Span | None:
    match kind:
        case "untracked root":
            cut = next((state.nodes[root.ghost] for root in roots if root.lost and root.ghost is not None), None)
            if cut is None:
                return None
            return (state.nodes[cut.cut] if cut.cut is not None else cut).span
        case "not scalar":
            return next((root.span for root in roots if root.held.numel() != 1), None)
        case "graph freed":
            nodes = {state.by_node[handle].id for handle in handles if state.by_node[handle].kind == "function"}
            passes = [one for one in state.passes if not one.retain_graph and nodes.intersection(one.order)]
            return passes[-1].span if passes else None
        case "modified in place":
            return _write(state, message)
    return None


def _write(state: State, message: str) -> Span | None:
    """The last write in place into a tensor of the shape that the message names."""
    writes = [one for one in state.operations if one.in_place and one.name != "requires_grad"]
    named = re.search(r"Tensor \[([\d, ]*)\]\]", message)
    if named is not None:
        shape = tuple(int(length) for length in re.findall(r"\d+", named[1]))
        fitting = [one for one in writes if one.values and one.values[0].shape == shape]
        writes = fitting or writes
    return writes[-1].span if writes else None
