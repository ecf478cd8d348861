"""Conditions as formulas that are 1 where they hold and 0 elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_tutor.formula import Apply, Binary, Expr, Number
from autograd_tutor.teaching.expr import COMPARISONS
from autograd_tutor.teaching.refusals import Refused


def chain(parts: Sequence[Any]) -> Expr:
    """`0 < x < 1` as 0 < x and x < 1."""
    held = [Apply(str(parts[at]), (parts[at - 1], parts[at + 1])) for at in range(1, len(parts), 2)]
    joined: Expr = held[0]
    for one in held[1:]:
        joined = Binary("*", joined, one)
    return joined


def is_truth(expr: Expr) -> bool:
    """Whether it is 1 where something holds and 0 elsewhere."""
    match expr:
        case Binary("*", left, right) | Binary("-", left, right) | Apply("max", (left, right)):
            return (is_truth(left) or left == Number(1.0)) and is_truth(right)
        case Apply(function):
            return function in COMPARISONS
    return False


def truth(expr: Expr, column: int) -> Expr:
    """`expr`, which has to be a condition; raises Refused."""
    if not is_truth(expr):
        raise Refused("A condition compares two things: x > 0, or 0 < x < 1.", column)
    return expr
