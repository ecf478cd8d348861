"""Laws that hold for every picture of every program."""

from __future__ import annotations

from itertools import combinations
from types import SimpleNamespace

import pytest
from followed import inside, reached
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import ALL, traced

from autograd_tutor.drawing.cells import Picture, columns
from autograd_tutor.drawing.picture import picture

PHASES = ("before", "after")
_UNARY = ("torch.sin({0})", "{0} ** 2", "{0}.detach()", "-{0}", "{0} * 3", "torch.tanh({0})")
_BINARY = ("{0} * {1}", "{0} + {1}", "{0} - {1}", "torch.maximum({0}, {1})")


@st.composite
def straight_programs(draw: st.DrawFn) -> str:
    """Up to 14 assignments over a few inputs; some inputs plain data, some lines under no_grad."""
    names = [f"x{at}" for at in range(draw(st.integers(1, 4)))]
    lines = [f"{name} = torch.tensor(0.5, requires_grad={draw(st.booleans())})" for name in names]
    for at in range(draw(st.integers(1, 14))):
        form = draw(st.sampled_from(_UNARY + _BINARY))
        text = form.format(draw(st.sampled_from(names)), draw(st.sampled_from(names)))
        untracked = draw(st.integers(0, 7)) == 0
        lines.append(f"with torch.no_grad(): v{at} = {text}" if untracked else f"v{at} = {text}")
        names.append(f"v{at}")
    return "\n".join([*lines, f"{names[-1]}.backward()"])


def check(drawn: Picture, width: int) -> None:
    """No row is too wide, no box lies on another, and each box's lines lead to all that use it and nowhere else."""
    assert drawn.width <= width
    if drawn.style != "boxes":
        return
    for one, other in combinations(drawn.placed, 2):
        assert not any(
            inside(other, column, row)
            for column in (one.column, one.column + one.width - 1)
            for row in range(one.row, one.row + one.height)
        )
    for at, box in enumerate(drawn.placed):
        assert reached(drawn, at) == set(box.outputs)
        assert all(at in drawn.placed[use].inputs for use in box.outputs)


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("width", [34, 50, 76, 120])
@pytest.mark.parametrize("name", ALL)
def test_lines_lead_where_values_go(name: str, width: int, phase: str) -> None:
    check(picture(traced(ALL[name]), width=width, phase=phase), width)
    check(picture(traced(ALL[name]), width=width, phase=phase, style="list"), width)


@settings(max_examples=80, deadline=None)
@given(source=straight_programs(), width=st.integers(30, 140), phase=st.sampled_from(PHASES))
def test_random_programs_are_drawn_true(source: str, width: int, phase: str) -> None:
    trace = traced(source)
    check(picture(trace, width=width, phase=phase, style="boxes"), width)
    check(picture(trace, width=width, phase=phase, style="list"), width)


@settings(max_examples=30, deadline=None)
@given(source=straight_programs(), data=st.data())
def test_selecting_changes_no_place_and_no_word(source: str, data: st.DataObject) -> None:
    trace = traced(source)
    node = data.draw(st.sampled_from([None, *(node.id for node in trace.nodes)]))
    edge = data.draw(st.sampled_from([None, *(edge.id for edge in trace.edges)]))
    plain = picture(trace, width=100, phase="after", style="boxes")
    chosen = picture(
        trace, width=100, phase="after", style="boxes", stop=SimpleNamespace(node=node, edge=edge, arithmetic="")
    )
    assert [box.ref for box in chosen.placed] == [box.ref for box in plain.placed]
    assert (chosen.width, chosen.height) == (plain.width, plain.height)
    assert [(box.column, box.row) for box in chosen.placed] == [(box.column, box.row) for box in plain.placed]
    check(chosen, 100)


@pytest.mark.parametrize("name", ALL)
def test_segments_fill_their_rows(name: str) -> None:
    drawn = picture(traced(ALL[name]), width=76, phase="after")
    for row, line in zip(drawn.rows, drawn.text().splitlines(), strict=True):
        assert "".join(segment.text for segment in row).rstrip() == line
        assert columns(line) <= 76


@pytest.mark.parametrize("name", ALL)
def test_every_gradient_that_flowed_can_be_found(name: str) -> None:
    trace = traced(ALL[name])
    drawn = picture(trace, width=100, phase="after", style="boxes")
    shown = {segment.ref.edge for row in drawn.rows for segment in row if segment.ref is not None}
    fired = {edge.id for edge in trace.edges if any(one is not None for one in edge.contributions)}
    if len(trace.nodes) < 20:
        assert fired <= shown
    assert shown - {None} <= {edge.id for edge in trace.edges}
