"""The shortest form of a derivative that a little algebra finds."""

from __future__ import annotations

import sympy

from autograd_tutor.calculus.algebra import Expr, size
from autograd_tutor.calculus.deadline import Deadline, NoForm

SMALL = 160
"""Larger expressions are only tidied, not put over one denominator."""
WORTH = 3
"""A rewritten form must save more parts than these: the rules leave forms that a learner recognises."""


def shortest(expression: Expr, deadline: Deadline) -> Expr:
    """`expression`, equal but as short as bounded effort makes it; as differentiation left it, if that is no longer."""
    if size(expression) > SMALL:
        return expression
    best: Expr = min(_candidates(expression, deadline), key=_length)
    return best if _length(best) < _length(expression) - WORTH else expression


def _length(expression: Expr) -> int:
    """How long it is to read: its parts, and one more for each denominator and each pair of parentheses."""
    fractions = sum(1 for one in expression.atoms(sympy.Pow) if one.exp.is_negative)
    parentheses = sum(1 for one in expression.atoms(sympy.Mul, sympy.Pow) for part in one.args if part.is_Add)
    return size(expression) + fractions + parentheses


def _candidates(expression: Expr, deadline: Deadline) -> list[Expr]:
    """With functions as plain symbols it is a rational function: cancel and factor it."""
    stands: dict[Expr, Expr] = {}
    plain = _plain(expression, stands)
    back = {symbol: function for function, symbol in stands.items()}
    found = [plain]
    try:
        deadline.check()
        cancelled = sympy.cancel(plain)
        deadline.check()
        found = [sympy.factor(cancelled), cancelled, sympy.factor_terms(cancelled)]
    except (sympy.PolynomialError, NoForm, ZeroDivisionError, NotImplementedError):
        pass
    restored = [_signed(one).xreplace(back) for one in found]
    return [*(_trigonometric(one) for one in restored), *restored]


def _signed(product: Expr) -> Expr:
    """−x·(y − p) as x·(p − y)."""
    if not product.is_Mul or product.args[0] != -1:
        return product
    sums = [factor for factor in product.args if factor.is_Add]
    if not sums:
        return product
    rest = [factor for factor in product.args[1:] if factor is not sums[0]]
    return sympy.Mul(*rest, sympy.Add(*(-term for term in sums[0].args)))


def _plain(expression: Expr, stands: dict[Expr, Expr]) -> Expr:
    """`expression` with its functions and irrational powers, the outermost first, replaced by symbols."""
    for one in sympy.preorder_traversal(expression):
        whole = one.is_Pow and one.exp.is_Integer
        if (one.is_Function or (one.is_Pow and not whole)) and one not in stands:
            stands[one] = sympy.Dummy("f", real=True)
    return expression.xreplace(stands)


def _trigonometric(expression: Expr) -> Expr:
    """sin/cos of the same thing as tan, and 1 + tan² left alone."""
    return expression.replace(lambda one: one.is_Mul and any(_over_cos(factor) for factor in one.args), _tangents)


def _over_cos(factor: Expr) -> bool:
    return bool(factor.is_Pow and factor.exp == -1 and factor.base.func == sympy.cos)


def _tangents(product: Expr) -> Expr:
    factors = list(product.args)
    for below in [factor for factor in factors if _over_cos(factor)]:
        above = sympy.sin(below.base.args[0])
        if above in factors:
            factors.remove(above)
            factors.remove(below)
            factors.append(sympy.tan(below.base.args[0]))
    return sympy.Mul(*factors)
