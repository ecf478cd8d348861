"""One call of backward() or autograd.grad(): what it starts from, what flowed, what it left in .grad."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch

from autograd_tutor.recording import errors
from autograd_tutor.recording.drafts import State
from autograd_tutor.recording.graph import engine_node, extend, reachable
from autograd_tutor.recording.hooks import Flow
from autograd_tutor.recording.source import Site
from autograd_tutor.recording.tape import Backward
from autograd_tutor.recording.values import array, copy
from autograd_tutor.trace import Accumulation, Arrival, Captured, Pass, Seed


@dataclass(frozen=True, slots=True)
class Request:
    """What a backward call asks for, whichever of the three spellings it was."""

    kind: Literal["backward", "grad"]
    roots: tuple[torch.Tensor, ...]
    gradients: tuple[torch.Tensor | None, ...]
    inputs: tuple[torch.Tensor, ...] | None
    retain_graph: bool
    create_graph: bool


def request(raw: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Request:
    """Read the arguments of Tensor.backward, torch.autograd.backward or torch.autograd.grad."""
    order = {
        "backward": ("roots", "gradient", "retain_graph", "create_graph", "inputs"),
        "autograd.backward": ("roots", "grad_tensors", "retain_graph", "create_graph", "grad_variables", "inputs"),
        "grad": ("roots", "inputs", "grad_outputs", "retain_graph", "create_graph"),
    }[raw]
    given = dict(zip(order, args, strict=False)) | kwargs
    roots = _all(given.get("roots", given.get("tensors", given.get("outputs", given.get("self")))))
    gradients = _all(given.get("gradient", given.get("grad_tensors", given.get("grad_outputs"))))
    inputs = given.get("inputs")
    create = bool(given.get("create_graph"))
    retain = given.get("retain_graph")
    return Request(
        kind="grad" if raw == "grad" else "backward",
        roots=tuple(root for root in roots if isinstance(root, torch.Tensor)),
        gradients=tuple(gradients) or (None,) * len(roots),
        inputs=tuple(_all(inputs)) if inputs is not None else None,
        retain_graph=create if retain is None else bool(retain),
        create_graph=create,
    )


def run(
    state: State,
    raw: str,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    site: Site | None,
) -> Any:
    """Make the call with hooks on every node it can reach, and record the pass, also if it raises."""
    asked = request(raw, args, kwargs)
    roots = [state.tensor(root) for root in asked.roots]
    starts = [engine_node(root) for root in asked.roots]
    for start, root in zip(starts, roots, strict=True):
        if start is not None:
            extend(state, start, root.label, None, root.span)
    targets = [state.tensor(tensor) for tensor in asked.inputs or ()]
    number = len(state.passes)
    flow = Flow(state, number)
    nodes = [node for node in reachable([start for start in starts if start is not None]) if node in state.by_node]
    seeds = [
        Seed(state.by_node[start].id, root.held.output_nr, root.id, array(_seed(root.held, gradient)))
        for start, root, gradient in zip(starts, roots, asked.gradients, strict=False)
        if start in state.by_node
    ]
    for start, root, gradient in zip(starts, asked.roots, asked.gradients, strict=False):
        if start in state.by_node:
            flow.arrive(state.by_node[start].id, root.output_nr, _seed(root, gradient))
    held = [draft for draft in state.tensors if draft.held.retains_grad and draft.held.grad_fn in state.by_node]
    watched = {
        state.by_node[node].tensor: (state.by_node[node].id, 0)
        for node in nodes
        if state.by_node[node].kind == "accumulate"
    }
    watched |= {draft.id: (state.by_node[draft.held.grad_fn].id, draft.held.output_nr) for draft in held}
    before = {id_: _copied(state.tensors[id_].held.grad) for id_ in watched if id_ is not None}
    result, error = None, None
    entry = Backward(
        pass_=number,
        roots=tuple(root.id for root in roots),
        gradients=tuple(copy(one) if isinstance(one, torch.Tensor) else None for one in asked.gradients),
        position=len(state.tape.calls),
        inputs=tuple(target.id for target in targets) if asked.inputs is not None else None,
        kind=asked.kind,
    )
    state.tape.backwards.append(entry)
    with flow.watching(nodes):
        try:
            result = function(*args, **kwargs)
        except Exception as problem:
            error = problem
    entry.raised = error is not None
    captured = []
    if asked.kind == "grad" and result is not None:
        for target, value in zip(targets, result, strict=True):
            made = state.made(value, None, site) if value is not None else None
            if made is not None:
                extend(state, made.held.grad_fn, made.label, None, made.span)
            node = engine_node(target.held)
            captured.append(
                Captured(
                    target.id,
                    state.by_node[node].id if node in state.by_node else None,
                    made.id if made else None,
                    array(value) if value is not None else None,
                )
            )
    fired = set(flow.order)
    leaves = [
        _accumulation(state, flow, id_, node, output, before[id_])
        for id_, (node, output) in watched.items()
        if id_ is not None and flow.reached(node, output) and node in fired
    ]
    kind, culprit = errors.explain(state, error, roots, nodes) if error is not None else (None, None)
    state.passes.append(
        Pass(
            id=number,
            kind=asked.kind,
            root=tuple(root.id for root in roots),
            span=site.span if site else None,
            seeds=tuple(seeds),
            order=tuple(flow.order),
            arrivals=tuple(Arrival(node, values) for node, values in flow.arrivals),
            leaves=tuple(leaves),
            captured=tuple(captured),
            retain_graph=asked.retain_graph,
            create_graph=asked.create_graph,
            error=str(error) if error is not None else None,
            error_kind=kind,
            culprit=culprit,
        )
    )
    state.event("backward", site.text if site else "", site.span if site else None, number)
    if error is not None:
        raise error
    return result


def _accumulation(
    state: State, flow: Flow, id_: int, node: int, output: int, before: torch.Tensor | None
) -> Accumulation:
    tensor = state.tensors[id_].held
    after = tensor.grad
    if after is not None:
        state.tensor(after).owner = id_
    added = flow.sums[node, output]
    exact = flow.exact(added, before, after)
    note = None
    if not exact:
        note = "it no longer requires grad" if not tensor.requires_grad else "a hook changed it"
    return Accumulation(
        id_,
        node,
        array(before) if before is not None else None,
        array(added),
        array(after) if after is not None else None,
        exact,
        note,
    )


def _seed(root: torch.Tensor, gradient: torch.Tensor | None) -> torch.Tensor:
    return torch.ones_like(root) if gradient is None else gradient.detach()


def _copied(tensor: torch.Tensor | None) -> torch.Tensor | None:
    return copy(tensor) if tensor is not None else None


def _all(value: Any) -> Sequence[Any]:
    if value is None:
        return ()
    return value if isinstance(value, list | tuple) else (value,)
