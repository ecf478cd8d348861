"""Programs that write through views: the base and all other views have the new numbers, in every account of it."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch
from telling import Told

from autograd_tutor.calculus.values import numbers
from autograd_tutor.recording.differences import differences
from autograd_tutor.recording.record import record
from autograd_tutor.sandbox.protocol import Job

HEAD = "x = torch.tensor([1.5, -0.5, 2.0, 0.75, 1.25, -1.0], dtype=torch.float64, requires_grad=True)\n"
BASES = (
    "y = x * 2",
    "y = (x * x).reshape(2, 3)",
    "y = x.sin().reshape(3, 2).t().clone()",
    "y = torch.zeros(6).double()",
)
VIEWS = ("y.flatten()[1:4]", "y[:1]", "y.view(-1)[::2]", "y[-1:]", "y.unsqueeze(0)", "y[..., :2]")
WRITES = (
    "{}.mul_(3)",
    "{}.add_(x[0] * 2)",
    "{}.exp_()",
    "{}[...] = x[1]",
    "{} *= {}",
    "{}.mul_({} * 0.5)",
    "{}.sin_()",
)


def program(seed: int) -> str:
    """Views of one tensor, of which some are written through, and all read afterwards."""
    chance = random.Random(seed)
    base = chance.choice(BASES)
    views = [f"v{at} = {chance.choice(VIEWS)}" for at in range(2)]
    if "t()" in base:
        views = [one.replace("view(-1)", "unsqueeze(1)").replace("flatten()", "t()") for one in views]
    writes = [chance.choice(WRITES).replace("{}", chance.choice(("v0", "v1", "y"))) for _ in range(2)]
    ends = chance.choice(
        ("y.sum()", "(y * y).mean()", "(v0 * v0).sum()", "v1.sum() + (y * 2).sum()", "v0.sin().mean()")
    )
    return HEAD + "\n".join([base, *views, *writes, f"z = {ends} + x.sum()", "z.backward()"])


def slope(source: str) -> torch.Tensor | None:
    """`x.grad` as torch gives it; None where the program overwrites what backward needs."""
    names: dict[str, Any] = {"torch": torch}
    try:
        exec(source, names)
    except RuntimeError as error:
        if "inplace operation" not in str(error):
            raise
        return None
    return names["x"].grad


SOURCES = [source for source in map(program, range(80)) if slope(source) is not None]


def test_most_programs_run() -> None:
    assert len(SOURCES) > 25


@pytest.mark.parametrize("source", SOURCES[:26])
def test_the_three_witnesses_agree_on_what_was_written_through_views(source: str) -> None:
    want = slope(source)
    assert want is not None
    recording = record(Job(source=source, prelude=True, targets=("x.grad",)))
    assert not recording.trace.notes, source
    found = recording.trace.find("x.grad")
    assert found is not None
    assert found.value is not None
    assert found.value.data == tuple(want.flatten().tolist()), source
    difference = differences(recording, "x.grad")
    told = Told(source, "x.grad")
    form = told.closed("x.grad", difference)
    assert form.witnesses is not None
    assert form.witnesses.symbolic is not None, (form.reason, source)
    torch.testing.assert_close(torch.tensor(numbers(form.witnesses.symbolic)), want, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(torch.tensor(numbers(form.witnesses.differences)), want, rtol=1e-5, atol=1e-6)
    assert all(step.ruled for step in told.of("x.grad").steps), source
