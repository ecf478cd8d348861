"""Programs of thousands of operations: recorded in time, or cut short with a sentence; drawn and told in bounds."""

from __future__ import annotations

import gc

from recorded import numbers, trace

from autograd_tutor.drawing.picture import picture
from autograd_tutor.recording import state
from autograd_tutor.sandbox.protocol import Limits
from autograd_tutor.trace import Finished


def loop(turns: int) -> str:
    """Two operations in each turn."""
    return f"""
x = torch.tensor(0.5, requires_grad=True)
y = x
for _ in range({turns}):
    y = torch.sin(y) * 1.5
y.backward()
"""


def test_a_loop_of_a_thousand_turns_is_whole_and_every_turn_has_its_number():
    seen = trace(loop(1000))
    assert seen.notes == ()
    assert len(seen.nodes) == 2001
    assert [one.repeat for one in seen.operations if one.name == "sin"] == list(range(1000))
    (done,) = seen.passes
    assert len(done.order) == len(done.arrivals) == 2001
    assert all(edge.contributions[0] is not None for edge in seen.edges)
    assert [leaf.exact for leaf in done.leaves] == [True]


def test_its_picture_shows_the_first_turn_and_the_last_and_counts_the_rest():
    drawn = picture(trace(loop(1000)), width=76, phase="after").text()
    assert "998 rounds more" in drawn
    assert len(drawn.splitlines()) < 40


def test_what_a_turn_gives_is_what_it_was_in_that_turn():
    seen = trace("x = torch.tensor([1.0, 2.0])\nfor turn in range(50):\n    x += turn\n    y = x * 2")
    read = [numbers(one.inputs[0].value) for one in seen.operations if one.name == "mul"]
    assert read == [(1.0 + total, 2.0 + total) for total in (turn * (turn + 1) / 2 for turn in range(50))]


def test_an_operand_that_stays_the_same_text_may_be_another_number_each_turn():
    seen = trace("x = torch.tensor(3.0)\nfor turn in (1, 1.0, True, 7):\n    y = x * turn")
    given = [one.inputs[1].value for one in seen.operations if one.name == "mul"]
    assert [numbers(one) for one in given] == [1, 1.0, True, 7]
    assert [type(numbers(one)) for one in given] == [int, float, bool, int]


def test_a_run_that_recording_would_make_too_slow_is_cut_short_and_says_so(monkeypatch):
    monkeypatch.setattr(state, "LARGE", 100)
    seen = trace(loop(1000), limits=Limits(seconds=0.0))
    assert seen.outcome == Finished()
    assert len(seen.nodes) < 300
    assert seen.notes == (state.TOO_SLOW.format(len(seen.nodes)),)
    assert seen.passes == ()
    assert numbers(seen.find("x.grad").value) == numbers(trace(loop(1000)).find("x.grad").value)


def test_the_garbage_collector_is_left_as_it_was():
    before = gc.get_threshold()
    trace(loop(3))
    trace("1 / 0")
    assert gc.get_threshold() == before
