"""The rules for dropout: the gradient goes through the same mask as the numbers did; torch saved it."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tutor.calculus.rule import Rule, Slope

ALPHA = 1.7580993408473766
"""alpha_dropout sets a dropped number to minus this, selu's value far below 0 (Klambauer et al. 2017)."""


def _mask(a: Any, saved: dict[str, Any]) -> Any:
    """What each number was multiplied by; whole channels share one."""
    mask = np.asarray(saved["other"])
    return mask.reshape(mask.shape[mask.ndim - a.ndim :]) if mask.ndim > a.ndim else mask


def _dropout(a: Any, p: Any = 0.5, training: Any = True, inplace: Any = False, saved: Any = None) -> Any:
    return a * _mask(a, saved)


def _alpha_dropout(a: Any, p: Any = 0.5, training: Any = False, inplace: Any = False, saved: Any = None) -> Any:
    """What is not dropped stays; then all are scaled and shifted back to mean 0 and variance 1."""
    mask = _mask(a, saved)
    if p == 1:
        return a * mask
    scale = ((ALPHA**2 * p + 1) * (1 - p)) ** -0.5
    return a * mask + ALPHA * scale * ((mask != 0) - 1 + p)


def _plain(name: str, what: str) -> Rule:
    words = f"{name} set some {what} to 0 and multiplied the others by 1/(1 − p); the gradient meets the same mask"
    return Rule(name, _dropout, (Slope(words, local=_by_mask, symbol="mask/(1 − p)"),))


def _alpha(name: str, what: str) -> Rule:
    words = f"{name} set some {what} to one value and scaled the others; the gradient meets the same mask"
    return Rule(name, _alpha_dropout, (Slope(words, local=_by_mask, symbol="mask·scale"),))


def _by_mask(y: Any, a: Any, *_: Any, saved: Any, **__: Any) -> Any:
    return _mask(a, saved)


RULES: tuple[Rule, ...] = (
    _plain("dropout", "numbers"),
    _plain("dropout1d", "channels"),
    _plain("dropout2d", "channels"),
    _plain("dropout3d", "channels"),
    _alpha("alpha_dropout", "numbers"),
    _alpha("feature_alpha_dropout", "channels"),
)
