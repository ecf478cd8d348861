"""What can't be written as a formula is known before SymPy is asked."""

from __future__ import annotations

import pytest

from autograd_tutor.calculus.deadline import Deadline, NoForm
from autograd_tutor.calculus.derive import Derivations
from autograd_tutor.calculus.symbols import Algebra
from autograd_tutor.recording.record import record
from autograd_tutor.sandbox.protocol import Job

POLYNOMIAL = """
x = torch.linspace(-1, 1, 2000)
a = torch.tensor(0.1, requires_grad=True)
loss = ((a * x - x ** 3) ** 2).sum()
loss.backward()
"""
LOOP = """
a = torch.tensor(0.5, requires_grad=True)
y = a
for _ in range({}):
    y = torch.sin(y) + 1
y.backward()
"""
NETWORK = """
h = torch.ones(8, 3)
a = torch.eye(3).requires_grad_()
for _ in range(8):
    h = torch.tanh(h @ a)
h.sum().backward()
"""
UNRULED = """
class Odd(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x + 1
    @staticmethod
    def backward(ctx, g):
        return g
a = torch.tensor(0.5, requires_grad=True)
Odd.apply(a).backward()
"""


def reason(source: str) -> str:
    with pytest.raises(NoForm) as failure:
        Derivations(record(Job(source, prelude=True)).trace).derive("a.grad", Deadline.within(20))
    return str(failure.value)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (POLYNOMIAL, "There is no closed form: x has 2,000 elements"),
        (LOOP.format(500), "The closed form would be too long to read."),
        (NETWORK, "The closed form would be too long to read."),
        (UNRULED, "There is no closed form: Odd.apply(a) has a backward of its own."),
    ],
)
def test_the_reason_is_known_without_sympy(source: str, said: str, monkeypatch: pytest.MonkeyPatch):
    def asked(*_: object) -> None:
        raise AssertionError("SymPy was asked")

    monkeypatch.setattr(Algebra, "run", asked)
    assert reason(source).startswith(said)


@pytest.mark.parametrize(
    "source",
    [
        LOOP.format(5),
        "a = torch.tensor([1.0, 2.0], requires_grad=True)\ny = (torch.zeros(2, 2) @ a).sum() + a.prod()\ny.backward()",
        "a = torch.ones(8, 8, requires_grad=True)\ny = (a * a).mean().sqrt()\ny.backward()",
        "a = torch.tensor(2.0, requires_grad=True)\nw = a * 1\nw.zero_()\ny = w + torch.relu(a) ** 0\n"
        "(y + a.exp().log()).backward()",
    ],
)
def test_what_can_be_written_still_is(source: str):
    derived = Derivations(record(Job(source, prelude=True)).trace).derive("a.grad", Deadline.within(20))
    assert derived.elements.size
