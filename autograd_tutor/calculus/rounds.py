"""What steps that are told in one did together: the product of their slopes, and its words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_tutor.calculus.graph import Flow
from autograd_tutor.calculus.values import numbers, plain
from autograd_tutor.calculus.workings import added, brief
from autograd_tutor.explanation import Repeat, Step
from autograd_tutor.notation import superscript
from autograd_tutor.trace import Array, Trace


def told(trace: Trace, steps: Sequence[Step], start: int, period: int, times: int, flow: Flow, name: str) -> Repeat:
    """The rounds from step `start` on, `period` steps each, of the way to `name`; one round: a call without a rule."""
    end = start + period * times
    parts = [
        step.contribution
        for step in steps[start:end]
        if step.edge is not None and step.contribution is not None and flow.enters(trace.edges[step.edge])
    ]
    sum_ = added(parts) if parts else None
    if any(step.edge is None for step in steps[start:end]):
        words = _sentences(f"The same in {times} more passes, with other numbers.", _sent(sum_, name))
        return Repeat(start, period, times, words, added=sum_)
    upstream = steps[start].upstream
    if times == 1:
        passed = steps[end - 1].contribution
        return Repeat(
            start, period, 1, _inside(trace, steps[start:end], upstream, passed), upstream, None, passed, sum_
        )
    passed = steps[end].upstream
    factors = _factors(trace, steps, start, period, times, flow)
    product = _product(factors, upstream, passed)
    return Repeat(
        start,
        period,
        times,
        _sentences(
            f"{times} rounds more with the same {'step' if period == 1 else f'{period} steps'} and other numbers.",
            _through(upstream, product, factors, passed),
            _sent(sum_, name),
        ),
        upstream,
        product,
        passed,
        sum_,
    )


def _factors(trace: Trace, steps: Sequence[Step], start: int, period: int, times: int, flow: Flow) -> list[Any] | None:
    """What each round multiplies by; None where not every way through it can be told as a product of slopes."""
    found = []
    for at in range(start, start + period * times, period):
        factor = _factor(trace, steps[at : at + period], steps[at + period].node, flow)
        if factor is None:
            return None
        found.append(factor)
    return found


def _factor(trace: Trace, steps: Sequence[Step], exit_: int, flow: Flow) -> Any:
    """The sum over the ways through one round of the products of the slopes along them."""
    here: dict[int, Any] = {steps[0].node: 1.0}
    shape = steps[0].upstream.shape if steps[0].upstream is not None else None
    for step in steps:
        edge = trace.edges[step.edge] if step.edge is not None else None
        if edge is None or flow.enters(edge):
            continue
        slope = numbers(step.local)
        sent = step.contribution.shape if step.contribution is not None else None
        if slope is None or step.node not in here or sent != shape or np.shape(slope) not in ((), shape):
            return None
        with np.errstate(all="ignore"):
            here[edge.head] = here.get(edge.head, 0.0) + here[step.node] * np.asarray(
                slope, dtype=np.result_type(slope, np.float64)
            )
    ends = set(here) - {step.node for step in steps}
    return here[exit_] if ends == {exit_} else None


def _product(factors: list[Any] | None, upstream: Array | None, passed: Array | None) -> Array | None:
    """All of them multiplied, if that takes what arrived to what went on: a hook may have changed it on the way."""
    before, after = numbers(upstream), numbers(passed)
    if not factors or before is None or after is None:
        return None
    with np.errstate(all="ignore"):
        product = np.prod(np.stack([np.broadcast_to(one, np.shape(before)) for one in factors]), axis=0)
        matches = np.allclose(before * product, after, rtol=1e-2, atol=1e-30, equal_nan=True)
    return plain(product, "complex128" if np.iscomplexobj(product) else "float64") if matches else None


def _inside(trace: Trace, steps: Sequence[Step], upstream: Array | None, passed: Array | None) -> str:
    operation = trace.nodes[steps[0].node].operation
    assert operation is not None
    text = " ".join(trace.operations[operation].text.split())
    nodes = len(dict.fromkeys(step.node for step in steps))
    went = f"{brief(upstream)} arrived at the first, {brief(passed)} went on from the last."
    made = "one node" if nodes == 1 else f"{nodes} nodes"
    return f"{text} made {made}, and there is no rule here for it: in torch's own numbers, {went}"


def _through(upstream: Array | None, product: Array | None, factors: list[Any] | None, passed: Array | None) -> str:
    if upstream is None or passed is None:
        return ""
    if product is None or factors is None:
        return f"{brief(upstream)} arrives at the first, {brief(passed)} goes on from the last."
    size = _size(factors) if passed.data == (0.0,) and any(upstream.data or ()) else None
    if size is None:
        return f"{brief(upstream)} arrives; the product of their slopes is {brief(product)}; {brief(passed)} goes on."
    text = f"about 10{superscript(size)} in size" if product.data == (0.0,) else brief(product)
    return (
        f"{brief(upstream)} arrives; the product of their slopes is {text}: too small for {passed.dtype}, so 0 goes on."
    )


def _size(factors: list[Any]) -> int | None:
    """The power of ten of a product too small for a float; None where a factor is 0."""
    sizes = [abs(float(one)) for one in factors]
    return round(sum(map(math.log10, sizes))) if all(sizes) else None


def _sent(sum_: Array | None, name: str) -> str:
    return f"What they send straight to {name} sums to {brief(sum_)}." if sum_ is not None else ""


def _sentences(*parts: str) -> str:
    return " ".join(part for part in parts if part)
