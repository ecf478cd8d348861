"""The formulas that a learner gets who derives a target's closed form with one rule wrong."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import numpy as np
import sympy

from autograd_tutor.calculus import printing
from autograd_tutor.calculus.algebra import Expr, evaluate, size
from autograd_tutor.calculus.deadline import Deadline, NoForm
from autograd_tutor.calculus.derive import Derived
from autograd_tutor.calculus.local import FAILURES
from autograd_tutor.calculus.plain import Unsaid, plain
from autograd_tutor.calculus.slips import SLIPS, Derivation, integral
from autograd_tutor.explanation import ImaginedFormula
from autograd_tutor.mistakes import KINDS

LARGEST = 60
"""Parts of what is differentiated; of more, nobody writes the derivative down."""
MOST = 60
"""Formulas."""
RESERVE = 0.2
"""Seconds before the deadline at which no further one is sought: the closed form itself must not be late."""
SINGLE = 4
"""Uses of a rule at which it may slip alone."""
_POINTS = 3
_ALIKE = 1e-9

Differentiate = Callable[[Expr, Expr], Expr | None]
"""An expression and a variable; what the learner takes for its derivative."""


def slips(derived: Derived, truth: Expr, deadline: Deadline) -> tuple[ImaginedFormula, ...]:
    """One formula for each slip, the likeliest first; none is the truth, or an earlier one of its family.

    `truth` is the closed form, in plain names.
    """
    if not derived.sources or sum(size(source.total) for source in derived.sources) > LARGEST:
        return ()
    right = _signature(truth)
    seen: list[tuple[list[float], str]] = []
    found: list[ImaginedFormula] = []
    for tag, where, formula in _candidates(derived, truth):
        if deadline.left < RESERVE:
            break
        try:
            mark = _signature(formula)
            family = KINDS[tag].family[0]
            if not _alike(mark, right) and not any(letter == family and _alike(mark, other) for other, letter in seen):
                seen.append((mark, family))
                found.append(ImaginedFormula(tag, plain(formula), _told(derived, where)))
        except (Unsaid, RecursionError, *FAILURES):
            continue
        if len(found) == MOST:
            break
    return tuple(found)


def _candidates(derived: Derived, truth: Expr) -> Iterator[tuple[str, Expr | str, Expr]]:
    """Tag, where, and formula of each."""
    yield "sign", "", -truth
    yield from _whole(derived)
    for slip in SLIPS:
        for only in (None, *range(SINGLE)):
            trial = _Trial(slip, derived.algebra.values, only)
            formula = _formula(derived, trial)
            if trial.where is None:
                break
            if formula is not None:
                yield slip.tag, trial.where, formula
            if only is None and trial.used < 2:
                break


class _Trial:
    """One slip, in the derivatives of all passes."""

    def __init__(self, slip: type[Derivation], values: Mapping[Expr, float], only: int | None) -> None:
        self.slip, self.values, self.only = slip, values, only
        self.used = 0
        self.where: Expr | None = None

    def __call__(self, one: Expr, by: Expr) -> Expr:
        derivation = self.slip(by, self.values, self.only)
        found = derivation.of(one)
        self.used = max(self.used, derivation.used)
        self.where = derivation.where if self.where is None else self.where
        return found


def _whole(derived: Derived) -> Iterator[tuple[str, Expr | str, Expr]]:
    """Not differentiated, integrated, differentiated twice, or by another variable."""
    values = derived.algebra.values

    def slope(one: Expr, by: Expr) -> Expr:
        return Derivation(by, values).of(one)

    ways: dict[str, Differentiate] = {
        "value-of-root": lambda one, by: one,
        "integrated": integral,
        "differentiated-twice": lambda one, by: slope(slope(one, by), by),
    }
    for tag, way in ways.items():
        if (formula := _formula(derived, way)) is not None:
            yield tag, "", formula
    last = derived.sources[-1]
    for other in sorted(last.total.free_symbols - set(last.variables.flat), key=str):
        if (formula := _formula(derived, partial(_by_other, slope, other))) is not None:
            yield "gradient-of-other", str(other.name), formula


def _by_other(slope: Differentiate, other: Expr, one: Expr, by: Expr) -> Expr | None:
    return slope(one, other)


def _formula(derived: Derived, differentiate: Differentiate) -> Expr | None:
    """The first element's formula in plain names, all passes added; None if there is none for it."""
    place = next(np.ndindex(derived.sources[0].variables.shape))
    try:
        terms = [differentiate(source.total, source.variables[place]) for source in derived.sources]
        return derived.algebra.placed(derived.algebra.meant(sympy.Add(*terms)), place, derived.elements.shape)
    except (NoForm, RecursionError, *FAILURES):  # SymPy may lose itself in wide powers
        return None


def _told(derived: Derived, where: Expr | str) -> str:
    """The expression at which it slipped, as a person would write it."""
    if isinstance(where, str):
        return where
    try:
        return printing.pretty(derived.algebra.meant(where))
    except FAILURES:
        return ""


def _signature(formula: Expr) -> list[float]:
    """Its value at a few points."""
    found = []
    for number in range(_POINTS):
        values = {one: random.Random(f"{one.name}{number}").uniform(0.3, 1.9) for one in formula.free_symbols}
        with np.errstate(all="ignore"):
            found.append(evaluate(formula, values))
    return found


def _alike(one: list[float], other: list[float]) -> bool:
    return all(
        math.isclose(a, b, rel_tol=_ALIKE, abs_tol=_ALIKE) or (math.isnan(a) and math.isnan(b))
        for a, b in zip(one, other, strict=True)
    )
