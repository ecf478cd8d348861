"""Inside torch.func.grad and vjp: the wrappers that torch puts around tensors, and the tensors in them.

There torch shows the program a wrapper for each tensor: it has the flags and the graph of the transform, while the
numbers are in the tensor that it wraps, which is also what the transform returns. To the recorder both are one
tensor. Only what a transform differentiates with respect to is a tensor of its own: the same numbers may also be
used as a constant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from types import FrameType
from typing import Any

import torch

from autograd_tutor.recording import forward, hooks
from autograd_tutor.recording.calls import Asked, tensors
from autograd_tutor.recording.drafts import LOCAL, Handle, NodeDraft, TensorDraft
from autograd_tutor.recording.graph import engine_node, extend
from autograd_tutor.recording.state import State
from autograd_tutor.recording.tape import Call
from autograd_tutor.recording.wrappers import apart, bare, wrapped
from autograd_tutor.trace import WRAP, Operand, Operation, Span

_functorch = torch._C._functorch

_NEEDED = ("get_interpreter_stack", "get_unwrapped", "is_functorch_wrapped_tensor", "is_batchedtensor", "TransformType")


def _nothing() -> None:
    """For a torch without that private function."""


active: Callable[[], Any] = getattr(_functorch, "peek_interpreter_stack", _nothing)
"""Something else than None inside a transform."""

_KNOWN = apart is not nullcontext and all(hasattr(_functorch, name) for name in _NEEDED)

_FILES = ("eager_transforms.py", "vmap.py", "apis.py")
"""Where torch keeps its transforms."""

_FOLLOWED = frozenset({"Grad", "Jvp"})
_UNFOLLOWED = {"Vmap": "a whole batch at once (vmap)"}


def followed() -> bool:
    """Whether all transforms that are active are grad, vjp or jvp, so that what runs in them can be recorded."""
    return _KNOWN and all(one.key().name in _FOLLOWED for one in _functorch.get_interpreter_stack())


def unfollowed(state: State, frame: FrameType | None) -> None:
    """Say of which transform's call, at or above `frame`, something is not recorded, and why."""
    while frame is not None and not frame.f_code.co_filename.endswith(_FILES):
        frame = frame.f_back
    site = state.source.here(frame).site
    place = "A transform" if site is None else site.place
    kinds = {one.key().name for one in _functorch.get_interpreter_stack() or ()} if _KNOWN else set()
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
        draft = state.by_identity.get(id(tensor))
        if wrapped(tensor):
            if draft is None:
                draft = state.tensor(bare(tensor))
            _wear(state, draft, tensor)
        elif draft is not None:
            draft.held = tensor


def undress(state: State) -> None:
    """The transform is over: the tensors are what they were before it."""
    for id_ in state.worn:
        state.tensors[id_].held = state.tensors[id_].bare
    state.worn.clear()


def dress(state: State, reached: Iterable[int]) -> None:
    """At the program's end: a tensor that it can't reach any more is what the transform had made of it."""
    undress(state)
    for id_ in state.wrappers.keys() - set(reached):
        state.tensors[id_].held = state.wrappers[id_][-1]


def readable(value: Any) -> bool:
    """Whether no tensor in `value` stands for many, as in a vmap."""
    return _KNOWN and not any(_functorch.is_batchedtensor(layer) for one in tensors(value) for layer in _layers(one))


def start(state: State, tensor: torch.Tensor) -> Handle | None:
    """Where a pass over `tensor` starts."""
    return state.variables.get(id(tensor)) or engine_node(tensor)


def returned(state: State, asked: Asked, value: torch.Tensor) -> tuple[TensorDraft, list[Handle]]:
    """A gradient that autograd.grad has returned, and the roots of the graphs that it has.

    A transform takes off its wrapper, and what that recorded of the gradient with it.
    """
    draft = state.made(bare(value), None, asked)
    layers = _layers(value)
    if wrapped(value) and not asked.direct:
        layers = layers[1:]
    if wrapped(layers[0]):
        _wear(state, draft, layers[0])
    if asked.site is not None and not asked.direct and draft.naming < LOCAL:
        draft.label = asked.site.assigned or asked.site.text
    return draft, [layer.grad_fn for layer in reversed(layers)]


class Flow(hooks.Flow):
    """A pass inside a transform, of which the gradients are wrappers."""

    def _arrived(self, draft: NodeDraft) -> Callable[[Any], None]:
        return _looking(super()._arrived(draft))

    def _passed(self, draft: NodeDraft) -> Callable[[Any, Any], None]:
        return _looking(super()._passed(draft))


def _looking(hook: Callable[..., None]) -> Callable[..., None]:
    """`hook`, given what is in the wrappers."""

    def inside(gradients: tuple[torch.Tensor | None, ...], *rest: Any) -> None:
        with apart():
            hook(tuple([None if one is None else bare(one) for one in gradients]), *rest)

    return inside


def _layers(tensor: torch.Tensor) -> list[torch.Tensor]:
    """A tensor and what it wraps, the outermost first."""
    layers = [tensor]
    while wrapped(layers[-1]):
        layers.append(_functorch.get_unwrapped(layers[-1]))
    return layers


def _wear(state: State, draft: TensorDraft, wrapper: torch.Tensor) -> None:
    if state.by_identity.get(id(wrapper)) is not draft:
        state.by_identity[id(wrapper)] = draft
        state.wrappers.setdefault(draft.id, []).append(wrapper)
    draft.held = wrapper
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
            inner = bare(tensor)
            _wear(state, given.get(id(inner)) or state.made(inner, number, asked), tensor)
            below += _below(state, tensor, asked.text, number, span)
    forward.end(state, begun, result, below)


def _below(state: State, wrapper: torch.Tensor, text: str, operation: int, span: Span | None) -> list[int]:
    """The nodes that a call made outside the innermost transform, where another one or the program records too."""
    layers = reversed(_layers(wrapper)[1:])
    return [node for layer in layers for node in extend(state, layer.grad_fn, text, operation, span)]


def _variable(state: State, asked: Asked, accumulates: Handle) -> None:
    """A transform is about to differentiate with respect to this."""
    wrapper = asked.args[0]
    within = _functorch.get_unwrapped(wrapper)
    recognise(state, within)
    source = state.tensor(within)
    number = len(state.operations)
    draft = state.made(wrapper, None, asked)
    draft.bare, draft.wraps, draft.span = bare(wrapper), source, source.span
    draft.label = source.label
    state.wrappers[draft.id] = [wrapper]
    state.worn.add(draft.id)
    extend(state, accumulates, source.label)
    state.variables[id(wrapper)] = accumulates
    known = state.now(draft)
    state.settle()
    if not within.requires_grad:
        state.tape.leaves[draft.id] = known.copy
        return
    operand = Operand(source.label, source.id, state.now(source).value, requires_grad=True)
    state.operations.append(
        Operation(number, WRAP, source.label, inputs=(operand,), outputs=(draft.id,), values=(known.value,))
    )
    state.event("operation", source.label, None, number)
    given = {source.id: state.now(source)}
    state.tape.calls.append(Call(number, torch.clone, (source.ref,), {}, (draft.id,), True, given, (known,)))
