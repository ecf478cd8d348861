"""The steps of a backward pass towards one target: a rule in symbols, its numbers, and the words for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np

from autograd_tutor.calculus import examples, phrases, together, workings
from autograd_tutor.calculus.graph import Flow, written_through
from autograd_tutor.calculus.ink import ATOM, SUM, Ink, ink
from autograd_tutor.calculus.inner import inner
from autograd_tutor.calculus.names import Names
from autograd_tutor.calculus.rule import written
from autograd_tutor.calculus.ruled import Known, Ruled, rules_of, vmaps
from autograd_tutor.calculus.values import numbers, plain
from autograd_tutor.explanation import Step
from autograd_tutor.trace import Array, Edge, Node, Operation, Trace


def partial(above: Ink | str, below: Ink | str) -> str:
    """`∂z/∂y`."""
    return f"∂{_differential(above)}/∂{_differential(below)}"


_METHOD = re.compile(r"[\w)\]]\.\w+\(")


def _differential(symbol: Ink | str) -> str:
    if isinstance(symbol, str):
        return symbol
    return f"({symbol.text})" if _METHOD.search(symbol.text) else symbol.within(ATOM)


def steps(trace: Trace, flow: Flow, names: Names, known: Known) -> Iterator[Step]:
    """The seed, then every edge on a way to the target in the engine's firing order; no sentence twice in a row."""
    words, times = "", 1
    entered: set[int] = set()
    for step in _steps(trace, flow, names, known):
        times = times + 1 if step.words == words else 1
        words = step.words
        told = phrases.again(words, times)
        operation = trace.nodes[step.node].operation
        within = None if operation is None or step.edge is None else trace.operations[operation].pass_
        if within is not None and within not in entered:
            entered.add(within)
            told = f"{phrases.entered(trace, trace.passes[within])} {told}"
        yield msgspec.structs.replace(step, words=told)


def _steps(trace: Trace, flow: Flow, names: Names, known: Known) -> Iterator[Step]:
    yield from _seeds(trace, flow, names)
    for node in flow.order:
        operation = trace.operations[node.operation] if node.operation is not None else None
        ruled = None
        if operation is not None:
            key = flow.pass_.id, operation.id
            if key not in known:
                known[key] = rules_of(flow, operation)
            ruled = known[key]
        for edge in flow.leaving[node.id]:
            if not ruled or operation is None:
                mapped = operation is not None and bool(vmaps(flow, operation))
                yield _numeric(flow, names, node, operation, edge, differs=ruled is not None, mapped=mapped)
            elif edge.id in ruled:
                yield _step(flow, names, node, edge, ruled[edge.id])


def _seeds(trace: Trace, flow: Flow, names: Names) -> Iterator[Step]:
    for seed in flow.pass_.seeds:
        if seed.node not in flow.leaving and seed.node != flow.node:
            continue
        root = Ink("root") if seed.tensor is None else names.of(seed.tensor)
        given = numbers(seed.gradient)
        ones = given is not None and bool(np.all(given == 1))
        first = examples.sliced(seed.gradient, flow.pass_.batch, {}) if ones else seed.gradient
        words = phrases.seed(root.text, first or seed.gradient, ones)
        yield Step(
            pass_=flow.pass_.id,
            node=seed.node,
            edge=None,
            rule=partial(root, root) if ones else f"{partial('L', root)} = v",
            symbol="1" if ones else "v",
            local=seed.gradient,
            upstream=None,
            contribution=seed.gradient,
            words=" ".join(filter(None, [*names.news(root.text), words, together.started(flow, seed, root.text)])),
            arithmetic="",
        )


def _step(flow: Flow, names: Names, node: Node, edge: Edge, ruled: Ruled) -> Step:
    call, position = ruled.call, ruled.positions[0]
    sent = flow.sent(edge)
    assert sent is not None
    output = names.of(call.operation.outputs[0])
    operand = names.operand(call.operands[position])
    places = call.places(names)
    places["it"] = ink(operand).text
    inks = [names.operand(one) for one in call.operands]
    symbol = written(call.slope(position), output, inks, places, **call.options)
    value, result = None, ruled.local
    symbol = "1" if symbol == "1/1" else re.sub(r"(\.m?T|\.t\(\))ᵀ", "", symbol)
    if "ᵀ" in symbol and sent.dtype.startswith("complex"):
        symbol = symbol.replace("ᵀ", "ᴴ")
    conjugate = result.factor is not None and np.iscomplexobj(result.factor) and any(map(str.isalpha, symbol))
    if conjugate and np.iscomplexobj(call.output()):
        symbol = f"conj({symbol})"
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
    if ruled.shared and not ruled.part:
        words = f"{words} {together.shared(ink(operand).text)}"
    if ruled.base is not None:
        words = f"{words} {phrases.through(ink(operand).text, names.of(ruled.base).text, sent)}"
    first = edge is flow.leaving[node.id][0] and written_through(flow.trace, call.operation) is None
    meeting = phrases.meeting(names, flow, call, ruled.upstreams) if first else ""
    above, below = _root(flow, names) if phrases.ARRIVED in symbol else output, ink(operand)
    if call.operation.in_place and call.operands[position].tensor in call.operation.outputs:
        above = above if phrases.ARRIVED in symbol else Ink(f"{output.text} after", SUM)
        below = Ink(f"{below.text} before", SUM)
    rule = f"{partial(above, below)} = {symbol}"
    return Step(
        pass_=flow.pass_.id,
        node=node.id,
        edge=edge.id,
        rule=rule,
        symbol=symbol,
        local=value,
        upstream=ruled.upstream,
        contribution=sent,
        words=" ".join(part for part in (*names.news(rule, meeting, words), meeting, words) if part),
        arithmetic=workings.arithmetic(ruled.upstream, result, sent) if ruled.base is None else "",
        factors=workings.factors(result, sent) if ruled.whole is None else (),
        reason=phrases.reason(names, call, position),
    )


def _root(flow: Flow, names: Names) -> Ink:
    """What the whole pass is the derivative of."""
    seeds = [seed.tensor for seed in flow.pass_.seeds if seed.tensor is not None]
    return names.of(seeds[0]) if len(seeds) == 1 else Ink("L")


def _edge(flow: Flow, names: Names, operation: Operation | None, edge: Edge) -> str:
    """`∂y/∂x` for an edge from an operation's result straight to one of its operands; else empty."""
    if operation is None or len(operation.outputs) != 1:
        return ""
    output = flow.trace.tensors[operation.outputs[0]]
    operands = [one for outer in operation.inputs for one in (outer, *outer.items) if one.tensor is not None]
    for operand in operands:
        below = flow.trace.tensors[operand.tensor] if operand.tensor is not None else output
        if output.node == edge.tail and (below.node, below.output) == (edge.head, edge.output):
            return partial(names.of(output.id), ink(names.operand(operand)))
    return ""


def _numeric(
    flow: Flow, names: Names, node: Node, operation: Operation | None, edge: Edge, *, differs: bool, mapped: bool
) -> Step:
    """The recorded numbers alone, for what no rule accounts for; `differs`: there is one, with other numbers."""
    sent = flow.sent(edge)
    arrived = flow.arrivals.get(node.id, ())
    upstream = next((one for one in arrived if one is not None), None)
    known = None if differs or mapped or node.own else inner(node, edge.input, arrived, sent)
    value = _ratio(upstream, sent) if known is None else known.local
    title = _edge(flow, names, operation, edge) if known is None and not mapped else ""
    within = operation is not None and flow.within(operation)
    told = phrases.numeric(node, operation, upstream, sent, differs=differs, mapped=mapped, within=within)
    return Step(
        pass_=flow.pass_.id,
        node=node.id,
        edge=edge.id,
        rule=(title or (operation.name if operation is not None else node.name)) if not known else known.symbol,
        symbol=node.name,
        local=value,
        upstream=upstream,
        contribution=sent,
        words=" ".join([*names.news(title), told])
        if known is None
        else phrases.inside(operation, node, known, upstream, sent, within=within),
        ruled=known is not None,
        arithmetic=workings.ratio(upstream, value, sent) if known is None else "",
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
