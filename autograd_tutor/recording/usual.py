"""The usual call, in one go: arguments that are known tensors and constants, one new tensor with one new graph node.

Whatever is otherwise goes the long way (`forward`), also when only the result shows it. Both record the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

import msgspec
import torch

from autograd_tutor.recording import context, forward, ghosts, tangents, transforms
from autograd_tutor.recording.calls import COPIES, DRAWS, SHAPE_ONLY, UNWRITTEN, Asked
from autograd_tutor.recording.drafts import LOCAL, UNNAMED, EdgeDraft, NodeDraft, TensorDraft
from autograd_tutor.recording.gradients import SAME_MEMORY
from autograd_tutor.recording.graph import name_of, saved
from autograd_tutor.recording.operands import CONSTANT, UNWRITTEN_ARGUMENTS, constant, ordered
from autograd_tutor.recording.source import Site
from autograd_tutor.recording.state import State
from autograd_tutor.recording.tape import Call, Known, Ref
from autograd_tutor.recording.values import promised
from autograd_tutor.recording.views import stale
from autograd_tutor.recording.written import Arguments, Written, arguments
from autograd_tutor.trace import Operand, Operation

_UNUSUAL = (
    DRAWS
    | UNWRITTEN
    | COPIES
    | SHAPE_ONLY
    | SAME_MEMORY
    | {"requires_grad", "retain_grad", "make_dual", "item", "tolist", "where"}
)


def usual(name: str, in_place: bool, writes: bool) -> bool:
    """Whether calls of a function may go this way: they change no tensor and no flag, and share no memory."""
    return not (in_place or writes or name in _UNUSUAL)


Looked = tuple[tuple[Operand, ...], tuple[Any, ...], tuple[Known, ...]]
"""The arguments of a call: as the trace has them, as the tape has them, and what its tensors were."""

_NO_WORDS: dict[str, Any] = {}
"""The keyword arguments of every such call."""


class Way(msgspec.Struct, eq=False):
    """What is the same in every call of one function, with so many arguments, from one place."""

    raw: str
    name: str
    function: Callable[..., Any]
    site: Site
    direct: bool
    count: int
    text: str
    label: str
    naming: int
    written: Arguments
    said: Sequence[Written | None]
    """What is written for each argument; of an operator, left and right."""


def way(state: State, raw: str, name: str, function: Callable[..., Any], site: Site, direct: bool, count: int) -> Way:
    """Work it out."""
    text = site.text if direct else f"{name} in {site.text}"
    label, naming = text, UNNAMED
    if direct and site.assigned is not None:
        label, naming = site.assigned, LOCAL
    written = arguments(state.source, site, count) if direct else UNWRITTEN_ARGUMENTS
    said = (None,) * count if written.positional is None else written.positional
    return Way(raw, name, function, site, direct, count, text, label, naming, written, said)


def now(state: State) -> bool:
    """Whether calls can be usual at the moment: what a tensor is now does not differ from what it was unless somebody
    was seen to write into it, no number was once a tensor, and no transform or mode changes what a call does."""
    return not (
        state.full
        or state.worn
        or state.aliased
        or state.numbers
        or state.inference
        or transforms.active() is not None
        or tangents.active()
    )


def call(state: State, way: Way, args: tuple[Any, ...], frame: FrameType | None) -> Any:
    """Make the call and record it."""
    try:
        looked = _begin(state, way, args, frame)
    except Exception as problem:
        state.missed(problem)
        return way.function(*args)
    if looked is None:
        context.look(state, way.site)
        return forward.record(state, _asked(way, args, frame))
    result = way.function(*args)
    try:
        if not _end(state, way, looked, result):  # as in inference mode, also where nobody has seen it begin
            context.look(state, way.site)
            forward.end(state, _begun(state, way, args, looked, frame), result)
    except Exception as problem:
        state.missed(problem)
    return result


def _begin(state: State, way: Way, args: tuple[Any, ...], frame: FrameType | None) -> Looked | None:
    """Look at the arguments; None if one is unusual."""
    said = way.said
    if way.written.operator:
        said = ordered(state, way.raw, args, frame, way.written) or said
    known = state.by_identity
    inputs, refs = [], []
    before: list[Known] = []
    live = False
    for value, here in zip(args, said, strict=True):
        draft = known.get(id(value))
        if draft is None:
            if type(value) not in CONSTANT:
                return None
            inputs.append(constant(value, here))
            refs.append(value)
        elif draft.ghost is not None or draft.frozen or draft.apart or draft.outside or draft.bare is not value:
            return None
        else:
            now = draft.known
            if now is None or value._version != now.version:
                if stale(draft):
                    return None
                now = state.now(draft)
            tracked = value.requires_grad
            live = live or tracked
            text = here.text if here is not None else draft.label or "a tensor"
            inputs.append(Operand(text, draft.id, now.value, tracked))
            refs.append(draft.ref)
            before.append(now)
    return (tuple(inputs), tuple(refs), tuple(before)) if live else None


def _end(state: State, way: Way, looked: Looked, result: Any) -> bool:
    """Record what the call returned, if that is usual."""
    if type(result) is not torch.Tensor or id(result) in state.by_identity:
        return False
    handle, nodes = result.grad_fn, state.by_node
    if handle is None or handle in nodes:
        return False
    site, text, id_, node, number = way.site, way.text, len(state.tensors), len(state.nodes), len(state.operations)
    edges: list[EdgeDraft | None] = []
    edge = len(state.edges)
    for index, (child, output) in enumerate(handle.next_functions):
        if child is None:
            edges.append(None)
            continue
        head = nodes.get(child)
        if head is None:
            return False
        edges.append(EdgeDraft(edge, node, head.id, index, output))
        edge += 1
    if not state.room(1):
        return False
    inputs, refs, before = looked
    span, runs = site.span, site.runs
    value = Known(id_, result._version, promised(result), result)
    state.waiting.append(value)
    draft = TensorDraft(id_, result, result, Ref(id_), way.label, way.naming, number, span, True, value)
    state.tensors.append(draft)
    state.by_identity[id(result)] = draft
    made = NodeDraft(node, "function", name_of(handle), text, number, id_, span, saved(state, handle, result))
    made.edges = tuple(edges)
    state.edges.extend(filter(None, edges))
    state.nodes.append(made)
    nodes[handle] = made
    ids = (id_,)
    state.tape.calls.append(Call(number, way.function, refs, _NO_WORDS, ids, True, before, (value,)))
    state.operations.append(
        Operation(
            number,
            way.name,
            text,
            span,
            runs - 1 if runs else 0,
            site.function,
            inputs,
            ids,
            (value.value,),
            (node,),
            False,
            state.call,
        )
    )
    state.event("operation", text, span, number)
    return True


def _asked(way: Way, args: tuple[Any, ...], frame: FrameType | None) -> Asked:
    return Asked(way.raw, way.name, False, way.function, args, {}, way.site, way.direct, frame, way.text)


def _begun(state: State, way: Way, args: tuple[Any, ...], looked: Looked, frame: FrameType | None) -> forward.Begun:
    """What the long way would have seen before the call: nothing has changed since."""
    inputs, refs, before = looked
    given = [(at, draft) for at, value in enumerate(args) if (draft := state.by_identity.get(id(value))) is not None]
    return forward.Begun(_asked(way, args, frame), inputs, refs, {}, before, ghosts.given(state, given, []), None)
