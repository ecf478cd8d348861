"""The rules for functions that choose between values: bounds, the larger of two, a condition."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tutor.calculus.functions import Value, where
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


def _at_bound(a: Value, min: Value = None, max: Value = None) -> str:
    if _any((a == _low(min)) | (a == _high(max))):
        return "Just on a bound there is a kink; torch counts it as inside, with slope 1."
    return ""


def _clamped(at: Any, a: Value, min: Value = None, max: Value = None) -> Value:
    low, high = at[1] if len(at) > 1 else min, at[2] if len(at) > 2 else max
    bottom, top = 0 * a + (0 if min is None else min), 0 * a + (0 if max is None else max)
    return where(at[0] > _high(high), top, where(at[0] < _low(low), where(_low(low) > _high(high), top, bottom), a))


def _tie(words: str) -> Any:
    return lambda a, b: words if _any(np.asarray(a) == np.asarray(b)) else ""


_HALVES = _tie("The two are equal here; torch gives each half of the gradient.")
_FIRST = _tie("The two are equal here; torch gives the whole gradient to the first.")


def _larger(a: Value, b: Value) -> Value:
    return where(a > b, 1.0, where(a == b, 0.5, 0.0))


def _choice(a: Value, b: Value, first: Value, second: Value) -> Value:
    """The first where it wins, the second where it loses, their middle at a tie, as torch does."""
    return where(first, a, where(second, b, (a + b) / 2))


def _sure(a: Value, b: Value) -> Value:
    """Where the first is taken by `fmax`: it is no smaller, or the second is nan."""
    return (a >= b) | np.isnan(b)


def _pick(words: str, local: Any, symbol: str) -> Slope:
    return Slope(words, local=local, symbol=symbol, picks=True)


_LARGER = "The larger of the two gets the whole gradient"
_SMALLER = "The smaller of the two gets the whole gradient"
_TAKEN = "where passes the gradient to the value it took"
_BETWEEN = "clamp passes on what lies between its bounds, and stops what it had to cut off"
_BOUND = "A bound gets the gradient where it was taken instead of the number"

RULES: tuple[Rule, ...] = (
    Rule(
        "clamp",
        lambda a, min=None, max=None: np.minimum(np.maximum(a, _low(min)), _high(max)),
        (
            _pick(
                _BETWEEN,
                lambda y, a, min=None, max=None: where(_inside(a, min, max), 1.0, 0.0),
                "1{{{a} within bounds}}",
            ),
            _pick(
                _BOUND,
                lambda y, a, min=None, max=None: where((a < _low(min)) & (_low(min) < _high(max)), 1.0, 0.0),
                "1{{{a} < {it}}}",
            ),
            _pick(
                _BOUND,
                lambda y, a, min=None, max=None: where((a > _high(max)) | (_high(max) < _low(min)), 1.0, 0.0),
                "1{{{a} > {it}}}",
            ),
        ),
        where=_at_bound,
        branch=_clamped,
    ),
    Rule(
        "clamp_min",
        np.maximum,
        (
            _pick(_BETWEEN, lambda y, a, min: where(a >= _number(min), 1.0, 0.0), "1{{{a} ≥ {b}}}"),
            _pick(_BOUND, lambda y, a, min: where(a < _number(min), 1.0, 0.0), "1{{{a} < {b}}}"),
        ),
        where=_at_bound,
        branch=lambda at, a, min: where(at[0] >= _number(at[1]), a, 0 * a + min),
    ),
    Rule(
        "clamp_max",
        np.minimum,
        (
            _pick(_BETWEEN, lambda y, a, max: where(a <= _number(max), 1.0, 0.0), "1{{{a} ≤ {b}}}"),
            _pick(_BOUND, lambda y, a, max: where(a > _number(max), 1.0, 0.0), "1{{{a} > {b}}}"),
        ),
        where=lambda a, max: _at_bound(a, None, max),
        branch=lambda at, a, max: where(at[0] <= _number(at[1]), a, 0 * a + max),
    ),
    Rule(
        "maximum",
        np.maximum,
        (
            _pick(_LARGER, lambda y, a, b: _larger(a, b), "1{{{a} > {b}}}"),
            _pick(_LARGER, lambda y, a, b: _larger(b, a), "1{{{b} > {a}}}"),
        ),
        where=_HALVES,
        branch=lambda at, a, b: _choice(a, b, at[0] > at[1], at[0] < at[1]),
    ),
    Rule(
        "minimum",
        np.minimum,
        (
            _pick(_SMALLER, lambda y, a, b: _larger(b, a), "1{{{a} < {b}}}"),
            _pick(_SMALLER, lambda y, a, b: _larger(a, b), "1{{{b} < {a}}}"),
        ),
        where=_HALVES,
        branch=lambda at, a, b: _choice(a, b, at[0] < at[1], at[0] > at[1]),
    ),
    Rule(
        "fmax",
        np.fmax,
        (
            _pick(_LARGER, lambda y, a, b: where(_sure(a, b), 1.0, 0.0), "1{{{a} ≥ {b}}}"),
            _pick(_LARGER, lambda y, a, b: where(_sure(a, b), 0.0, 1.0), "1{{{b} > {a}}}"),
        ),
        where=_FIRST,
        branch=lambda at, a, b: where(_sure(at[0], at[1]), a, b),
    ),
    Rule(
        "fmin",
        np.fmin,
        (
            _pick(_SMALLER, lambda y, a, b: where(_sure(-a, -b), 1.0, 0.0), "1{{{a} ≤ {b}}}"),
            _pick(_SMALLER, lambda y, a, b: where(_sure(-a, -b), 0.0, 1.0), "1{{{b} < {a}}}"),
        ),
        where=_FIRST,
        branch=lambda at, a, b: where(_sure(-at[0], -at[1]), a, b),
    ),
    Rule(
        "where",
        lambda condition, a, b: where(condition, a, b),
        (
            Slope("A condition has no slope", local=lambda y, c, a, b: 0.0, symbol="0"),
            _pick(_TAKEN, lambda y, c, a, b: where(c, 1.0, 0.0), "1{{{a}}}"),
            _pick(_TAKEN, lambda y, c, a, b: where(c, 0.0, 1.0), "1{{not {a}}}"),
        ),
        branch=lambda at, condition, a, b: where(at[0], a, b),
    ),
)
