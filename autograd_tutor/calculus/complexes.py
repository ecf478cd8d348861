"""The rules for the parts of complex numbers, after torch's convention.

torch's gradient by z = a + bj is ∂L/∂a + j·∂L/∂b: a holomorphic operation multiplies what arrives by the conjugate of
its slope (`local`); these operations are not holomorphic.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tutor.calculus.rule import Rule, Slope

RULES: tuple[Rule, ...] = (
    Rule(
        "real",
        lambda a: np.real(a),
        (
            Slope(
                "Only the real part is used, so only it gets a gradient", back=lambda u, y, a: u + 0j, symbol="G + 0j"
            ),
        ),
    ),
    Rule(
        "imag",
        lambda a: np.imag(a),
        (
            Slope(
                "Only the imaginary part is used, so only it gets a gradient", back=lambda u, y, a: 1j * u, symbol="j·G"
            ),
        ),
    ),
    Rule(
        "conj",
        lambda a: np.conj(a),
        (
            Slope(
                "The conjugate turns the sign of the imaginary part, and of its gradient",
                back=lambda u, y, a: np.conj(u),
                symbol="conj(G)",
            ),
        ),
    ),
    Rule(
        "view_as_real",
        lambda a: np.stack([np.real(a), np.imag(a)], -1),
        (
            Slope(
                "The two parts become two real numbers: their gradients are the parts of the gradient",
                back=lambda u, y, a: u[..., 0] + 1j * u[..., 1],
                symbol="G[…, 0] + j·G[…, 1]",
            ),
        ),
    ),
    Rule(
        "view_as_complex",
        lambda a: a[..., 0] + 1j * a[..., 1],
        (
            Slope(
                "Two real numbers become the parts of one: the parts of what arrives go back to them",
                back=lambda u, y, a: np.stack([np.real(u), np.imag(u)], -1),
                symbol="(re G, im G)",
            ),
        ),
    ),
    Rule(
        "complex",
        lambda a, b: a + 1j * b,
        (
            Slope(
                "The real part gets the real part of what arrives", back=lambda u, y, a, b: np.real(u), symbol="re G"
            ),
            Slope("The imaginary part gets that of what arrives", back=lambda u, y, a, b: np.imag(u), symbol="im G"),
        ),
    ),
    Rule(
        "angle",
        lambda a: np.angle(a),
        (
            Slope(
                "The angle moves when {a} moves across its direction, and the faster the nearer it is to 0",
                back=lambda u, y, a: _across(u, a),
                symbol="G·j·{a}/|{a}|²",
            ),
        ),
    ),
)


def _across(u: Any, a: Any) -> Any:
    return np.where(a == 0, 0, u * 1j * a / np.abs(a) ** 2) if np.iscomplexobj(a) else 0.0 * u
