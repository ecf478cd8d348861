"""From the drafts of a run to its trace."""

from __future__ import annotations

from autograd_tutor.recording.drafts import State, TensorDraft
from autograd_tutor.recording.values import array
from autograd_tutor.trace import Edge, Found, Node, Outcome, Tensor, Trace


def assemble(
    state: State, paths: dict[int, list[str]], outcome: Outcome, found: tuple[Found, ...], printed: str, version: str
) -> Trace:
    """The immutable trace."""
    storages: dict[int, int] = {}
    tensors = tuple(_tensor(state, draft, tuple(paths.get(draft.id, ())), storages) for draft in state.tensors)
    nodes = tuple(
        Node(one.id, one.kind, one.name, one.text, one.operation, one.tensor, one.span, one.saved, one.reason, one.cut)
        for one in state.nodes
    )
    passes = range(len(state.passes))
    edges = tuple(
        Edge(
            one.id,
            one.tail,
            one.head,
            one.input,
            one.output,
            one.ghost,
            tuple(one.flows.get(number) for number in passes),
        )
        for one in state.edges
    )
    return Trace(
        source=state.source.text,
        torch=version,
        outcome=outcome,
        operations=tuple(state.operations),
        tensors=tensors,
        nodes=nodes,
        edges=edges,
        passes=tuple(state.passes),
        events=tuple(state.events),
        found=found,
        printed=printed,
        notes=tuple(state.notes),
    )


def _tensor(state: State, draft: TensorDraft, names: tuple[str, ...], storages: dict[int, int]) -> Tensor:
    held = draft.held
    grad = held.grad if held.is_leaf or held.retains_grad else None
    node = state.by_node.get(held.grad_fn) if held.grad_fn is not None else None
    try:
        storage = held.untyped_storage().data_ptr()
    except (RuntimeError, NotImplementedError):
        storage = 0
    return Tensor(
        id=draft.id,
        label=names[0] if names and not draft.named else draft.label,
        value=array(held),
        names=names,
        requires_grad=held.requires_grad,
        is_leaf=held.is_leaf,
        retains_grad=held.retains_grad,
        grad=array(grad) if grad is not None else None,
        node=node.id if node is not None else draft.node,
        output=held.output_nr,
        operation=draft.operation,
        span=draft.span,
        storage=storages.setdefault(storage, len(storages)),
        version=0 if held.is_inference() else held._version,
    )
