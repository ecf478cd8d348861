"""Where a formula may jump: on the edge of its conditions, where random points never are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from autograd_tutor.formula import Apply, Binary, Expr, names, parts
from autograd_tutor.teaching.expr import COMPARISONS
from autograd_tutor.teaching.precise import evaluate
from autograd_tutor.teaching.series import Undefined

MOST = 6
"""Conditions looked at."""
BESIDE = tuple(map(Decimal, ("-0.4", "0.4", "-0.001", "0.001")))
"""From the kink."""
STEPS = 12
"""Of Newton's method by secants; a condition that is linear needs one."""


def edges(*exprs: Expr) -> list[Expr]:
    """What is 0 on the edges: left minus right of every comparison, and what sign and step are taken of."""
    found: dict[Expr, None] = {}
    waiting = list(exprs)
    while waiting and len(found) < MOST:
        one = waiting.pop()
        match one:
            case Apply(function, (left, right)) if function in COMPARISONS:
                found[Binary("-", left, right)] = None
            case Apply("sign" | "step", (inside, *_)):
                found[inside] = None
        waiting += parts(one)
    return list(found)


def kinks(*exprs: Expr) -> list[Expr]:
    """What is 0 where a formula may bend or jump: its edges, and what max, min, relu and abs choose by."""
    found = dict.fromkeys(edges(*exprs))
    waiting = list(exprs)
    while waiting and len(found) < MOST:
        one = waiting.pop()
        match one:
            case Apply("max" | "min", (left, right)):
                found[Binary("-", left, right)] = None
            case Apply("relu" | "abs" | "angle", (inside,)):
                found[inside] = None
        waiting += parts(one)
    return list(found)


def beside(kink: Expr, point: Mapping[str, Decimal], digits: int) -> Iterator[dict[str, Decimal]]:
    """Points on both sides of where the kink is, far from it and near to it."""
    for name in sorted(names(kink) & point.keys()):
        try:
            root = _root(kink, point, name, digits)
        except (Undefined, ArithmeticError):
            continue
        for step in BESIDE:
            yield {**point, name: root + step}


def on_edge(edge: Expr, point: Mapping[str, Decimal], digits: int) -> Iterator[dict[str, Decimal]]:
    """Points on the edge, each reached from `point` along one variable."""
    for name in sorted(names(edge) & point.keys()):
        try:
            yield {**point, name: _root(edge, point, name, digits)}
        except (Undefined, ArithmeticError):
            continue


def _root(edge: Expr, point: Mapping[str, Decimal], name: str, digits: int) -> Decimal:
    def height(at: Decimal) -> Decimal:
        return evaluate(edge, {**point, name: at}, digits)

    before, here = point[name], point[name] + 1
    low, high = height(before), height(here)
    for _ in range(STEPS):
        if not high:
            return here
        if high == low:
            break
        before, here = here, here - high * (here - before) / (high - low)
        low, high = high, height(here)
    if abs(high) > Decimal(1).scaleb(10 - digits):
        raise Undefined
    return here
