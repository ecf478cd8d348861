"""torch's own graph as drafts: nodes reached from a tensor, edges between them, what they saved.

Always iterative: a graph can be deeper than Python's stack.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from functools import cache, lru_cache
from typing import Any, NamedTuple

import torch

from autograd_tutor.recording.drafts import EdgeDraft, Handle, NodeDraft, TensorDraft
from autograd_tutor.recording.state import State
from autograd_tutor.recording.values import whole
from autograd_tutor.trace import Saved, Span

Following = tuple[tuple[Handle, int], ...]


def extend(state: State, root: Handle, text: str, operation: int | None = None, span: Span | None = None) -> list[int]:
    """Record every unknown node reachable from `root`; returns the new functions, nearest the leaves first."""
    if root is None or root in state.by_node or state.full:
        return []
    following = root.next_functions
    known = state.by_node
    for child, _ in following:
        if child is not None and child not in known:
            found = _below(root, known)
            break
    else:  # as after most calls
        found = [(root, following)]
    if not state.room(len(found)):
        return []
    new = []
    for handle, following in found:
        draft = _draft(state, handle, text, operation, span)
        if draft.kind == "function":
            new.append(draft.id)
            draft.edges = tuple(
                [
                    None if child is None else connect(state, draft.id, state.by_node[child].id, index, output)
                    for index, (child, output) in enumerate(following)
                ]
            )
    return new


def reachable(starts: list[Handle]) -> list[Handle]:
    """All of torch's nodes from `starts` on."""
    seen = set(starts)
    waiting = list(seen)
    for handle in waiting:
        for child, _ in handle.next_functions:
            if child is not None and child not in seen:
                seen.add(child)
                waiting.append(child)
    return waiting


def connect(state: State, tail: int, head: int, index: int, output: int = 0, ghost: bool = False) -> EdgeDraft:
    """A new edge."""
    edge = EdgeDraft(len(state.edges), tail, head, index, output, ghost)
    state.edges.append(edge)
    return edge


def leaf_node(state: State, leaf: TensorDraft) -> int:
    """The accumulate node that stands for `leaf`, also where torch has made none (yet).

    A leaf made from a value that was cut off keeps a ghost edge to where it came from.
    """
    if leaf.node is None:
        draft = NodeDraft(len(state.nodes), "accumulate", "AccumulateGrad", leaf.label, tensor=leaf.id)
        state.nodes.append(draft)
        leaf.node = draft.id
        if leaf.ghost is not None:
            connect(state, draft.id, leaf.ghost, 0, ghost=True)
    return leaf.node


def node_of(state: State, draft: TensorDraft) -> int | None:
    """The node that stands for a tensor that requires grad; None if its graph is not recorded."""
    function = draft.grad_fn
    if function is None:
        return leaf_node(state, draft) if draft.is_leaf else None
    known = state.by_node.get(function)
    return known.id if known is not None else None


def engine_node(tensor: torch.Tensor) -> Handle | None:
    """Where a pass over `tensor` starts: its grad_fn, or a leaf's AccumulateGrad; None if there is neither."""
    try:
        function = tensor.grad_fn
    except RuntimeError:  # a view that torch will not have used any more
        return None
    if function is not None or not tensor.requires_grad:
        return function
    with torch.inference_mode(False), torch.enable_grad():
        return tensor.view_as(tensor).grad_fn.next_functions[0][0]


def _below(root: Handle, known: dict[Handle, NodeDraft]) -> list[tuple[Handle, Following]]:
    """The unknown nodes from `root` on, each after all that it leads to, with its `next_functions`."""
    following = root.next_functions
    order = []
    seen = {root}
    waiting = [(root, following, iter(following))]
    while waiting:
        handle, following, children = waiting[-1]
        for child, _ in children:
            if child is not None and child not in seen and child not in known:
                seen.add(child)
                following = child.next_functions
                waiting.append((child, following, iter(following)))
                break
        else:
            order.append((handle, following))
            waiting.pop()
    return order


def _draft(state: State, handle: Handle, text: str, operation: int | None, span: Span | None) -> NodeDraft:
    name = name_of(handle)
    leaf = getattr(handle, "variable", None) if name == "AccumulateGrad" else None
    if isinstance(leaf, torch.Tensor):
        draft = state.nodes[leaf_node(state, state.tensor(leaf))]
    else:
        draft = NodeDraft(len(state.nodes), "function", name, text, operation, span=span, saved=saved(state, handle))
        state.nodes.append(draft)
    state.by_node[handle] = draft
    return draft


def name_of(handle: Handle) -> str:
    """As torch prints it, without the namespace."""
    kind = type(handle)
    name = _names.get(kind)
    if name is None:
        name = handle.name().rpartition("::")[2]
        if name == kind.__name__:  # a kind of its own: many of torch's C++ nodes share one
            _names[kind] = name
    return name


_names: dict[Any, str] = {}
"""Of nodes by their class. (torch takes long to say it.)"""


class _Attribute(NamedTuple):
    """Under which a kind of node gives something that it saved."""

    full: str
    name: str
    """Without the prefix."""
    raw: str | None
    """Where a tensor's keeper is; None for what is no tensor."""


@cache
def _attributes(kind: Hashable) -> tuple[_Attribute, ...]:
    known = dir(kind)
    return tuple(
        _Attribute(one, one.removeprefix("_saved_"), "_raw" + one if "_raw" + one in known else None)
        for one in known
        if one.startswith("_saved_")
    )


def kept(state: State, handle: Handle) -> Iterator[tuple[str, Any, bool]]:
    """What a node keeps for backward, as far as it can be looked at without running code of the program's.

    By name, without the prefix, and whether it is a tensor.
    """
    for full, name, raw in _attributes(type(handle)):  # type: ignore[arg-type]
        if state.hooked and raw is not None and (state.packed or _hooked(getattr(handle, raw, None))):
            continue
        try:
            value = getattr(handle, full)
        except RuntimeError:  # changed in place or freed since, or a hook of the program's objects
            continue
        if value is not None:
            yield name, value, raw is not None


def saved(state: State, handle: Handle, result: torch.Tensor | None = None) -> tuple[Saved, ...]:
    """What a node keeps, as the trace has it.

    `result` is what it has just made, if that is known already: torch hands it out as another tensor.
    """
    found = []
    known = state.by_identity
    for name, value, is_tensor in kept(state, handle):
        if is_tensor:
            draft = known.get(id(value))
            if draft is None and result is not None and name == "result" and _same(value, result):
                draft = known[id(result)]
            if draft is not None:  # mostly an operand of this very call
                found.append(Saved(name, state.now(draft).value))
                continue
        found.append((_kept if _lasting(value) else _other)(name, value))
    return tuple(found)


_INTEGER = frozenset({int})
_WHOLE = frozenset({int, bool})


def _lasting(value: Any) -> bool:
    """It equals only what is the same: not so floats (0.0 is -0.0), nor tuples in which True could be 1."""
    return type(value) in _WHOLE or (type(value) is tuple and _INTEGER.issuperset(map(type, value)))


def _same(one: Any, other: torch.Tensor) -> bool:
    """Both have the same numbers because they have the same memory."""
    if type(one) is not torch.Tensor or one.layout is not torch.strided:
        return False
    return bool(one.data_ptr() == other.data_ptr() != 0 and one.shape == other.shape)


def _other(name: str, value: Any) -> Saved:
    """Of what is no tensor of the program's."""
    value = signed(value)
    return Saved(name, whole(value) or repr(value)[:200])


_kept = lru_cache(maxsize=1000, typed=True)(_other)


def readable(handle: Handle) -> bool:
    """Whether a node can still give all that it saved: it was not freed, and nothing was changed in place."""
    try:
        for one in _attributes(type(handle)):  # type: ignore[arg-type]
            if one.raw is not None:
                getattr(handle, one.full)
    except RuntimeError:
        return False
    return True


def overwritten(state: State, handle: Handle) -> list[str]:
    """What a node saved, without the prefix, and can't give any more because it was changed in place since."""
    found = []
    for full, name, raw in _attributes(type(handle)):  # type: ignore[arg-type]
        if raw is None or not (state.packed or _hooked(getattr(handle, raw, None))):
            try:
                getattr(handle, full)
            except RuntimeError as error:
                if "modified by an inplace operation" in str(error):
                    found.append(name)
    return found


def _hooked(keeper: Any) -> bool:
    """A saved-tensor hook of the program's (a checkpoint has one) gives this value: looking at it would call it."""
    if isinstance(keeper, tuple | list):
        return any(map(_hooked, keeper))
    return getattr(keeper, "unpack_hook", None) is not None


def signed(value: Any) -> Any:
    """torch hands out the dimension -1 that it kept as 2⁶⁴ - 1."""
    if isinstance(value, tuple):
        return tuple([signed(one) for one in value])
    return value - (1 << 64) if type(value) is int and value >= 1 << 63 else value
