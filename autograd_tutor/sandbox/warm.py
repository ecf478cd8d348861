"""What a worker has imported, and paid for once, before its first program: first uses are slow.

torch and SymPy import much of themselves when something is first used: an optimizer costs 1.5 s
once, forward mode 0.3 s. Nothing here may give a warning: some come once per process, and would
then be missing from a learner's run.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import torch

from autograd_tutor.sandbox import confinement, stages
from autograd_tutor.sandbox.protocol import Job

_PROGRAM = """
import math
import torch
import torch.nn.functional as F
from torch import nn

x = torch.tensor([1.0, 2.0], requires_grad=True)
w = torch.tensor([[0.5, -0.5]], dtype=torch.float64, requires_grad=True)
with torch.no_grad():
    held = x.detach() * 2
y = torch.sin(x ** 2).mean() + (w * w).sum() + torch.tanh(w.T @ w + x.detach()).sum()
print(repr(x), y)
try:
    held.backward()
except RuntimeError:
    y.backward()
(x * 2).backward(torch.ones(2))
"""

_SMALL = "import torch\nx = torch.tensor(3.0, requires_grad=True)\ny = x ** 2\ny.backward()\n"


def up() -> None:
    """Make ready what most programs need: a whole job, from the program to the closed forms, without usual mistakes."""
    torch.set_num_threads(1)
    _whole(Job(_PROGRAM, gated=True, imagine=False))
    confinement.get_ready()


def _whole(job: Job) -> None:
    recording, trace = stages.record(job)
    if recording is not None:
        explanation, _ = stages.explain(job, recording)
        for _ in stages.close(job, trace, explanation, seconds=10):
            pass


def touch() -> None:
    """In a forked child, before its job comes: write once to the pages that every run writes to."""
    stages.record(Job(_SMALL))


def further() -> Iterator[None]:
    """Make ready what some jobs need, in steps: usual mistakes, modules, forward mode, second derivatives, optimizers.

    `explain` asks for no mistakes, and its one job should not wait for them.
    """
    _whole(Job(_PROGRAM))
    yield
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU())
    model(torch.ones(1, 2)).sum().backward()
    yield
    ones = torch.ones(2)
    torch.func.jvp(torch.sin, (ones,), (ones,))
    yield
    torch.autograd.functional.hessian(lambda x: (x**2).sum(), ones)
    yield
    optimizers()


def optimizers() -> None:
    """What the first optimizer, checkpoint, compiled function or torch.func.grad imports: 1.5 s of torch."""
    optimizer = torch.optim.Adam([torch.zeros(1, requires_grad=True)])
    optimizer.step()
    optimizer.zero_grad()


_SLOW = ("optim", "checkpoint", "compile", "torch.func.", "torch.func ", "functorch")
"""Words of programs that use one of these."""


def for_program(source: str) -> None:
    """In a worker forked before the parent had made everything ready: what this program names.

    It is done before the program's time begins to count.
    """
    if any(word in source for word in _SLOW) and "torch._dynamo" not in sys.modules:
        optimizers()
