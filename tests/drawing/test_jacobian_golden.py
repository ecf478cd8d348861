"""Small Jacobians as they look, at 80 and at 120 columns: golden/jacobian-NAME.txt, to be read and compared by eye."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from programs import traced

from autograd_tutor.calculus.explain import Accounts
from autograd_tutor.drawing.matrices import matrix

GOLDEN = Path(__file__).parent / "golden"
BESIDE = 9
"""Columns that a screen has beside it."""
PROGRAMS = {
    "softmax": """\
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
w = torch.tensor([4.0, 5.0, 6.0])
p = torch.softmax(x, dim=0)
z = (p * w).sum()
z.backward()
""",
    "matmul": """\
A = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
B = torch.tensor([[5.0, 6.0], [7.0, 8.0]], requires_grad=True)
z = (A @ B).sum()
z.backward()
""",
    "layer": """\
X = torch.tensor([[0.25, -1.5, 3.0], [2.0, 0.125, -0.75]])
weights = torch.tensor([[1.0, 0.5], [-0.25, 2.0], [0.75, -1.0]], requires_grad=True)
bias = torch.tensor([0.1, -0.3], requires_grad=True)
logits = X @ weights + bias
loss = F.cross_entropy(logits, torch.tensor([1, 0]))
loss.backward()
""",
}


def page(name: str) -> str:
    """Every step's Jacobian once: its sentence, and the matrix at both widths."""
    source = PROGRAMS[name]
    told = dict.fromkeys(line for target in _targets(name) for line in target)
    return "\n".join([source, *told])


def _targets(name: str) -> Iterator[Iterator[str]]:
    trace = traced(PROGRAMS[name])
    accounts = Accounts(trace)
    for found in trace.found:
        yield (_told(step) for step in accounts.explain(found.target).steps if step.jacobian is not None)


def _told(step) -> str:
    drawn = {width: matrix(step.jacobian, step.contribution, width - BESIDE) for width in (80, 120)}
    assert all(len(line) <= width - BESIDE for width, lines in drawn.items() for line in lines)
    parts = [f"── {step.rule}", step.jacobian.words]
    for width, lines in drawn.items():
        same = width == 80 and lines == drawn[120]
        if width == 80 or lines != drawn[80]:
            parts += [f"   {'80 and 120' if same else width} columns:" if lines else "   not drawn", *lines]
    return "\n".join([*parts, ""])


@pytest.mark.parametrize("name", PROGRAMS)
def test_jacobians_look_as_they_did(name: str) -> None:
    assert page(name) == (GOLDEN / f"jacobian-{name}.txt").read_text(encoding="utf-8")
