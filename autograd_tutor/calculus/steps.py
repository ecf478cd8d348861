"""The steps of a backward pass towards one target: a rule in symbols, its numbers, and the words for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from autograd_tutor.calculus import calls, phrases
from autograd_tutor.calculus.calls import Call
from autograd_tutor.calculus.graph import Flow
from autograd_tutor.calculus.ink import Ink, ink
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


def steps(trace: Trace, flow: Flow, names: Names) -> Iterator[Step]:
    """The seed, then every edge on a way to the target in the engine's firing order; no sentence twice in a row."""
    words, times = "", 1
    for step in _steps(trace, flow, names):
        times = times + 1 if step.words == words else 1
        words = step.words
        yield msgspec.structs.replace(step, words=phrases.again(words, times))


def _steps(trace: Trace, flow: Flow, names: Names) -> Iterator[Step]:
    yield from _seeds(trace, flow, names)
    known: dict[int, dict[int, _Ruled] | None] = {}
    for node in flow.order:
        operation = trace.operations[node.operation] if node.operation is not None else None
        ruled = None
        if operation is not None:
            if operation.id not in known:
                known[operation.id] = _ruled(flow, operation)
            ruled = known[operation.id]
        for edge in flow.leaving[node.id]:
            if ruled is None or operation is None:
                yield _numeric(trace, flow, names, node, operation, edge)
            elif edge.id in ruled:
                yield _step(flow, names, node, edge, ruled[edge.id])


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
    position: int
    upstream: Array
    local: Local


def _ruled(flow: Flow, operation: Operation) -> dict[int, _Ruled] | None:
    """The edges out of an operation, each with its rule's numbers; None if the rule is not to be believed here."""
    call = calls.call(operation)
    if call is None:
        return None
    own = flow.own(operation)
    fired = [edge for node in own for edge in flow.leaving.get(node, ()) if edge.head not in own]
    try:
        positions = calls.matched(flow, call)
        upstream = flow.arrived(own[-1])
        arrived = numbers(upstream)
        if upstream is None or arrived is None:
            return None
        found = {}
        for edge in fired:
            result = local(call, positions[edge.id], arrived)
            sent = flow.sent(edge)
            recorded = numbers(sent)
            if sent is None or recorded is None:
                return None
            if not close(result.contribution, recorded, precision(sent.dtype), result.terms):
                return None
            found[edge.id] = _Ruled(call, positions[edge.id], upstream, result)
        return found
    except FAILURES:
        return None


def _step(flow: Flow, names: Names, node: Node, edge: Edge, ruled: _Ruled) -> Step:
    call, position = ruled.call, ruled.position
    sent = flow.sent(edge)
    assert sent is not None
    output = names.of(call.operation.outputs[0])
    operand = names.operand(call.operands[position])
    places = call.places(names)
    inks = [names.operand(one) for one in call.operands]
    symbol = written(call.rule.slope(position), output, inks, places, **call.options)
    value = None if ruled.local.value is None else plain(ruled.local.value, sent.dtype)
    words = phrases.step(names, call, position, symbol, ruled.local, ruled.upstream, sent)
    first = edge is flow.leaving[node.id][0]
    meeting = phrases.meeting(names, flow, call.operation, ruled.upstream) if first else ""
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
        arithmetic=phrases.arithmetic(ruled.upstream, ruled.local, sent),
    )


def _root(flow: Flow, names: Names) -> Ink:
    """What the whole pass is the derivative of."""
    seeds = [seed.tensor for seed in flow.pass_.seeds if seed.tensor is not None]
    return names.of(seeds[0]) if len(seeds) == 1 else Ink("L")


def _numeric(trace: Trace, flow: Flow, names: Names, node: Node, operation: Operation | None, edge: Edge) -> Step:
    """The recorded numbers alone, for what no rule accounts for."""
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
        words=phrases.numeric(node, operation, upstream, sent),
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
