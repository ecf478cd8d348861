"""After the prediction a picture shows what torch recorded and what flowed."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
from programs import ALL, COPY, CROSSED, CUT, FORK, LONG_LOOP, PRODUCT, SINE, TRAINED, TWICE, UNTRACKED, traced

from autograd_tutor import notation
from autograd_tutor.drawing.cells import Picture, Ref
from autograd_tutor.drawing.hooks import changes
from autograd_tutor.drawing.picture import picture
from autograd_tutor.drawing.values import brief
from autograd_tutor.trace import Array


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


@pytest.mark.parametrize("most", [4, 9, 18, 40])
@pytest.mark.parametrize("shape", [(1,), (2,), (7,), (2, 3), (2, 1, 3)])
def test_a_size_is_never_read_as_a_number(shape: tuple[int, ...], most: int) -> None:
    count = math.prod(shape)
    text = brief(Array("float32", shape, tuple(0.123456 * at - 1 / 3 for at in range(count))), most)
    assert text.startswith("[") or f"{count} element" in text or "×".join(map(str, shape)) in text


CELL = """
cell = nn.LSTMCell(2, 2)
x = torch.tensor([[1.0, -1.0]], requires_grad=True)
h, c = torch.zeros(1, 2), torch.zeros(1, 2)
for t in range(2):
    h, c = cell(x, (h, c))
h.sum().backward()
"""


def test_each_of_several_results_has_its_own_gradient() -> None:
    trace, drawn = traced(CELL), after(CELL, style="list")
    arrows = [segment for row in drawn.rows for segment in row if segment.role == "gradient" and " of " in segment.text]
    assert {segment.text.partition(" to ")[2] for segment in arrows} == {"h of cell(x, (h, c))", "c of cell(x, (h, c))"}
    first, second = (one for one in trace.operations if one.name == "lstm_cell")
    shown = {segment.ref.edge for segment in arrows if segment.ref is not None} - {None}
    heads = [trace.edges[edge].head for edge in shown if trace.edges[edge].tail in second.nodes]
    assert sorted(heads) == sorted(node for output in first.outputs if (node := trace.tensors[output].node) is not None)


THROUGH = """
y = torch.tensor([1.0, 2.0, 3.0], requires_grad=True) * 2
part = y[:2]
part.mul_(3)
part *= 2
loss = (y ** 2).sum()
loss.backward()
"""


def test_what_is_written_through_a_view_has_one_line_and_the_bases_numbers() -> None:
    text = after(THROUGH, width=100, style="list").text()
    trace = traced(THROUGH)
    for operation in (one for one in trace.operations if one.name == "written_through"):
        assert notation.array(operation.values[0]) in text
    assert text.count(" writes y ") == 2
    drawn = after(THROUGH, width=100)
    second = next(one for one in drawn.placed if one.name.startswith("part *= 2"))
    assert len(second.inputs) == len(set(second.inputs)) == 1


@pytest.mark.parametrize("optimizer", ["Adam", "AdamW", "RMSprop", "Adagrad"])
def test_what_an_optimizer_keeps_for_itself_is_not_listed(optimizer: str) -> None:
    source = (
        f"w = torch.tensor([1.0, -2.0], requires_grad=True)\nopt = torch.optim.{optimizer}([w], lr=0.1)\n"
        "for step in range(2):\n    opt.zero_grad()\n    (w ** 2).sum().backward()\n    opt.step()\n"
    )
    lines = [line for line in after(source, style="list").text().splitlines() if "opt.step()" in line]
    assert [line.partition("writes ")[2].split()[:1] for line in lines] == [["w"], ["w"]]
    assert not any("_like" in line or "," in line.partition("[")[0] for line in lines)


EPOCHS = """
X = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
w = torch.tensor([0.5, -0.2], requires_grad=True)
b = torch.tensor(0.1, requires_grad=True)
for epoch in range(3):
    ((X @ w + b) ** 2).mean().backward()
    if epoch < 2:
        w.grad.zero_()
        b.grad = None
"""


@pytest.mark.parametrize("width", [60, 80, 100, 130])
def test_all_leaves_tell_alike_of_what_grad_held_and_of_each_clearing(width: int) -> None:
    lines = [line for line in after(EPOCHS, width, style="list").text().splitlines() if "grad " in line]
    assert len({"grad None" in line for line in lines}) == 1, "all of it for every leaf, or for none"
    w, b = (line.partition("grad ")[2] for line in lines)
    times = 2 if "None" in w else 1
    assert (w.count("zeroed"), b.count("cleared")) == (times, times)
    assert w.endswith(notation.array(next(one.grad for one in traced(EPOCHS).tensors if "w" in one.names)))


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_up_to_four_numbers_are_whole_where_there_is_room(count: int) -> None:
    source = f"x = torch.linspace(0.1, 0.7, {count}).requires_grad_()\nloss = (x ** 2).mean()\nloss.backward()\n"
    text = after(source, 120).text()
    x = next(one for one in traced(source).tensors if "x" in one.names)
    assert notation.array(x.value) in text
    assert notation.array(x.grad) in text
    assert ", …" not in text


def test_where_matrices_meet_their_size_stands_once() -> None:
    source = "A = torch.rand(30, 30, requires_grad=True)\nloss = (A * A + A.exp()).sum()\nloss.backward()\n"
    lines = after(source, 100).text().splitlines()
    assert not any("30×30 matrix + " in line or "30×30 matrix = " in line for line in lines)


HOOKED = """
x = torch.tensor(2.0, requires_grad=True)
y = x ** 2
z = y * 3 + y.sin()
z.backward()
"""


@pytest.mark.parametrize("width", [48, 60, 100])
def test_a_hook_that_changes_a_gradient_is_told_where_it_stands(width: int) -> None:
    at_y = HOOKED.replace("z =", "y.register_hook(lambda g: g * 10)\nz =")
    at_x = HOOKED.replace("z =", "x.register_hook(lambda g: g * 10)\nz =")
    looking = HOOKED.replace("z =", "y.register_hook(lambda g: None)\nz =")
    for style in ("boxes", "list"):
        told = {name: after(source, width, style=style) for name, source in {"y": at_y, "x": at_x}.items()}
        for name, drawn in told.items():
            texts = [segment for row in drawn.rows for segment in row if "hook" in segment.text]
            assert len(texts) == 1
            node = traced(at_y if name == "y" else at_x).nodes[texts[0].ref.node]  # type: ignore[index, union-attr]
            assert (node.kind == "accumulate") == (name == "x")
        assert "hook" not in after(looking, width, style=style).text()


def test_the_sum_where_gradients_meet_is_the_one_before_the_hook() -> None:
    text = after(HOOKED.replace("z =", "y.register_hook(lambda g: g * 10)\nz ="), 100, pass_=0).text()
    assert after(HOOKED, 100, pass_=0).text().partition(" = 2.3464")[1]
    assert "−0.6536 + 3 = 2.3464" in text
    assert "hook 2.3464 → 23.4636" in text


@pytest.mark.parametrize("name", ALL)
def test_no_hook_where_there_is_none(name: str) -> None:
    trace = traced(ALL[name])
    assert not changes(trace, range(len(trace.passes)))


@pytest.mark.parametrize(
    "source",
    [
        "y = x * 2\na = y[0]\na += 1\ns = a.sum() + y.sum()\ns.backward()\n",  # a view, and its base
        "y = x * 2\na, b = y.unbind(0)\ns = (a * b).sum()\ns.backward()\n",  # two results of one call
    ],
)
def test_gradients_of_different_tensors_are_not_summed(source: str) -> None:
    drawn = after(f"x = torch.ones(2, 2, requires_grad=True)\n{source}", 120, pass_=0, style="boxes")
    arrived = [segment.text for row in drawn.rows for segment in row if segment.role == "gradient"]
    assert not any(" + " in text for text in arrived)
