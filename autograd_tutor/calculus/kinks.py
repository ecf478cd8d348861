"""The rules for functions with corners and steps: what torch does just where they bend or jump."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_tutor.calculus.functions import Value, magnitude, where
from autograd_tutor.calculus.rule import Rule, Slope, elementwise


def _side(a: Value) -> Value:
    """The sign, and as in torch 0 for nan; of a complex number its direction."""
    if np.iscomplexobj(a):
        return np.divide(a, np.abs(a), out=np.zeros_like(a), where=np.abs(a) > 0)
    return where(a > 0, 1.0, where(a < 0, -1.0, 0.0))


def _at_zero(words: str) -> Callable[..., str]:
    return lambda a, *_, **__: words if np.any(np.asarray(a) == 0) else ""


def _step(name: str, step: Callable[[Value], Value]) -> Rule:
    words = f"{name} makes flat steps, so a small change of its input changes nothing"
    return Rule(
        name,
        lambda a, decimals=0: step(a),
        (Slope(words, local=lambda y, a, decimals=0: 0.0 * a, symbol="0"),),
        branch=lambda at, a, decimals=0: 0 * a + step(at[0]),
    )


def _finite(a: Value, nan: Any = 0.0, posinf: Any = None, neginf: Any = None, at: Any = None) -> Value:
    """Numbers as they are; what stands in for the others."""
    at = a if at is None else at
    return where(np.isfinite(at), a, np.nan_to_num(at, nan=nan or 0.0, posinf=posinf, neginf=neginf))


def _signed(a: Value) -> Value:
    return np.copysign(1.0, a)


RULES: tuple[Rule, ...] = (
    Rule(
        "abs",
        magnitude,
        (
            Slope(
                "abs keeps the gradient above 0 and turns its sign below",
                local=lambda y, a: _side(a),
                symbol="sign({a})",
            ),
        ),
        where=_at_zero("At 0 itself abs has a kink, and torch takes slope 0."),
    ),
    _step("round", np.round),
    _step("floor", np.floor),
    _step("ceil", np.ceil),
    _step("trunc", np.trunc),
    _step("sign", np.sign),
    Rule(
        "frac",
        lambda a: a - np.trunc(a),
        (Slope("Between two whole numbers the fraction moves one for one with {a}", local=lambda y, a: 1, symbol="1"),),
        branch=lambda at, a: a - np.trunc(at[0]),
    ),
    Rule(
        "nan_to_num",
        _finite,
        (
            Slope(
                "What is a number passes on what arrives; what stands in for nan or inf is a constant",
                local=lambda y, a, nan=0.0, posinf=None, neginf=None: where(np.isfinite(a), 1.0, 0.0),
                symbol="1{{{a} is finite}}",
                picks=True,
            ),
        ),
        branch=lambda at, a, nan=0.0, posinf=None, neginf=None: _finite(a, nan, posinf, neginf, at[0]),
    ),
    Rule(
        "copysign",
        np.copysign,
        (
            Slope(
                "The size is kept and the sign replaced, so the slope is 1, or −1 where the sign was turned",
                local=lambda y, a, b: _signed(b) * _side(a),
                symbol="±1",
            ),
            Slope("A sign makes one step, at 0, and is flat elsewhere", local=lambda y, a, b: 0.0, symbol="0"),
        ),
        where=_at_zero("At 0 itself there is a kink, and torch takes slope 0."),
        branch=lambda at, a, b: a * _side(at[0]) * _signed(at[1]),
    ),
    elementwise("zero", lambda a: 0 * a, (lambda y, a: 0, "All was overwritten with 0, whatever it was before")),
    elementwise(
        "fill",
        lambda a, value: 0 * a + value,
        (lambda y, a, value: 0, "All was overwritten, whatever it was before"),
        (lambda y, a, value: 1, "Every place holds the value that was filled in"),
    ),
)
