"""What a backward call's error is about, and which place in the source is at fault."""

from __future__ import annotations

from typing import Any, Literal

from autograd_tutor.recording.drafts import State, TensorDraft
from autograd_tutor.trace import Span

Kind = Literal["untracked root", "not scalar", "graph freed", "modified in place", "unused input", "other"]

_SAYS: tuple[tuple[str, Kind], ...] = (
    ("does not require grad", "untracked root"),
    ("grad can be implicitly created only for scalar", "not scalar"),
    ("backward through the graph a second time", "graph freed"),
    ("modified by an inplace operation", "modified in place"),
    ("appears to not have been used in the graph", "unused input"),
)


def explain(state: State, error: Exception, roots: list[TensorDraft], nodes: list[Any]) -> tuple[Kind, Span | None]:
    """The kind of a backward call's error, and the operation at fault where one is."""
    kind: Kind = next((kind for words, kind in _SAYS if words in str(error)), "other")
    return kind, _culprit(state, kind, roots, nodes)


def _culprit(state: State, kind: Kind, roots: list[TensorDraft], nodes: list[Any]) -> Span | None:
    if kind == "untracked root":
        for root in roots:
            if root.ghost is not None:
                ghost = state.nodes[root.ghost]
                return (state.nodes[ghost.cut] if ghost.cut is not None else ghost).span
        return None
    if kind == "not scalar":
        return next((root.span for root in roots if root.held.numel() != 1), None)
    if kind == "graph freed":
        ids = {state.by_node[node].id for node in nodes}
        freed = (one.span for one in state.passes if not one.retain_graph and ids.intersection(one.order))
        return next(freed, None)
    if kind == "modified in place":
        return next((one.span for one in reversed(state.operations) if one.in_place), None)
    return None
