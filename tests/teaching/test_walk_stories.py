"""Walks through the backward passes of real runs."""

import pytest

from autograd_tutor.sandbox.client import Sandbox
from autograd_tutor.sandbox.protocol import Job
from autograd_tutor.teaching.model import Stop
from autograd_tutor.teaching.walk import MOST, walk
from autograd_tutor.trace import Trace

SINE = "x = torch.tensor(4.0, requires_grad=True)\ny = x ** 2\nz = torch.sin(y)\nz.backward()\n"
PARTLY = "x = torch.tensor(3.0, requires_grad=True)\ny = x ** 2\nz = x * y.detach() + y\nz.backward()\n"


def walked(sandbox: Sandbox, source: str, target: str) -> tuple[Trace, tuple[Stop, ...]]:
    run = sandbox.run(Job(source, prelude=True, targets=(target,), imagine=False))
    return run.trace, walk(run.trace, run.whole, target)


def test_a_chain_from_the_seed_to_the_leaf(sandbox: Sandbox):
    trace, stops = walked(sandbox, SINE, "x.grad")
    assert [stop.kind for stop in stops] == ["seed", "edge", "edge", "accumulate"]
    assert [stop.span.line for stop in stops if stop.span] == [4, 3, 2, 1]
    assert stops[1].formula == "∂z/∂y = cos(y)"
    assert stops[-1].arithmetic == "−7.6613"
    assert trace.edges[stops[2].edge or 0].tail == stops[2].node


def test_ways_meet_and_a_cut_is_a_stop(sandbox: Sandbox):
    _, stops = walked(sandbox, PARTLY, "x.grad")
    sums = [stop for stop in stops if stop.kind == "sum"]
    assert [stop.arithmetic for stop in sums] == ["9 + 6 = 15"]
    cuts = [stop for stop in stops if stop.kind == "cut"]
    assert len(cuts) == 1
    assert "y.detach() is not recorded" in cuts[0].words


def test_the_second_pass_adds_to_what_is_there(sandbox: Sandbox):
    _, stops = walked(sandbox, SINE + "y = x ** 2\ny.backward()\n", "x.grad")
    added = [stop for stop in stops if stop.kind == "accumulate"]
    assert [stop.pass_ for stop in added] == [0, 1]
    assert added[1].arithmetic == "(−7.6613) + 8 = 0.3387"


def test_a_program_that_raises_stops_at_the_cut_and_at_the_line(sandbox: Sandbox):
    source = "x = torch.tensor(2.0, requires_grad=True)\nwith torch.no_grad():\n    y = x**2\ny.backward()\n"
    _, stops = walked(sandbox, source, "x.grad")
    assert [stop.kind for stop in stops] == ["cut", "raise"]
    assert [stop.span.line for stop in stops if stop.span] == [3, 4]
    assert "grad mode" in stops[0].words


def test_autograd_grad_hands_its_result_back(sandbox: Sandbox):
    source = "x = torch.tensor(2.0, requires_grad=True)\n(g,) = torch.autograd.grad(x**3, x)\n"
    _, stops = walked(sandbox, source, "g")
    assert stops[-1].kind == "returned"
    assert "12" in stops[-1].words


def test_a_target_without_a_gradient_shows_the_whole_pass(sandbox: Sandbox):
    _, stops = walked(sandbox, SINE, "y.grad")
    assert [stop.kind for stop in stops] == ["seed", "edge", "edge", "accumulate"]
    run = sandbox.run(Job(SINE, prelude=True, targets=("x.grad", "z")))
    assert walk(run.trace, run.whole, "z") == walk(run.trace, run.whole, "x.grad"), "by the rules that are known"


def test_a_very_long_walk_ends_with_how_much_is_left_out(sandbox: Sandbox):
    lines = "y = y * 1.001\n" * (MOST + 50)
    _, stops = walked(sandbox, f"x = torch.tensor(1.0, requires_grad=True)\ny = x\n{lines}y.backward()\n", "x.grad")
    assert len(stops) == MOST
    assert stops[-1].kind == "rest"


def test_a_loops_rounds_are_one_stop(sandbox: Sandbox):
    source = "x = torch.tensor(1.0, requires_grad=True)\ny = x\nfor _ in range(600):\n    y = y * 1.001\ny.backward()\n"
    _, stops = walked(sandbox, source, "x.grad")
    assert [stop.kind for stop in stops] == ["seed", *4 * ["edge"], "repeat", *2 * ["edge"], "accumulate"]
    (repeat,) = (stop for stop in stops if stop.kind == "repeat")
    assert repeat.title == "⋮ ×594: 1 step"
    assert repeat.arithmetic == "1.004 → 1.818"
    assert repeat.span == stops[1].span


def test_passes_that_repeat_are_one_stop(sandbox: Sandbox):
    source = (
        "x = torch.tensor(1.0, requires_grad=True)\nfor _ in range(12):\n    y = (x * 3 - 1) ** 2\n    y.backward()\n"
    )
    _, stops = walked(sandbox, source, "x.grad")
    kinds = ["seed", "edge", "edge", "edge", "accumulate"]
    assert [stop.kind for stop in stops] == [*kinds, "repeat", *kinds]
    assert "The same in 10 more passes" in stops[5].words


@pytest.mark.parametrize("source", [SINE, PARTLY])
def test_stops_follow_the_engines_order(sandbox: Sandbox, source: str):
    trace, stops = walked(sandbox, source, "x.grad")
    order = trace.passes[0].order
    places = [order.index(stop.node) for stop in stops if stop.node in order]
    assert places == sorted(places)
