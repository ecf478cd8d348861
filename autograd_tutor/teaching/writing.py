"""Formulas as text: as a person would write them, and normalised in the answers' own grammar."""

from __future__ import annotations

import math

from autograd_tutor import notation
from autograd_tutor.formula import Apply, Binary, Expr, Name, Negative, Number

_COMPARISONS = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤", "eq": "==", "ne": "≠"}
_RANK = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 4}


def _rank(expr: Expr) -> int:
    match expr:
        case Binary(operator):
            return _RANK[operator]
        case Negative():
            return 1
        case Number(value) if "·" in _constant(value):
            return _RANK["*"]
    return 5


def _bracketed(text: str, wanted: bool) -> str:
    return f"({text})" if wanted else text


def pretty(expr: Expr) -> str:
    """As a person would write it: `2·cos(x²)·x`."""
    match expr:
        case Number(value):
            return _constant(value)
        case Name(name):
            return name
        case Negative(operand):
            return notation.MINUS + _bracketed(pretty(operand), _rank(operand) < 2)
        case Apply("abs", (inside,)):
            return f"|{pretty(inside)}|"
        case Apply("sqrt", (inside,)):
            return f"√{_bracketed(pretty(inside), _rank(inside) < 5)}"
        case Apply("factorial", (inside,)):
            return f"{_bracketed(pretty(inside), _rank(inside) < 5)}!"
        case Apply(function) if function in _COMPARISONS:
            return f"1{{{_condition(expr)}}}"
        case Apply("where", (condition, yes, no)):
            return f"({pretty(yes)} if {_condition(condition)} else {pretty(no)})"
        case Apply(function, arguments):
            return f"{'ln' if function == 'log' else function}({', '.join(map(pretty, arguments))})"
        case Binary("^", base, Number(value)) if value == int(value) and 0 < value < 1000:
            return _bracketed(pretty(base), _rank(base) < 5) + notation.superscript(int(value))
        case Binary("^", base, exponent):
            return f"{_bracketed(pretty(base), _rank(base) < 5)}^{_bracketed(pretty(exponent), _rank(exponent) < 5)}"
        case Binary(operator, left, right):
            rank = _RANK[operator]
            sides = (
                _bracketed(pretty(left), rank == 2 and _needs_brackets_before_times(left)),
                _bracketed(pretty(right), _rank(right) < rank + (operator in "-/") or _starts_with_minus(right)),
            )
            return {"+": " + ", "-": f" {notation.MINUS} ", "*": "·", "/": "/"}[operator].join(sides)


def _condition(expr: Expr) -> str:
    match expr:
        case Apply(function, (left, right)) if function in _COMPARISONS:
            return f"{pretty(left)} {_COMPARISONS[function]} {pretty(right)}"
    return f"{pretty(expr)} ≠ 0"


def _needs_brackets_before_times(left: Expr) -> bool:
    """A sum; a quotient, so that what follows does not seem to be below its line; not minus a single thing."""
    if isinstance(left, Negative):
        return _rank(left.operand) <= _RANK["*"]
    return _rank(left) < _RANK["*"] or (isinstance(left, Binary) and left.operator == "/")


def _starts_with_minus(expr: Expr) -> bool:
    while isinstance(expr, Binary) and expr.operator != "^":
        expr = expr.left
    return isinstance(expr, Negative)


def plain(expr: Expr) -> str:
    """Normalised: every bracket written, `((2*cos((x^2)))*x)`; reading it again gives `expr`."""
    match expr:
        case Number(value):
            return repr(value) if math.isfinite(value) else str(value)
        case Name(name):
            return name
        case Negative(operand):
            return f"(-{plain(operand)})"
        case Apply(function, arguments):
            return f"{function}({', '.join(map(plain, arguments))})"
        case Binary(operator, left, right):
            return f"({plain(left)}{operator}{plain(right)})"


def _constant(value: float) -> str:
    if value == math.pi:
        return "π"
    if value == math.e:
        return "e"
    return notation.number(value)
