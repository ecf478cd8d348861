"""The rules for operations that only move the numbers of images and their channels about."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tutor.calculus.rule import Rule, Slope


def _pixel_shuffle(input: Any, upscale_factor: Any) -> Any:
    """(…, C·r², H, W) -> (…, C, H·r, W·r)."""
    r, (channels, high, wide) = int(upscale_factor), input.shape[-3:]
    apart = input.reshape(*input.shape[:-3], channels // r**2, r, r, high, wide)
    return np.moveaxis(apart, (-4, -3), (-3, -1)).reshape(*input.shape[:-3], channels // r**2, high * r, wide * r)


def _pixel_unshuffle(input: Any, downscale_factor: Any) -> Any:
    """(…, C, H·r, W·r) -> (…, C·r², H, W)."""
    r, (channels, high, wide) = int(downscale_factor), input.shape[-3:]
    apart = input.reshape(*input.shape[:-3], channels, high // r, r, wide // r, r)
    return np.moveaxis(apart, (-3, -1), (-4, -3)).reshape(*input.shape[:-3], channels * r**2, high // r, wide // r)


def _channel_shuffle(input: Any, groups: Any) -> Any:
    apart = input.reshape(len(input), int(groups), -1, *input.shape[2:])
    return np.swapaxes(apart, 1, 2).reshape(input.shape)


def _moving(name: str, forward: Any, words: str) -> Rule:
    return Rule(name, forward, (Slope(f"{words}, so the gradient is put back", symbol="G put back"),), moves=True)


RULES: tuple[Rule, ...] = (
    _moving("pixel_shuffle", _pixel_shuffle, "Channels were laid out as neighbouring pixels"),
    _moving("pixel_unshuffle", _pixel_unshuffle, "Neighbouring pixels were laid out as channels"),
    _moving("channel_shuffle", _channel_shuffle, "Channels changed places"),
)
