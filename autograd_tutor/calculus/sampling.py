"""The rules for looking a picture up at places between its pixels, and for the grid of such places.

Each sample is a mean of the pixels around it, weighed by how near they are (Jaderberg et al. 2015, equations 6 and 7):
a pixel gets its weights back, and a place the differences between its neighbours.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from autograd_tutor.calculus.rule import FIXED, Rule, Slope


def _line(length: int, align_corners: Any) -> Any:
    """From −1 to 1: the corner pixels' centres, or the centres of so many pixels between the edges."""
    if align_corners:
        return np.linspace(-1, 1, length) if length > 1 else np.zeros(1)
    return (2 * np.arange(length) + 1) / length - 1


def _base(size: Any, align_corners: Any) -> Any:
    """(…, axes + 1): the grid that stands still, the last axis first, and a 1."""
    lines = [_line(int(length), align_corners) for length in tuple(size)[2:]]
    grids = np.meshgrid(*lines, indexing="ij")
    return np.stack([*grids[::-1], np.ones(grids[0].shape)], -1)


def _grid(theta: Any, size: Any, align_corners: Any = False) -> Any:
    base = _base(size, align_corners)
    return np.einsum("...k,njk->n...j", base, theta)


def _grid_back(g: Any, y: Any, theta: Any, size: Any, align_corners: Any = False) -> Any:
    base = _base(size, align_corners)
    flat = g.reshape(len(g), -1, g.shape[-1])
    return np.einsum("npj,pk->njk", flat, base.reshape(-1, base.shape[-1])).astype(theta.dtype)


def _placed(grid: Any, lengths: Any, padding_mode: str, align_corners: Any) -> tuple[Any, Any]:
    """Where in pixels each sample lies along each axis, and how fast that moves with the grid."""
    size = np.array(lengths[::-1], dtype=grid.dtype)
    scale = (size - 1) / 2 if align_corners else size / 2
    at = (grid + 1) * scale - (0 if align_corners else 0.5)
    speed = np.broadcast_to(scale, at.shape).copy()
    if padding_mode == "reflection":
        low, span = (0, size - 1) if align_corners else (-0.5, size)
        away = np.abs(at - low)
        turns, rest = np.floor(away / span), np.mod(away, span)
        speed *= np.sign(at - low) * np.where(turns % 2 == 0, 1, -1)
        at = np.where(turns % 2 == 0, rest, span - rest) + low
    if padding_mode != "zeros":
        inside = (at > 0) & (at < size - 1)
        at, speed = np.clip(at, 0, size - 1), speed * inside
    return at, speed


class _Look:
    """The pixels around each sample, with their weights."""

    def __init__(self, input: Any, grid: Any, mode: str, padding_mode: str, align_corners: Any) -> None:
        lengths = input.shape[2:]
        assert mode in ("bilinear", "nearest")
        self.input = input
        self.at, self.speed = _placed(grid, lengths, padding_mode, align_corners)
        low = np.rint(self.at) if mode == "nearest" else np.floor(self.at)
        self.corners = []
        for step in product((0, 1), repeat=len(lengths)) if mode == "bilinear" else [(0,) * len(lengths)]:
            place = low + step
            near = 1 - np.abs(self.at - place) if mode == "bilinear" else np.ones(place.shape)
            there = np.all((place >= 0) & (place < np.array(lengths[::-1])), axis=-1)
            index = np.where(there[..., np.newaxis], place, 0).astype(int)
            self.corners.append((np.array(step), near, there, tuple(np.moveaxis(index, -1, 0)[::-1])))

    def pixels(self, index: Any) -> Any:
        """(samples…, channels): what stands at some places."""
        example = np.reshape(np.arange(len(self.input)), (-1,) + (1,) * (self.at.ndim - 2))
        return np.moveaxis(self.input, 1, -1)[(example, *index)]

    def sampled(self) -> Any:
        """The result, with the channels where they belong."""
        parts = [self.pixels(at) * (np.prod(near, -1) * there)[..., np.newaxis] for _, near, there, at in self.corners]
        return np.moveaxis(np.sum(parts, axis=0), -1, 1).astype(self.input.dtype)

    def to_pixels(self, g: Any) -> Any:
        """What goes back to the picture."""
        found = np.zeros_like(np.moveaxis(self.input, 1, -1))
        example = np.reshape(np.arange(len(self.input)), (-1,) + (1,) * (self.at.ndim - 2))
        for _, near, there, index in self.corners:
            weight = (np.prod(near, -1) * there)[..., np.newaxis]
            np.add.at(found, (example, *index), np.moveaxis(g, 1, -1) * weight)
        return np.moveaxis(found, -1, 1)

    def to_grid(self, g: Any) -> Any:
        """What goes back to the places."""
        found = np.zeros_like(self.at)
        for step, near, there, index in self.corners if len(self.corners) > 1 else ():
            met = np.sum(np.moveaxis(g, 1, -1) * self.pixels(index), -1) * there
            for axis in range(len(step)):
                others = np.prod(np.delete(near, axis, -1), -1)
                found[..., axis] += met * others * (1 if step[axis] else -1)
        return found * self.speed


def _sampled(
    input: Any, grid: Any, mode: str = "bilinear", padding_mode: str = "zeros", align_corners: Any = None
) -> Any:
    return _Look(input, grid, mode, padding_mode, align_corners).sampled()


def _picture_back(
    g: Any, y: Any, input: Any, grid: Any, mode: str = "bilinear", padding_mode: str = "zeros",
    align_corners: Any = None,
) -> Any:  # fmt: skip
    return _Look(input, grid, mode, padding_mode, align_corners).to_pixels(g)


def _places_back(
    g: Any, y: Any, input: Any, grid: Any, mode: str = "bilinear", padding_mode: str = "zeros",
    align_corners: Any = None,
) -> Any:  # fmt: skip
    return _Look(input, grid, mode, padding_mode, align_corners).to_grid(g)


RULES: tuple[Rule, ...] = (
    Rule(
        "affine_grid",
        _grid,
        (
            Slope(
                "Each place of the grid is a matrix times where it stood, so {a} gets the sum over all places of what "
                "arrives there times that",
                back=_grid_back,
                symbol="ΣG·(x, y, 1)ᵀ",
            ),
            FIXED,
        ),
    ),
    Rule(
        "grid_sample",
        _sampled,
        (
            Slope(
                "Each sample is a mean of the pixels around its place, weighed by how near they are: a pixel gets what "
                "arrives at the samples near it, times its weight there",
                back=_picture_back,
                symbol="ΣG·weight",
            ),
            Slope(
                "A place that moves takes more of the pixel ahead and less of the one behind: its slope is their "
                "difference, in pixels' widths; beyond the edge, or where the nearest pixel alone is taken, it is 0",
                back=_places_back,
                symbol="ΣG·(pixel ahead − pixel behind)·(pixels per unit)",
            ),
        ),
    ),
)
