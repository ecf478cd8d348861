"""When a typed number is the true one, and when it has too few digits to say."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autograd_tutor.trace import Array, Complex, Scalar

RELATIVE = 5e-4
ABSOLUTE = 1e-6
FEWEST = 3
"""Significant digits; fewer do not tell a gradient from the values around it (6.7 may be 6.6918 or 6.7012)."""
NEARBY = 0.05
"""Beside a rounding of the truth, and within this share of it, a short decimal is as good as that rounding."""

Digits = int | None
"""Significant digits typed; None for an exact answer (`2/3`, `cos(16)`, nan)."""


def equal(typed: Scalar, truth: Scalar, digits: Digits = None) -> bool:
    """Within the tolerance, or the truth rounded to the digits typed if these are three or more. nan is nan."""
    if isinstance(typed, Complex) or isinstance(truth, Complex):
        return _same_parts(_parts(typed), _parts(truth), digits)
    if math.isnan(typed) or math.isnan(truth):
        return math.isnan(typed) and math.isnan(truth)
    if math.isinf(typed) or math.isinf(truth):
        return typed == truth
    if math.isclose(typed, truth, rel_tol=RELATIVE, abs_tol=ABSOLUTE):
        return True
    return digits is not None and digits >= FEWEST and _rounds_to(typed, truth, digits)


def _parts(value: Scalar) -> tuple[float, float]:
    return (value.re, value.im) if isinstance(value, Complex) else (float(value), 0.0)


def _same_parts(typed: tuple[float, float], truth: tuple[float, float], digits: Digits) -> bool:
    """Real and imaginary part; what is small beside the whole number need only be small."""
    slack = RELATIVE * math.hypot(*truth)
    return all(equal(a, b, digits) or abs(a - b) <= slack for a, b in zip(typed, truth, strict=True))


def coarse(typed: float, truth: Scalar, digits: Digits, *, whole: bool = False) -> bool:
    """Right as far as it goes, or hardly off, but typed with fewer than three digits, and not the number itself.

    What is hardly off counts too: else "give three digits" would say that the digits given are right.
    `whole`: the number was typed without a point, so that only a true rounding counts.
    """
    if digits is None or digits >= FEWEST or isinstance(truth, Complex) or not math.isfinite(truth) or not truth:
        return False
    if not math.isfinite(typed) or not typed or equal(typed, truth):
        return False
    if _rounds_to(typed, truth, digits):
        return True
    unit = 10.0 ** (math.floor(math.log10(abs(typed))) - digits + 1)
    return not whole and abs(typed - truth) <= min(1.5 * unit, NEARBY * abs(truth))


def _rounds_to(typed: float, truth: float, digits: int) -> bool:
    if not typed:
        return not truth
    unit = 10.0 ** (math.floor(math.log10(abs(typed))) - digits + 1)
    return abs(typed - truth) <= 0.5 * unit * (1 + 1e-9)


def same_shape(one: Array, other: Array) -> bool:
    """The same shape, or one element each: brackets around a single number are no mistake."""
    return one.shape == other.shape or (one.numel == 1 and other.numel == 1)


def all_equal(typed: Array, truth: Array, digits: Sequence[Digits] = ()) -> bool:
    """Every element is `equal`, and the shapes fit; False for a tensor too large to be kept."""
    if typed.data is None or truth.data is None or not same_shape(typed, truth):
        return False
    each = digits or (None,) * len(typed.data)
    return all(equal(a, b, d) for a, b, d in zip(typed.data, truth.data, each, strict=True))


def some_coarse(typed: Array, truth: Array, digits: Sequence[Digits], *, whole: bool = False) -> bool:
    """Every element is `equal` or `coarse`, and at least one is `coarse`."""
    if typed.data is None or truth.data is None or not same_shape(typed, truth) or not digits:
        return False
    pairs = list(zip(typed.data, truth.data, digits, strict=True))
    blurred = [coarse(real(a), b, d, whole=whole) for a, b, d in pairs]
    return any(blurred) and all(blur or equal(a, b, d) for blur, (a, b, d) in zip(blurred, pairs, strict=True))


def real(value: Scalar) -> float:
    """A number as a float; nan for a complex one."""
    return math.nan if isinstance(value, Complex) else float(value)
