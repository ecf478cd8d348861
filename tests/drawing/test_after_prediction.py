"""After the prediction a picture shows what torch recorded and what flowed."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from programs import ALL, COPY, CROSSED, CUT, FORK, LONG_LOOP, PRODUCT, SINE, TRAINED, TWICE, UNTRACKED, traced

from autograd_tutor import notation
from autograd_tutor.drawing.cells import Picture, Ref
from autograd_tutor.drawing.flow import flow
from autograd_tutor.drawing.past import past
from autograd_tutor.drawing.picture import picture
from autograd_tutor.drawing.updates import at_leaves


def after(source: str, width: int = 76, **more: object) -> Picture:
    return picture(traced(source), width=width, phase="after", **more)  # type: ignore[arg-type]


def test_names_gradients_and_the_leaf() -> None:
    text = after(SINE).text()
    for words in ("PowBackward0", "SinBackward0", "−0.9577", "−7.6613", "grad None → −7.6613", "leaf", "▲"):
        assert words in text


def test_the_sum_where_gradients_meet() -> None:
    assert "2 + 1 = 3" in after(FORK).text() or "1 + 2 = 3" in after(FORK).text()
    assert "3 + 3 = 6" in after(PRODUCT).text()


def test_cuts_are_told_without_colour() -> None:
    for style in ("boxes", "list"):
        text = after(CUT, style=style).text()
        assert "╳ cut here: detach" in text
        assert "not recorded" in text
        assert "┆" in text
    assert "cut here: no_grad" in after(UNTRACKED).text()
    assert "┆ d = x.detach() ┆" in after(COPY).text()


def test_a_chosen_pass() -> None:
    assert "6 then 6" in after(TWICE).text()
    assert "grad None → 6 → 12" in after(TWICE).text()
    assert "grad None → 6" in after(TWICE, pass_=0).text()
    assert "grad 6 → 12" in after(TWICE, pass_=1).text()


def test_an_edge_that_did_not_fire() -> None:
    source = (
        "x = torch.tensor(2.0, requires_grad=True)\nw = torch.tensor(3.0, requires_grad=True)\n"
        "y = x * w\ny.backward(inputs=[x])\n"
    )
    assert "did not fire" in after(source).text()
    assert "┊" in after(source).text()


def test_the_selection_is_heavy() -> None:
    trace = traced(SINE)
    power = next(node.id for node in trace.nodes if node.name == "PowBackward0")
    edge = next(edge.id for edge in trace.edges if edge.tail == power)
    drawn = after(SINE, stop=SimpleNamespace(node=power, edge=edge, arithmetic=""))
    lines = drawn.text().splitlines()
    assert any("┃ y = x ** 2 ┃" in line for line in lines)
    assert any("┃ −7.6613" in line for line in lines)
    chosen = {segment.ref for row in drawn.rows for segment in row if segment.role == "selected"}
    assert {ref.node for ref in chosen if ref} | {ref.edge for ref in chosen if ref} == {None, power, edge}
    listed = after(SINE, style="list", stop=SimpleNamespace(node=power, edge=edge, arithmetic="")).text()
    assert "▸ y = x ** 2" in listed
    assert "▸▲ −7.6613" in listed


def test_the_arithmetic_stands_at_the_selected_edge_where_nothing_moves_for_it() -> None:
    trace = traced(SINE)
    edge = next(one.id for one in trace.edges if trace.nodes[one.head].kind == "accumulate")
    plain = picture(trace, width=76, phase="after", stop=SimpleNamespace(node=None, edge=edge, arithmetic=""))
    worked, narrow = (
        picture(trace, width=width, phase="after", stop=SimpleNamespace(node=None, edge=edge, arithmetic="2 · 3 = 6"))
        for width in (76, 20)
    )
    assert "┃ 2 · 3 = 6" in worked.text()
    assert worked.placed == plain.placed
    assert "2 · 3 = 6" not in narrow.text()


def test_a_node_inside_a_box_selects_it() -> None:
    source = "W = torch.ones(2, 3, requires_grad=True)\ny = F.linear(torch.ones(1, 3), W).sum()\ny.backward()\n"
    trace = traced(source)
    linear = next(operation for operation in trace.operations if operation.name == "linear")
    for node in linear.nodes:
        assert "┏" in after(source, stop=SimpleNamespace(node=node, edge=None, arithmetic="")).text()


def test_constants_have_no_frame() -> None:
    source = "x = torch.tensor(2.0, requires_grad=True)\nt = torch.tensor(5.0)\ny = x * t\ny.backward()\n"
    assert "│ t  5 │" in picture(traced(source), width=76, phase="before").text()
    assert "│ t  5 │" not in after(source).text()
    assert "t  5" in after(source).text()


def test_long_loops_are_folded() -> None:
    drawn = after(LONG_LOOP)
    assert "⋮ 38 rounds more" in drawn.text()
    assert "= 41" in drawn.text()
    assert len(drawn.placed) == 4


def test_a_thousand_nodes_are_listed() -> None:
    source = "x = torch.tensor(0.5, requires_grad=True)\ny = x\n" + "y = torch.sin(y)\n" * 1000 + "y.backward()\n"
    drawn = after(source)
    assert drawn.style == "list"
    assert len(drawn.placed) == 1001
    assert drawn.height < 900


def test_names_that_are_wide_or_combined() -> None:
    source = "重み = torch.tensor(2.0, requires_grad=True)\né = 重み ** 2\né.backward()\n"
    drawn = after(source)
    assert "重み  2" in drawn.text()
    frames = [line.rstrip() for line in drawn.text().splitlines() if line.startswith(("╭", "╰"))]
    assert len({len(line.split("╮")[0].split("╯")[0]) for line in frames}) == 1


@pytest.mark.parametrize("width", [1, 5, 12, 20])
def test_hardly_any_room(width: int) -> None:
    assert after(FORK, width=width).width <= width


def test_cells_know_what_they_stand_for() -> None:
    trace = traced(FORK)
    refs = {segment.ref for row in after(FORK).rows for segment in row if segment.ref}
    assert {node.id for node in trace.nodes} <= {ref.node for ref in refs}
    assert {edge.id for edge in trace.edges} <= {ref.edge for ref in refs}
    assert Ref() not in refs


def test_a_sign_for_private_use_in_the_source_is_only_a_sign() -> None:
    source = "x = torch.tensor([2.0], requires_grad=True)\ny = (x * len('\ue005')) + x[0]\ny.backward()\n"
    for style in ("boxes", "list"):
        assert "len('?')" in after(source, style=style).text()


def test_what_an_optimizer_writes_is_one_line() -> None:
    lines = after(TRAINED, style="list").text().splitlines()
    assert next(line.strip() for line in lines if "opt.step()" in line) == "opt.step() writes w, b"
    assert sum("opt.step() writes" in line for line in lines) == 2
    assert not any("w.grad" in line or line.strip().startswith("add") for line in lines)
    assert all(line.count("grad None") <= 1 for line in lines)


@pytest.mark.parametrize(
    ("call", "count"), [("torch.stack([a, b])", 2), ("torch.cat((a[None], b[None]))", 2), ("torch.stack((b, a, b))", 3)]
)
def test_gradients_flow_through_what_a_list_holds(call: str, count: int) -> None:
    source = f"a = torch.tensor(2.0, requires_grad=True)\nb = a * 3\ny = {call}\ny.sum().backward()\n"
    drawn = after(source).placed
    joined = next(at for at, one in enumerate(drawn) if one.name.startswith("y = "))
    assert len(drawn[joined].inputs) == count
    assert all(joined in drawn[one].outputs for one in drawn[joined].inputs)


def test_an_index_that_is_computed_is_an_operand() -> None:
    source = "x = torch.tensor([[2.0, 1.0]], requires_grad=True)\nt = torch.tensor([1])\ny = x[0, t[0]]\ny.backward()\n"
    drawn = after(source).placed
    y = next(one for one in drawn if one.name.startswith("y = "))
    assert [drawn[one].name for one in y.inputs] == ["x", "t[0]"]


def test_boxes_with_all_words_inside_say_leaf_too() -> None:
    rows = after(CROSSED, style="boxes").text().splitlines()
    assert sum(row.count("│      leaf") for row in rows) == 2


def test_gradients_flow_to_the_leaf_after_a_step_too() -> None:
    drawn = after(TRAINED, style="list")
    arrows = [line for line in drawn.text().splitlines() if "▲" in line and " to " in line]
    assert sum(line.endswith(" to w") for line in arrows) == 2
    assert not any("opt.step()" in line for line in arrows)


def test_what_grad_held_tells_of_each_zeroing() -> None:
    trace = traced(TRAINED)
    line = next(line for line in after(TRAINED, 120, style="list").text().splitlines() if "grad None" in line)
    assert line.count("cleared") == len(trace.passes) - 1


@pytest.mark.parametrize("transform", ["jacrev", "jacfwd", "hessian"])
def test_what_a_jacobian_does_around_the_function_is_drawn_as_its_call(transform: str) -> None:
    source = (
        f"from torch.func import {transform}\ndef f(x):\n    return (x ** 3).sum()\n"
        f"x = torch.tensor([1.0, 2.0], requires_grad=True)\nJ = {transform}(f)(x)\n(J * J).sum().backward()\n"
    )
    trace, text = traced(source), after(source, style="list").text()
    assert {"stack_examples", "take_examples"} <= {operation.name for operation in trace.operations}
    assert f"J = {transform}(f)(x)" in text
    assert not any(name in text for name in ("_examples", "new_zeros", "split", "view", "make_dual", "movedim"))
    x = next(tensor for tensor in trace.tensors if "x" in tensor.names)
    assert x.grad is not None
    assert x.grad.data is not None
    assert f"▲ [{notation.number(x.grad.data[0])}, " in text, "what flows reaches x through the call"


def test_a_write_of_the_programs_own_stays_a_line_of_its_own() -> None:
    source = (
        "w = torch.tensor(1.0, requires_grad=True)\n(w * w).backward()\nwith torch.no_grad():\n    w -= 0.1 * w.grad\n"
    )
    assert "w -= ①" in after(source, style="list").text()


TANGENTS = [
    "J = jacfwd(lambda x: torch.sin(x) * x**2)(x)\nJ.sum().backward()\n",
    "_, t = jvp(lambda x: torch.exp(x) * 2, (x,), (torch.ones(2),))\nt.sum().backward()\n",
]


@pytest.mark.parametrize(
    "source",
    [
        *ALL.values(),
        *(
            f"from torch.func import jacfwd, jvp\nx = torch.tensor([1.5, -0.5], requires_grad=True)\n{one}"
            for one in TANGENTS
        ),
    ],
)
def test_every_gradient_that_flowed_has_a_line(source: str) -> None:
    trace = traced(source)
    shape = past(trace, at_leaves(trace, flow(trace, trace.operations)))
    boxes = {node: unit.id for unit in shape.units for node in unit.nodes}
    joined = {(wire.source, wire.target) for wire in shape.wires}
    for edge in trace.edges:
        ends = boxes.get(edge.head), boxes.get(edge.tail)
        if not edge.ghost and any(edge.contributions) and None not in ends and ends[0] != ends[1]:
            assert ends in joined, after(source).text()
