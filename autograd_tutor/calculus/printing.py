"""A SymPy expression in two hands: as the answers' grammar reads it, and as a person writes it."""

from __future__ import annotations

from typing import Any

import sympy
from sympy.printing.str import StrPrinter

from autograd_tutor.calculus.algebra import Expr
from autograd_tutor.calculus.functions import sqrt
from autograd_tutor.calculus.ink import Ink, call, ink
from autograd_tutor.notation import number

_SHORT = 4
"""A fraction with a larger denominator is written as a decimal, if it ends: 6.7, but x/4."""


def _terminates(denominator: int) -> bool:
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    return denominator == 1


def _decimal(one: Any) -> Any:
    """A number as it should be written: 67/10 as 6.7, 2/3 as it is."""
    if one.is_Rational and one.q > _SHORT and _terminates(one.q) and (one.p not in (1, -1) or one.q > 10):
        return sympy.Float(str(one.p / one.q))
    return one


def _ordered(total: Expr) -> list[Expr]:
    """The terms of a sum: what is added before what is subtracted, products before single names and numbers."""

    def rank(term: Expr) -> tuple[bool, int]:
        return bool(term.could_extract_minus_sign()), -_degree(term)

    return sorted(total.as_ordered_terms(), key=rank)


def _degree(term: Expr) -> int:
    if term.is_Mul:
        return sum(_degree(factor) for factor in term.args)
    if term.is_Pow and term.exp.is_Integer:
        return int(term.exp) * _degree(term.base)
    return 0 if term.is_Number else 1


class _Plain(StrPrinter):  # type: ignore[misc]
    def _print_Abs(self, one: Any) -> str:
        return f"abs({self._print(one.args[0])})"

    def _print_Add(self, expr: Any, order: Any = None) -> str:
        text = ""
        for term in _ordered(expr):
            piece = self._print(term)
            if not text:
                text = piece
            elif piece.startswith("-"):
                text += f" - {piece[1:]}"
            else:
                text += f" + {piece}"
        return text

    def _print_Dummy(self, one: Any) -> str:
        return str(one.name)


def formula(expression: Expr) -> str:
    """In Python's notation: `2*x*cos(x**2)`."""
    shown = expression.replace(lambda one: one.is_Rational and not one.is_Integer, _decimal)
    return str(_Plain({"full_prec": False}).doprint(shown))


def pretty(expression: Expr) -> str:
    """As a person would write it: `2·x·cos(x²)`."""
    return _ink(expression).text


def listed(expressions: list[Expr]) -> str:
    """Several, with commas; plain numbers among them all as decimals where one of them needs to be: `0.375, 0.25`."""
    atoms = set().union(*(one.atoms(sympy.Number) for one in expressions))
    decimal = any(not _decimal(one).is_Rational for one in atoms)
    return ", ".join(number(float(one)) if decimal and one.is_Rational else pretty(one) for one in expressions)


def _ink(one: Expr) -> Ink:
    if one.is_Symbol:
        return Ink(one.name)
    if one.is_Number:
        return _number(one)
    if one is sympy.pi:
        return Ink("π")
    if one.is_Add:
        terms = [_ink(term) for term in _ordered(one)]
        total = terms[0]
        for term in terms[1:]:
            total = total + term
        return total
    if one.is_Mul:
        return _product(one)
    if one.is_Pow:
        base, exponent = one.as_base_exp()
        if exponent == sympy.S.Half:
            return _root(base)
        if exponent.could_extract_minus_sign():
            return 1 / _ink(1 / one)
        return _ink(base) ** (float(exponent) if exponent.is_Number else _ink(exponent))
    name = "abs" if one.func == sympy.Abs else one.func.__name__
    return call(name, *(_ink(argument) for argument in one.args))


def _root(base: Expr) -> Ink:
    root: Ink = sqrt(_ink(base))
    return root


def _number(one: Expr) -> Ink:
    shown = _decimal(one)
    if shown.is_Rational and not shown.is_Integer:
        return ink(int(shown.p)) / ink(int(shown.q))
    return ink(int(shown) if shown.is_Integer else float(shown))


def _product(one: Expr) -> Ink:
    above: list[Ink] = []
    below: list[Ink] = []
    for factor in one.as_ordered_factors():
        shown = _decimal(factor) if factor.is_Number else factor
        if shown.is_Rational and not shown.is_Integer:
            above += [ink(int(shown.p))]
            below += [ink(int(shown.q))]
        elif factor.is_Pow and factor.exp.could_extract_minus_sign():
            below += [_ink(1 / factor)]
        else:
            above += [_ink(factor)]
    top = _times(above)
    return top / _times(below) if below else top


def _times(factors: list[Ink]) -> Ink:
    result = Ink("1")
    for factor in factors:
        result = result * factor
    return result
