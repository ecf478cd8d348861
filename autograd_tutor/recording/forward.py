"""One forward call of the program: its operation, its graph nodes or its ghost, and its entry on the tape."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import torch

from autograd_tutor.recording import flags, ghosts, gradients, views
from autograd_tutor.recording.calls import DRAWS, UNWRITTEN, Asked, tensors
from autograd_tutor.recording.drafts import TensorDraft
from autograd_tutor.recording.graph import extend
from autograd_tutor.recording.operands import CONSTANT, operands
from autograd_tutor.recording.state import State
from autograd_tutor.recording.tape import Call, Known
from autograd_tutor.recording.values import copy
from autograd_tutor.trace import Operand, Operation

_UNCOUNTED = frozenset({"batch_norm", "instance_norm"})
"""They write into their running mean and variance, and torch counts no version."""


class Begun(msgspec.Struct, eq=False, gc=False):
    """What has to be looked at before the call is made."""

    asked: Asked
    inputs: tuple[Operand, ...]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    before: tuple[Known, ...]
    given: ghosts.Given
    rng: torch.Tensor | None


def record(state: State, asked: Asked) -> Any:
    """Make a call and record it."""
    begun = None
    state.wrote = state.wrote or asked.overwrites
    try:
        begun = begin(state, asked)
    except Exception as problem:
        state.missed(problem)
    result = asked.make()
    if begun is not None:
        try:
            end(state, begun, result)
        except Exception as problem:
            state.missed(problem)
    return result


def looked_up(state: State, asked: Asked) -> Any:
    """An embedding with `max_norm` first shortens the rows it will use, in place and where autograd does not look: two
    calls, as torch's own Python makes them."""
    given = asked.kwargs
    if given.get("max_norm") is not None:
        rows = (asked.args[1], asked.args[0].contiguous().reshape(-1), given["max_norm"], given.get("norm_type", 2.0))
        with torch.no_grad():
            text = f"embedding_renorm_ in {asked.site.text if asked.site is not None else asked.text}"
            shortens = msgspec.structs.replace(
                asked, raw="embedding_renorm_", name="embedding_renorm", in_place=True, direct=False, text=text,
                function=torch.embedding_renorm_, args=rows, kwargs={},
            )  # fmt: skip
            record(state, shortens)
        asked = msgspec.structs.replace(asked, kwargs={**given, "max_norm": None})
    return record(state, asked)


def begin(state: State, asked: Asked) -> Begun:
    """Look at the arguments."""
    if state.wrote:
        views.renew(state, asked)
    inputs, given = operands(state, asked)
    if asked.overwrites:
        state.settle()  # also what only these operands told: a view of what was written into
    for _, draft in given:
        if draft.outside and draft.held.grad_fn is not None:  # made in a thread
            extend(state, draft.held.grad_fn, draft.label)
    return Begun(
        asked,
        inputs,
        tuple([value if type(value) in CONSTANT else _replaced(state, value) for value in asked.args]),
        _replaced(state, asked.kwargs) if asked.kwargs else {},
        tuple([state.now(draft) for _, draft in given]),
        ghosts.given(state, given, list(_floats(state, asked)) if state.numbers else []),
        torch.get_rng_state() if asked.name in DRAWS else None,
    )


def end(state: State, begun: Begun, result: Any, below: Iterable[int] = ()) -> None:
    """Record what the call returned. It made the nodes `below` too, outside the transform that it ran in."""
    asked, number = begun.asked, len(state.operations)
    outputs = [result] if isinstance(result, torch.Tensor) else list(tensors(result))
    if not outputs and asked.in_place:  # x[0] = …, x.data = …, and the foreach functions return nothing
        outputs = list(tensors(asked.args[:1]))
    if asked.name in UNWRITTEN:
        _blank(outputs)
    made = [state.made(tensor, number, asked) for tensor in outputs]
    if asked.name in _UNCOUNTED:
        for _, draft in begun.given.operands:
            draft.known = None
    flags.after(state, asked, made)
    span = asked.site.span if asked.site is not None else None
    nodes = list(below)
    recorded = False
    # what grad_fn a view has after a write under no_grad is no doing of the call
    hidden = asked.in_place and not torch.is_grad_enabled()
    for draft in made:
        function = None if hidden else draft.grad_fn
        if function is not None:
            recorded = True
            nodes += extend(state, function, asked.text, number, span)
            node = state.by_node.get(function)
            if node is not None:
                node.tensor = draft.id
    if state.full:
        return
    nodes += ghosts.haunt(state, asked, number, begun.given, made, nodes, result)
    if not made and not nodes:
        return
    gradients.after(state, asked, begun.given.operands, made)
    known = [state.now(draft) for draft in made]
    written = asked.overwrites or _written(begun, known)
    state.wrote = state.wrote or written
    in_place = asked.in_place or written
    _tape(state, begun, made, known, recorded)
    _operation(state, begun, made, known, nodes, in_place)
    if in_place and recorded and len(made) == 1:
        views.wrote(state, asked, made[0], nodes)
    elif hidden:
        views.renewed(state, asked, made)


def _written(begun: Begun, known: list[Known]) -> bool:
    """Whether it handed an operand on that it wrote into: F.relu(x, inplace=True)."""
    now = {one.tensor: one.version for one in known}
    return any(now.get(one.tensor, one.version) != one.version for one in begun.before)


def _blank(fresh: list[torch.Tensor]) -> None:
    """Zeros in memory that nobody has written to: the same in every run, and nothing that an earlier program left."""
    for tensor in fresh:
        with contextlib.suppress(Exception):  # a kind of tensor that can't be written to
            tensor.data.zero_()  # .data: it counts as no change


def _operation(
    state: State, begun: Begun, made: list[TensorDraft], known: list[Known], nodes: list[int], in_place: bool
) -> None:
    asked, site = begun.asked, begun.asked.site
    operation = Operation(
        len(state.operations),
        asked.name,
        asked.text,
        site.span if site is not None else None,
        max(site.runs - 1, 0) if site is not None else 0,
        site.function if site is not None else None,
        begun.inputs,
        tuple([draft.id for draft in made]),
        tuple([one.value for one in known]),
        tuple(nodes),
        in_place,
        state.call,
    )
    state.operations.append(operation)
    state.event("operation", asked.text, operation.span, operation.id)


def _tape(state: State, begun: Begun, made: list[TensorDraft], known: list[Known], recorded: bool) -> None:
    asked = begun.asked
    leaves = state.leaves
    if not begun.before:
        leaves |= {draft.id: one for draft, one in zip(made, known, strict=True)}
        return
    if asked.in_place and asked.name in DRAWS and all(draft.id in leaves for draft in made):
        # A layer draws its first weights: to a replay they are what they became.
        leaves |= {draft.id: copy(draft.bare) for draft in made}
        return
    state.tape.calls.append(
        Call(
            len(state.operations),
            asked.function,
            begun.args,
            {name: value for name, value in begun.kwargs.items() if name != "out"} if begun.kwargs else {},
            tuple([draft.id for draft in made]),
            recorded,
            begun.before,
            tuple(known),
            begun.rng,
        )
    )


def _floats(state: State, asked: Asked) -> Iterator[tuple[int, int]]:
    """Positional arguments, also inside lists, that are floats which left torch before."""
    for index, value in enumerate(asked.args):
        for item in value if isinstance(value, list | tuple) else (value,):
            if type(item) is float and id(item) in state.numbers:
                yield index, state.numbers[id(item)][1]


def _replaced(state: State, value: Any) -> Any:
    """`value` with a `Ref` in place of every tensor."""
    if isinstance(value, torch.Tensor):
        known = state.by_identity.get(id(value))
        return (known or state.tensor(value)).ref
    if type(value) in (tuple, list):
        return type(value)([_replaced(state, item) for item in value])
    if type(value) is dict:
        return {key: _replaced(state, item) for key, item in value.items()}
    return value
