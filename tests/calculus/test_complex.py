"""Complex numbers: each rule gives what torch sends back, and the convention of .grad is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from telling import Told

SETUP = """z = torch.tensor([1.0 + 2.0j, 0.5 - 1.0j], requires_grad=True)
a = torch.tensor([0.5, 2.0], requires_grad=True)
A = torch.tensor([[1 + 1j, 2.0], [0.5j, 1 - 1j]], requires_grad=True)
"""

REAL = [
    "(z * z.conj()).real", "(z ** 3).imag", "z.abs()", "(a * z).real", "(z / (a + 1j)).imag", "torch.exp(1j * z).real",
    "torch.view_as_real(z).sum(-1)", "z.angle()", "(A @ z).abs()", "torch.complex(a, a ** 2).abs()",
    "torch.sin(z).real", "torch.log(z).imag", "(z - a).abs() ** 2", "torch.real(torch.sqrt(z))", "(1 / z).real",
    "torch.fft.fft(z).abs()", "torch.fft.ifft(z * a, norm='ortho').imag", "torch.fft.fft2(A).abs()",
    "torch.fft.irfft(z)", "torch.fft.irfft(A, n=3, dim=0)", "torch.fft.hfft(z, norm='forward')",
    "torch.fft.rfft(a, n=3).imag", "torch.fft.ifftn(A, s=(3, 1)).real", "torch.fft.fftshift(A).abs()",
    "torch.view_as_complex(torch.stack([a, a ** 2], -1)).abs()", "torch.tanh(z).imag",
    "A.sum(0).abs()", "torch.stack([z, z.conj()])[1].imag",
]  # fmt: skip


@pytest.mark.parametrize("expression", REAL)
def test_every_step_through_complex_numbers_has_its_rule(told: Callable[..., Told], expression: str) -> None:
    used = [name for name in ("z", "a", "A") if name in expression.replace(".angle", "").replace(".abs", "")]
    source = f"{SETUP}loss = ({expression}).sum()\nloss.backward()\n"
    names = [f"{name}.grad" for name in used]
    run = told(source, *names)
    for name in names:
        one = run.of(name)
        if run.trace.find(name).value is not None:  # type: ignore[union-attr]
            assert [step.words for step in one.steps if not step.ruled] == []
            assert one.steps


def test_the_convention_is_told_where_the_leaf_is_complex(told: Callable[..., Told]) -> None:
    run = told(f"{SETUP}loss = (a * z).abs().sum()\nloss.backward()\n", "z.grad", "a.grad")
    assert run.of("z.grad").why.startswith("z is complex. torch's z.grad holds the slope along its real part, plus j")
    assert run.of("a.grad").why == ""
    assert run.of("a.grad").steps[-1].words.endswith("a is real, so only the real part goes on.")
