"""Whether two formulas are the same by algebra: for those that numbers can't tell apart or bring together."""

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


class Unsaid(Exception):
    """SymPy has no such function here."""


def same(left: Expr, right: Expr) -> bool | None:
    """Whether the difference is 0 for all real numbers; None if SymPy can't say. May take any time."""
    try:
        difference = sympy.simplify(symbolic(left) - symbolic(right))
    except Unsaid:
        return None
    if difference == 0:
        return True
    return False if difference.is_number and difference.is_nonzero else None


def symbolic(expr: Expr) -> Any:
    """The formula in SymPy's terms, built node by node, with exact numbers and real variables; raises Unsaid."""
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
