"""From the drafts of a run to its trace."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from autograd_tutor.recording.absent import Absences
from autograd_tutor.recording.drafts import LOCAL, EdgeDraft, NodeDraft, TensorDraft
from autograd_tutor.recording.state import State
from autograd_tutor.recording.values import array, memory
from autograd_tutor.trace import Absent, Array, Edge, Found, ModuleCall, Node, Outcome, Tensor, Trace


def assemble(
    state: State,
    paths: dict[int, list[str]],
    calls: tuple[ModuleCall, ...],
    outcome: Outcome,
    found: tuple[Found, ...],
    printed: str,
) -> Trace:
    """The immutable trace."""
    for draft in state.tensors:
        names = paths.get(draft.id)
        if names and draft.naming <= LOCAL:
            draft.label = names[0]
        if draft.wraps is not None:
            draft.label = _of(draft, draft.wraps)
        draft.label = draft.label or "a tensor"
        _name_node(state, draft)
    absences = Absences(state)
    storages: dict[int, int] = {}
    none: tuple[Array | None, ...] = (None,) * len(state.passes)
    return Trace(
        source=state.source.text,
        torch=str(torch.__version__),
        outcome=outcome,
        operations=tuple(state.operations),
        calls=calls,
        batches=tuple(state.batches),
        tensors=tuple([_tensor(state, one, paths.get(one.id, ()), absences, storages) for one in state.tensors]),
        nodes=tuple([_node(one) for one in state.nodes]),
        edges=tuple([_edge(one, none) for one in state.edges]),
        passes=tuple(state.passes),
        events=tuple(state.events),
        found=found,
        printed=printed,
        notes=tuple(state.notes),
    )


def _of(draft: TensorDraft, source: TensorDraft) -> str:
    """What a transform takes is called like what it was given; a vmap takes one example of it."""
    return source.label if draft.batch == source.batch or source.wraps is not None else f"an example of {source.label}"


def _name_node(state: State, draft: TensorDraft) -> None:
    """A leaf names its accumulate node; a function's main output is the first tensor that has it as grad_fn."""
    if draft.node is not None:
        state.nodes[draft.node].text = draft.label
    node = state.by_node.get(draft.grad_fn)
    if node is not None and node.tensor is None:
        node.tensor = draft.id


def _node(one: NodeDraft) -> Node:
    return Node(
        one.id, one.kind, one.name, one.text, one.operation, one.tensor, one.span, one.saved, one.reason, one.cut
    )


def _edge(one: EdgeDraft, none: tuple[Array | None, ...]) -> Edge:
    contributions = none
    if one.flows:
        flows = one.flows
        contributions = (flows.get(0),) if len(none) == 1 else tuple(map(flows.get, range(len(none))))
    return Edge(one.id, one.tail, one.head, one.input, one.output, one.ghost, contributions)


def _tensor(
    state: State, draft: TensorDraft, names: Sequence[str], absences: Absences, storages: dict[int, int]
) -> Tensor:
    held = draft.held
    if draft.kept is not None:
        return Tensor(
            draft.id, draft.label, state.now(draft).value, (), True, False, absent="not a leaf", node=draft.kept,
            operation=draft.operation, span=draft.span, storage=storages.setdefault(memory(held), len(storages)),
        )  # fmt: skip
    node = state.by_node.get(draft.grad_fn)
    leaf, retains = draft.is_leaf, held.retains_grad
    grad: torch.Tensor | None = None
    absent: Absent | None = "not a leaf"
    cut: int | None = None
    if leaf or retains:
        grad = held.grad
        absent, cut = absences.why(draft)
    known = state.now(draft)
    return Tensor(
        draft.id,
        draft.label,
        known.value,
        tuple(names),
        held.requires_grad,
        leaf,
        retains,
        array(grad) if grad is not None else None,
        absent,
        cut,
        node.id if node is not None else _leaf(draft),
        held.output_nr,
        draft.operation,
        draft.span,
        storages.setdefault(memory(draft.bare), len(storages)),
        known.version if known.version > 0 else 0,
        draft.tangent,
        tuple([one.id for one in draft.batch]) if draft.batch else (),
        tuple([one.id for one in draft.spread]) if draft.spread else (),
    )


def _leaf(draft: TensorDraft) -> int | None:
    """The accumulate node of a leaf; an example's is that of the tensor that a vmap took it from."""
    return draft.wraps.node if draft.wraps is not None and draft.node is None and draft.batch else draft.node
