"""Tensors that travel as summaries are explained by their numbers in the process that ran the program."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from autograd_tutor.calculus.explain import Accounts
from autograd_tutor.calculus.values import few, numbers
from autograd_tutor.recording import values
from autograd_tutor.recording.record import record
from autograd_tutor.sandbox.protocol import Job
from autograd_tutor.trace import KEPT, Trace, encode

NETWORK = """\
x = torch.linspace(-1, 1, 160).reshape(16, 10).requires_grad_()
h = torch.tanh(x * 3)
loss = (h ** 2).mean()
loss.backward()
"""


def traced(source: str) -> Trace:
    return record(Job(source, targets=("x.grad",), prelude=True)).trace


def test_the_steps_of_a_large_tensor_are_explained_by_rules() -> None:
    steps = Accounts(traced(NETWORK)).explain("x.grad").steps
    assert [step.symbol for step in steps if step.ruled] == ["1", "1/160", "2h", "1 − h²", "3"]


def test_its_numbers_are_those_of_the_moment_and_stay_in_the_process() -> None:
    trace = traced("x = torch.ones(70, requires_grad=True)\ny = x * 2\ny.mul_(3)\ny.sum().backward()\n")
    made = [operation.values[0] for operation in trace.operations if operation.name == "mul"]
    assert_array_equal(numbers(made[0]), np.full(70, 2.0))
    assert_array_equal(numbers(made[1]), np.full(70, 6.0))
    assert few(made[0]) is None
    assert len(encode(made[0])) < 200


@pytest.mark.parametrize("size", [KEPT + 1, KEPT])
def test_only_tensors_up_to_a_size_are_kept(size: int) -> None:
    trace = traced(f"x = torch.zeros({size}, requires_grad=True)\nx.sum().backward()\n")
    found = numbers(trace.operations[0].values[0])
    assert (found is None) == (size > KEPT)


def test_a_run_keeps_no_more_than_its_allowance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values.Allowance, "MOST", 70 * 4)
    trace = traced("x = torch.zeros(70, requires_grad=True)\ny = x + 1\n")
    assert [numbers(one.values[0]) is None for one in trace.operations] == [False, True]
