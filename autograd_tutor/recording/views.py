"""Writing through views: what the other tensors that look into the same memory are afterwards.

A call that works in place on a view changes its base as well, and every other view of it. torch gives the base a new
grad_fn at once (CopySlices) and each other view one when it is next looked at. The recorder says the same as two
kinds of operations, which a replay and a closed form can carry out: the base has the view's numbers put into their
places, and a view takes its numbers out of the base anew.
"""

from __future__ import annotations

from typing import Any

import torch

from autograd_tutor.recording.calls import Asked, tensors
from autograd_tutor.recording.drafts import TensorDraft
from autograd_tutor.recording.graph import extend
from autograd_tutor.recording.state import State
from autograd_tutor.recording.tape import Call, Known
from autograd_tutor.recording.values import array
from autograd_tutor.trace import PUTS, SEES, Operand, Operation

OTHER = (
    "The program writes into a tensor through a view with numbers of another kind (the parts or the conjugates of "
    "complex ones): a formula and the differences do not follow that."
)


def wrote(state: State, asked: Asked, view: TensorDraft, nodes: list[int]) -> None:
    """After a recorded call in place on `view` that made `nodes`: its base has the new numbers, too."""
    base = _base(state, view)
    if base is None or base.grad_fn is None:
        if view.bare._is_view() and not _alike(view.bare, view.bare._base):
            state.note(OTHER)
        return
    node = state.by_node.get(base.grad_fn)
    if node is None or node.id not in nodes:
        return
    node.tensor, base.required = base.id, True
    before = base.known or state.now(base)  # of the write nobody has told it yet
    _record(state, asked, PUTS, torch.Tensor.put, base, view, (before, state.now(view)), ())


def renew(state: State, asked: Asked) -> None:
    """Before a call: those of its tensors that are views of what was written into since they were last looked at."""
    known = (state.by_identity.get(id(tensor)) for tensor in tensors((asked.args, asked.kwargs)))
    if views := [one for one in known if one is not None and stale(one)]:
        renewed(state, asked, views)
        state.settle()  # the call may write into them


def renewed(state: State, asked: Asked, views: list[TensorDraft]) -> None:
    """Those that torch has given a new grad_fn take their numbers out of their base anew."""
    for view in views:
        base, made = _base(state, view), view.grad_fn
        if base is None or made is None or made in state.by_node or not _recorded(state, base):
            continue
        nodes = extend(state, made, view.label, len(state.operations), view.span)
        if nodes:
            state.by_node[made].tensor = view.id
            _record(state, asked, SEES, torch.take, base, view, (state.now(base),), nodes)


def _recorded(state: State, base: TensorDraft) -> bool:
    return bool(base.is_leaf or base.grad_fn in state.by_node)


def stale(view: TensorDraft) -> bool:
    """Whether it is a view, and its memory was written into since it was last looked at."""
    known = view.known
    return known is not None and view.bare._is_view() and view.bare._version != known.version


def _base(state: State, view: TensorDraft) -> TensorDraft | None:
    base = view.bare._base if view.bare._is_view() else None
    return None if base is None or not _alike(view.bare, base) else state.by_identity.get(id(base))


def _alike(view: torch.Tensor, base: torch.Tensor) -> bool:
    """Whether a view has its base's numbers as they are: not the parts of complex ones, and not their conjugates."""
    return bool(view.dtype == base.dtype and view.is_conj() == base.is_conj() and view.is_neg() == base.is_neg())


def _record(
    state: State,
    asked: Asked,
    name: str,
    function: Any,
    base: TensorDraft,
    view: TensorDraft,
    given: tuple[Known, ...],
    nodes: tuple[int, ...] | list[int],
) -> None:
    """One of the two has the other's numbers now: an operation on the trace, and a call on the tape.

    `given`: what the base was, and of the base's own operation what the view is.
    """
    output, other = (base, view) if name == PUTS else (view, base)
    number, site = len(state.operations), asked.site
    places, known = _places(base.bare, view.bare), state.now(output)
    sources = (base, view)[: len(given)]
    operands = [
        Operand(one.label, one.id, was.value, one.held.requires_grad) for one, was in zip(sources, given, strict=True)
    ]
    operands.insert(1, Operand("its places", None, array(places)))
    text = f"{output.label} ← {other.label}"
    state.operations.append(
        Operation(
            number,
            name,
            text,
            None,
            max(site.runs - 1, 0) if site is not None else 0,
            site.function if site is not None else None,
            tuple(operands),
            (output.id,),
            (known.value,),
            tuple(nodes),
            True,
            state.call,
        )
    )
    first, *rest = (one.ref for one in sources)
    state.tape.calls.append(
        Call(
            number,
            function,
            (first, places, *rest),
            {},
            (output.id,),
            True,
            given,
            (known,),
        )
    )
    state.event("operation", text, None, number)


def _places(base: torch.Tensor, view: torch.Tensor) -> torch.Tensor:
    """For each element of a view, which one of its base it is, counted in row-major order; of the view's shape."""
    with torch.no_grad():
        addresses, order = _addresses(base).sort()
        return order[torch.searchsorted(addresses, _addresses(view))].reshape(view.shape)


def _addresses(tensor: torch.Tensor) -> torch.Tensor:
    """Where each element lies in memory, in elements."""
    found = torch.full((), tensor.storage_offset(), dtype=torch.int64)
    for length, stride in zip(tensor.shape, tensor.stride(), strict=True):
        found = found.unsqueeze(-1) + torch.arange(length) * stride
    return found.reshape(-1)
