"""One call of backward() or autograd.grad(): what it starts from, what flowed, what it left in .grad."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from autograd_tutor.recording import accumulations, errors, spread, transforms
from autograd_tutor.recording.calls import Asked
from autograd_tutor.recording.drafts import Handle, PassDraft, TensorDraft
from autograd_tutor.recording.gradients import own
from autograd_tutor.recording.graph import extend, reachable
from autograd_tutor.recording.hooks import Flow, Slot, maybe
from autograd_tutor.recording.quiet import QuietFlow, quiet
from autograd_tutor.recording.requests import Request, Spelling, read
from autograd_tutor.recording.state import State
from autograd_tutor.recording.tape import Backward
from autograd_tutor.recording.unfolded import unfold
from autograd_tutor.recording.values import array, copy
from autograd_tutor.recording.wrappers import apart, wrapped
from autograd_tutor.trace import Batch, Captured, Pass, Seed, Span

_PYTHON: type = getattr(torch._C, "_FunctionBase", object)
"""What the nodes of custom Functions are: their backward is code of the program's. Without it, any node may be one."""

__all__ = ["Spelling", "run"]


@dataclass(slots=True)
class Started:
    """What is known of a pass before the engine runs."""

    asked: Asked
    request: Request
    inside: bool
    """A torch.func transform, or what is left of one, made the call."""
    roots: list[TensorDraft]
    handles: list[Handle]
    """All nodes that the engine could reach."""
    seeds: tuple[Seed, ...]
    flow: Flow
    watched: dict[int, Slot]
    """Tensors that may get a gradient, and the slot of the graph that feeds it."""
    before: dict[int, torch.Tensor | None]
    """What the .grad of each of those was; and of all other leaves, where code of the program's may run within."""
    entry: Backward


def run(state: State, asked: Asked, spelling: Spelling) -> Any:
    """Make the call with hooks on every node it can reach, and record the pass, also if it raises."""
    request = read(asked, spelling, partial(_at, state))
    involved = (request.roots, request.inputs or (), request.gradients)
    inside = any(wrapped(one) for group in involved for one in group if one is not None)
    if inside and not transforms.readable(state, involved):
        state.safely(transforms.unfollowed, state, sys._getframe(1))
        return asked.make()
    within = apart if inside else nullcontext
    with within():
        started = state.safely(lambda: _start(state, asked, request, inside))
    if started is None:
        return asked.make()
    try:
        with started.flow.watching(started.handles):
            result = asked.make()
    except BaseException as problem:
        started.entry.raised = True
        with within():
            recorded = _close(state, started, None, problem)
        state.raises(problem, started.entry.pass_ if recorded else None)
        raise
    with within():
        _close(state, started, result, None)
    return result


def _at(state: State, edge: Any) -> torch.Tensor | None:
    """The tensor that was made at a place in the graph."""
    leaf = getattr(edge.node, "variable", None)
    if leaf is not None:
        return state.tensor(leaf).held
    for draft in state.tensors:
        if draft.grad_fn is edge.node and draft.held.output_nr == edge.output_nr:
            return draft.held
    state.note("A GradientEdge stands for a tensor that is there no more: what the pass did there is not told.")
    return None


def _close(state: State, started: Started, result: Any, error: BaseException | None) -> bool:
    """Record how the pass ended; whether that could be done. If not, nothing is left half recorded."""
    number = started.entry.pass_
    state.safely(lambda: _finish(state, started, result, error))
    if len(state.passes) > number:
        return True
    state.tape.backwards.pop()
    return False


def _start(state: State, asked: Asked, request: Request, inside: bool) -> Started | None:
    if inside:
        transforms.recognise(state, (request.roots, request.inputs))
    batch = spread.over(state, (request.roots, request.gradients)) if inside else _rows(state, asked, request)
    roots = [_draft(state, root) for root in request.roots]
    starts = [transforms.start(state, root) for root in request.roots]
    for start, root in zip(starts, roots, strict=True):
        extend(state, start, root.label, root.operation, None if root.outside else root.span)
    if not state.room(0):
        return None
    inputs = [_draft(state, tensor) for tensor in request.inputs or () if tensor is not None]
    handles = reachable([start for start in starts if start is not None])
    state.hooked = state.hooked or any(issubclass(kind, _PYTHON) for kind in set(map(type, handles)))
    if state.hooked or state.graded:
        state.settle()
    watched = _watched(state, handles, request, inputs)
    kind = spread.Flow if inside or batch else Flow
    if kind is Flow and request.inputs is None and quiet(state, handles):
        kind = QuietFlow
    flow = kind(
        state,
        frozenset(watched.values()),
        frozenset([state.by_node[start].id for start in starts if start is not None]),
    )
    given = request.gradients
    if isinstance(flow, spread.Flow):
        flow.batch = batch
        if not request.batched:
            given = tuple([None if one is None else spread.spread(state, one, batch) for one in given])
    seeds = []
    tracked = tuple([_tracked(state, one) for one in request.gradients])
    for start, root, gradient, of in zip(starts, roots, request.seeds(given), tracked, strict=True):
        if start is not None and gradient is not None:
            node = state.by_node[start].id
            seeds.append(Seed(node, root.held.output_nr, root.id, array(gradient), of))
            flow.seed((node, root.held.output_nr), gradient)
    entry = Backward(
        pass_=len(state.passes),
        roots=tuple(root.id for root in roots),
        gradients=tuple(None if one is None else copy(one) for one in given),
        position=len(state.tape.calls),
        given=tracked,
        inputs=tuple(one.id for one in inputs) if request.inputs is not None else None,
        kind=request.kind,
        retain_graph=request.retain_graph,
        create_graph=request.create_graph,
        batch=batch,
    )
    state.tape.backwards.append(entry)
    before = accumulations.before(state, watched, everything=state.hooked and not inside)
    return Started(asked, request, inside, roots, handles, tuple(seeds), flow, watched, before, entry)


def _tracked(state: State, gradient: torch.Tensor | None) -> int | None:
    """The id of a seed that requires grad itself."""
    if gradient is None or not gradient.requires_grad:
        return None
    return _draft(state, gradient).id


def _rows(state: State, asked: Asked, request: Request) -> tuple[Batch, ...]:
    """What the first dimension of the gradients counts that autograd.grad was given with is_grads_batched."""
    size = next((one.shape[0] for one in request.gradients if one is not None and one.ndim), None)
    if not request.batched or size is None:
        return ()
    state.batches.append(Batch(len(state.batches), size, None if asked.site is None else asked.site.span))
    return (state.batches[-1],)


def _watched(state: State, handles: list[Handle], request: Request, inputs: list[TensorDraft]) -> dict[int, Slot]:
    """Leaves that the graph reaches, and other tensors that keep their gradient."""
    if request.kind == "grad":
        return {}
    drafts = [state.by_node[handle] for handle in handles]
    slots = {one.tensor: (one.id, 0) for one in drafts if one.kind == "accumulate" and one.tensor is not None}
    reached = {one.id for one in drafts}
    for tensor in [*state.retaining, *inputs]:
        function = tensor.grad_fn
        if function in state.by_node and state.by_node[function].id in reached:
            slots[tensor.id] = (state.by_node[function].id, tensor.held.output_nr)
    return slots


def _finish(state: State, started: Started, result: Any, error: BaseException | None) -> None:
    asked, request, flow = started.asked, started.request, started.flow
    span = asked.site.span if asked.site is not None else None
    captured = _captured(state, started, result) if request.kind == "grad" and result is not None else ()
    order = [one.node for one in flow.arrivals]
    kind, culprit = errors.explain(state, error, started.roots, started.handles, order) if error else (None, None)
    fired = set(order)
    if error is None:
        fired |= {started.watched[id_][0] for id_ in started.entry.inputs or () if id_ in started.watched}
    leaves = [
        accumulations.accumulation(state.tensors[id_], slot, flow, started.before[id_], started.entry.raised)
        for id_, slot in started.watched.items()
        if slot[0] in fired and slot in flow.sums
    ]
    leaves += accumulations.beside(state, started.before, {one.tensor for one in leaves})
    number = len(state.passes)
    state.passes.append(
        Pass(
            id=number,
            kind=request.kind,
            root=tuple(root.id for root in started.roots),
            span=span,
            seeds=started.seeds,
            order=tuple(order),
            arrivals=tuple(flow.arrivals),
            leaves=tuple(leaves),
            captured=captured,
            batch=tuple([one.id for one in started.entry.batch]),
            retain_graph=request.retain_graph,
            create_graph=started.entry.create_graph,
            error=str(error) if error is not None else None,
            error_kind=kind,
            culprit=culprit,
        )
    )
    state.flows.append(flow.along)
    state.passed.append(_outline(state, started, captured))
    state.event("backward", asked.text, span, number)
    if request.create_graph:
        started.entry.left = _left(state, started, span)


def _left(state: State, started: Started, span: Span | None) -> tuple[tuple[int, int], ...] | None:
    """The .grad tensors with graphs of their own, which are recorded."""
    left = []
    for id_ in started.watched:
        draft = state.tensors[id_]
        gradient = draft.gradient
        if gradient is not None and gradient.grad_fn is not None:
            left.append((id_, own(state, draft, gradient, span).id))
    return tuple(left) if all(started.before[id_] is None for id_, _ in left) else None


def _outline(state: State, started: Started, captured: tuple[Captured, ...]) -> PassDraft:
    starts = []
    for root in started.roots:
        handle = transforms.start(state, root.held)
        if handle in state.by_node:
            starts.append(state.by_node[handle].id)
        elif root.ghost is not None:
            starts.append(root.ghost)
    named = started.entry.inputs
    return PassDraft(
        reached=frozenset(state.by_node[handle].id for handle in started.handles),
        starts=tuple(starts),
        named=frozenset(named) if named is not None else None,
        captured=frozenset(one.of for one in captured),
    )


def _captured(state: State, started: Started, result: Any) -> tuple[Captured, ...]:
    """The gradients that autograd.grad returned. They are the tensors of no operation."""
    captured = []
    recorded = False
    ids = []
    for tensor, value in zip(started.request.inputs or (), result, strict=False):
        if tensor is None:
            continue
        made = None
        if isinstance(value, torch.Tensor):
            made, graphs = transforms.returned(state, started.asked, value)
            for graph in graphs:
                new = extend(state, graph, started.asked.text, None, made.span)
                unfold(state, graph, new, len(state.passes), made)
                recorded = recorded or graph is not None
            state.leaves.setdefault(made.id, copy(made.bare))
        ids.append(made.id if made is not None else None)
        handle = transforms.start(state, tensor)
        node = state.by_node[handle].id if handle in state.by_node else None
        captured.append(Captured(_draft(state, tensor).id, node, ids[-1], maybe(None if made is None else made.bare)))
    started.entry.results = tuple(ids)
    if started.inside:  # torch.func always asks for the graph of the gradient, and throws away what is not wanted
        started.entry.create_graph = recorded
    return tuple(captured)


def _draft(state: State, tensor: torch.Tensor) -> TensorDraft:
    return transforms.draft(state, tensor) if wrapped(tensor) else state.tensor(tensor)
