"""Differentiation by hand, with one rule wrong: what a learner's formula is when just that rule slips.

`Derivation` has the rules as a textbook has them, a method each. A slip replaces one of them. It is made wherever
the rule is used, or at one use alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import sympy

from autograd_tutor.calculus.algebra import Expr, exact


class Derivation:
    """The derivative of an expression by one variable, rule by rule."""

    tag: ClassVar[str] = ""
    """The mistake's name in `autograd_tutor.mistakes`."""

    def __init__(self, variable: Expr, values: Mapping[Expr, float], only: int | None = None) -> None:
        self.variable = variable
        self.values = values
        """What every symbol stands for in the run."""
        self.only = only
        """The one use of the rule that slips, from 0; None: every one."""
        self.used = 0
        """How often the rule was used so far."""
        self.where: Expr | None = None
        """The expression at which it first slipped."""

    def of(self, one: Expr) -> Expr:
        """The derivative."""
        if one == self.variable:
            return sympy.S.One
        if not one.has(self.variable):
            return self.constant(one)
        if one.is_Add:
            return sympy.Add(*map(self.of, one.args))
        if one.is_Mul:
            return self._mul(one)
        if one.is_Pow:
            return self._pow(one.base, one.exp)
        if isinstance(one, sympy.exp):
            return self.exponential(sympy.E, one.args[0])
        return self.chain(one.fdiff(1), one.args[0], one)

    def slips(self, where: Expr) -> bool:
        """Whether the wrong rule holds at this use of it."""
        self.used += 1
        if self.only is not None and self.only != self.used - 1:
            return False
        self.where = where if self.where is None else self.where
        return True

    def at_numbers(self, one: Expr) -> Expr:
        """The expression at the run's numbers."""
        return one.xreplace({symbol: exact(self.values[symbol]) for symbol in one.free_symbols})

    def _mul(self, one: Expr) -> Expr:
        fixed, moving = one.as_independent(self.variable, as_Add=False)
        if fixed != 1:
            return self.factor(fixed, moving)
        below = [factor for factor in one.args if factor.is_Pow and factor.exp.could_extract_minus_sign()]
        if below and len(below) < len(one.args):
            bottom = 1 / sympy.Mul(*below)
            return self.quotient(one * bottom, bottom)
        return self.product(one.args[0], sympy.Mul(*one.args[1:]))

    def _pow(self, base: Expr, exponent: Expr) -> Expr:
        if not exponent.has(self.variable):
            if exponent.could_extract_minus_sign() and base != self.variable:
                return self.quotient(sympy.S.One, base**-exponent)
            return self.power(base, exponent)
        if not base.has(self.variable):
            return self.exponential(base, exponent)
        return base**exponent * self.of(exponent * sympy.log(base))

    def constant(self, one: Expr) -> Expr:
        """What has no variable in it does not change."""
        return sympy.S.Zero

    def factor(self, fixed: Expr, moving: Expr) -> Expr:
        """A constant factor stays."""
        return fixed * self.of(moving)

    def product(self, left: Expr, right: Expr) -> Expr:
        """Each factor's slope times the other factor."""
        return self.of(left) * right + left * self.of(right)

    def quotient(self, top: Expr, bottom: Expr) -> Expr:
        """(u′v − u·v′)/v²."""
        return (self.of(top) * bottom - top * self.of(bottom)) / bottom**2

    def power(self, base: Expr, exponent: Expr) -> Expr:
        """n·aⁿ⁻¹·a′."""
        return self.chain(exponent * base ** (exponent - 1), base, base**exponent)

    def exponential(self, base: Expr, exponent: Expr) -> Expr:
        """aˣ·ln a·x′."""
        return self.chain(base**exponent * sympy.log(base), exponent, base**exponent)

    def chain(self, slope: Expr, inner: Expr, whole: Expr) -> Expr:
        """The outer slope, at the inner value, times the inner slope."""
        return slope * self.of(inner)


class _InnerDropped(Derivation):
    tag = "inner-derivative-dropped"

    def chain(self, slope: Expr, inner: Expr, whole: Expr) -> Expr:
        return slope if inner != self.variable and self.slips(inner) else super().chain(slope, inner, whole)


class _OuterDropped(Derivation):
    tag = "outer-derivative-dropped"

    def chain(self, slope: Expr, inner: Expr, whole: Expr) -> Expr:
        return self.of(inner) if inner != self.variable and self.slips(whole) else super().chain(slope, inner, whole)


class _OuterNotDifferentiated(Derivation):
    tag = "function-not-differentiated"

    def chain(self, slope: Expr, inner: Expr, whole: Expr) -> Expr:
        return whole * self.of(inner) if self.slips(whole) else super().chain(slope, inner, whole)


class _AtWrongPoint(Derivation):
    tag = "derivative-at-wrong-point"

    def chain(self, slope: Expr, inner: Expr, whole: Expr) -> Expr:
        if inner != self.variable and self.slips(whole):
            slope = slope.subs(inner, self.variable)
        return slope * self.of(inner)


class _SlopeInside(Derivation):
    tag = "slope-put-inside"

    def chain(self, slope: Expr, inner: Expr, whole: Expr) -> Expr:
        if inner != self.variable and self.slips(whole):
            return slope.subs(inner, self.of(inner))
        return super().chain(slope, inner, whole)


class _SignAtOneStep(Derivation):
    tag = "sign-at-one-step"

    def chain(self, slope: Expr, inner: Expr, whole: Expr) -> Expr:
        return (-1 if self.slips(whole) else 1) * super().chain(slope, inner, whole)


class _PowerNotLowered(Derivation):
    tag = "power-not-lowered"

    def power(self, base: Expr, exponent: Expr) -> Expr:
        slope = exponent * base**exponent if self.slips(base**exponent) else exponent * base ** (exponent - 1)
        return self.chain(slope, base, base**exponent)


class _PowerFactorForgotten(Derivation):
    tag = "power-factor-forgotten"

    def power(self, base: Expr, exponent: Expr) -> Expr:
        slope = base ** (exponent - 1) * (1 if self.slips(base**exponent) else exponent)
        return self.chain(slope, base, base**exponent)


class _PowerRaised(Derivation):
    tag = "power-raised"

    def power(self, base: Expr, exponent: Expr) -> Expr:
        lowered = exponent + 1 if self.slips(base**exponent) else exponent - 1
        return self.chain(exponent * base**lowered, base, base**exponent)


class _PowerOfExponential(Derivation):
    tag = "exponential-as-power"

    def exponential(self, base: Expr, exponent: Expr) -> Expr:
        if self.slips(base**exponent):
            return self.chain(exponent * base ** (exponent - 1), exponent, base**exponent)
        return super().exponential(base, exponent)


class _LogOfBaseForgotten(Derivation):
    tag = "log-of-base-forgotten"

    def exponential(self, base: Expr, exponent: Expr) -> Expr:
        if base != sympy.E and self.slips(base**exponent):
            return self.chain(base**exponent, exponent, base**exponent)
        return super().exponential(base, exponent)


class _ProductOfSlopes(Derivation):
    tag = "slopes-multiplied"

    def product(self, left: Expr, right: Expr) -> Expr:
        return self.of(left) * self.of(right) if self.slips(left * right) else super().product(left, right)


class _FirstFactorOnly(Derivation):
    tag = "one-factor-only"

    def product(self, left: Expr, right: Expr) -> Expr:
        return self.of(left) * right if self.slips(left * right) else super().product(left, right)


class _SecondFactorOnly(Derivation):
    tag = "one-factor-only"

    def product(self, left: Expr, right: Expr) -> Expr:
        return left * self.of(right) if self.slips(left * right) else super().product(left, right)


class _QuotientOfSlopes(Derivation):
    tag = "slopes-multiplied"

    def quotient(self, top: Expr, bottom: Expr) -> Expr:
        return self.of(top) / self.of(bottom) if self.slips(top / bottom) else super().quotient(top, bottom)


class _QuotientSwapped(Derivation):
    tag = "quotient-swapped"

    def quotient(self, top: Expr, bottom: Expr) -> Expr:
        return (-1 if self.slips(top / bottom) else 1) * super().quotient(top, bottom)


class _QuotientAdded(Derivation):
    tag = "quotient-added"

    def quotient(self, top: Expr, bottom: Expr) -> Expr:
        if self.slips(top / bottom):
            return (self.of(top) * bottom + top * self.of(bottom)) / bottom**2
        return super().quotient(top, bottom)


class _QuotientNotSquared(Derivation):
    tag = "quotient-not-squared"

    def quotient(self, top: Expr, bottom: Expr) -> Expr:
        return super().quotient(top, bottom) * (bottom if self.slips(top / bottom) else 1)


class _FactorLost(Derivation):
    tag = "constant-factor-lost"

    def factor(self, fixed: Expr, moving: Expr) -> Expr:
        return self.of(moving) if fixed != -1 and self.slips(fixed * moving) else super().factor(fixed, moving)


class _MinusLost(Derivation):
    tag = "sign-at-one-step"

    def factor(self, fixed: Expr, moving: Expr) -> Expr:
        lost = fixed.could_extract_minus_sign() and self.slips(fixed * moving)
        return (-fixed if lost else fixed) * self.of(moving)


class _ConstantKept(Derivation):
    tag = "constant-kept"

    def constant(self, one: Expr) -> Expr:
        return one if self.slips(one) else super().constant(one)


class _OuterAtNumber(Derivation):
    """cos(16)·2x for the slope of sin(x²) at 4."""

    tag = "evaluated-too-early"

    def chain(self, slope: Expr, inner: Expr, whole: Expr) -> Expr:
        at_once = inner != self.variable and self.slips(whole)
        return super().chain(self.at_numbers(slope) if at_once else slope, inner, whole)


class _InnerAtNumber(Derivation):
    """cos(x²)·8 for the slope of sin(x²) at 4."""

    tag = "evaluated-too-early"

    def chain(self, slope: Expr, inner: Expr, whole: Expr) -> Expr:
        inside = self.of(inner)
        return slope * (self.at_numbers(inside) if inner != self.variable and self.slips(inner) else inside)


SLIPS: tuple[type[Derivation], ...] = (
    _InnerDropped,
    _OuterNotDifferentiated,
    _AtWrongPoint,
    _OuterDropped,
    _PowerNotLowered,
    _PowerFactorForgotten,
    _PowerRaised,
    _ProductOfSlopes,
    _FirstFactorOnly,
    _SecondFactorOnly,
    _QuotientOfSlopes,
    _QuotientSwapped,
    _QuotientAdded,
    _QuotientNotSquared,
    _FactorLost,
    _MinusLost,
    _SignAtOneStep,
    _ConstantKept,
    _SlopeInside,
    _PowerOfExponential,
    _LogOfBaseForgotten,
    _OuterAtNumber,
    _InnerAtNumber,
)
"""The likeliest first."""


def integral(one: Expr, variable: Expr) -> Expr | None:
    """An integral as one learns the first ones: sums, powers, exp, sin, cos of a·x + b; None for all others."""
    if not one.has(variable):
        return one * variable
    if one.is_Add:
        terms = [integral(term, variable) for term in one.args]
        return None if None in terms else sympy.Add(*terms)
    fixed, moving = one.as_independent(variable, as_Add=False)
    inner = moving.base if moving.is_Pow and not moving.exp.has(variable) else (moving.args or (moving,))[0]
    inner = variable if moving == variable else inner
    slope = sympy.diff(inner, variable)
    if slope.has(variable) or slope == 0:
        return None
    found = _antiderivative(moving, inner)
    return None if found is None else fixed * found / slope


_INTEGRALS: dict[Any, Callable[[Expr], Expr]] = {
    sympy.exp: sympy.exp,
    sympy.sin: lambda x: -sympy.cos(x),
    sympy.cos: sympy.sin,
    sympy.log: lambda x: x * sympy.log(x) - x,
}


def _antiderivative(moving: Expr, inner: Expr) -> Expr | None:
    if moving == inner:
        return inner**2 / 2
    if moving.is_Pow and moving.base == inner:
        return sympy.log(inner) if moving.exp == -1 else inner ** (moving.exp + 1) / (moving.exp + 1)
    known = _INTEGRALS.get(moving.func)
    return known(inner) if known is not None else None
