"""From the drafts of a run to its trace."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import repeat

import torch

from autograd_tutor.recording.absent import Absences
from autograd_tutor.recording.drafts import LOCAL, NodeDraft, TensorDraft
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
    makers = [_named(state, one, paths.get(one.id, ())) for one in state.tensors]
    absences = Absences(state)
    storages: dict[int, int] = {}
    return Trace(
        source=state.source.text,
        torch=str(torch.__version__),
        outcome=outcome,
        operations=tuple(state.operations),
        calls=calls,
        batches=tuple(state.batches),
        tensors=tuple(
            [
                _tensor(state, one, maker, paths.get(one.id, ()), absences, storages)
                for one, maker in zip(state.tensors, makers, strict=True)
            ]
        ),
        nodes=_nodes(state),
        edges=_edges(state),
        passes=tuple(state.passes),
        events=tuple(state.events),
        found=found,
        printed=printed,
        notes=tuple(state.notes),
    )


def _of(draft: TensorDraft, source: TensorDraft) -> str:
    """What a transform takes is called like what it was given; a vmap takes one example of it."""
    return source.label if draft.batch == source.batch or source.wraps is not None else f"an example of {source.label}"


def _named(state: State, draft: TensorDraft, names: Sequence[str]) -> NodeDraft | None:
    """Settle what it is called, and return its grad_fn's node.

    A leaf names its accumulate node; a function's main output is the first tensor that has it as grad_fn.
    """
    if names and draft.naming <= LOCAL:
        draft.label = names[0]
    if draft.wraps is not None:
        draft.label = _of(draft, draft.wraps)
    draft.label = draft.label or "a tensor"
    if draft.node is not None:
        state.nodes[draft.node].text = draft.label
    node = state.by_node.get(draft.grad_fn)
    if node is not None and node.tensor is None:
        node.tensor = draft.id
    return node


def _nodes(state: State) -> tuple[Node, ...]:
    return tuple(
        [
            Node(
                one.id,
                one.kind,
                one.name,
                one.text,
                one.operation,
                one.tensor,
                one.span,
                one.saved,
                one.reason,
                one.cut,
            )
            for one in state.nodes
        ]
    )


def _edges(state: State) -> tuple[Edge, ...]:
    """Each with what flowed along it in each pass."""
    ids = range(len(state.edges))
    passes = [list(map(along.get, ids)) for along in state.flows]
    contributions: Iterable[tuple[Array | None, ...]] = zip(*passes, strict=True) if passes else repeat(())
    return tuple(
        [
            Edge(one.id, one.tail, one.head, one.input, one.output, one.ghost, flowed)
            for one, flowed in zip(state.edges, contributions, strict=False)
        ]
    )


def _tensor(
    state: State,
    draft: TensorDraft,
    maker: NodeDraft | None,
    names: Sequence[str],
    absences: Absences,
    storages: dict[int, int],
) -> Tensor:
    held = draft.held
    if draft.kept is not None:
        return Tensor(
            draft.id, draft.label, state.now(draft).value, (), True, False, absent="not a leaf", node=draft.kept,
            operation=draft.operation, span=draft.span, storage=storages.setdefault(memory(held), len(storages)),
            batch=tuple([one.id for one in draft.batch]),
        )  # fmt: skip
    leaf, retains = maker is None and draft.is_leaf, held.retains_grad
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
        maker.id if maker is not None else _leaf(draft),
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
