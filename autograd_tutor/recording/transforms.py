"""Inside torch.func.grad, vjp and vmap: the wrappers that torch puts around tensors, and the tensors in them.

There torch shows the program a wrapper for each tensor: it has the flags and the graph of the transform, while the
numbers are in the tensor that it wraps, which is also what the transform returns. To the recorder both are one
tensor. Only what a transform differentiates with respect to is a tensor of its own: the same numbers may also be
used as a constant. Inside a vmap the tensor in the wrapper has all examples, of which the program sees one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from types import FrameType
from typing import Any

import msgspec
import torch

from autograd_tutor.recording import forward
from autograd_tutor.recording.calls import Asked, tensors
from autograd_tutor.recording.drafts import LOCAL, Handle, TensorDraft
from autograd_tutor.recording.graph import engine_node, extend
from autograd_tutor.recording.mapped import Mapped
from autograd_tutor.recording.spread import batches_of
from autograd_tutor.recording.state import State
from autograd_tutor.recording.tape import Call
from autograd_tutor.recording.wrappers import apart, bare, batched, counted, functorch, layers, wrapped
from autograd_tutor.trace import MAKES, TAKES, WRAP, Operand, Operation, Span

_NEEDED = (
    *("get_interpreter_stack", "get_unwrapped", "is_functorch_wrapped_tensor", "is_batchedtensor"),
    *("maybe_get_bdim", "maybe_get_level"),
)


def _stack() -> Any:
    """For a torch without the quicker function."""
    return getattr(functorch, "get_interpreter_stack", lambda: None)()


active: Callable[[], Any] = getattr(functorch, "peek_interpreter_stack", _stack)
"""Something else than None inside a transform."""

KNOWN = apart is not nullcontext and all(hasattr(functorch, name) for name in _NEEDED)
"""Whether this torch has all that is needed to look into wrappers."""

_FILES = ("eager_transforms.py", "vmap.py", "apis.py")
"""Where torch keeps its transforms."""

_FOLLOWED = frozenset({"Grad", "Jvp"})
_UNFOLLOWED = {"Vmap": "a whole batch at once (vmap)"}


def followed(state: State) -> bool:
    """Whether all transforms that are active are grad, vjp, jvp or a vmap that was seen to begin: what runs in those
    can be recorded."""
    return KNOWN and all(
        one.key().name in _FOLLOWED or one.level() in state.levels for one in functorch.get_interpreter_stack() or ()
    )


def unfollowed(state: State, frame: FrameType | None) -> None:
    """Say of which transform's call, at or above `frame`, something is not recorded, and why."""
    while frame is not None and not frame.f_code.co_filename.endswith(_FILES):
        frame = frame.f_back
    site = state.source.here(frame).site
    place = "A transform" if site is None else site.place
    kinds = {one.key().name for one in functorch.get_interpreter_stack() or ()} if KNOWN else set()
    how = next((words for kind, words in _UNFOLLOWED.items() if kind in kinds), "tensors of its own kind")
    state.note(f"{place} runs operations on {how}: those are not recorded, only what it returns.")


def record(state: State, asked: Asked, _: FrameType) -> Any:
    """Make a call inside a transform, and record it."""
    if asked.raw == "requires_grad_" and id(asked.args[0]) not in state.by_identity:
        result = asked.make()
        accumulates = state.safely(engine_node, result)
        with apart():
            state.safely(_variable, state, asked, accumulates)
        return result
    with apart():
        begun = state.safely(_begin, state, asked)
    settle(state)
    result = asked.make()
    if begun is not None:
        with apart():
            state.safely(_end, state, begun, result)
        settle(state)
    return result


def settle(state: State) -> None:
    """Read what waits to be read; nothing in a transform may wait, as what it is read with would be a wrapper."""
    if state.waiting:
        with apart():
            state.settle()


def recognise(state: State, value: Any) -> None:
    """Know each wrapper in `value` as the tensor in it, which has the wrapper's flags from here on."""
    for tensor in tensors(value):
        if wrapped(tensor):
            _wear(state, draft(state, tensor), tensor)
        elif (known := state.by_identity.get(id(tensor))) is not None:
            known.held = tensor


def draft(state: State, tensor: torch.Tensor) -> TensorDraft:
    """The draft of a tensor in wrappers: what the recorder knows under the outermost of them."""
    for layer in layers(tensor):
        known = state.by_identity.get(id(layer))
        if known is not None and (known.batch or not any(map(batched, layers(layer)))):
            return known
    found = state.tensor(_whole(tensor))
    found.batch = batches_of(state, tensor)
    return found


def _whole(tensor: torch.Tensor) -> torch.Tensor:
    """What is in all wrappers. Inside a vmap as another tensor than the one that the program has outside of it."""
    inner = bare(tensor)
    if not any(map(batched, layers(tensor))):
        return inner
    with torch.no_grad():
        return inner.detach()


def _flagged(tensor: torch.Tensor) -> torch.Tensor:
    """The layer with the flags and the graph: a vmap's wrapper has none."""
    return next(one for one in layers(tensor) if not batched(one))


def undress(state: State) -> None:
    """The transform is over: the tensors are what they were before it."""
    for id_ in state.worn:
        state.tensors[id_].held = state.tensors[id_].bare
    state.worn.clear()


def dress(state: State, reached: Iterable[int]) -> None:
    """At the program's end: a tensor that it can't reach any more is what the transform had made of it."""
    undress(state)
    for id_ in state.wrappers.keys() - set(reached):
        state.tensors[id_].held = _flagged(state.wrappers[id_][-1])


def readable(state: State, value: Any) -> bool:
    """Whether it is known for all tensors in `value` what they stand for."""
    return KNOWN and all(level in state.levels for one in tensors(value) for level in counted(one))


def start(state: State, tensor: torch.Tensor) -> Handle | None:
    """Where a pass over `tensor` starts."""
    return state.variables.get(id(tensor)) or engine_node(tensor)


def returned(state: State, asked: Asked, value: torch.Tensor) -> tuple[TensorDraft, list[Handle]]:
    """A gradient that autograd.grad has returned, and the roots of the graphs that it has.

    A transform takes off its wrapper, and what that recorded of the gradient with it.
    """
    made = state.made(_whole(value), None, asked)
    made.batch = batches_of(state, value)
    left = layers(value)
    if wrapped(value) and not batched(value) and not asked.direct:
        left = left[1:]
    if wrapped(left[0]):
        _wear(state, made, left[0])
    if asked.site is not None and not asked.direct and made.naming < LOCAL:
        made.label = asked.site.text if made.batch else asked.site.assigned or asked.site.text
    return made, [layer.grad_fn for layer in reversed(left)]


def _wear(state: State, draft: TensorDraft, wrapper: torch.Tensor) -> None:
    if state.by_identity.get(id(wrapper)) is not draft:
        state.by_identity[id(wrapper)] = draft
        state.wrappers.setdefault(draft.id, []).append(wrapper)
    draft.held = _flagged(wrapper)
    state.worn.add(draft.id)


def _begin(state: State, asked: Asked) -> forward.Begun:
    recognise(state, (asked.args, asked.kwargs))
    return forward.begin(state, asked)


def _end(state: State, begun: forward.Begun, result: Any) -> None:
    asked, number = begun.asked, len(state.operations)
    span = asked.site.span if asked.site is not None else None
    given = {id(draft.bare): draft for _, draft in begun.given.operands}
    below = []
    for tensor in tensors(result):
        if wrapped(tensor):
            inner = _whole(tensor)
            known = state.by_identity.get(id(tensor)) if batched(tensor) else None
            made = known or given.get(id(inner)) or state.made(inner, number, asked)
            made.batch = batches_of(state, tensor)
            _wear(state, made, tensor)
            if made.batch:
                _know(state, made, tensor)
            below += _below(state, tensor, asked.text, number, span)
    if state.levels:
        _map(state, begun, result)
    forward.end(state, begun, result, below)


def _map(state: State, begun: forward.Begun, result: Any) -> None:
    """On the tape, a call inside a vmap is made on all examples."""
    asked = begun.asked
    given = [batches_of(state, one) for one in tensors((asked.args, asked.kwargs))]
    made = [batches_of(state, one) for one in tensors(result)]
    if any(given) or any(made):
        begun.asked = msgspec.structs.replace(asked, function=Mapped(asked.function, tuple(given), tuple(made)))


def _know(state: State, draft: TensorDraft, wrapper: torch.Tensor) -> None:
    """A transform that is over takes its wrapper off, and leaves the next one."""
    for inner in layers(wrapper)[1:-1]:
        if id(inner) not in state.by_identity:
            state.by_identity[id(inner)] = draft
            state.wrappers[draft.id].insert(0, inner)


def end_of_vmap(state: State, asked: Asked, result: torch.Tensor) -> None:
    """A vmap has taken a tensor apart, or has stacked what came out."""
    begun = _begin(state, asked)
    if asked.name != TAKES:
        inner = result
        if wrapped(result):
            _wear(state, state.made(bare(result), len(state.operations), asked), result)
        forward.end(state, begun, inner)
        _recorded(state)
        return
    (_, source), *_ = begun.given.operands
    made = state.made(_whole(result), len(state.operations), asked)
    made.batch, made.wraps, made.span, made.label = batches_of(state, result), source, source.span, source.label
    _wear(state, made, result)
    node = state.by_node.get(made.grad_fn)
    owner = None if node is None else node.tensor
    forward.end(state, begun, result)
    _recorded(state)
    if node is not None:
        node.tensor = owner


def _recorded(state: State) -> None:
    """Nothing is cut there, though torch makes no node for it."""
    if state.tape.calls and state.tape.calls[-1].operation == len(state.operations) - 1:
        state.tape.calls[-1].recorded = True


def _below(state: State, wrapper: torch.Tensor, text: str, operation: int, span: Span | None) -> list[int]:
    """The nodes that a call made outside the innermost transform, where another one or the program records too."""
    inner = reversed(layers(wrapper)[1:])
    return [node for layer in inner for node in extend(state, layer.grad_fn, text, operation, span)]


def _variable(state: State, asked: Asked, accumulates: Handle) -> None:
    """A transform is about to differentiate with respect to this."""
    wrapper = asked.args[0]
    within = functorch.get_unwrapped(wrapper)
    recognise(state, within)
    source = draft(state, within)
    number = len(state.operations)
    made = state.made(wrapper, None, asked)
    made.bare, made.wraps, made.span = _whole(wrapper), _primal(state, source), source.span
    made.label, made.batch = made.wraps.label, batches_of(state, wrapper)
    made.tangent, made.spread = source.tangent, source.spread
    state.wrappers[made.id] = [wrapper]
    state.worn.add(made.id)
    extend(state, accumulates, made.label)
    state.variables[id(wrapper)] = accumulates
    known = state.now(made)
    state.settle()
    if not source.held.requires_grad and source.tangent is None and not made.batch:
        state.leaves[made.id] = known.copy
        return
    operand = Operand(made.label, source.id, state.now(source).value, source.held.requires_grad)
    state.operations.append(
        Operation(number, WRAP, made.label, inputs=(operand,), outputs=(made.id,), values=(known.value,))
    )
    state.event("operation", made.label, None, number)
    given = (state.now(source),)
    state.tape.calls.append(Call(number, torch.clone, (source.ref,), {}, (made.id,), True, given, (known,)))


def _primal(state: State, source: TensorDraft) -> TensorDraft:
    """What a transform's own dual number was made of, which the program has a name for."""
    made = None if source.operation is None else state.operations[source.operation]
    if made is None or made.name != MAKES or made.inputs[0].tensor is None:
        return source
    return state.tensors[made.inputs[0].tensor]
