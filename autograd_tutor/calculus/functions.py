"""Functions that rules are written with, over three kinds of things alike.

Numbers (numpy) give a rule's value, SymPy expressions (numpy arrays of them) its algebra, and
`Ink` how it is written. So each rule is stated once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from autograd_tutor.calculus import ink, special
from autograd_tutor.calculus.ink import Ink

Value = Any
"""A Python number, a numpy array of numbers, a numpy array of SymPy expressions, or Ink."""


def symbolic(value: Value) -> bool:
    """Whether it holds SymPy expressions, or is one."""
    return getattr(getattr(value, "dtype", None), "kind", "") == "O" or hasattr(value, "free_symbols")


def _sigmoid(x: Value) -> Value:
    return 1 / (1 + np.exp(-np.asarray(x)))


def _softplus(x: Value) -> Value:
    return np.logaddexp(x, np.zeros_like(x))  # log(1 + exp(x)) without overflow


NUMERIC: dict[str, Callable[..., Value]] = {
    "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "sign": np.sign, "abs": np.abs,
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan,
    "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh,
    "asinh": np.arcsinh, "acosh": np.arccosh, "atanh": np.arctanh, "atan2": np.arctan2,
    "sigmoid": _sigmoid, "softplus": _softplus,
    "erf": special.erf, "erfc": special.erfc, "erfinv": special.erfinv,
    "lgamma": special.lgamma, "digamma": special.digamma, "trigamma": special.trigamma,
}  # fmt: skip
"""Each function in numbers, by its name in formulas; `algebra.FUNCTIONS` has them in symbols."""


@cache
def _algebra(name: str, arguments: int) -> Callable[..., Value]:
    from autograd_tutor.calculus import algebra, lengths

    function = algebra.FUNCTIONS[name]

    def one(*values: Value) -> Value:
        return lengths.called(*values) if lengths.among(values) else function(*values)

    every: Callable[..., Value] = np.frompyfunc(one, arguments, 1)
    return every


def _function(name: str) -> Callable[..., Value]:
    def apply(*arguments: Value) -> Value:
        if any(isinstance(one, Ink) for one in arguments):
            return ink.call(name, *arguments)
        if any(symbolic(one) for one in arguments):
            return np.asarray(_algebra(name, len(arguments))(*arguments), dtype=object)
        return NUMERIC[name](*arguments)

    apply.__name__ = name
    return apply


exp, log, sign, magnitude, _sqrt = map(_function, ("exp", "log", "sign", "abs", "sqrt"))
sin, cos, tan, asin, acos, atan, atan2 = map(_function, ("sin", "cos", "tan", "asin", "acos", "atan", "atan2"))
sinh, cosh, tanh, asinh, acosh, atanh = map(_function, ("sinh", "cosh", "tanh", "asinh", "acosh", "atanh"))
sigmoid, softplus, erf, erfc, erfinv = map(_function, ("sigmoid", "softplus", "erf", "erfc", "erfinv"))
lgamma, digamma, trigamma = map(_function, ("lgamma", "digamma", "trigamma"))


def sqrt(x: Value) -> Value:
    """The square root, written `√x`."""
    return Ink(f"√{x.within(ink.ATOM)}", ink.POWER) if isinstance(x, Ink) else _sqrt(x)


def where(condition: Value, yes: Value, no: Value) -> Value:
    """`yes` where `condition` (always numeric) holds, else `no`."""
    return np.where(condition, yes, no)


def pi(like: Value) -> Value:
    """π, for use with `like`: a number, exact in formulas, a letter in writing."""
    if isinstance(like, Ink):
        return Ink("π")
    return _pi() if symbolic(like) else np.pi


@cache
def _pi() -> Value:
    import sympy

    return sympy.pi
