"""The Jacobian of one step: its structure, and when it is small its numbers, from the rule that the step rests on."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np

from autograd_tutor.calculus import likenesses
from autograd_tutor.calculus.calls import Call, Unfit
from autograd_tutor.calculus.ink import ink
from autograd_tutor.calculus.likenesses import About
from autograd_tutor.calculus.local import COMPLEX, FAILURES, local, places
from autograd_tutor.calculus.names import Names
from autograd_tutor.calculus.probes import Numbers, Probes, Pull
from autograd_tutor.calculus.ruled import Known
from autograd_tutor.calculus.values import numbers, plain
from autograd_tutor.explanation import Jacobian, Step
from autograd_tutor.trace import Array, Trace

MOST = 6
"""Rows or columns of one that is drawn."""
MOST_WORK = 500_000
"""Elements that may be looked at for the Jacobians of one trace; each product counts as some hundreds besides."""
_EACH = 500
_FEW = 3
"""Outputs that are called by name."""


class Jacobians:
    """Those of one trace; an operation's is worked out once."""

    def __init__(self, trace: Trace, names: Names, ruled: Known) -> None:
        """`ruled`: what the rules said of the steps."""
        self._trace = trace
        self._names = names
        self._ruled = ruled
        self._known: dict[tuple[int, ...], Jacobian | None] = {}
        self._work = 0

    def put(self, step: Step) -> Step:
        """The step with its Jacobian, if a rule accounts for it alone.

        A part of what a rule accounts for has none of its own, nor has a step that is many examples at once, nor a
        write through a view.
        """
        operation = self._trace.nodes[step.node].operation
        if step.edge is None or operation is None:
            return step
        ruled = (self._ruled.get((step.pass_, operation)) or {}).get(step.edge)
        if ruled is None or ruled.whole is not None or ruled.call.mapped or ruled.base is not None:
            return step
        found = self._of(ruled.call, ruled.positions, ruled.upstreams)
        return step if found is None else msgspec.structs.replace(step, jacobian=found)

    def _of(self, call: Call, positions: tuple[int, ...], upstreams: tuple[Array | None, ...]) -> Jacobian | None:
        """How the outputs at which something arrived answer to an operand, which may stand at several positions."""
        arrived = tuple(at for at, one in enumerate(upstreams) if one is not None)
        key = call.operation.id, *positions, -1, *arrived
        if key not in self._known:
            self._known[key] = self._made(call, positions, arrived)
        found = self._known[key]
        if found is None or found.rows is None:
            return found
        came = np.concatenate([np.ravel(numbers(upstreams[at])) for at in arrived])
        first = next(one for one in upstreams if one is not None)
        return msgspec.structs.replace(found, upstream=plain(came, first.dtype))

    def _made(self, call: Call, positions: tuple[int, ...], arrived: tuple[int, ...]) -> Jacobian | None:
        try:
            with np.errstate(all="ignore"):
                return self._found(call, positions, arrived)
        except FAILURES:
            return None

    def _found(self, call: Call, positions: tuple[int, ...], arrived: tuple[int, ...]) -> Jacobian | None:
        shapes = [call.operation.values[at].shape for at in arrived]
        size = sum(map(math.prod, shapes)), math.prod(np.shape(call.numbers()[positions[0]]))
        if size == (1, 1) or 0 in size:
            return None
        about = _about(self._names, call, positions, arrived)
        pull = self._pull(call, positions, arrived)
        rows = _rows(pull, size) if max(size) <= MOST else None
        structure, words = _like(call, positions, arrived, about, pull if rows is None else _times(rows, about.operand))
        said = f"The Jacobian, {_count(size[0], 'output')} × {_count(size[1], 'input')}, is {words}."
        if rows is None:
            return Jacobian(size, structure, said)
        numbers = plain(rows, call.operation.values[arrived[0]].dtype)
        return Jacobian(size, structure, said, rows=numbers, outputs=about.outputs, inputs=about.inputs)

    def _pull(self, call: Call, positions: tuple[int, ...], arrived: tuple[int, ...]) -> Pull:
        """The vector-Jacobian product, from what arrives at those outputs: of several, flat."""
        shapes = [one.shape for one in call.operation.values]

        def parts(upstream: Numbers) -> Iterator[Numbers]:
            start = 0
            for at, shape in enumerate(shapes):
                size = int(np.prod(shape, dtype=int)) if at in arrived else 0
                yield upstream.flat[start : start + size].reshape(shape) if size else np.zeros(shape)
                start += size

        def pull(upstream: Numbers) -> Numbers:
            self._spend(upstream.size)
            came: Any = upstream.reshape(shapes[0]) if len(shapes) == 1 else tuple(parts(upstream))
            found: Numbers = local(call, positions[0], came).contribution
            for position in positions[1:]:
                found = found + local(call, position, came).contribution
            if found.dtype in COMPLEX or not np.all(np.isfinite(found)):
                raise Unfit("no finite real numbers")
            return found

        return pull

    def _spend(self, elements: int) -> None:
        self._work += elements + _EACH
        if self._work > MOST_WORK:
            raise Unfit("enough")


def _like(
    call: Call, positions: tuple[int, ...], arrived: tuple[int, ...], about: About, pull: Pull
) -> likenesses.Likeness:
    if call.rule.moves and len(positions) == 1:
        moved = places(call, positions[0])
        return likenesses.moved(np.concatenate([np.ravel(moved[at]) for at in arrived]), about)
    return likenesses.probed(Probes(pull, about.output, about.operand), about)


def _rows(pull: Pull, size: tuple[int, int]) -> Numbers:
    """One product for each."""
    return np.array([np.ravel(pull(unit)) for unit in np.eye(size[0])])


def _times(rows: Numbers, operand: tuple[int, ...]) -> Pull:
    return lambda upstream: np.reshape(np.ravel(upstream) @ rows, operand)


def _about(names: Names, call: Call, positions: tuple[int, ...], arrived: tuple[int, ...]) -> About:
    shapes = [call.operation.values[at].shape for at in arrived]
    outputs = [names.of(call.operation.outputs[at]).text for at in arrived]
    operand, shape = ink(names.operand(call.operands[positions[0]])).text, np.shape(call.numbers()[positions[0]])
    if call.operation.in_place and outputs == [operand]:  # written into: the same name stands for both
        outputs, operand = [f"{operand} after"], f"{operand} before"
    return About(
        y=" and ".join(outputs) if len(outputs) <= _FEW else f"its {len(outputs)} outputs",
        x=operand,
        output=shapes[0] if len(shapes) == 1 else (sum(int(np.prod(one, dtype=int)) for one in shapes),),
        operand=shape,
        parts=tuple((one, its) for one, its in zip(outputs, shapes, strict=True)),
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
