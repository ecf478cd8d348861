"""A closed form speaks of what the program computed from numbers alone by the name it was given."""

from __future__ import annotations

import pytest

from autograd_tutor.calculus.closed import close
from autograd_tutor.calculus.deadline import Deadline
from autograd_tutor.calculus.derive import Derivations
from autograd_tutor.calculus.explain import Accounts
from autograd_tutor.recording.record import record
from autograd_tutor.sandbox.protocol import Job


@pytest.mark.parametrize(
    "given",
    [
        "x = torch.tensor(3.0) * 2",
        "x = torch.Tensor([6.0]).double()[0]",
        "x = torch.tensor(6.0).double()\nx.requires_grad = True",
        "x = torch.arange(7.0)[6].clone()",
    ],
)
def test_a_constant_keeps_its_name(given: str) -> None:
    source = f"{given}\nw = torch.tensor(1.5, requires_grad=True)\n((w * x) ** 2).backward()\n"
    trace = record(Job(source, targets=("w.grad",), prelude=True)).trace
    form = close(Derivations(trace), Accounts(trace).explain("w.grad"), Deadline.within(10))
    assert form.formula == "2*w*x**2"
    assert form.witnesses.agree is True
