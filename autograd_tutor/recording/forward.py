"""One forward call of the program: its operation, its graph nodes or its ghost, and its entry on the tape."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch

from autograd_tutor.recording import ghosts, operands
from autograd_tutor.recording.calls import DRAWS, canonical
from autograd_tutor.recording.drafts import State
from autograd_tutor.recording.graph import made_by
from autograd_tutor.recording.source import Site
from autograd_tutor.recording.tape import Call, Ref
from autograd_tutor.recording.values import array, copy
from autograd_tutor.trace import Operation


def call(
    state: State,
    raw: str,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    site: Site | None,
    direct: bool,
) -> Any:
    """Make the call and record it; whatever it raises, passes through."""
    name, in_place = canonical(raw)
    given = list(tensors((args, kwargs)))
    drafts = [state.tensor(tensor) for tensor in given]
    inputs = operands.operands(state, function, args, kwargs, site, direct)
    before = {draft.id: copy(draft.held) for draft in drafts}
    tracked = ghosts.Inputs.of(drafts)
    rng = torch.get_rng_state() if name in DRAWS else None
    result = function(*args, **kwargs)
    outputs = list(tensors(result))
    if not outputs and raw.endswith(".__set__"):
        outputs = given[:1]
    if not outputs and not ghosts.leaves(raw, tracked):
        return result
    index = len(state.operations)
    text = site.text if site else name
    made = [state.made(tensor, index, site) for tensor in outputs]
    nodes: list[int] = []
    for tensor in outputs:
        nodes += made_by(state, tensor, index, site, text)
    for draft in made:
        if draft.held.grad_fn in state.by_node:
            state.by_node[draft.held.grad_fn].tensor = draft.id
    nodes += ghosts.after(state, raw, name, index, site, given, drafts, tracked, made, nodes, result)
    state.operations.append(
        Operation(
            id=index,
            name=name,
            text=text,
            span=site.span if site else None,
            repeat=max(site.runs - 1, 0) if site else 0,
            function=site.function if site else None,
            inputs=inputs,
            outputs=tuple(draft.id for draft in made),
            values=tuple(array(tensor) for tensor in outputs),
            nodes=tuple(nodes),
            in_place=in_place,
        )
    )
    state.event("operation", text, site.span if site else None, index)
    recorded = any(tensor.grad_fn is not None for tensor in outputs)
    if given:
        replace = _References(state)
        state.tape.calls.append(
            Call(
                operation=index,
                function=function,
                args=replace(args),
                kwargs=replace(kwargs),
                outputs=tuple(draft.id for draft in made),
                recorded=recorded,
                before=before,
                results=tuple(copy(tensor) for tensor in outputs),
                rng=rng,
            )
        )
    else:
        for draft in made:
            state.tape.leaves[draft.id] = copy(draft.held)
    return result


def tensors(value: Any) -> Iterator[torch.Tensor]:
    """All tensors in `value`, also inside tuples, lists and dicts, in order."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from tensors(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from tensors(item)


class _References:
    """Puts a `Ref` in place of every tensor."""

    def __init__(self, state: State) -> None:
        self._state = state

    def __call__(self, value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            return Ref(self._state.tensor(value).id)
        if isinstance(value, tuple | list):
            items = [self(item) for item in value]
            return items if isinstance(value, list) else tuple(items)
        if isinstance(value, dict):
            return {key: self(item) for key, item in value.items()}
        return value
