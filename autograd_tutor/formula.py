"""Formulas as plain data: what the answers' grammar reads, what teaching evaluates and calculus proves equal."""

from __future__ import annotations

import math
from typing import Literal

from autograd_tutor.trace import Record


class Number(Record, frozen=True, tag="number"):
    """A constant, also nan and inf."""

    value: float


class Name(Record, frozen=True, tag="name"):
    """A variable: `x`, `w_1`, `x[0]`."""

    name: str


class Negative(Record, frozen=True, tag="negative"):
    """Minus the operand."""

    operand: Expr


class Binary(Record, frozen=True, tag="binary"):
    """Two operands and what joins them."""

    operator: Literal["+", "-", "*", "/", "^"]
    left: Expr
    right: Expr


class Apply(Record, frozen=True, tag="apply"):
    """A known function and its arguments."""

    function: str
    arguments: tuple[Expr, ...]


Expr = Number | Name | Negative | Binary | Apply


def parts(expr: Expr) -> tuple[Expr, ...]:
    """What it is put together from."""
    match expr:
        case Negative(operand):
            return (operand,)
        case Binary(_, left, right):
            return (left, right)
        case Apply(_, arguments):
            return arguments
    return ()


def depth(expr: Expr) -> int:
    """How many expressions stand within one another; works for any depth."""
    level, deepest = [expr], 0
    while level:
        deepest += 1
        level = [inner for one in level for inner in parts(one)]
    return deepest


def names(expr: Expr) -> frozenset[str]:
    """The variables in `expr`."""
    return frozenset((expr.name,)) if isinstance(expr, Name) else frozenset().union(*map(names, parts(expr)))


def constants(expr: Expr) -> frozenset[float]:
    """The numbers in `expr`."""
    return frozenset((expr.value,)) if isinstance(expr, Number) else frozenset().union(*map(constants, parts(expr)))


def says_infinite(expr: Expr) -> bool:
    """Whether nan or inf is written in it."""
    return not all(map(math.isfinite, constants(expr)))
