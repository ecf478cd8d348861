"""The graph of a gradient: what torch called in a recorded backward pass, as operations of the trace."""

from __future__ import annotations

import re

import pytest
import torch
from recorded import numbers, trace

from autograd_tutor.trace import Finished, Operation, Trace

START = """\
x = torch.tensor([[0.5, 1.5], [2.0, 0.7]], requires_grad=True)
w = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
"""
LOSSES = (
    "(x ** 3).sum()", "(x ** w).sum()", "x.sin().sum()", "x.cos().sum()", "x.exp().sum()", "x.log().sum()",
    "x.tanh().sum()", "x.sigmoid().sum()", "(x * w).sum()", "(x / w).sum()", "x.sqrt().sum()", "(x @ w).sum()",
    "x.softmax(1)[0, 1]", "x.log_softmax(1)[1, 0]", "F.mse_loss(x, w)", "F.linear(x, w, w[0]).sum()", "x.prod()",
    "x.logsumexp(1).sum()", "(x.t() * w).sum()", "x[0].dot(x[1])", "x.rsqrt().sum()", "x.square().mean()",
    "(x * w[0]).sum()", "((x - w) ** 2).sum()", "(torch.relu(x) ** 2).sum()", "(x.mean(1) ** 2).sum()",
    "torch.tanh(torch.sigmoid(x @ w) * x).sum()", "torch.sin(x * torch.exp(x)).sum()",
)  # fmt: skip
UNTOLD = ("(x ** w).sum()", "F.linear(x, w, w[0]).sum()")
"""Whose last node leads to one that does not tell what it computes."""
GRADIENT = "g, = torch.autograd.grad({}, x, create_graph=True)\n"


def worked_out(seen: Trace) -> list[Operation]:
    return [one for one in seen.operations if one.pass_ is not None]


@pytest.mark.parametrize("loss", [one for one in LOSSES if one not in UNTOLD])
def test_each_operation_computes_what_its_text_says_and_the_last_one_is_the_gradient(loss: str):
    seen = trace(START + GRADIENT.format(loss), "g")
    assert (seen.outcome, seen.notes) == (Finished(), ())
    made = worked_out(seen)
    space = {"torch": torch, "F": torch.nn.functional}
    exec(START, space)
    for one in made:
        if "…" not in one.text and "_backward(" not in one.text:
            value = eval(re.sub(r"\) \* \(([^()]*) > ([^()]*)\)", r") * ((\1 > \2).float())", one.text), space)
            assert torch.allclose(value, torch.tensor(one.values[0].data).reshape(value.shape)), one.text
    assert made
    gradient = next(one for one in seen.tensors if "g" in one.names)
    assert made[-1].outputs == (gradient.id,)
    assert made[-1].values[0].data == pytest.approx(numbers(seen.find("g").value))


@pytest.mark.parametrize("loss", LOSSES)
def test_an_operand_s_edge_leads_to_where_it_came_from(loss: str):
    seen = trace(START + GRADIENT.format(loss) + "(g ** 2).sum().backward()\n", "x.grad")
    for one in worked_out(seen):
        (node,) = one.nodes
        assert seen.nodes[node].operation == one.id
        heads = {(edge.head, edge.output) for edge in seen.edges if edge.tail == node and not edge.ghost}
        tracked = [seen.tensors[operand.tensor] for operand in one.inputs if operand.requires_grad]
        assert {(tensor.node, tensor.output) for tensor in tracked} == heads, one.text
        assert seen.tensors[one.outputs[0]].node == node


def test_what_the_program_calls_itself_is_told_apart():
    seen = trace(START + "y = (x ** 3).sum()\n" + GRADIENT.format("y") + "z = (g * 2).sum()\nz.backward()", "x.grad")
    assert [one.text for one in worked_out(seen)] == ["x ** 2", "3 * x ** 2", "torch.ones(2, 2) * (3 * x ** 2)"]
    texts = [one.text for one in seen.operations]
    assert (
        texts.index("y")
        if "y" in texts
        else texts.index("(x ** 3).sum()") < texts.index("3 * x ** 2") < texts.index("g * 2")
    )


def test_a_pass_without_create_graph_has_no_such_operations():
    assert worked_out(trace(START + "torch.autograd.grad((x ** 3).sum(), x)\n", "x.grad")) == []


def test_what_backward_leaves_in_grad_has_a_graph_too():
    seen = trace(
        "v = torch.tensor(3.0, requires_grad=True)\n(v ** 3).backward(create_graph=True)\nv.grad.backward()", "v.grad"
    )
    assert [one.text for one in worked_out(seen)] == [
        "v ** 2",
        "3 * v ** 2",
        "1 * (3 * v ** 2)",
        "(1 * (3 * v ** 2)).clone()",
    ]
    assert numbers(seen.find("v.grad").value) == 27 + 18


def test_a_third_derivative_stands_on_the_graph_of_the_second():
    seen = trace(
        """
        v = torch.tensor(0.5, requires_grad=True)
        a, = torch.autograd.grad(torch.sin(v), v, create_graph=True)
        b, = torch.autograd.grad(a, v, create_graph=True)
        c, = torch.autograd.grad(b, v)
        """,
        "a",
        "b",
        "c",
    )
    assert {one.pass_ for one in worked_out(seen)} == {0, 1}
    assert numbers(seen.find("c").value) == pytest.approx(-torch.tensor(0.5).cos().item())


def test_inside_torch_func_too():
    seen = trace("v = torch.tensor(2.0)\ng = torch.func.grad(torch.func.grad(lambda t: t ** 4))(v)", "g")
    assert (seen.outcome, seen.notes) == (Finished(), ())
    assert any(one.text.endswith("** 3") for one in worked_out(seen))


HOOKED = """
calls = []
def note(tensor):
    calls.append(len(calls))
    return tensor
v = torch.tensor(2.0, requires_grad=True)
with torch.autograd.graph.saved_tensors_hooks(note, note):
    g, = torch.autograd.grad(v ** 3, v, create_graph=True)
count = len(calls)
g.backward()
"""


def test_what_only_a_hook_of_the_program_s_can_give_is_not_looked_at():
    space = {"torch": torch}
    exec(HOOKED, space)
    seen = trace(HOOKED, "count", "v.grad")
    assert numbers(seen.find("count").value) == space["count"]
    assert numbers(seen.find("v.grad").value) == 12
