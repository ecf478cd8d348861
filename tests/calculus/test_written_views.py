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
    assert form.witnesses.symbolic is not None, (form.no_formula, source)
    torch.testing.assert_close(torch.tensor(numbers(form.witnesses.symbolic)), want, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(torch.tensor(numbers(form.witnesses.differences)), want, rtol=1e-5, atol=1e-6)
    assert all(step.ruled for step in told.of("x.grad").steps), source


SHARED = {
    "a write that counts no version stands before": (
        "y = x * 2\nc = torch.zeros(2)\nc.data[0] = 1.0\nu = y.view(6)\ny.mul_(3)\n(u ** 2).sum().backward()\n"
    ),
    "a view of a leaf, under no_grad": (
        "v = x[:2]\nwith torch.no_grad():\n    v.mul_(3)\n((x ** 2).sum() + (v * 2).sum()).backward()\n"
    ),
    "a computed tensor, under no_grad": "y = x * 2\nwith torch.no_grad():\n    y.mul_(5)\n(y ** 2).sum().backward()\n",
    "the numbers of a call, under no_grad": (
        "y = torch.zeros(6).double()\nwith torch.no_grad():\n    torch.mul(x, 2, out=y)\n(y * x).sum().backward()\n"
    ),
    "views made under no_grad": (
        "with torch.no_grad():\n    x[:2].zero_()\n    v = x[1:]\n    v.mul_(2)\n(x ** 2).sum().backward()\n"
    ),
}


@pytest.mark.parametrize("lines", SHARED.values(), ids=SHARED)
def test_what_was_written_unrecorded_is_followed(lines: str) -> None:
    recording = record(Job(source=HEAD + lines, prelude=True, targets=("x.grad",)))
    assert recording.trace.notes == ()
    form = Told(HEAD + lines, "x.grad").closed("x.grad", differences(recording, "x.grad"))
    assert form.witnesses is not None
    assert form.witnesses.verdict == "all three agree"


def test_of_memory_that_is_no_view_no_formula_is_claimed() -> None:
    lines = "y = x * 2\nd = y.detach()\nd[0] = 10.0\n(y ** 2).sum().backward()\n"
    form = Told(HEAD + lines, "x.grad").closed("x.grad")
    assert form.pretty is None
    assert "written into past autograd" in (form.no_formula or "")


def test_a_view_of_the_parts_of_complex_numbers_is_said_not_to_be_followed() -> None:
    lines = "y = torch.complex(x, x * 3)\nr = torch.view_as_real(y)\nr[:, 0].mul_(3)\n(y.abs() ** 2).sum().backward()\n"
    (note,) = record(Job(source=HEAD + lines, prelude=True)).trace.notes
    assert "numbers of another kind" in note


def test_where_a_write_through_a_view_has_no_rule_the_node_is_named() -> None:
    lines = "y = torch.complex(x, x * 3)\ny.real.mul_(3)\n(y.abs() ** 2).sum().backward()\n"
    words = [one.words for one in Told(HEAD + lines, "x.grad").of("x.grad").steps]
    assert any("mul of complex numbers (CopySlices)" in one for one in words)
    assert not any("used again" in one for one in words)
