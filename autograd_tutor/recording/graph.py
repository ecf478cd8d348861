"""torch's own graph as drafts: nodes reached from a tensor, edges between them, what they saved."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache
from typing import Any

import torch

from autograd_tutor.recording.drafts import EdgeDraft, NodeDraft, State, TensorDraft
from autograd_tutor.recording.source import Site
from autograd_tutor.recording.values import whole
from autograd_tutor.trace import MOST_NODES, Saved, Span

TOO_LARGE = f"The graph has more than {MOST_NODES} nodes; what came after is not recorded."


def extend(
    state: State, root: Any, text: str, operation: int | None = None, span: Span | None = None
) -> list[NodeDraft]:
    """Every node reachable from torch's node `root` that was unknown, nearest the leaves first.

    Iterative: a graph can be deeper than Python's stack. All of them belong to one operation.
    """
    if root is None or root in state.by_node or state.too_large:
        return []
    found: list[Any] = []
    seen = {root}
    waiting = [root]
    while waiting:
        node = waiting.pop()
        found.append(node)
        for child, _ in node.next_functions:
            if child is not None and child not in seen and child not in state.by_node:
                seen.add(child)
                waiting.append(child)
    if len(state.nodes) + len(found) > MOST_NODES:
        state.too_large = True
        state.note(TOO_LARGE)
        return []
    drafts = [_draft(state, node, text, operation, span) for node in reversed(found)]
    for draft in drafts:
        for index, (child, output) in enumerate(draft.held.next_functions):
            if child is not None:
                edge = connect(state, draft.id, state.by_node[child].id, index, output)
                state.edge_at[draft.id, index] = edge
    return [draft for draft in drafts if draft.kind == "function"]


def connect(state: State, tail: int, head: int, index: int, output: int = 0, ghost: bool = False) -> EdgeDraft:
    """A new edge."""
    edge = EdgeDraft(len(state.edges), tail, head, index, output, ghost)
    state.edges.append(edge)
    return edge


def reachable(roots: list[Any]) -> list[Any]:
    """All of torch's nodes from `roots` on."""
    seen = set(roots)
    waiting = list(seen)
    found = []
    while waiting:
        node = waiting.pop()
        found.append(node)
        for child, _ in node.next_functions:
            if child is not None and child not in seen:
                seen.add(child)
                waiting.append(child)
    return found


def leaf_node(state: State, leaf: TensorDraft) -> int:
    """The accumulate node that stands for `leaf`, also where torch has made none (yet)."""
    if leaf.node is None:
        draft = NodeDraft(len(state.nodes), "accumulate", "AccumulateGrad", leaf.label, tensor=leaf.id)
        state.nodes.append(draft)
        leaf.node = draft.id
    return leaf.node


def engine_node(tensor: torch.Tensor) -> Any:
    """Where a pass over `tensor` starts: its grad_fn, or a leaf's AccumulateGrad; None if there is neither."""
    if tensor.grad_fn is not None or not tensor.requires_grad:
        return tensor.grad_fn
    with torch.enable_grad():
        return tensor.view_as(tensor).grad_fn.next_functions[0][0]


def name(node: Any) -> str:
    """As torch prints it: `type(node)` lacks the C++ namespace that `name()` has on AccumulateGrad."""
    return str(type(node).__name__ if hasattr(type(node), "_forward_cls") else node.name()).rpartition("::")[2]


def _draft(state: State, node: Any, text: str, operation: int | None, span: Span | None) -> NodeDraft:
    variable = getattr(node, "variable", None) if node.name().endswith("AccumulateGrad") else None
    if variable is not None:
        leaf = state.tensor(variable)
        leaf.required = True
        draft = state.nodes[leaf_node(state, leaf)]
        draft.held = node
    else:
        draft = NodeDraft(len(state.nodes), "function", name(node), text, operation, span=span, held=node)
        draft.saved = _saved(node)
        state.nodes.append(draft)
    state.by_node[node] = draft
    return draft


@cache
def _attributes(kind: Hashable) -> tuple[str, ...]:
    return tuple(attribute for attribute in dir(kind) if attribute.startswith("_saved_"))


def _saved(node: Any) -> tuple[Saved, ...]:
    found = []
    for attribute in _attributes(type(node)):
        try:
            value = getattr(node, attribute)
        except RuntimeError:  # changed in place, or freed
            continue
        found.append(Saved(attribute.removeprefix("_saved_"), whole(value) or repr(value)))
    return tuple(found)


def made_by(state: State, tensor: torch.Tensor, operation: int, site: Site | None, text: str) -> list[int]:
    """The ids of the nodes that one call added below its output `tensor`."""
    return [node.id for node in extend(state, tensor.grad_fn, text, operation, site.span if site else None)]
