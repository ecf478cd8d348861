"""Which steps of a long backward pass may be told in one: a loop's rounds, and what goes on inside a call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby
from typing import Any, NamedTuple

import numpy as np

from autograd_tutor.calculus import rounds
from autograd_tutor.calculus.graph import Flow
from autograd_tutor.explanation import Repeat, Step
from autograd_tutor.trace import Trace

MOST_STEPS = 24
"""So many steps are told one by one, whatever they are."""
LEAST, WORTH = 2, 6
"""Rounds, and steps in all of them, that are worth telling in one."""
LONGEST = 256
"""Nodes in a round; a longer one is not looked for."""
INSIDE = 2
"""So many steps inside a call that has no rule are told one by one."""
FIRST, LAST = 4, 2
"""About so many steps of a loop are told before its repeat and after it, in whole rounds."""


def repeats(trace: Trace, steps: Sequence[Step], flow: Flow, name: str) -> tuple[Repeat, ...]:
    """The repeats among the steps towards `name`; `flow` is any pass into it."""
    if len(steps) <= MOST_STEPS:
        return ()
    kinds, starts = _visits(trace, steps)
    taken = np.zeros(len(kinds), dtype=bool)
    found = []
    for run in [*sorted(_runs(kinds, starts), key=lambda run: (-run.saved, run.period)), *_calls(trace, steps, starts)]:
        if not taken[run.first : run.end].any():
            taken[run.first : run.end] = True
            found.append(run)
    return tuple(
        rounds.told(trace, steps, starts[run.first], run.saved // run.times, run.times, flow, name)
        for run in sorted(found)
    )


def _visits(trace: Trace, steps: Sequence[Step]) -> tuple[np.ndarray[Any, Any], list[int]]:
    """The nodes as backward came by: what each visit is about, as a number, and where its steps start."""
    numbers: dict[object, int] = {}
    kinds = []
    sizes = []
    for (_, node, seed), group in groupby(steps, lambda step: (step.pass_, step.node, step.edge is None)):
        mine = list(group)
        one = trace.nodes[node]
        inputs = tuple(trace.edges[step.edge].input for step in mine if step.edge is not None)
        kinds.append(numbers.setdefault((one.name, one.span, seed, inputs), len(numbers)))
        sizes.append(len(mine))
    return np.array(kinds), list(accumulate(sizes, initial=0))


class _Run(NamedTuple):
    """Visits that repeat those just before them, and are followed by the same once more."""

    first: int
    end: int
    period: int
    """Visits in a round."""
    times: int
    saved: int
    """Steps in all of its rounds."""


def _runs(kinds: np.ndarray[Any, Any], starts: list[int]) -> Iterator[_Run]:
    """For each length of a round, the longest stretches that repeat with it, without the rounds at both ends."""
    for period in range(1, min(LONGEST, len(kinds) // (LEAST + 2)) + 1):
        same = np.concatenate(([0], (kinds[:-period] == kinds[period:]).astype(np.int8), [0]))
        for begin, end in zip(np.flatnonzero(np.diff(same) == 1), np.flatnonzero(np.diff(same) == -1), strict=True):
            size = starts[begin + period] - starts[begin]
            before, after = max(1, FIRST // size), max(1, LAST // size)
            times = (int(end) - int(begin)) // period + 1 - before - after
            if times >= LEAST and times * size >= WORTH:
                first = int(begin) + before * period
                yield _Run(first, first + times * period, period, times, times * size)


def _calls(trace: Trace, steps: Sequence[Step], starts: list[int]) -> Iterator[_Run]:
    """Where torch makes one call of many nodes that no rule accounts for: there is nothing to tell of each."""

    def call(visit: int) -> tuple[int, int | None, bool]:
        step = steps[starts[visit]]
        return step.pass_, trace.nodes[step.node].operation, step.ruled or step.edge is None

    for (_, operation, ruled), group in groupby(range(len(starts) - 1), call):
        visits = list(group)
        first, end = visits[0], visits[-1] + 1
        size = starts[end] - starts[first]
        if operation is not None and not ruled and size > INSIDE:
            yield _Run(first, end, end - first, 1, size)
