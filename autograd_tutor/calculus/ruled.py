"""Which rules are believed: those that give what torch sent along the edges, in every example of a vmap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograd_tutor.calculus import calls, examples, workings
from autograd_tutor.calculus.calls import Call, Unfit, Way
from autograd_tutor.calculus.graph import Flow, written_through
from autograd_tutor.calculus.local import FAILURES, Local, local
from autograd_tutor.calculus.values import close, numbers, plain, precision
from autograd_tutor.trace import STACKS, Array, Edge, Operation


def vmaps(flow: Flow, operation: Operation) -> tuple[int, ...]:
    """The vmaps that the pass or the operation ran in: what the gradients' first dimensions count."""
    own = examples.of(flow.trace, operation)
    return (*flow.pass_.batch, *(one for one in own if one not in flow.pass_.batch))


@dataclass(frozen=True)
class Ruled:
    """An edge whose recorded contribution its operation's rule reproduces."""

    call: Call
    positions: tuple[int, ...]
    """Of the operand: several where the same tensor stands there and torch sends the sum."""
    upstreams: tuple[Array | None, ...]
    """At each of the operation's outputs; None where nothing arrived."""
    local: Local
    whole: Array | None = None
    """What the rule accounts for, where the edge carries only a part of it."""
    part: int = 0
    """Which one."""
    shared: bool = False
    """All examples of a vmap share the operand, and what each sends it is summed."""
    base: int | None = None
    """The call wrote through a view into this tensor, to which the edge leads; `local` tells of the view alone."""

    @property
    def upstream(self) -> Array:
        """The first that arrived."""
        return next(one for one in self.upstreams if one is not None)


class Differs(Unfit):
    """The rule fits the call, but torch sent other numbers: something interfered."""


_CANCELS = 5e-3
"""Of what arrived; times the precision of its numbers this is about what is left of some that cancel."""
Known = dict[tuple[int, int], dict[int, Ruled] | None]
"""What is known of a pass's operations, by their ids; the targets of one trace share it."""


def rules_of(flow: Flow, operation: Operation) -> dict[int, Ruled] | None:
    """The edges out of an operation, each with its rule's numbers; None without a rule, empty if torch has others."""
    over = vmaps(flow, operation)
    one = examples.example(flow.trace, operation, {}) if over else operation
    call = calls.call(flow.trace, one)
    if call is None:
        return None
    if (written := written_through(flow.trace, operation)) is not None:
        return _through(flow, call, written)
    if flow.within(operation):
        return None
    fired = {edge.id for node in flow.own(operation) for edge in flow.fired(node)}
    try:
        found: dict[int, Ruled] = {}
        for way in calls.ways(flow, call):
            edges = flow.ordered(edge for edge in way.edges if edge.id in fired)
            if edges:
                found.update(_together(flow, operation, way, edges) if over else _believed(flow, call, way, edges))
        return found
    except Differs:
        return {}
    except FAILURES:
        return None


def _believed(flow: Flow, call: Call, way: Way, edges: tuple[Edge, ...]) -> Iterator[tuple[int, Ruled]]:
    """The fired edges of one way, if their contributions add up to what the rule says; else raises `Unfit`."""
    parts, total = _sent(flow, edges)
    upstreams = tuple(flow.arrived(*slot) for slot in calls.slots(flow, call))
    arrived = _numbers(call, upstreams)
    results = [local(call, position, arrived) for position in way.positions]
    said = sum((one.contribution for one in results[1:]), results[0].contribution)
    if call.operation.name == STACKS:
        said = _as_sent(said, total)
    _agree(said, parts, total, results, [one for one in upstreams if one is not None])
    whole = total if len(edges) > 1 else None
    for part, edge in enumerate(edges):
        yield edge.id, Ruled(call, way.positions, upstreams, results[0], whole, part)


def _as_sent(said: Any, total: Array) -> Any:
    """What a vmap's end passes on: with the examples in another dimension where torch has them there."""
    sent = numbers(total)
    layouts = (np.moveaxis(said, 0, dim) for dim in range(np.ndim(said)))
    return next((one for one in layouts if close(one, sent, precision(total.dtype))), said)


def _sent(flow: Flow, edges: tuple[Edge, ...]) -> tuple[list[Array], Array]:
    """What went along edges, and what it comes to; raises `Unfit` if it was too large to keep."""
    parts = [sent for edge in edges if (sent := flow.sent(edge)) is not None]
    total = workings.added(parts)
    if total is None:
        raise Unfit("too large")
    return parts, total


def _agree(said: Any, parts: list[Array], total: Array, results: list[Local], upstreams: Sequence[Array] = ()) -> None:
    """Raise `Differs` if what the rule says is not what torch sent, but for rounding: also of what arrived, where it is
    no product with a slope (of softmax, say, the gradients of its shares may cancel)."""
    terms = max([one.terms for one in results] + [_largest(parts)] * (len(parts) > 1))
    if upstreams and all(one.factor is None for one in results):
        terms = max(terms, _CANCELS * _largest(list(upstreams)))
    if not close(said, numbers(total), precision(total.dtype), terms):
        raise Differs("torch has other numbers")


def _through(flow: Flow, call: Call, written: Operation) -> dict[int, Ruled] | None:
    """The edges out of a call that wrote through a view: what arrives at the view's places goes through the rule, and
    all the rest goes on to what the base was."""
    nodes = [node for node in flow.own(call.operation) if flow.trace.nodes[node].name == "CopySlices"]
    arrived = flow.arrived(nodes[0]) if len(nodes) == 1 else None
    if arrived is None or vmaps(flow, call.operation):
        return None
    whole, places = numbers(arrived), numbers(written.inputs[1].value)
    if whole is None or places is None:
        return None
    upstream = np.take(whole, places)
    found: dict[int, Ruled] = {}
    try:
        for way in calls.ways(flow, call):
            for edge, position in zip(way.edges, way.positions, strict=True):
                sent = flow.sent(edge)
                if sent is None:
                    continue
                result = local(call, position, upstream)
                said = result.contribution if position else _put(whole, places, result.contribution)
                if not close(said, numbers(sent), precision(sent.dtype), result.terms):
                    return {}
                base = None if position else written.inputs[0].tensor
                found[edge.id] = Ruled(call, (position,), (plain(upstream, arrived.dtype),), result, base=base)
    except FAILURES:
        return None
    return found


def _put(whole: Any, places: Any, part: Any) -> Any:
    found = whole.copy()
    np.put(found, places, part)
    return found


def _numbers(call: Call, upstreams: tuple[Array | None, ...]) -> Any:
    """What arrived as its rule takes it: 0 at outputs where nothing did; a tuple where there are several."""
    found = [
        np.zeros(shape.shape) if one is None else numbers(one)
        for one, shape in zip(upstreams, call.operation.values, strict=True)
    ]
    if all(one is None for one in upstreams) or any(one is None for one in found):
        raise Unfit("too large")
    return found[0] if len(found) == 1 else tuple(found)


def _largest(parts: list[Array]) -> float:
    """The size of the largest number among parts that may cancel."""
    sizes = np.concatenate([np.ravel(np.abs(numbers(part))) for part in parts])
    return float(np.max(sizes[np.isfinite(sizes)], initial=0.0))


def _together(flow: Flow, operation: Operation, way: Way, edges: tuple[Edge, ...]) -> Iterator[tuple[int, Ruled]]:
    """The same, where the rule has to hold for each example of a vmap.

    A pass outside the vmap sees torch's own layout, where any dimension may count the examples, as `in_dims` has it.
    """
    trace, over = flow.trace, vmaps(flow, operation)
    if np.prod(examples.sizes(trace, over)) > examples.MOST:
        raise Unfit("too large")
    _, total = _sent(flow, edges)
    came = (flow.arrived(node) for node in flow.own(operation))
    dims = max((len(one.shape) for one in came if one is not None), default=0)
    outside = len(over) == 1 and not flow.pass_.batch
    places = [(up, down) for up in range(max(dims, 1)) for down in range(max(len(total.shape), 1))]
    problem: Exception = Unfit("no layout fits")
    for up, down in sorted(places, key=lambda place: place != (0, 0)) if outside else [(0, 0)]:
        try:
            yield from list(_laid_out(flow, operation, way, edges, up, down))
        except FAILURES as error:
            problem = error if (up, down) == (0, 0) else problem
        else:
            return
    raise problem


def _laid_out(
    flow: Flow, operation: Operation, way: Way, edges: tuple[Edge, ...], up: int, down: int
) -> Iterator[tuple[int, Ruled]]:
    """The same, where dimension `up` of what arrived and `down` of what went on count the examples."""
    trace, over = flow.trace, vmaps(flow, operation)
    lengths = examples.sizes(trace, over)
    parts, total = _sent(flow, edges)
    found: list[list[Local]] = []
    first: Call | None = None
    upstreams: tuple[Array | None, ...] = ()
    fronted: list[Array | None] = []
    for index in examples.places(trace, over):
        call = calls.call(trace, examples.example(trace, operation, index))
        if call is None:
            raise Unfit("no rule")
        if first is None:
            first = replace(call, mapped=True)
            upstreams = tuple(flow.arrived(*slot) for slot in calls.slots(flow, call))
            fronted = [_moved(one, up) for one in upstreams]
        arrived = _numbers(call, tuple([examples.sliced(one, over, index) for one in fronted]))
        found.append([local(call, position, arrived) for position in way.positions])
    assert first is not None
    said = examples.stacked([sum(one.contribution for one in results) for results in found], lengths)
    operand = first.operands[way.positions[0]]
    own = trace.tensors[operand.tensor].batch if operand.tensor is not None else ()
    outside = tuple(axis for axis, one in enumerate(over) if one not in own and one not in flow.pass_.batch)
    said = said.sum(axis=outside)  # where all examples share an operand, autograd outside the vmap adds up
    said = np.moveaxis(said, 0, down) if down else said
    _agree(said, parts, total, [one for results in found for one in results])
    whole = total if len(edges) > 1 else None
    merged = _merged([results[0] for results in found], said, lengths, down if up == down and not outside else None)
    for part, edge in enumerate(edges):
        yield edge.id, Ruled(first, way.positions, upstreams, merged, whole, part, bool(outside))


def _moved(value: Array | None, dim: int) -> Array | None:
    """With the dimension that counts the examples first."""
    if value is None or not dim:
        return value
    found = numbers(value)
    if found is None:
        raise Unfit("too large")
    return plain(np.moveaxis(found, dim, 0), value.dtype)


def _merged(found: list[Local], said: Any, lengths: tuple[int, ...], dim: int | None) -> Local:
    """What the examples' slopes are together: one for all where they are equal; none where `dim` is None, the dimension
    that counts them."""

    def joined(values: list[Any]) -> Any:
        if dim is None or any(one is None for one in values):
            return None
        alike = all(np.array_equal(one, values[0], equal_nan=True) for one in values)
        if alike and (dim == 0 or not np.ndim(values[0])):
            return values[0]
        together = examples.stacked(values, lengths)
        return np.moveaxis(together, 0, dim) if dim < together.ndim else None

    value, factor = joined([one.value for one in found]), joined([one.factor for one in found])
    terms = max(one.terms for one in found)
    return Local(value, said, factor, found[0].stretched, terms=terms)
