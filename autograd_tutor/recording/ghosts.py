"""Operations that torch did not record though the learner would expect it: ghost nodes, and why."""

from __future__ import annotations

from typing import Any

import torch

from autograd_tutor.recording.calls import COPIES, LEAVES_TORCH, SHAPE_ONLY, Asked
from autograd_tutor.recording.drafts import Draft, NodeDraft, TensorDraft
from autograd_tutor.recording.graph import connect, leaf_node, node_of
from autograd_tutor.recording.state import State
from autograd_tutor.recording.values import memory
from autograd_tutor.trace import WHOLE, Reason

_UNREMARKABLE = SHAPE_ONLY | {"requires_grad_", "requires_grad.__set__"}
"""Nobody expects a gradient through these."""

_UNDER_NO_GRAD = frozenset({"CheckpointFunction"})
"""They run what they are given under no_grad, and record it only if an argument requires grad."""


class Given(Draft):
    """The tensors (and numbers that once were tensors) given to a call, as they stood just before it."""

    operands: tuple[tuple[int, TensorDraft], ...]
    """With the operand's number."""
    numbers: tuple[tuple[int, int], ...]
    """Operand's number and ghost of each Python float that left torch."""
    live: bool = False
    """One of them required grad."""
    ghost: int | None = None
    """The ghost that one of them comes from."""
    frozen: bool = False
    """On one of them requires_grad had been turned off."""
    called: int = 0
    """How many modules had been called."""

    @property
    def expected(self) -> bool:
        """The learner would expect the result to be tracked."""
        return self.live or self.ghost is not None or self.frozen


def given(state: State, operands: list[tuple[int, TensorDraft]], numbers: list[tuple[int, int]]) -> Given:
    """Look at them now: the call may change them."""
    found = Given(tuple(operands), tuple(numbers), called=len(state.calls))
    for _, draft in operands:
        if draft.apart and draft.ghost is None:
            _aside(state, draft)
        if draft.held.requires_grad:
            found.live = True
        else:
            found.frozen = found.frozen or draft.frozen
            found.ghost = draft.ghost if found.ghost is None else found.ghost
    if found.ghost is None and numbers:
        found.ghost = numbers[0][1]
    return found


def haunt(
    state: State, asked: Asked, operation: int, given: Given, made: list[TensorDraft], nodes: list[int], result: Any
) -> list[int]:
    """Ghost edges from a recorded operation to operands that were cut off; for one that was not, its ghost.

    Returns the ghost's id, if there is one.
    """
    if nodes:
        _touch(state, nodes[0], given, live=False)
        for draft in made:
            draft.apart = draft.operation == operation and not draft.held.requires_grad
        return []
    if asked.raw == "data.__set__":
        return _replaced(state, asked, operation, given)
    if not (given.expected or asked.raw in _UNDER_NO_GRAD) or asked.raw in _UNREMARKABLE:
        return []
    kept = () if asked.in_place or "out" in asked.kwargs else {draft.id for _, draft in given.operands}
    fresh = [draft for draft in made if draft.id not in kept]
    lost = [draft for draft in fresh if not draft.held.requires_grad]
    if made and not lost:
        return _written(state, asked, operation, given, fresh)
    if not made and asked.raw not in LEAVES_TORCH:
        return []
    ghost = _ghost(state, asked, operation, _reason(asked, given), given)
    if asked.raw in _UNDER_NO_GRAD:
        _weights(state, ghost, given)
    ghost.tensor = lost[0].id if lost else None
    for draft in lost:
        draft.ghost = ghost.id
    _remember(state, ghost.id, result)
    return [ghost.id]


def _weights(state: State, ghost: NodeDraft, given: Given) -> None:
    """Ghost edges to the weights of the modules that ran meanwhile, which are no arguments."""
    for module, _ in state.calls[given.called :]:
        for weight in module._parameters.values():
            if weight is not None and weight.requires_grad:
                connect(state, ghost.id, leaf_node(state, state.tensor(weight)), 0, ghost=True)


def _written(state: State, asked: Asked, operation: int, given: Given, fresh: list[TensorDraft]) -> list[int]:
    """What came out requires grad without a new node: a fresh leaf, one written under no_grad, or a view made there.

    Such a view of a leaf is a leaf of its own.
    """
    hidden = given.live and not torch.is_grad_enabled()
    if not fresh or not (asked.raw in COPIES or (hidden and (asked.direct or not asked.in_place))):
        return []
    ghost = _ghost(state, asked, operation, _reason(asked, given), given)
    ghost.tensor = fresh[0].id
    if not asked.in_place:
        for draft in fresh:
            draft.ghost = ghost.id
    return [ghost.id]


def _ghost(state: State, asked: Asked, operation: int, reason: Reason, given: Given) -> NodeDraft:
    cut = None
    if reason == "downstream" and given.ghost is not None:
        origin = state.nodes[given.ghost]
        cut = origin.cut if origin.cut is not None else origin.id
    span = asked.site.span if asked.site is not None else None
    ghost = NodeDraft(len(state.nodes), "ghost", asked.name, asked.text, operation, span=span, reason=reason, cut=cut)
    state.nodes.append(ghost)
    _touch(state, ghost.id, given, live=True)
    return ghost


def _aside(state: State, draft: TensorDraft) -> None:
    """The ghost of a result without a derivative, once something is computed from it."""
    assert draft.operation is not None
    made = state.operations[draft.operation]
    ghost = NodeDraft(
        len(state.nodes), "ghost", made.name, made.text, made.id, draft.id, made.span, reason="not differentiable"
    )
    state.nodes.append(ghost)
    draft.ghost = ghost.id
    for node in made.nodes[-1:]:
        connect(state, ghost.id, node, 0, ghost=True)


def _reason(asked: Asked, given: Given) -> Reason:
    if not given.live:
        if given.ghost is not None:
            return "downstream"
        return "frozen" if given.frozen else "no_grad"
    if asked.name in ("detach", "data"):
        return asked.name  # type: ignore[return-value]
    if asked.raw in LEAVES_TORCH or asked.raw in COPIES:
        return "left torch"
    if torch.is_inference_mode_enabled():
        return "inference_mode"
    return "not differentiable" if torch.is_grad_enabled() else "no_grad"


def _touch(state: State, tail: int, given: Given, live: bool) -> None:
    """Ghost edges from `tail` to what is behind the operands: the cut-off ones, and if `live` the others too."""
    for index, draft in given.operands:
        if draft.ghost is None and not (live or draft.frozen):
            continue
        if draft.lost and draft.ghost is not None and draft.ghost != tail:
            connect(state, tail, draft.ghost, index, ghost=True)
        elif draft.frozen and not draft.held.requires_grad:
            connect(state, tail, leaf_node(state, draft), index, ghost=True)
        elif live and draft.held.requires_grad:
            head = node_of(state, draft)
            if head is not None:
                connect(state, tail, head, index, draft.held.output_nr, ghost=True)
        elif live and draft.required and (head := _former(state, draft)) is not None:  # detach_() came between
            connect(state, tail, head, index, ghost=True)
    for index, ghost in given.numbers:
        connect(state, tail, ghost, index, ghost=True)


def _former(state: State, draft: TensorDraft) -> int | None:
    """The node that made a tensor which is detached now."""
    return next((one.id for one in reversed(state.nodes) if one.kind == "function" and one.tensor == draft.id), None)


def reborn(state: State) -> None:
    """Ghosts for leaves made of an earlier tensor's memory by a call that torch does not show: `nn.Parameter(y)`."""
    leaves = [one for one in state.tensors if one.outside and one.ghost is None and _takes(one)]
    if not leaves:
        return
    sharing: dict[int, list[TensorDraft]] = {}
    for one in state.tensors:
        if one.required or one.lost:
            sharing.setdefault(memory(one.held), []).append(one)
    for leaf in leaves:
        earlier = [one for one in sharing[memory(leaf.held)] if one.id < leaf.id and one.owner is None]
        source = earlier[-1] if earlier else None
        head = None if source is None else source.ghost if source.lost else node_of(state, source)
        if head is not None:
            placed = state.placed.get(id(leaf.held))
            span = placed[1] if placed is not None else leaf.span or state.source.parameter(leaf.label)
            text = leaf.label if span is None else state.source.cut(span)
            ghost = NodeDraft(len(state.nodes), "ghost", "parameter", text, span=span, reason="detach")
            state.nodes.append(ghost)
            connect(state, ghost.id, head, 0, ghost=True)
            _follow(state, leaf, ghost)


def _takes(draft: TensorDraft) -> bool:
    """A gradient can come to it and stay: a leaf that requires grad."""
    return draft.node is not None and draft.is_leaf and bool(draft.held.requires_grad)


def _follow(state: State, leaf: TensorDraft, ghost: NodeDraft) -> None:
    """From here on the leaf holds what a cut has left of other tensors."""
    ghost.tensor, leaf.ghost = leaf.id, ghost.id
    if leaf.node is not None:
        connect(state, leaf.node, ghost.id, 0, ghost=True)


def _replaced(state: State, asked: Asked, operation: int, given: Given) -> list[int]:
    """The ghost of `p.data = y`: what y was computed from stays behind. An update of p itself is none."""
    owner, *others = given.operands
    leaf = owner[1]
    value = next((draft for _, draft in others), None)
    if value is None or not leaf.is_leaf or not (value.held.requires_grad or value.lost):
        return []
    taken = Given(tuple(others), (), value.held.requires_grad, value.ghost)
    if not taken.live and _origin(state, value) == leaf.id:
        return []
    ghost = _ghost(state, asked, operation, "data" if taken.live else "downstream", taken)
    _follow(state, leaf, ghost)
    return [ghost.id]


def _origin(state: State, lost: TensorDraft) -> int | None:
    """The tensor that was cut off, from any that was computed from it since."""
    assert lost.ghost is not None
    ghost = state.nodes[lost.ghost]
    cut = state.nodes[ghost.cut] if ghost.cut is not None else ghost
    inputs = state.operations[cut.operation].inputs if cut.operation is not None else ()
    return inputs[0].tensor if inputs else None


def _remember(state: State, ghost: int, result: Any) -> None:
    """Python floats that left torch are known again when they come back: fresh ones have an identity."""
    waiting = [result]
    while waiting and len(waiting) <= WHOLE:
        value = waiting.pop()
        if isinstance(value, float):
            state.numbers[id(value)] = (value, ghost)
        elif isinstance(value, list):
            waiting += value
