"""Functions that rules are written with, over three kinds of things alike.

Numbers (numpy) give a rule's value, SymPy expressions (numpy arrays of them) its algebra, and
`Ink` how it is written. So each rule is stated once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from autograd_tutor.calculus import ink
from autograd_tutor.calculus.ink import Ink

Value = Any
"""A Python number, a numpy array of numbers, a numpy array of SymPy expressions, or Ink."""


def symbolic(value: Value) -> bool:
    """Whether it holds SymPy expressions, or is one."""
    return getattr(getattr(value, "dtype", None), "kind", "") == "O" or hasattr(value, "free_symbols")


@cache
def _algebra(name: str) -> Callable[[Value], Value]:
    from autograd_tutor.calculus import algebra

    return np.frompyfunc(algebra.FUNCTIONS[name], 1, 1)


def _function(name: str, numeric: Callable[[Value], Value], written: str = "") -> Callable[[Value], Value]:
    def apply(x: Value) -> Value:
        if isinstance(x, Ink):
            return ink.call(written or name, x)
        if symbolic(x):
            return np.asarray(_algebra(name)(x), dtype=object)
        return numeric(x)

    apply.__name__ = name
    return apply


def _sigmoid(x: Value) -> Value:
    return 1 / (1 + np.exp(-np.asarray(x)))


def _softplus(x: Value) -> Value:
    return np.logaddexp(x, np.zeros_like(x))  # log(1 + exp(x)) without overflow


exp = _function("exp", np.exp)
log = _function("log", np.log)
sin = _function("sin", np.sin)
cos = _function("cos", np.cos)
tan = _function("tan", np.tan)
tanh = _function("tanh", np.tanh)
sigmoid = _function("sigmoid", _sigmoid)
softplus = _function("softplus", _softplus)
sign = _function("sign", np.sign)
magnitude = _function("abs", np.abs)
erf = _function("erf", np.vectorize(math.erf, otypes=[float]))
_sqrt = _function("sqrt", np.sqrt)


def sqrt(x: Value) -> Value:
    """The square root, written `√x`."""
    return Ink(f"√{x.within(ink.ATOM)}", ink.POWER) if isinstance(x, Ink) else _sqrt(x)


def where(condition: Value, yes: Value, no: Value) -> Value:
    """`yes` where `condition` (always numeric) holds, else `no`."""
    return np.where(condition, yes, no)
