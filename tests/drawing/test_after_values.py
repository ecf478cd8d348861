"""What a picture tells of values and gradients: sizes, what .grad held, hooks, sums."""

from __future__ import annotations

import math

import pytest
from programs import ALL, traced

from autograd_tutor import notation
from autograd_tutor.drawing.cells import Picture
from autograd_tutor.drawing.hooks import changes
from autograd_tutor.drawing.picture import picture
from autograd_tutor.drawing.values import brief
from autograd_tutor.trace import Array


def after(source: str, width: int = 76, **more: object) -> Picture:
    return picture(traced(source), width=width, phase="after", **more)  # type: ignore[arg-type]


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
