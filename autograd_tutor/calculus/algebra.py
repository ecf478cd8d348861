"""SymPy as rules and closed forms use it: its functions, exact constants, and evaluation in float64."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import sympy

Expr = Any
"""A SymPy expression."""


class sigmoid(sympy.Function):  # type: ignore[misc]
    """1/(1 + exp(−x)), kept under its own name; its derivative in its own terms."""

    is_real = True

    def fdiff(self, argindex: int = 1) -> Expr:
        """Its slope: its value times what is missing to 1."""
        return self * (1 - self)


class softplus(sympy.Function):  # type: ignore[misc]
    """log(1 + exp(x)), kept under its own name; its derivative is the sigmoid."""

    is_real = True

    def fdiff(self, argindex: int = 1) -> Expr:
        """Its slope."""
        return sigmoid(self.args[0])


FUNCTIONS: dict[str, Callable[[Expr], Expr]] = {
    "exp": sympy.exp,
    "log": sympy.log,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tan": sympy.tan,
    "tanh": sympy.tanh,
    "sqrt": sympy.sqrt,
    "sign": sympy.sign,
    "abs": sympy.Abs,
    "erf": sympy.erf,
    "sigmoid": sigmoid,
    "softplus": softplus,
}
"""The functions that rules are written with, by their names in formulas."""

_NUMERIC: dict[Any, Callable[..., Any]] = {
    sympy.exp: np.exp,
    sympy.log: np.log,
    sympy.sin: np.sin,
    sympy.cos: np.cos,
    sympy.tan: np.tan,
    sympy.tanh: np.tanh,
    sympy.sign: np.sign,
    sympy.Abs: np.abs,
    sympy.erf: math.erf,
    sigmoid: lambda x: 1 / (1 + np.exp(-x)),
    softplus: lambda x: np.logaddexp(0.0, x),
}


def exact(value: Any) -> Any:
    """A number as SymPy's exact one, by its shortest decimal: 0.1 is 1/10, also in float32. Others unchanged."""
    if isinstance(value, np.generic) and value.dtype.kind == "f":
        return exact_text(str(value))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return exact_text(repr(value))


def exact_text(text: str) -> Expr:
    """A decimal as an exact number; nan and the infinities as SymPy has them."""
    if text in ("nan", "inf", "-inf"):
        return {"nan": sympy.nan, "inf": sympy.oo, "-inf": -sympy.oo}[text]
    return sympy.Rational(text)


def evaluate(expression: Expr, values: dict[Expr, float]) -> float:
    """The expression in float64, with the rules of floating point: 1/0 is inf, 0·inf is nan."""
    done: dict[Expr, Any] = {}
    for part in sympy.postorder_traversal(expression):
        if part not in done:
            done[part] = _value(part, [done[argument] for argument in part.args], values)
    return float(done[expression])


def _value(part: Expr, arguments: list[Any], values: dict[Expr, float]) -> Any:
    if part.is_Symbol:
        return np.float64(values[part])
    if part.is_Add:
        return np.sum(arguments)
    if part.is_Mul:
        return np.prod(arguments)
    if part.is_Pow:
        return np.float64(arguments[0]) ** arguments[1]
    if not part.args:
        return np.float64(part)
    return _NUMERIC[part.func](*arguments)


def size(expression: Expr) -> int:
    """How many operations and symbols it is written with."""
    return sum(1 for _ in sympy.preorder_traversal(expression))
