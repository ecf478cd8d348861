"""Why torch did not record an operation, and where the graph was really cut."""

from __future__ import annotations

import pytest
from recorded import events, ghosts, grad, node, numbers, tensor, trace

X = "x = torch.tensor(2.0, requires_grad=True)\n"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("y = x.detach()", ("x.detach()", "detach")),
        ("y = x.data", ("x.data", "data")),
        ("y = x > 1", ("x > 1", "not differentiable")),
        ("y = x.long()", ("x.long()", "not differentiable")),
        ("y = x.item()", ("x.item()", "left torch")),
        ("y = float(x)", ("float(x)", "left torch")),
        ("y = x.tolist()", ("x.tolist()", "left torch")),
        ("y = math.sin(x)", ("math.sin(x)", "left torch")),
        ("y = torch.tensor(x)", ("torch.tensor(x)", "left torch")),
        ("y = torch.tensor([x, x])", ("torch.tensor([x, x])", "left torch")),
        ("torch.set_grad_enabled(False)\ny = x * 2", ("x * 2", "no_grad")),
        ("with torch.inference_mode():\n    y = x * 2", ("x * 2", "inference_mode")),
        ("@torch.no_grad()\ndef f(a):\n    return a * 2\ny = f(x)", ("a * 2", "no_grad")),
        ("with torch.no_grad():\n    x += 1", ("x += 1", "no_grad")),
    ],
)
def test_each_way_to_lose_the_graph_has_its_reason(line, expected):
    seen = trace(X + line)
    assert ghosts(seen) == [expected]
    assert {edge.head for edge in seen.edges if edge.ghost} == {node(seen, "x").id}


@pytest.mark.parametrize(
    "lines",
    [
        "y = torch.tensor(1.0) * 2\nz = y.detach().item()",
        "y = torch.zeros_like(x)",
        "print(x, f'{x}', x.shape, x.requires_grad)",
        "y = x.requires_grad_()",
        "loss = x * x\nloss.backward()\ng = x.grad * 2",
        "o = torch.optim.SGD([x], lr=1.0)\n(x * x).backward()\no.zero_grad(set_to_none=False)",
        "values, places = torch.stack([x, x]).max(0)",
        "e = nn.Embedding(3, 2)\nrow = e.weight[1]\ne(torch.tensor([1])).sum().backward()",
        "c = torch.tensor(1.0).requires_grad_(False)\ny = c * 2",
    ],
)
def test_where_nobody_expects_tracking_there_is_no_ghost(lines):
    assert ghosts(trace(X + lines)) == []


def test_a_number_that_left_torch_is_known_again_when_it_returns():
    seen = trace(X + "c = (x * x).item()\ny = x * c\ny.backward()")
    tail, head = node(seen, "x * c").id, node(seen, "(x * x).item()").id
    assert [(edge.tail, edge.head, edge.input) for edge in seen.edges if edge.ghost and edge.tail == tail] == [
        (tail, head, 1)
    ]
    assert grad(seen, "x") == 4.0


def test_a_new_leaf_made_of_a_cut_value_remembers_where_it_came_from():
    seen = trace(X + "l = torch.tensor((x * x).item(), requires_grad=True)\nl.backward()")
    x = tensor(seen, "x")
    assert (x.absent, seen.nodes[x.cut].text) == ("cut", "(x * x).item()")


def test_one_operand_cut_off_leaves_a_ghost_edge_beside_the_real_one():
    seen = trace(X + "y = x.detach() * x\ny.backward()")
    product = node(seen, "x.detach() * x").id
    assert [(edge.input, edge.ghost) for edge in seen.edges if edge.tail == product] == [(1, False), (0, True)]


def test_a_parameter_comes_from_no_view_of_it():
    seen = trace("m = nn.Linear(1, 1)\nw = m.state_dict()['weight']\nm(torch.ones(1)).backward()")
    assert [reason for _, reason in ghosts(seen)] == ["detach", "detach"]  # state_dict's own, of weight and bias


def test_what_a_library_tried_in_vain_was_caught_by_no_line_of_the_program():
    seen = trace(X + "v = torch.Tensor([x, x])")
    assert events(seen, "caught") == []


@pytest.mark.parametrize("ran", ["m", "lambda v: m(v) * 2"])
def test_a_reentrant_checkpoint_cuts_off_the_weights_of_what_ran_in_it(ran):
    seen = trace(
        "from torch.utils.checkpoint import checkpoint\n"
        + f"m = nn.Linear(1, 1)\ny = checkpoint({ran}, torch.ones(1), use_reentrant=True)\n"
        + X
        + "(x * y).sum().backward()"
    )
    weight = tensor(seen, "m.weight")
    assert (weight.absent, seen.nodes[weight.cut].span.line) == ("cut", 3)


def test_what_jacobian_copies_for_itself_is_no_cut():
    seen = trace(X + "J = torch.autograd.functional.jacobian(lambda v: v**2, x)")
    assert tensor(seen, "x").absent == "grad returned"


def test_an_optimizer_step_is_no_cut():
    seen = trace(
        """
        w = torch.tensor(1.0, requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.1)
        for _ in range(2):
            optimizer.zero_grad()
            loss = (w - 3) ** 2
            loss.backward()
            optimizer.step()
        """
    )
    assert ghosts(seen) == []
    assert numbers(tensor(seen, "w").value) == pytest.approx(1.72)
    assert events(seen, "write") == [("write", "w.grad")]
    assert any(one.in_place and one.text == "add in optimizer.step()" for one in seen.operations)


def test_a_comparison_that_only_steers_the_program_cuts_nothing():
    seen = trace(X + "if x > 1:\n    y = x * 3\ny.backward()")
    assert ghosts(seen) == [("x > 1", "not differentiable")]
    assert grad(seen, "x") == 3.0


def test_a_leaf_that_only_a_no_grad_block_used_is_cut_there():
    seen = trace(
        "w = torch.tensor(3.0, requires_grad=True)\n(w * 2).backward()\n"
        "x = torch.tensor(2.0, requires_grad=True)\nwith torch.no_grad():\n    y = x ** 2\n"
    )
    x = tensor(seen, "x")
    assert (x.absent, seen.nodes[x.cut].text) == ("cut", "x ** 2")


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ("y = x * 2\ny.detach_()\nw = torch.tensor(1.0, requires_grad=True)\n(w * y).backward()", "y.detach_()"),
        ("p = nn.Parameter(x * 2)\n(p ** 2).backward()", "p = nn.Parameter(x * 2)"),
        (
            "w = torch.tensor(1.0, requires_grad=True)\n(w * sum(float(v) for v in x.reshape(1))).backward()",
            "float(v)",
        ),
    ],
)
def test_a_leaf_is_cut_off_where_its_number_left_the_graph(lines, text):
    seen = trace(X + lines)
    x = tensor(seen, "x")
    assert (x.absent, seen.nodes[x.cut].text) == ("cut", text)


def test_a_backward_that_gives_none_leaves_nothing():
    seen = trace(
        X
        + """
class Dry(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        return a * 2
    @staticmethod
    def backward(ctx, g):
        return None
Dry.apply(x).backward()
"""
    )
    assert tensor(seen, "x").absent == "nothing arrived"
