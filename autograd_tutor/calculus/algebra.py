"""SymPy as rules and closed forms use it: its functions, exact constants, and evaluation in float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import sympy

from autograd_tutor.calculus.functions import NUMERIC

Expr = Any
"""A SymPy expression."""


def _named(name: str, slope: Callable[[Expr], Expr] | None) -> Any:
    """A function kept under its own name, with its derivative in its own terms."""

    def fdiff(self: Expr, argindex: int = 1) -> Expr:
        if slope is None:
            raise sympy.function.ArgumentIndexError(self, argindex)
        return slope(self)

    return type(name, (sympy.Function,), {"is_real": True, "fdiff": fdiff})


sigmoid = _named("sigmoid", lambda y: y * (1 - y))
softplus = _named("softplus", lambda y: sigmoid(y.args[0]))
trigamma = _named("trigamma", None)
digamma = _named("digamma", lambda y: trigamma(y.args[0]))
lgamma = _named("lgamma", lambda y: digamma(y.args[0]))

FUNCTIONS: dict[str, Callable[..., Expr]] = {
    "exp": sympy.exp, "log": sympy.log, "sqrt": sympy.sqrt, "sign": sympy.sign, "abs": sympy.Abs,
    "sin": sympy.sin, "cos": sympy.cos, "tan": sympy.tan, "asin": sympy.asin, "acos": sympy.acos, "atan": sympy.atan,
    "sinh": sympy.sinh, "cosh": sympy.cosh, "tanh": sympy.tanh,
    "asinh": sympy.asinh, "acosh": sympy.acosh, "atanh": sympy.atanh, "atan2": sympy.atan2,
    "sigmoid": sigmoid, "softplus": softplus, "erf": sympy.erf, "erfc": sympy.erfc, "erfinv": sympy.erfinv,
    "lgamma": lgamma, "digamma": digamma, "trigamma": trigamma,
}  # fmt: skip
"""The functions that rules are written with, by their names in formulas; `functions.NUMERIC` has their numbers."""

_NUMERIC: dict[Any, Callable[..., Any]] = {FUNCTIONS[name]: numeric for name, numeric in NUMERIC.items()}


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


def objects(value: Any) -> Any:
    """An array of SymPy expressions, also of a single one."""
    found = np.asarray(value, dtype=object)
    return np.asarray(np.frompyfunc(_expression, 1, 1)(found), dtype=object)


def _expression(one: Any) -> Expr:
    """With exact numbers only; strict: a text is refused, never parsed."""
    found = sympy.sympify(exact(one), strict=True)
    if found in (sympy.true, sympy.false):  # a mask takes part as 0 and 1
        return sympy.Integer(bool(found))
    floats = found.atoms(sympy.Float)
    return found.xreplace({number: exact(float(number)) for number in floats}) if floats else found
