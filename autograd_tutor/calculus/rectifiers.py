"""The rules for activations in pieces: which piece counts, and what torch does where two meet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_tutor.calculus.functions import Value, exp, where
from autograd_tutor.calculus.rule import Rule, Slope

ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805
"""selu's, chosen so that mean 0 and variance 1 stay what they are (Klambauer et al. 2017)."""


def _pieces(
    name: str, value: Callable[..., Value], slope: Callable[..., Any], words: str, symbol: str, kink: Any = None
) -> Rule:
    """A rule for `value(a, …, at)`, which chooses its piece by the numbers `at`, by default those of `a` itself."""
    return Rule(
        name,
        value,
        (Slope(words, local=lambda y, *operands, **options: slope(*operands, **options), symbol=symbol, picks=True),),
        where=kink,
        branch=lambda at, *operands, **options: value(*operands, **options, at=at[0]),
    )


def _at(place: float, words: str) -> Callable[..., str]:
    return lambda a, *_, **__: words if np.any(np.asarray(a) == place) else ""


def _numbers(a: Value, at: Any) -> Any:
    return a if at is None else at


def _relu(a: Value, inplace: Any = False, at: Any = None) -> Value:
    return where(_numbers(a, at) > 0, a, 0 * a)


def _leaky_relu(a: Value, negative_slope: Value = 0.01, inplace: Any = False, at: Any = None) -> Value:
    return where(_numbers(a, at) > 0, a, negative_slope * a)


def _elu(a: Value, alpha: Value = 1.0, inplace: Any = False, at: Any = None) -> Value:
    return where(_numbers(a, at) > 0, a, alpha * (exp(a) - 1))


def _selu(a: Value, inplace: Any = False, at: Any = None) -> Value:
    return SCALE * _elu(a, ALPHA, at=at)


def _celu(a: Value, alpha: Value = 1.0, inplace: Any = False, at: Any = None) -> Value:
    return where(_numbers(a, at) > 0, a, alpha * (exp(a / alpha) - 1))


def _hardtanh(a: Value, min_val: Value = -1.0, max_val: Value = 1.0, inplace: Any = False, at: Any = None) -> Value:
    low, high = _numbers(a, at) <= float(min_val), _numbers(a, at) >= float(max_val)
    return where(low, 0 * a + min_val, where(high, 0 * a + max_val, a))


def _hardtanh_at_bound(a: Any, min_val: Any = -1.0, max_val: Any = 1.0, *_: Any, **__: Any) -> str:
    on = (np.asarray(a) == float(min_val)) | (np.asarray(a) == float(max_val))
    return "Just on a bound there is a kink; torch counts it as outside, with slope 0." if np.any(on) else ""


def _inside(a: Any, min_val: Any = -1.0, max_val: Any = 1.0, *_: Any, **__: Any) -> Any:
    return where((a <= float(min_val)) | (a >= float(max_val)), 0.0, 1.0)


def _hardsigmoid(a: Value, inplace: Any = False, at: Any = None) -> Value:
    return _hardtanh(a / 6 + 0.5, 0.0, 1.0, at=None if at is None else at / 6 + 0.5)


def _hardswish(a: Value, inplace: Any = False, at: Any = None) -> Value:
    return a * _hardsigmoid(a, at=at)


def _hardswish_slope(a: Any, *_: Any, **__: Any) -> Any:
    return where(a <= -3, 0.0, where(a < 3, a / 3 + 0.5, 1.0))


def _softshrink(a: Value, lambd: Value = 0.5, at: Any = None) -> Value:
    numbers = _numbers(a, at)
    return where(numbers > float(lambd), a - lambd, where(numbers < -float(lambd), a + lambd, 0 * a))


def _hardshrink(a: Value, lambd: Value = 0.5, at: Any = None) -> Value:
    return where(_shrunk(_numbers(a, at), lambd) == 1, a, 0 * a)


def _shrunk(a: Any, lambd: Any = 0.5, *_: Any, **__: Any) -> Any:
    return where((a >= -float(lambd)) & (a <= float(lambd)), 0.0, 1.0)


def _threshold(a: Value, threshold: Value, value: Value, inplace: Any = False, at: Any = None) -> Value:
    return where(_numbers(a, at) > float(threshold), a, 0 * a + value)


def _per_channel(a: Any, weight: Any) -> Any:
    """prelu's weight beside `a`: one for all, or one for each channel, which is axis 1."""
    if np.size(weight) == 1 or np.ndim(a) < 2:
        return np.reshape(weight, -1)[0] if np.size(weight) == 1 else weight
    return np.reshape(weight, (1, -1) + (1,) * (np.ndim(a) - 2))


def _prelu(a: Value, weight: Value, at: Any = None) -> Value:
    return where(_numbers(a, at) > 0, a, _per_channel(a, weight) * a)


def _prelu_weight(g: Any, y: Any, a: Any, weight: Any) -> Any:
    each = np.where(a > 0, 0 * a, a * g)
    if np.size(weight) == 1:
        return np.reshape(each.sum(), np.shape(weight))
    return each.sum(axis=tuple(axis for axis in range(np.ndim(a)) if axis != 1))


def _rrelu(
    a: Value,
    lower: Value = 1 / 8,
    upper: Value = 1 / 3,
    training: Any = False,
    inplace: Any = False,
    saved: Any = None,
    at: Any = None,
) -> Value:
    return where(_numbers(a, at) > 0, a, _rrelu_below(lower, upper, training, saved) * a)


def _rrelu_below(lower: Any, upper: Any, training: Any, saved: Any) -> Any:
    """The slope below 0: drawn while training, the middle else."""
    return saved["noise"] if training else (lower + upper) / 2


def _rrelu_slope(
    a: Any, lower: Any = 1 / 8, upper: Any = 1 / 3, training: Any = False, inplace: Any = False, saved: Any = None
) -> Any:
    return where(a > 0, 1.0, _rrelu_below(lower, upper, training, saved))


_SELU_ZERO = "At 0 itself two pieces with different slopes meet, and torch takes the lower one's."

RULES: tuple[Rule, ...] = (
    _pieces(
        "relu",
        _relu,
        lambda a, *_, **__: where(a <= 0, 0.0, 1.0),
        "relu lets through what lies above 0 and stops the rest",
        "1{{{a} > 0}}",
        _at(0, "At 0 itself relu has a kink, and torch takes slope 0."),
    ),
    _pieces(
        "relu6",
        lambda a, inplace=False, at=None: _hardtanh(a, 0.0, 6.0, at=at),
        lambda a, *_, **__: _inside(a, 0.0, 6.0),
        "relu6 lets through what lies between 0 and 6 and stops the rest",
        "1{{0 < {a} < 6}}",
        lambda a, *_, **__: _hardtanh_at_bound(a, 0.0, 6.0),
    ),
    _pieces(
        "leaky_relu",
        _leaky_relu,
        lambda a, negative_slope=0.01, *_, **__: where(a > 0, 1.0, negative_slope),
        "Above 0 leaky_relu passes everything on, below 0 only its small slope",
        "leaky_relu′({a})",
        _at(0, "At 0 itself there is a kink, and torch takes the small slope."),
    ),
    Rule(
        "prelu",
        _prelu,
        (
            Slope(
                "Above 0 prelu passes everything on, below 0 times its weight",
                local=lambda y, a, weight: where(a > 0, 1.0, _per_channel(a, weight)),
                symbol="1 above 0, else {b}",
            ),
            Slope(
                "prelu's weight counts only for numbers below 0, and each of them is its slope",
                back=_prelu_weight,
                symbol="ΣG·{a} where {a} ≤ 0",
            ),
        ),
        where=_at(0, "At 0 itself there is a kink, and torch takes the lower slope."),
        branch=lambda at, a, weight: _prelu(a, weight, at[0]),
    ),
    _pieces(
        "rrelu",
        _rrelu,
        _rrelu_slope,
        "Above 0 rrelu passes everything on, below 0 times a slope that is drawn while training and fixed else",
        "rrelu′({a})",
    ),
    _pieces(
        "elu",
        _elu,
        lambda a, alpha=1.0, *_, **__: where(a > 0, 1.0, alpha * np.exp(a)),
        "Above 0 elu passes everything on, below 0 it flattens like exp",
        "elu′({a})",
        lambda a, alpha=1.0, *_, **__: _SELU_ZERO if alpha != 1 and np.any(np.asarray(a) == 0) else "",
    ),
    _pieces(
        "selu",
        _selu,
        lambda a, *_, **__: SCALE * where(a > 0, 1.0, ALPHA * np.exp(a)),
        "selu is elu, scaled so that numbers spread out as before: slope 1.0507 above 0, flattening below",
        "selu′({a})",
        _at(0, _SELU_ZERO),
    ),
    _pieces(
        "celu",
        _celu,
        lambda a, alpha=1.0, *_, **__: where(a > 0, 1.0, np.exp(a / alpha)),
        "Above 0 celu passes everything on, below 0 it flattens like exp, without a kink",
        "celu′({a})",
    ),
    _pieces(
        "hardtanh",
        _hardtanh,
        _inside,
        "hardtanh passes on what lies between its bounds, and stops what it had to cut off",
        "1{{{a} within bounds}}",
        _hardtanh_at_bound,
    ),
    _pieces(
        "hardsigmoid",
        _hardsigmoid,
        lambda a, *_, **__: where((a > -3) & (a < 3), 1 / 6, 0.0),
        "hardsigmoid is a straight line of slope 1/6 between −3 and 3, and flat outside",
        "1/6 if −3 < {a} < 3, else 0",
        lambda a, *_, **__: _hardtanh_at_bound(a, -3.0, 3.0),
    ),
    _pieces(
        "hardswish",
        _hardswish,
        _hardswish_slope,
        "hardswish is 0 up to −3, a parabola up to 3 and {a} itself from there on",
        "{a}/3 + 1/2 if −3 < {a} < 3, else 0 or 1",
        lambda a, *_, **__: (
            "At −3 and 3 two pieces meet; torch takes the slope of the straight one."
            if np.any(np.abs(np.asarray(a)) == 3)
            else ""
        ),
    ),
    _pieces(
        "softshrink",
        _softshrink,
        _shrunk,
        "softshrink moves what is large towards 0 by the same amount, and makes what is small 0",
        "1{{|{a}| > λ}}",
    ),
    _pieces(
        "hardshrink",
        _hardshrink,
        _shrunk,
        "hardshrink keeps what is large as it is, and makes what is small 0",
        "1{{|{a}| > λ}}",
    ),
    _pieces(
        "threshold",
        _threshold,
        lambda a, threshold, *_, **__: where(a <= float(threshold), 0.0, 1.0),
        "threshold lets through what lies above {b}; the rest became {c}, whatever it was",
        "1{{{a} > {b}}}",
    ),
)
