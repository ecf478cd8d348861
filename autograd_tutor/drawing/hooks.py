"""Where a hook of the program's changed a gradient: what came together at a node is not what it was given."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import NamedTuple

from autograd_tutor.trace import Array, Complex, Pass, Scalar, Trace

_SLACK = {"bfloat16": 0.05, "float16": 0.01}
"""How much of what meets may be lost to rounding, by dtype; of others `_LITTLE`."""
_LITTLE = 1e-4


Parts = dict[tuple[int, int], list[Array]]
"""Gradients by node and output."""


class Change(NamedTuple):
    """What came together at a node, and what it was given."""

    came: Array
    went: Array


def changes(trace: Trace, passes: Collection[int]) -> dict[int, list[Change]]:
    """What hooks changed in these backward passes, by node id; for a leaf also after its .grad was added to."""
    found: dict[int, list[Change]] = defaultdict(list)
    sent = _sent(trace, passes)
    for at in passes:
        pass_ = trace.passes[at]
        changed = dict(_arrivals(pass_, sent[at]))
        for one in pass_.leaves:
            if one.note is not None and "hook" in one.note and one.added is not None and one.after is not None:
                changed.setdefault(one.node, Change(one.added, one.after))
        for node, change in changed.items():
            found[node].append(change)
    return found


def _sent(trace: Trace, passes: Collection[int]) -> dict[int, Parts]:
    """What each pass sent to each output of each node."""
    sent: dict[int, Parts] = {at: defaultdict(list) for at in passes}
    for at in passes:
        for seed in trace.passes[at].seeds:
            sent[at][seed.node, seed.output].append(seed.gradient)
    for edge in trace.edges:
        for at, part in enumerate(edge.contributions):
            if part is not None and at in sent:
                sent[at][edge.head, edge.output].append(part)
    return sent


def _arrivals(pass_: Pass, sent: Parts) -> Iterator[tuple[int, Change]]:
    for arrival in pass_.arrivals:
        for output, went in enumerate(arrival.gradients):
            parts = sent.get((arrival.node, output), [])
            if went is None or parts == [went]:
                continue
            came = _sum(parts, went)
            if came is not None and not _close(came, went, parts):
                yield arrival.node, Change(came, went)


def _sum(parts: list[Array], like: Array) -> Array | None:
    """Of parts that are all known and of its shape; None of others, and of complex numbers."""
    if not parts or any(part.data is None or part.shape != like.shape for part in (*parts, like)):
        return None
    columns = list(zip(*(part.data or () for part in (*parts, like)), strict=True))
    if any(isinstance(scalar, Complex) for column in columns for scalar in column):
        return None
    return Array(like.dtype, like.shape, tuple(sum(map(_float, column[:-1])) for column in columns))


def _close(came: Array, went: Array, parts: list[Array]) -> bool:
    slack = _SLACK.get(went.dtype, _LITTLE)
    sizes = (
        sum(abs(_float(one)) for one in column) for column in zip(*(part.data or () for part in parts), strict=True)
    )
    pairs = zip(came.data or (), went.data or (), sizes, strict=True)
    return all(_alike(_float(one), _float(other), slack * size) for one, other, size in pairs)


def _alike(one: float, other: float, slack: float) -> bool:
    if not (math.isfinite(one) and math.isfinite(other)):
        return one == other or (math.isnan(one) and math.isnan(other))
    return abs(one - other) <= slack


def _float(scalar: Scalar) -> float:
    assert not isinstance(scalar, Complex)
    return float(scalar)
