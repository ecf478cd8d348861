"""The rules for Fourier transforms: each is linear, and a gradient goes back through its adjoint, the other direction.

numpy's names for where 1/n stands say the adjoint at once: that of fft with `norm="backward"` (no factor) is the
inverse with `norm="forward"` (no factor either). A real transform keeps half of the frequencies: irfft counts those
that stand for two twice. (Giles 2008 for linear maps; the halves as in torch's fft_r2c_backward and fft_c2r_backward.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_tutor.calculus.rule import Rule, Slope

_SWAPPED: dict[str, Any] = {"backward": "forward", "forward": "backward", "ortho": "ortho"}


def _fitted(a: Any, lengths: Any, axes: Any) -> Any:
    """Cut short or filled up with zeros behind, along these axes."""
    for length, axis in zip(lengths, axes, strict=True):
        there = a.shape[axis]
        if length < there:
            a = np.take(a, range(length), axis)
        elif length > there:
            a = np.pad(a, [(0, length - there) if at == axis % a.ndim else (0, 0) for at in range(a.ndim)])
    return a


def _axes(a: Any, s: Any, dim: Any) -> tuple[int, ...]:
    if dim is not None:
        return tuple(dim) if isinstance(dim, tuple | list) else (dim,)
    return tuple(range(-len(s), 0)) if s is not None else tuple(range(a.ndim))


def _lengths(a: Any, s: Any, axes: tuple[int, ...]) -> tuple[int, ...]:
    if s is None:
        return tuple(a.shape[axis] for axis in axes)
    given = s if isinstance(s, tuple | list) else (s,)
    return tuple(a.shape[axis] if length in (None, -1) else length for length, axis in zip(given, axes, strict=True))


def _real_lengths(a: Any, s: Any, axes: tuple[int, ...]) -> tuple[int, ...]:
    """Of what irfft gives: along the last axis its frequencies are only half."""
    lengths = _lengths(a, s, axes)
    return lengths if s is not None else (*lengths[:-1], 2 * (lengths[-1] - 1))


def _over(transform: Callable[..., Any], a: Any, axes: Any, norm: Any) -> Any:
    for axis in axes:
        a = transform(a, axis=axis, norm=norm)
    return a


def _doubled(half: Any, length: int, axis: int) -> Any:
    """Twice what stands for a frequency and its mirror."""
    twice = np.ones(half.shape[axis])
    twice[1 : (length + 1) // 2] = 2
    return half * np.reshape(twice, [-1 if at == axis % half.ndim else 1 for at in range(half.ndim)])


def _real_like(gradient: Any, a: Any) -> Any:
    return gradient.real if np.isrealobj(a) else gradient


def _whole(transform: Any, inverse: Any) -> tuple[Any, Any]:
    """A transform of all frequencies, and its adjoint."""

    def forward(a: Any, s: Any, dim: Any, norm: Any) -> Any:
        axes = _axes(a, s, dim)
        return _over(transform, _fitted(a, _lengths(a, s, axes), axes), axes, norm)

    def back(g: Any, a: Any, s: Any, dim: Any, norm: Any) -> Any:
        axes = _axes(a, s, dim)
        found = _over(inverse, g, axes, _SWAPPED[norm])
        return _real_like(_fitted(found, [a.shape[axis] for axis in axes], axes), a)

    return forward, back


def _halving() -> tuple[Any, Any]:
    """rfft, and its adjoint."""

    def forward(a: Any, s: Any, dim: Any, norm: Any) -> Any:
        axes = _axes(a, s, dim)
        half = np.fft.rfft(_fitted(a, _lengths(a, s, axes), axes), axis=axes[-1], norm=norm)
        return _over(np.fft.fft, half, axes[:-1], norm)

    def back(g: Any, a: Any, s: Any, dim: Any, norm: Any) -> Any:
        axes = _axes(a, s, dim)
        lengths = _lengths(a, s, axes)
        found = _over(np.fft.ifft, _fitted(g, lengths, axes), axes, _SWAPPED[norm])
        return _fitted(found.real, [a.shape[axis] for axis in axes], axes)

    return forward, back


def _filling() -> tuple[Any, Any]:
    """irfft, and its adjoint."""

    def forward(a: Any, s: Any, dim: Any, norm: Any) -> Any:
        axes = _axes(a, s, dim)
        lengths = _real_lengths(a, s, axes)
        whole = _over(np.fft.ifft, _fitted(a, lengths[:-1], axes[:-1]), axes[:-1], norm)
        return np.fft.irfft(whole, lengths[-1], axis=axes[-1], norm=norm)

    def back(g: Any, a: Any, s: Any, dim: Any, norm: Any) -> Any:
        axes = _axes(a, s, dim)
        half = np.fft.rfft(g, axis=axes[-1], norm=_SWAPPED[norm])
        found = _over(np.fft.fft, _doubled(half, g.shape[axes[-1]], axes[-1]), axes[:-1], _SWAPPED[norm])
        return _real_like(_fitted(found, [a.shape[axis] for axis in axes], axes), a)

    return forward, back


def _mirrored(both: tuple[Any, Any], *, before: bool) -> tuple[Any, Any]:
    """hfft is irfft of the conjugate, ihfft the conjugate of rfft; each with 1/n on the other side."""
    forward, back = both

    def other(a: Any, s: Any, dim: Any, norm: Any) -> Any:
        return forward(np.conj(a), s, dim, _SWAPPED[norm]) if before else np.conj(forward(a, s, dim, _SWAPPED[norm]))

    def back_of_it(g: Any, a: Any, s: Any, dim: Any, norm: Any) -> Any:
        if before:
            return np.conj(back(g, a, s, dim, _SWAPPED[norm]))
        return back(np.conj(g), a, s, dim, _SWAPPED[norm])

    return other, back_of_it


_ALL = "Each result is a sum over all of {a}, turned by its own angles: what arrives is turned back and summed"
_HALF = "Each frequency is a sum over all of {a}, turned by its own angles: what arrives is turned back and summed; "
_FILLED = f"{_HALF}the other half of the frequencies was left out and sends nothing"
_TWICE = (
    "Each result is a sum over all frequencies, of which {a} has half: what arrives is transformed, and counts twice "
    "where a frequency stands for its mirror as well"
)
_BACK = "{a} was conjugated, and so is its gradient: "


def _rules(name: str, both: tuple[Any, Any], words: str, symbols: tuple[str, str, str], real: bool) -> list[Rule]:
    """Along one axis, along the last two, and along any; `symbols` for each place of 1/n, in the order of `_SWAPPED`.

    `real`: only the real part of what is written goes to a real operand.
    """
    forward, back = both
    told = dict(zip(_SWAPPED, symbols, strict=True))

    def form(a: Any, s: Any = None, dim: Any = None, norm: Any = None) -> str:
        return f"{norm or 'backward'} {np.isrealobj(a)}"

    tied = {
        f"{norm} {only}": (words, f"re({one})" if real and only else one)
        for norm, one in told.items()
        for only in (True, False)
    }

    def rule(suffix: str, usual: Any, length: str) -> Rule:
        def given(a: Any, s: Any = None, dim: Any = usual, norm: Any = None) -> Any:
            return forward(a, s, dim, norm or "backward")

        def one(a: Any, n: Any = None, dim: Any = usual, norm: Any = None) -> Any:
            return forward(a, None if n is None else (n,), dim, norm or "backward")

        def sent(g: Any, y: Any, a: Any, s: Any = None, dim: Any = usual, norm: Any = None, n: Any = None) -> Any:
            lengths = (n,) if n is not None else (s,) if isinstance(s, int) else s
            return back(g, a, lengths, dim, norm or "backward")

        def chosen(a: Any, s: Any = None, dim: Any = None, norm: Any = None, n: Any = None) -> str:
            return form(a, s, dim, norm)

        slope = Slope(words, back=sent, symbol=symbols[0], tied=tied)
        return Rule(f"fft_{name}{suffix}", one if length == "n" else given, (slope,), form=chosen)

    return [rule("", -1, "n"), rule("2", (-2, -1), "s"), rule("n", None, "s")]


_WHOLE = ("n·ifft(G)", "ifft(G)", "√n·ifft(G)")
_INVERSE = ("fft(G)/n", "fft(G)", "fft(G)/√n")
_PADDED = ("re(n·ifft(G, 0, …))", "re(ifft(G, 0, …))", "re(√n·ifft(G, 0, …))")
_HALVES = ("rfft(G)/n·(1, 2, 2, …)", "rfft(G)·(1, 2, 2, …)", "rfft(G)/√n·(1, 2, 2, …)")
_CONJUGATED = ("conj(rfft(G))·(1, 2, 2, …)", "conj(rfft(G))/n·(1, 2, 2, …)", "conj(rfft(G))/√n·(1, 2, 2, …)")
_UNCONJUGATED = ("re(ifft(conj(G), 0, …))", "re(n·ifft(conj(G), 0, …))", "re(√n·ifft(conj(G), 0, …))")

RULES: tuple[Rule, ...] = (
    *_rules("fft", _whole(np.fft.fft, np.fft.ifft), _ALL, _WHOLE, True),
    *_rules("ifft", _whole(np.fft.ifft, np.fft.fft), _ALL, _INVERSE, True),
    *_rules("rfft", _halving(), _FILLED, _PADDED, False),
    *_rules("irfft", _filling(), _TWICE, _HALVES, True),
    *_rules("hfft", _mirrored(_filling(), before=True), f"{_BACK}{_TWICE[0].lower()}{_TWICE[1:]}", _CONJUGATED, True),
    *_rules("ihfft", _mirrored(_halving(), before=False), _FILLED, _UNCONJUGATED, False),
)
