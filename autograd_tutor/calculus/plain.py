"""Between SymPy's expressions and formulas as plain data: node by node, both ways."""

from __future__ import annotations

import math
from typing import Any

import sympy

from autograd_tutor.calculus.algebra import FUNCTIONS, exact
from autograd_tutor.formula import Apply, Binary, Expr, Name, Negative, Number

_CONSTANTS = {math.pi: sympy.pi, math.e: sympy.E}
_FUNCTIONS = FUNCTIONS | {
    "asin": sympy.asin,
    "acos": sympy.acos,
    "atan": sympy.atan,
    "sinh": sympy.sinh,
    "cosh": sympy.cosh,
    "asinh": sympy.asinh,
    "acosh": sympy.acosh,
    "atanh": sympy.atanh,
    "atan2": sympy.atan2,
    "floor": sympy.floor,
    "ceil": sympy.ceiling,
    "erf": sympy.erf,
    "factorial": sympy.factorial,
    "log2": lambda x: sympy.log(x, 2),
    "log10": lambda x: sympy.log(x, 10),
    "log1p": lambda x: sympy.log(1 + x),
    "expm1": lambda x: sympy.exp(x) - 1,
    "relu": lambda x: sympy.Max(x, 0),
    "max": sympy.Max,
    "min": sympy.Min,
}
_NAMES = {made: name for name, made in _FUNCTIONS.items() if isinstance(made, type) and name != "sqrt"}


class Unsaid(Exception):
    """The other side has no such thing; carries its name."""


def symbolic(expr: Expr) -> Any:
    """A formula in SymPy's terms, with exact numbers and real variables; raises Unsaid."""
    match expr:
        case Number(value):
            return _CONSTANTS.get(value) or exact(value)
        case Name(name):
            return sympy.Symbol(name, real=True)
        case Negative(operand):
            return -symbolic(operand)
        case Apply(function, arguments):
            if function not in _FUNCTIONS:
                raise Unsaid(function)
            return _FUNCTIONS[function](*map(symbolic, arguments))
        case Binary(operator, left, right):
            one, other = symbolic(left), symbolic(right)
            match operator:
                case "+":
                    return one + other
                case "-":
                    return one - other
                case "*":
                    return one * other
                case "/":
                    return one / other
            return one**other


def plain(one: Any) -> Expr:
    """An expression of SymPy's as plain data; raises Unsaid."""
    if one.is_Symbol:
        return Name(one.name)
    if one.is_Rational:
        above = Number(float(abs(one.p)))
        size = above if one.q == 1 else Binary("/", above, Number(float(one.q)))
        return Negative(size) if one.p < 0 else size
    if not one.args:
        return Number(float(one))
    parts = [plain(part) for part in one.args]
    if one.is_Add or one.is_Mul:
        joined = parts[0]
        for part in parts[1:]:
            joined = Binary("+" if one.is_Add else "*", joined, part)
        return joined
    if one.is_Pow:
        return Binary("^", *parts)
    if one.func not in _NAMES:
        raise Unsaid(one.func.__name__)
    return Apply(_NAMES[one.func], tuple(parts))
