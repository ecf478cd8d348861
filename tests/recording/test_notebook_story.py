"""The notebook's cells, as the recorder sees them."""

from __future__ import annotations

import math

import pytest
from recorded import cut, events, ghosts, grad, leaf, node, numbers, tensor, trace

from autograd_tutor.trace import Finished, Raised

UNTRACKED = "element 0 of tensors does not require grad and does not have a grad_fn"


def test_the_square_at_three():
    seen = trace("x = torch.tensor(3.0, requires_grad=True)\ny = x**2\ny.backward()\nx.grad")
    assert seen.outcome == Finished()
    assert [node.name for node in seen.nodes] == ["AccumulateGrad", "PowBackward0"]
    assert cut(seen, seen.nodes[1].span) == seen.nodes[1].text == "x**2"
    assert grad(seen, "x") == 6.0
    assert [(one.kind, numbers(one.value)) for one in seen.found] == [("tensor", 6.0)]
    assert tensor(seen, "y").absent == "not a leaf"
    assert events(seen, "read") == [("read", "x.grad")]


def test_the_chain_through_sine_shows_what_flows_along_each_edge():
    seen = trace("x = torch.tensor(4.0, requires_grad=True)\ny = x ** 2\nz = torch.sin(y)\nz.backward()")
    flows = [numbers(edge.contributions[0]) for edge in seen.edges]
    assert flows == pytest.approx([8 * math.cos(16), math.cos(16)], rel=1e-6)
    assert [seen.nodes[one].name for one in seen.passes[0].order] == ["SinBackward0", "PowBackward0", "AccumulateGrad"]
    assert [one.name for one in node(seen, "x ** 2").saved] == ["exponent", "self"]


def test_asking_for_a_computed_tensors_grad_warns_with_the_place():
    seen = trace("x = torch.tensor(4.0, requires_grad=True)\ny = x ** 2\ny.backward()\ny.grad")
    (warning,) = seen.warnings
    assert warning.text.startswith("The .grad attribute of a Tensor that is not a leaf Tensor is being accessed.")
    assert cut(seen, warning.span) == "y.grad"
    assert "Triggered internally" not in warning.text


def test_cross_entropy_written_out_with_two_parameters():
    seen = trace(
        """
        def binary_cross_entropy_loss(prediction, target):
            epsilon = 1e-8
            prediction = torch.clamp(prediction, epsilon, 1 - epsilon)
            return -(target * torch.log(prediction) + (1 - target) * torch.log(1 - prediction))

        x = torch.tensor(6.7)
        y = torch.tensor(0.0)
        w = torch.tensor(1.0, requires_grad=True)
        b = torch.tensor(0.0, requires_grad=True)
        z = w*x + b
        y_pred = torch.sigmoid(z)
        loss = binary_cross_entropy_loss(y_pred, y)
        loss.backward()
        print(w.grad)
        """
    )
    assert grad(seen, "w") == pytest.approx(6.6918, rel=1e-4)
    assert grad(seen, "b") == pytest.approx(0.9988, rel=1e-3)
    clamp = next(one for one in seen.operations if one.name == "clamp")
    assert clamp.function == "binary_cross_entropy_loss"
    assert [operand.text for operand in clamp.inputs] == ["prediction", "epsilon", "1 - epsilon"]
    assert seen.tensors[clamp.outputs[0]].label == "prediction"
    product = node(seen, "w*x")
    assert [operand.text for operand in seen.operations[product.operation].inputs] == ["w", "x"]
    assert events(seen, "print") == [("print", "tensor(6.6918)")]
    assert seen.printed == "tensor(6.6918)\n"


def test_the_mean_of_a_vector():
    seen = trace("x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)\ny = (x**2).mean()\ny.backward()")
    assert grad(seen, "x") == pytest.approx((2 / 3, 4 / 3, 2.0))
    assert [one.name for one in seen.operations] == ["tensor", "pow", "mean"]


def test_a_gradient_accumulates_until_it_is_cleared():
    recorded = trace(
        """
        x = torch.tensor(2.0, requires_grad=True)
        for _ in range(2):
            y = x ** 2
            y.backward()
        x.grad.zero_()
        (x ** 2).backward()
        """
    )
    assert [numbers(leaf(recorded, "x", one).before) for one in range(3)] == [None, 4.0, 0.0]
    assert [numbers(leaf(recorded, "x", one).after) for one in range(3)] == [4.0, 8.0, 4.0]
    assert all(one.exact for pass_ in recorded.passes for one in pass_.leaves)
    assert [one.repeat for one in recorded.operations if one.text == "x ** 2"][:2] == [0, 1]
    assert events(recorded, "write") == [("write", "x.grad")]


def test_requires_grad_turned_off_leaves_the_old_gradient_and_a_ghost():
    seen = trace(
        """
        x = torch.tensor(2.0, requires_grad=True)
        y = x ** 2
        y.backward()
        x.grad.zero_()
        x.requires_grad_(False)
        y = x ** 2
        try:
            y.backward()
        except:
            print("RuntimeError")
        """,
        "x.grad",
    )
    assert ghosts(seen) == [("x ** 2", "frozen")]
    assert numbers(seen.find("x.grad").value) == 0.0
    assert (seen.passes[1].error, seen.passes[1].error_kind) == (UNTRACKED, "untracked root")
    assert seen.passes[1].culprit.line == 7
    assert events(seen, "caught", "print") == [("caught", UNTRACKED), ("print", "RuntimeError")]


def test_detach_is_a_ghost_and_so_is_what_follows_from_it():
    seen = trace(
        """
        x = torch.tensor(2.0, requires_grad=True)
        z = x.detach()
        y = x ** 2
        y1 = z ** 2
        y.backward()
        y1.backward()
        """,
        "x.grad",
        "z.grad",
    )
    assert ghosts(seen) == [("x.detach()", "detach"), ("z ** 2", "downstream")]
    followed = node(seen, "z ** 2")
    assert seen.nodes[followed.cut].text == "x.detach()"
    assert {(edge.tail, edge.head) for edge in seen.edges if edge.ghost} == {
        (node(seen, "x.detach()").id, node(seen, "x").id),
        (followed.id, node(seen, "x.detach()").id),
    }
    assert isinstance(seen.outcome, Raised)
    assert (seen.outcome.type, seen.outcome.pass_) == ("RuntimeError", 1)
    assert cut(seen, seen.outcome.span) == "y1.backward()"
    assert cut(seen, seen.passes[1].culprit) == "x.detach()"
    assert [(one.target, one.kind) for one in seen.found] == [("x.grad", "tensor"), ("z.grad", "none")]
    assert tensor(seen, "z").absent == "no requires_grad"


def test_no_grad_is_entered_and_left_and_its_operation_is_a_ghost():
    seen = trace(
        """
        x = torch.tensor(2.0, requires_grad=True)
        with torch.no_grad():
            y = x**2
        y.backward()
        """
    )
    assert ghosts(seen) == [("x**2", "no_grad")]
    assert events(seen, "enter", "leave") == [("enter", "no_grad"), ("leave", "no_grad")]
    enter = next(event for event in seen.events if event.kind == "enter")
    assert cut(seen, enter.span) == "torch.no_grad()"
    x = tensor(seen, "x")
    assert (x.absent, seen.nodes[x.cut].text) == ("cut", "x**2")
