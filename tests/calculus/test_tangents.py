"""Forward mode: the tangents are torch's, and each step says how one came from those before."""

from __future__ import annotations

import pytest
import torch

from autograd_tutor.calculus.closed import close
from autograd_tutor.calculus.deadline import Deadline
from autograd_tutor.calculus.derive import Derivations
from autograd_tutor.calculus.explain import Accounts
from autograd_tutor.explanation import TangentStep
from autograd_tutor.recording.record import record
from autograd_tutor.sandbox.protocol import Job
from autograd_tutor.trace import Trace

JVP = """\
def f(a):
    return torch.sin(a ** 2) * a
x = torch.tensor(0.7)
v, t = torch.func.jvp(f, (x,), (torch.tensor(1.0),))
"""
DUAL = """\
import torch.autograd.forward_ad as fwAD
w = torch.tensor([1.0, 2.0, 4.0])
with fwAD.dual_level():
    d = fwAD.make_dual(w, torch.tensor([0.1, 0.0, -0.3]))
    p, t = fwAD.unpack_dual((torch.exp(d) + 3 * d).sum())
"""
NESTED = """\
def f(a):
    return torch.sin(a ** 2) * a
x = torch.tensor(0.7)
t = torch.func.grad(lambda a: torch.func.jvp(f, (a,), (torch.tensor(1.0),))[1])(x)
"""


def traced(source: str) -> Trace:
    return record(Job(source, targets=("t",), prelude=True)).trace


def steps(source: str) -> tuple[TangentStep, ...]:
    return Accounts(traced(source)).explain("t").forward


def test_a_linear_operation_is_done_to_the_tangent() -> None:
    source = (
        "W = torch.tensor([[1.0, 2.0]])\nf = lambda x: (W @ x).sum() + torch.dot(x, x) + x[0] + (x[1] * 2 - x[0] / 3)\n"
    )
    rules = [step.rule for step in steps(f"{source}_, t = torch.func.jvp(f, (torch.ones(2),), (torch.ones(2),))\n")]
    assert rules[1:4] == [
        "d(W @ x) = W @ dx",
        "d((W @ x).sum()) = d(W @ x).sum()",
        "d(dot(x, x)) = dot(dx, x) + dot(x, dx)",
    ]
    assert "d(x[0]) = dx[0]" in rules


def test_every_operation_tells_what_it_made_of_the_tangent() -> None:
    assert [step.rule for step in steps(JVP)][:4] == [
        "da",
        "d(a²) = 2a·da",
        "d(sin(a²)) = cos(a²)·d(a²)",
        "d(sin(a²)·a) = a·d(sin(a²)) + sin(a²)·da",
    ]
    assert [step.arithmetic for step in steps(JVP)][1:4] == [
        "1 · 1.4 = 1.4",
        "1.4 · 0.8823 = 1.2353",
        "0.8647 + 0.4706 = 1.3353",
    ]


@pytest.mark.parametrize("source", [JVP, DUAL])
def test_the_last_tangent_is_what_torch_gave_and_the_closed_form_gives(source: str) -> None:
    trace = traced(source)
    found, account = trace.find("t"), Accounts(trace).explain("t")
    assert found is not None
    assert account.forward[-1].tangent == found.value
    form = close(Derivations(trace), account, Deadline.within(10))
    assert form.witnesses.agree is True
    assert form.witnesses.symbolic is not None


@pytest.mark.parametrize("source", [JVP, DUAL, NESTED])
def test_recorded_or_not_the_results_are_the_same(source: str) -> None:
    space = {"torch": torch}
    exec(source, space)
    plain = space["t"]
    found = traced(source).find("t")
    assert isinstance(plain, torch.Tensor)
    assert found is not None
    assert found.value is not None
    assert found.value.data == tuple(plain.reshape(-1).tolist())


def test_a_number_that_is_no_tangent_has_no_such_steps() -> None:
    assert steps("x = torch.tensor(2.0)\nt = x * 3\n") == ()


def test_nothing_is_noted_as_missing() -> None:
    assert traced(JVP).notes == traced(DUAL).notes == ()
