"""Conditions as formulas that are 1 where they hold and 0 elsewhere."""

from __future__ import annotations

from autograd_tutor.formula import Apply, Binary, Expr, Name, Number
from autograd_tutor.teaching.expr import COMPARISONS
from autograd_tutor.teaching.refusals import Refused


def chain(sides: list[Expr], signs: list[str]) -> Expr:
    """`0 < x < 1` as 0 < x and x < 1."""
    joined: Expr = Apply(signs[0], (sides[0], sides[1]))
    for sign, left, right in zip(signs[1:], sides[1:], sides[2:], strict=False):
        joined = Binary("*", joined, Apply(sign, (left, right)))
    return joined


def is_truth(expr: Expr) -> bool:
    """Whether it is 1 where something holds and 0 elsewhere."""
    match expr:
        case Binary("*", left, right) | Binary("-", left, right) | Apply("max", (left, right)):
            return (is_truth(left) or left == Number(1.0)) and is_truth(right)
        case Apply(function):
            return function in COMPARISONS
    return False


def truth(expr: Expr, column: int, *, named: bool = False) -> Expr:
    """`expr`, which has to be a condition, or where that is allowed a name, true where it is not 0; raises Refused."""
    if named and isinstance(expr, Name):
        return Apply("ne", (expr, Number(0.0)))
    if not is_truth(expr):
        raise Refused("A condition compares two things: x > 0, or 0 < x < 1.", column)
    return expr
