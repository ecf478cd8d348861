"""Before the prediction a picture tells nothing that depends on the answer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import ALL, CUT, SINE, UNTRACKED, traced
from test_drawing_laws import straight_programs

from autograd_tutor.drawing.phases import LATER
from autograd_tutor.drawing.picture import picture
from autograd_tutor.trace import Trace

TELLING = ("grad", "Backward", "▲", "╳", "┆", "╌", "┊", "cut", "recorded", "not ", "Error", "raise")


def before(trace: Trace, **more: object) -> str:
    return picture(trace, width=76, phase="before", **more).text()  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ALL)
def test_no_gradient_no_node_no_ghost(name: str) -> None:
    for style in ("boxes", "list"):
        text = before(traced(ALL[name]), style=style)
        code = ("detach",) if ".detach()" in ALL[name] else ()
        assert not [word for word in TELLING if word in text and word not in code]


@settings(max_examples=25, deadline=None)
@given(source=straight_programs(), style=st.sampled_from(["boxes", "list"]))
def test_tracking_leaves_no_mark(source: str, style: str) -> None:
    """The same program with nothing tracked, with all tracked, and with no no_grad looks the same."""
    untracked = source.replace("requires_grad=True", "requires_grad=False")
    tracked = source.replace("requires_grad=False", "requires_grad=True").replace(
        "torch.no_grad()", "torch.enable_grad()"
    )
    drawn = picture(traced(source), width=90, phase="before", style=style)  # type: ignore[arg-type]
    for other in (untracked, tracked):
        assert picture(traced(other), width=90, phase="before", style=style) == drawn  # type: ignore[arg-type]


def test_detach_looks_like_any_other_operation() -> None:
    recorded = before(traced(CUT.replace("detach", "double")))
    assert before(traced(CUT)) == recorded.replace("double", "detach")


def test_values_are_shown_but_for_what_is_asked() -> None:
    assert "16" in before(traced(SINE))
    hidden = before(traced(SINE), hide=["y"])
    assert "16" not in hidden
    assert "0.2879" not in hidden, "it would tell what y is"
    assert "16" in before(traced(SINE), hide=["x.grad", "y.requires_grad", "y.grad_fn"])


def test_a_program_that_raises_on_the_way_is_drawn_later() -> None:
    trace = traced("x = torch.tensor([1.0, 2.0], requires_grad=True)\ny = x @ torch.ones(3)\ny.backward()\n")
    assert before(trace) == LATER


def test_a_backward_that_raises_looks_like_one_that_runs() -> None:
    program = "x = torch.tensor(2.0, requires_grad=True)\nz = x * 3\nz.backward()\nw = z + 1\n"
    drawn = before(traced(program))
    assert "What follows line 3 is drawn once you have answered." in drawn
    assert drawn == before(traced(program.replace("backward()", "backward(torch.ones(5))")))
    assert drawn == before(traced(program.replace("True", "False")))


def test_nothing_computed_from_a_gradient_is_shown() -> None:
    trace = traced(
        "w = torch.tensor(1.0, requires_grad=True)\nfor step in range(2):\n    loss = (w * 2 - 3) ** 2\n"
        "    loss.backward()\n    with torch.no_grad():\n        w -= 0.1 * w.grad\n        w.grad.zero_()\n"
    )
    text = before(trace)
    assert "1.4" not in text
    assert text.count("loss") == 1


def test_under_no_grad_nothing_differs() -> None:
    tracked = UNTRACKED.replace("torch.no_grad()", "torch.enable_grad()")
    assert before(traced(UNTRACKED)) == before(traced(tracked))
