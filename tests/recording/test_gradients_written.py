"""Gradients that the program itself writes, and what later passes add to."""

from __future__ import annotations

import pytest
from recorded import grad, recording, trace

from autograd_tutor.recording.differences import differences

X = "x = torch.tensor(2.0, requires_grad=True)\n"


@pytest.mark.parametrize(
    ("lines", "held", "later"),
    [
        ("x.grad = torch.tensor(5.0)\n", 5.0, "x ** 3"),
        ("(x * x).backward()\nx.grad = x.grad * 0.5\n", 2.0, "x ** 3"),
        ("(x * x).backward()\nx.grad.fill_(7.0)\n", 7.0, "x ** 3"),
        ("(x * x).backward()\nx.grad *= 0\n", None, "x ** 3"),
        ("(x * x).backward()\nx.grad[...] = 0\n", None, "x ** 3"),
        ("(x * x).backward()\nx.grad = torch.zeros(())\n", None, "x ** 3"),
        ("(x * x).backward()\ndel x.grad\n", None, "x ** 3"),
    ],
)
def test_a_replay_starts_from_what_the_program_put_there(lines, held, later):
    recorded = recording(X + lines + f"({later}).backward()\n", "x.grad")
    reset = recorded.tape.resets[-1]
    assert (reset.held.item() if reset.held is not None else None) == held
    assert grad(recorded.trace, "x") == 12.0 + (held or 0.0)
    assert differences(recorded, "x.grad").central.data[0] == pytest.approx(12.0 + (held or 0.0), rel=1e-6)


def test_a_gradient_only_scaled_is_no_reset():
    assert recording(X + "(x * x).backward()\nx.grad *= 0.5\n").tape.resets == []


def test_what_was_scaled_is_a_constant_to_later_passes():
    recorded = recording(X + "(x * x).backward()\nx.grad *= 0.5\n(x ** 3).backward()\n", "x.grad")
    assert grad(recorded.trace, "x") == 14.0
    assert differences(recorded, "x.grad").central.data[0] == pytest.approx(14.0, rel=1e-6)


def test_a_sparse_gradient_can_be_cleared():
    seen = recording(
        """
        table = nn.Embedding(4, 2, sparse=True)
        table(torch.tensor([1, 1, 3])).sum().backward()
        table.weight.grad.zero_()
        """
    )
    assert seen.trace.notes == ()
    assert len(seen.tape.resets) == 1


def test_a_hook_that_takes_the_gradient_away_has_cleared_it():
    seen = trace(
        X
        + """
def away(leaf):
    leaf.grad = None
x.register_post_accumulate_grad_hook(away)
(x * x).backward()
"""
    )
    assert [(one.absent, one.grad) for one in seen.tensors if one.names == ("x",)] == [("cleared", None)]
