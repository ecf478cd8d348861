"""The rules for functions in pieces: which piece counts, and what torch does where two pieces meet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_tutor.calculus.functions import Value, magnitude, where
from autograd_tutor.calculus.rule import Rule, Slope

INFINITY = float("inf")


def _any(condition: Any) -> bool:
    return bool(np.any(condition))


def _low(bound: Value) -> Value:
    return -INFINITY if bound is None else _number(bound)


def _high(bound: Value) -> Value:
    return INFINITY if bound is None else _number(bound)


def _number(bound: Value) -> Value:
    """A plain number, compared in the tensor's own dtype, as torch does: in float32 1 − 1e-8 is 1."""
    return bound if np.ndim(bound) else float(bound)


def _inside(a: Value, min: Value, max: Value) -> Value:
    return (a >= _low(min)) & (a <= _high(max))


def _side(a: Value) -> Value:
    """The sign, and as in torch 0 for nan."""
    return where(a > 0, 1.0, where(a < 0, -1.0, 0.0))


def _at_bound(a: Value, min: Value = None, max: Value = None) -> str:
    if _any((a == _low(min)) | (a == _high(max))):
        return "Just on a bound there is a kink; torch counts it as inside, with slope 1."
    return ""


def _at_zero(words: str) -> Any:
    return lambda a, *_, **__: words if _any(np.asarray(a) == 0) else ""


def _tie(a: Value, b: Value) -> str:
    return (
        "The two are equal here; torch gives each half of the gradient." if _any(np.asarray(a) == np.asarray(b)) else ""
    )


def _larger(a: Value, b: Value) -> Value:
    return where(a > b, 1.0, where(a == b, 0.5, 0.0))


def _choice(a: Value, b: Value, first: Value, second: Value) -> Value:
    """The first where it wins, the second where it loses, their middle at a tie, as torch does."""
    return where(first, a, where(second, b, (a + b) / 2))


def _step(name: str, forward: Callable[[Value], Value]) -> Rule:
    words = f"{name} makes flat steps, so a small change of its input changes nothing"
    return Rule(
        name,
        forward,
        (Slope(words, local=lambda y, a: 0.0 * a, symbol="0"),),
        branch=lambda at, a: 0 * a + forward(at[0]),
    )


_STEPS = (
    _step("round", np.round),
    _step("floor", np.floor),
    _step("ceil", np.ceil),
    _step("trunc", np.trunc),
    _step("sign", np.sign),
)

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
    Rule(
        "clamp",
        lambda a, min=None, max=None: np.minimum(np.maximum(a, _low(min)), _high(max)),
        (
            Slope(
                "clamp passes on what lies between its bounds, and stops what it had to cut off",
                local=lambda y, a, min=None, max=None: where(_inside(a, min, max), 1.0, 0.0),
                symbol="1{{{a} within bounds}}",
                picks=True,
            ),
        ),
        where=_at_bound,
        branch=lambda at, a, min=None, max=None: where(
            _inside(at[0], min, max), a, where(at[0] < _low(min), 0 * a + _finite(min), 0 * a + _finite(max))
        ),
    ),
    Rule(
        "maximum",
        np.maximum,
        (
            Slope(
                "The larger of the two gets the whole gradient",
                local=lambda y, a, b: _larger(a, b),
                symbol="1{{{a} > {b}}}",
                picks=True,
            ),
            Slope(
                "The larger of the two gets the whole gradient",
                local=lambda y, a, b: _larger(b, a),
                symbol="1{{{b} > {a}}}",
                picks=True,
            ),
        ),
        where=_tie,
        branch=lambda at, a, b: _choice(a, b, at[0] > at[1], at[0] < at[1]),
    ),
    Rule(
        "minimum",
        np.minimum,
        (
            Slope(
                "The smaller of the two gets the whole gradient",
                local=lambda y, a, b: _larger(b, a),
                symbol="1{{{a} < {b}}}",
                picks=True,
            ),
            Slope(
                "The smaller of the two gets the whole gradient",
                local=lambda y, a, b: _larger(a, b),
                symbol="1{{{b} < {a}}}",
                picks=True,
            ),
        ),
        where=_tie,
        branch=lambda at, a, b: _choice(a, b, at[0] < at[1], at[0] > at[1]),
    ),
    Rule(
        "where",
        lambda condition, a, b: where(condition, a, b),
        (
            Slope("A condition has no slope", local=lambda y, c, a, b: 0.0, symbol="0"),
            Slope(
                "where passes the gradient to the value it took",
                local=lambda y, c, a, b: where(c, 1.0, 0.0),
                symbol="1{{{a}}}",
                picks=True,
            ),
            Slope(
                "where passes the gradient to the value it took",
                local=lambda y, c, a, b: where(c, 0.0, 1.0),
                symbol="1{{not {a}}}",
                picks=True,
            ),
        ),
        branch=lambda at, condition, a, b: where(at[0], a, b),
    ),
    *_STEPS,
)


def _finite(bound: Value) -> Value:
    return 0 if bound is None else bound
