"""From the drafts of a run to its trace."""

from __future__ import annotations

import torch

from autograd_tutor.recording.absent import Absences
from autograd_tutor.recording.drafts import LOCAL, EdgeDraft, NodeDraft, TensorDraft
from autograd_tutor.recording.state import State
from autograd_tutor.recording.values import array, memory, version
from autograd_tutor.trace import Array, Edge, Found, ModuleCall, Node, Outcome, Tensor, Trace


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
            draft.label = draft.wraps.label
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
        tensors=tuple([_tensor(state, one, paths.get(one.id, []), absences, storages) for one in state.tensors]),
        nodes=tuple([_node(one) for one in state.nodes]),
        edges=tuple([_edge(one, none) for one in state.edges]),
        passes=tuple(state.passes),
        events=tuple(state.events),
        found=found,
        printed=printed,
        notes=tuple(state.notes),
    )


def _name_node(state: State, draft: TensorDraft) -> None:
    """A leaf names its accumulate node; a function's main output is the first tensor that has it as grad_fn."""
    if draft.node is not None:
        state.nodes[draft.node].text = draft.label
    function = state.by_node.get(draft.grad_fn)
    if function is not None and function.tensor is None:
        function.tensor = draft.id


def _node(one: NodeDraft) -> Node:
    return Node(
        one.id, one.kind, one.name, one.text, one.operation, one.tensor, one.span, one.saved, one.reason, one.cut
    )


def _edge(one: EdgeDraft, none: tuple[Array | None, ...]) -> Edge:
    contributions = none
    if one.flows:
        flows = list(none)
        for number, flow in one.flows.items():
            flows[number] = flow
        contributions = tuple(flows)
    return Edge(one.id, one.tail, one.head, one.input, one.output, one.ghost, contributions)


def _tensor(state: State, draft: TensorDraft, names: list[str], absences: Absences, storages: dict[int, int]) -> Tensor:
    held = draft.held
    grad = held.grad if draft.is_leaf or held.retains_grad else None
    function = state.by_node.get(draft.grad_fn)
    absent, cut = absences.why(draft)
    return Tensor(
        id=draft.id,
        label=draft.label,
        value=state.now(draft).value,
        names=tuple(names),
        requires_grad=held.requires_grad,
        is_leaf=draft.is_leaf,
        retains_grad=held.retains_grad,
        grad=array(grad) if grad is not None else None,
        absent=absent,
        cut=cut,
        node=function.id if function is not None else draft.node,
        output=held.output_nr,
        operation=draft.operation,
        span=draft.span,
        storage=storages.setdefault(memory(draft.bare), len(storages)),
        version=max(version(draft.bare), 0),
    )
