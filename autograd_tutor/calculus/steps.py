"""The steps of a backward pass towards one target: a rule in symbols, its numbers, and the words for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import numpy as np

from autograd_tutor.calculus import calls, phrases
from autograd_tutor.calculus.calls import Call, Unfit, Way
from autograd_tutor.calculus.graph import Flow
from autograd_tutor.calculus.ink import Ink, ink
from autograd_tutor.calculus.jacobians import Jacobians
from autograd_tutor.calculus.local import FAILURES, Local, local
from autograd_tutor.calculus.names import Names
from autograd_tutor.calculus.rule import written
from autograd_tutor.calculus.values import close, numbers, plain, precision
from autograd_tutor.explanation import Step
from autograd_tutor.trace import Array, Edge, Node, Operation, Trace


def partial(above: Ink | str, below: Ink | str) -> str:
    """`∂z/∂y`."""
    return f"∂{_differential(above)}/∂{_differential(below)}"


def _differential(symbol: Ink | str) -> str:
    return symbol if isinstance(symbol, str) else symbol.within(3)


def steps(trace: Trace, flow: Flow, names: Names, known: Known, jacobians: Jacobians | None = None) -> Iterator[Step]:
    """The seed, then every edge on a way to the target in the engine's firing order; no sentence twice in a row.

    With `jacobians` each step has its own.
    """
    words, times = "", 1
    for step in _steps(trace, flow, names, known, jacobians):
        times = times + 1 if step.words == words else 1
        words = step.words
        yield msgspec.structs.replace(step, words=phrases.again(words, times))


def _steps(trace: Trace, flow: Flow, names: Names, known: Known, jacobians: Jacobians | None) -> Iterator[Step]:
    yield from _seeds(trace, flow, names)
    for node in flow.order:
        operation = trace.operations[node.operation] if node.operation is not None else None
        ruled = None
        if operation is not None:
            key = flow.pass_.id, operation.id
            if key not in known:
                known[key] = _ruled(flow, operation)
            ruled = known[key]
        for edge in flow.leaving[node.id]:
            if not ruled or operation is None:
                yield _numeric(flow, node, operation, edge, differs=ruled is not None)
            elif edge.id in ruled:
                yield _step(flow, names, node, edge, ruled[edge.id], jacobians)


def _seeds(trace: Trace, flow: Flow, names: Names) -> Iterator[Step]:
    for seed in flow.pass_.seeds:
        if seed.node not in flow.leaving and seed.node != flow.node:
            continue
        root = Ink("root") if seed.tensor is None else names.of(seed.tensor)
        given = numbers(seed.gradient)
        ones = given is not None and bool(np.all(given == 1))
        yield Step(
            pass_=flow.pass_.id,
            node=seed.node,
            edge=None,
            rule=partial(root, root) if ones else f"{partial('L', root)} = v",
            symbol="1" if ones else "v",
            local=seed.gradient,
            upstream=None,
            contribution=seed.gradient,
            words=" ".join([phrases.seed(root.text, seed.gradient, ones), *names.news(root.text)]),
            arithmetic="",
        )


@dataclass(frozen=True)
class _Ruled:
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

    @property
    def upstream(self) -> Array:
        """The first that arrived."""
        return next(one for one in self.upstreams if one is not None)


class Differs(Unfit):
    """The rule fits the call, but torch sent other numbers: something interfered."""


Known = dict[tuple[int, int], dict[int, _Ruled] | None]
"""What is known of a pass's operations, by their ids; the targets of one trace share it."""


def _ruled(flow: Flow, operation: Operation) -> dict[int, _Ruled] | None:
    """The edges out of an operation, each with its rule's numbers; None without a rule, empty if torch has others."""
    call = calls.call(flow.trace, operation)
    if call is None or flow.within(operation):
        return None
    fired = {edge.id for node in flow.own(operation) for edge in flow.fired(node)}
    try:
        found: dict[int, _Ruled] = {}
        for way in calls.ways(flow, call):
            edges = flow.ordered(edge for edge in way.edges if edge.id in fired)
            if edges:
                found.update(_believed(flow, call, way, edges))
        return found
    except Differs:
        return {}
    except FAILURES:
        return None


def _believed(flow: Flow, call: Call, way: Way, edges: tuple[Edge, ...]) -> Iterator[tuple[int, _Ruled]]:
    """The fired edges of one way, if their contributions add up to what the rule says; else raises `Unfit`."""
    upstreams = tuple(flow.arrived(*slot) for slot in calls.slots(flow, call))
    parts = [sent for edge in edges if (sent := flow.sent(edge)) is not None]
    arrived, total = _numbers(call, upstreams), phrases.added(parts)
    if total is None:
        raise Unfit("too large")
    results = [local(call, position, arrived) for position in way.positions]
    said = sum((one.contribution for one in results[1:]), results[0].contribution)
    terms = max([one.terms for one in results] + [_largest(parts)] * (len(parts) > 1))
    if not close(said, numbers(total), precision(total.dtype), terms):
        raise Differs("torch has other numbers")
    whole = total if len(edges) > 1 else None
    for part, edge in enumerate(edges):
        yield edge.id, _Ruled(call, way.positions, upstreams, results[0], whole, part)


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


def _step(flow: Flow, names: Names, node: Node, edge: Edge, ruled: _Ruled, jacobians: Jacobians | None) -> Step:
    call, position = ruled.call, ruled.positions[0]
    sent = flow.sent(edge)
    assert sent is not None
    output = names.of(call.operation.outputs[0])
    operand = names.operand(call.operands[position])
    places = call.places(names)
    places["it"] = ink(operand).text
    inks = [names.operand(one) for one in call.operands]
    symbol = written(call.rule.slope(position), output, inks, places, **call.options)
    value, result = None, ruled.local
    if ruled.whole is not None:
        symbol = symbol if phrases.ARRIVED in symbol else f"{phrases.ARRIVED}·({symbol})"
        result = replace(result, value=None, factor=None)
    elif result.value is not None:
        value = plain(result.value, sent.dtype)
    if ruled.part:
        words = phrases.further(ink(operand).text, sent)
    else:
        words = phrases.step(names, call, position, symbol, result, ruled.upstreams, ruled.whole or sent)
    if ruled.whole is not None and not ruled.part:
        words = f"{words} {phrases.first(sent)}"
    first = edge is flow.leaving[node.id][0]
    meeting = phrases.meeting(names, flow, call, ruled.upstreams) if first else ""
    # A part of what the rule accounts for has no Jacobian of its own.
    whole = jacobians if ruled.whole is None else None
    above = _root(flow, names) if phrases.ARRIVED in symbol else output
    return Step(
        pass_=flow.pass_.id,
        node=node.id,
        edge=edge.id,
        rule=f"{partial(above, ink(operand))} = {symbol}",
        symbol=symbol,
        local=value,
        upstream=ruled.upstream,
        contribution=sent,
        words=" ".join(part for part in (meeting, words) if part),
        arithmetic=phrases.arithmetic(ruled.upstream, result, sent),
        jacobian=whole.of(names, call, ruled.positions, ruled.upstreams) if whole is not None else None,
        factors=phrases.factors(result, sent) if ruled.whole is None else (),
        reason=phrases.reason(names, call, position),
    )


def _root(flow: Flow, names: Names) -> Ink:
    """What the whole pass is the derivative of."""
    seeds = [seed.tensor for seed in flow.pass_.seeds if seed.tensor is not None]
    return names.of(seeds[0]) if len(seeds) == 1 else Ink("L")


def _numeric(flow: Flow, node: Node, operation: Operation | None, edge: Edge, *, differs: bool) -> Step:
    """The recorded numbers alone, for what no rule accounts for; `differs`: there is one, with other numbers."""
    sent = flow.sent(edge)
    upstream = next((one for one in flow.arrivals.get(node.id, ()) if one is not None), None)
    value = _ratio(upstream, sent)
    return Step(
        pass_=flow.pass_.id,
        node=node.id,
        edge=edge.id,
        rule=operation.name if operation is not None else node.name,
        symbol=node.name,
        local=value,
        upstream=upstream,
        contribution=sent,
        words=phrases.numeric(
            node,
            operation,
            upstream,
            sent,
            differs=differs,
            within=operation is not None and flow.within(operation),
        ),
        ruled=False,
        arithmetic=phrases.ratio(upstream, value, sent),
    )


def _ratio(upstream: Array | None, sent: Array | None) -> Array | None:
    """The slope that two single numbers imply."""
    arrived: Any = numbers(upstream)
    passed: Any = numbers(sent)
    if (
        arrived is None
        or passed is None
        or np.ndim(arrived)
        or np.ndim(passed)
        or not np.isfinite(arrived)
        or arrived == 0
    ):
        return None
    return plain(passed / arrived, sent.dtype if sent else "float32")
