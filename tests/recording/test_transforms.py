"""torch.func.grad and vjp are recorded like backward(): operations, nodes, contributions, and what comes out."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from recorded import cut, numbers, recording, tensor, trace

from autograd_tutor.recording.differences import differences
from autograd_tutor.recording.values import array
from autograd_tutor.trace import Finished

START = """
x = torch.tensor([0.3, -1.7, 2.9])
w = torch.tensor([1.1, 0.7, -0.2])
"""

FUNCTIONS = {
    "power": "lambda t: (t ** 3).sum()",
    "fork": "lambda t: (t.sin() * t + t.exp() / (1 + t * t)).sum()",
    "constant of the same numbers": "lambda t: (t * x * t).sum()",
    "detached": "lambda t: (t.detach() * t).sum()",
    "matmul": "lambda t: (torch.outer(t, w) @ t).pow(2).mean()",
    "indexing": "lambda t: t[0] * t[1:].sum() + t.max()",
    "in place": "lambda t: (t * 1).mul_(t).add_(t).sum()",
    "a slice written": "lambda t: torch.zeros(3).index_put((torch.tensor([1]),), t[:1]).sum() * t[2]",
    "loss": "lambda t: F.cross_entropy(t * w, torch.tensor(1))",
    "unused": "lambda t: (w * w).sum()",
    "itself": "lambda t: t.sum()",
    "stack": "lambda t: torch.stack([t, t * 2, t]).prod()",
    "branch": "lambda t: t.sum() if t.sum() > 0 else t.prod()",
}


def plain(lines: str) -> dict[str, Any]:
    """The names of a program that nobody watched."""
    space: dict[str, Any] = {"torch": torch, "F": torch.nn.functional}
    exec(START + lines, space)
    return space


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_contributions_sum_to_the_gradient_that_grad_returns(function):
    line = f"g = torch.func.grad({function})(x)"
    seen = trace(START + line, "g")
    assert seen.outcome == Finished()
    assert seen.notes == ()
    truth = plain(line)["g"]
    assert seen.find("g").value == array(truth)
    if not seen.passes:
        assert function == FUNCTIONS["unused"]
        return
    (done,) = seen.passes
    (captured,) = done.captured
    assert captured.value == array(truth)
    assert captured.result == tensor(seen, "g").id
    total = None
    into = [edge for edge in seen.edges if edge.head == captured.node and edge.contributions[0] is not None]
    for edge in sorted(into, key=lambda edge: (done.order.index(edge.tail), edge.input)):
        sent = torch.tensor(edge.contributions[0].data).reshape(edge.contributions[0].shape)
        total = sent if total is None else total + sent
    assert array(total).data == captured.value.data


def test_the_operations_have_the_spans_of_the_function_and_the_pass_that_of_the_call():
    seen = trace(
        """
        def f(t):
            y = t ** 2
            return y.sum()
        x = torch.tensor([1.0, 2.0])
        g = torch.func.grad(f)(x)
        """,
        "g",
    )
    assert [cut(seen, one.span) for one in seen.operations if one.nodes] == ["t ** 2", "y.sum()"]
    assert [(one.name, cut(seen, one.span)) for one in seen.nodes if one.kind == "function"] == [
        ("PowBackward0", "t ** 2"),
        ("SumBackward0", "y.sum()"),
    ]
    assert cut(seen, seen.passes[0].span) == "torch.func.grad(f)(x)"
    assert seen.tensors[seen.passes[0].captured[0].of].label == "x"


def test_what_is_left_behind_is_as_without_the_recorder():
    lines = """
from torch.func import grad, grad_and_value, vjp
v = torch.tensor(2.0, requires_grad=True)
g, value = grad_and_value(lambda t: (t * v).sin().sum())(x)
(g * value).sum().backward()
out, pull = vjp(lambda t, u: (t.exp() * u, t + u), x, w)
a, b = pull((torch.ones(3), w))
c, d = pull((w, w))
h = grad(lambda t: grad(lambda u: (u ** 3 * t).sum())(t).sum())(x)
e, kept = grad(lambda t: ((t * t).sum(), t.exp()), has_aux=True)(x)
many = grad(lambda p: (p["w"] * p["x"] ** 2).sum())({"w": w, "x": x})
"""
    names = ["g", "value", "v.grad", "out[0]", "out[1]", "a", "b", "c", "d", "h", "e", "kept", "many['x']", "many['w']"]
    seen = trace(START + lines, *names)
    assert (seen.outcome, seen.notes) == (Finished(), ())
    space = plain(lines)
    for name in names:
        assert seen.find(name).value == array(eval(name, space)), name
    for name in ("g", "value", "h", "kept"):
        one = tensor(seen, name)
        assert (one.requires_grad, one.is_leaf) == (space[name].requires_grad, space[name].is_leaf), name


@pytest.mark.parametrize(
    ("line", "truth"),
    [
        ("g = torch.func.grad(lambda t: (t ** 3).sum())(x)", [3 * 0.3**2, 3 * 1.7**2, 3 * 2.9**2]),
        ("g = torch.func.grad(lambda t: (t * x).sum())(x)", [0.3, -1.7, 2.9]),
        ("g = torch.func.grad(lambda t: torch.func.grad(lambda u: (u ** 3).sum())(t).sum())(x)", [1.8, -10.2, 17.4]),
        ("g = torch.func.grad(lambda t: torch.func.grad(lambda u: (u * u * t).sum())(t).sum())(x)", [1.2, -6.8, 11.6]),
        ("g = torch.func.grad(lambda t: torch.func.grad(lambda u: (u * t).sum())(t).sum())(x)", [1.0, 1.0, 1.0]),
    ],
)
def test_finite_differences_agree_also_where_the_same_numbers_are_a_constant(line, truth):
    seen = recording(START + line, "g")
    assert numbers(seen.trace.find("g").value) == pytest.approx(truth, rel=1e-5)
    assert numbers(differences(seen, "g").central) == pytest.approx(truth, rel=1e-5)


def test_no_grad_inside_cuts_and_around_does_not():
    seen = trace(
        """
        def f(t):
            with torch.no_grad():
                c = t * t
            return 3 * t - c
        x = torch.tensor(4.0)
        with torch.no_grad():
            g = torch.func.grad(f)(x)
        """,
        "g",
    )
    assert numbers(seen.find("g").value) == 3.0
    assert [(one.text, one.reason) for one in seen.nodes if one.kind == "ghost"] == [("t * t", "no_grad")]


def test_an_error_inside_is_the_program_s_own():
    seen = trace("x = torch.tensor([1.0, 2.0])\ng = torch.func.grad(lambda t: t * 2)(x)")
    assert seen.outcome.type == "RuntimeError"
    assert "scalar" in seen.outcome.message
    assert cut(seen, seen.outcome.span) == "torch.func.grad(lambda t: t * 2)(x)"


def test_a_layer_s_weights_keep_their_names():
    seen = trace(
        """
        from torch.func import functional_call, grad
        model = nn.Linear(2, 1)
        x = torch.tensor([1.0, 2.0])
        weights = dict(model.named_parameters())
        g = grad(lambda p: functional_call(model, p, (x,)).sum())(weights)
        """,
        "g['weight']",
    )
    labels = {seen.tensors[one.of].label for one in seen.passes[0].captured}
    assert labels == {"model.weight", "model.bias"}
    assert tensor(seen, "model.weight").grad is None


def test_each_round_of_a_training_loop_starts_from_a_leaf_of_its_own_and_leaves_a_plain_gradient():
    seen = trace(
        """
        w = torch.tensor(5.0)
        for _ in range(3):
            g = torch.func.grad(lambda t: (t - 1) ** 2)(w)
            w = w - 0.25 * g
        """,
        "g",
    )
    results = [seen.tensors[one.captured[0].result] for one in seen.passes]
    assert [numbers(one.value) for one in results] == [8.0, 4.0, 2.0]
    assert not any(one.requires_grad or one.node is not None for one in results)
    assert len({one.captured[0].of for one in seen.passes}) == 3
    assert not any(one.create_graph for one in seen.passes)


def test_a_function_of_the_program_s_own_is_one_node_inside_too():
    seen = trace(
        """
        class Square(torch.autograd.Function):
            @staticmethod
            def forward(t):
                return t * t
            @staticmethod
            def setup_context(ctx, inputs, output):
                ctx.save_for_backward(*inputs)
            @staticmethod
            def backward(ctx, upstream):
                (t,) = ctx.saved_tensors
                return 3 * t * upstream
        g = torch.func.grad(lambda t: Square.apply(t) + t)(torch.tensor(2.0))
        """,
        "g",
    )
    assert numbers(seen.find("g").value) == 7.0
    assert [cut(seen, one.span) for one in seen.nodes if one.kind == "function"] == [
        "Square.apply(t)",
        "Square.apply(t) + t",
    ]
