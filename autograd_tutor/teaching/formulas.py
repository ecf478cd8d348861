"""Formulas in a program's names: their value at the program's numbers, and whether two are the same function."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product

from autograd_tutor.explanation import TargetExplanation
from autograd_tutor.formula import Expr
from autograd_tutor.formula import names as names_in
from autograd_tutor.sandbox.protocol import Run
from autograd_tutor.teaching import expr
from autograd_tutor.teaching.closeness import real
from autograd_tutor.teaching.grammar import parse
from autograd_tutor.teaching.refusals import Refused
from autograd_tutor.teaching.sameness import Comparison, compare
from autograd_tutor.trace import Array, named


class Unvalued(Exception):
    """A formula has no value here: a name is no number, or its shape does not fit. Carries the name."""


@dataclass(frozen=True)
class Scope:
    """What the names of a program stand for."""

    values: Mapping[str, Array]
    """At the program's numbers."""
    inputs: frozenset[str]
    """The names that the closed form is a function of."""
    definitions: tuple[tuple[str, Expr], ...]
    """Intermediate names in terms of inputs and of earlier ones."""
    closed: Expr | None
    """The target's closed form, if there is one that our grammar can say."""

    @cached_property
    def names(self) -> frozenset[str]:
        """All names that a formula may use."""
        return frozenset(self.values) | {name for name, _ in self.definitions}

    def unknown(self, formula: Expr) -> list[str]:
        """The names in `formula` that mean nothing here."""
        return sorted(names_in(formula) - self.names)

    def value(self, formula: Expr, shape: tuple[int, ...]) -> Array:
        """`formula` at the program's numbers, element by element, in `shape`; raises Unvalued."""
        count = math.prod(shape)
        elements = [expr.evaluate(formula, self._point(formula, at, count)) for at in range(count)]
        return Array("float64", shape, tuple(elements))

    def shape(self, formula: Expr) -> tuple[int, ...]:
        """The largest shape among the values in `formula`."""
        shapes = [self.values[name].shape for name in names_in(formula) if name in self.values]
        return max(shapes, key=math.prod, default=())

    def _point(self, formula: Expr, at: int, count: int) -> dict[str, float]:
        point = {}
        for name in names_in(formula) & frozenset(self.values):
            value = self.values[name]
            if value.data is None or value.numel not in (1, count):
                raise Unvalued(name)
            point[name] = real(value.data[at if value.numel > 1 else 0])
        missing = names_in(formula) - point.keys()
        if missing:
            raise Unvalued(min(missing))
        return point

    def against_closed_form(self, formula: Expr) -> Comparison:
        """Whether `formula` gives what the closed form gives, wherever both have a value.

        Its `same` is None where that cannot be settled: there is no closed form, the formula has other variables,
        or too few points are in the domain of both.
        """
        if self.closed is None or not self.speaks_of(formula):
            return Comparison(None)
        return compare(formula, self.closed, self.here, dict(self.definitions))

    def speaks_of(self, formula: Expr) -> bool:
        """Whether it has only names that the closed form is a function of, or that are defined by them."""
        return names_in(formula) <= self.inputs | {name for name, _ in self.definitions}

    @cached_property
    def here(self) -> dict[str, float]:
        """A number for every input: its own, or its first element."""
        values = ((name, self.values.get(name)) for name in self.inputs)
        return {name: real(value.data[0]) if value is not None and value.data else 1.0 for name, value in values}


def scope(run: Run, target: str) -> Scope:
    """The names that a formula about `target` may use, with their values in this run."""
    one = run.whole.of(target) or TargetExplanation(target)
    values = {name: tensor.value for name, tensor in named(run.trace).items()} | one.inputs
    for name, value in list(values.items()):
        values |= {f"{name}[{index}]": element for index, element in _elements(value)}
    for name in [name for name in values if name == target or name.startswith(f"{target}[")]:
        if target not in one.inputs:  # its own name is no answer
            del values[name]
    definitions = _definitions(one, frozenset(values))
    inputs = frozenset(values if not one.inputs else one.inputs)
    closed = read(one.formula, frozenset(values)) if one.formula else None
    names = inputs | {name for name, _ in definitions}
    if closed is not None and not names_in(closed) <= names:
        inputs |= names_in(closed)
    return Scope(values, inputs, definitions, closed)


def _definitions(one: TargetExplanation, names: frozenset[str]) -> tuple[tuple[str, Expr], ...]:
    """The definitions that can be read, each after those that it uses."""
    waiting = {name: read(text, names) for name, text in one.definitions.items() if name not in one.inputs}
    known = set(one.inputs)
    ordered: list[tuple[str, Expr]] = []
    while ready := [(name, e) for name, e in waiting.items() if e is not None and names_in(e) <= known]:
        ordered += ready
        known |= {name for name, _ in ready}
        for name, _ in ready:
            del waiting[name]
    return tuple(ordered)


def _elements(value: Array) -> list[tuple[str, Array]]:
    """`0`, `0,1`… and each element as a number; a row of a matrix has no name of its own here."""
    if not value.shape or value.data is None:
        return []
    places = product(*map(range, value.shape))
    return [
        (",".join(map(str, place)), Array(value.dtype, (), (element,)))
        for place, element in zip(places, value.data, strict=True)
    ]


@lru_cache(maxsize=256)
def read(text: str, names: frozenset[str]) -> Expr | None:
    """`text` as a formula; None if it is none that our grammar can say. A run's own are asked for at each answer."""
    try:
        item = parse(text, names)
    except Refused:
        return None
    return None if isinstance(item, list) else item
