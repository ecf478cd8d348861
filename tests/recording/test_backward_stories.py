"""Backward passes that surprise: hooks, frozen leaves, views, retained and returned gradients, errors."""

from __future__ import annotations

import pytest
from recorded import cut, grad, leaf, node, numbers, recording, tensor, trace

X = "x = torch.tensor(3.0, requires_grad=True)\n"


def test_a_hook_that_changes_the_gradient_is_said_so():
    one = leaf(trace(X + "x.register_hook(lambda g: g * 10)\n(x * 2).backward()"), "x")
    assert (numbers(one.added), numbers(one.after), one.exact, one.note) == (2.0, 20.0, False, "a hook changed it")


def test_so_is_one_on_the_node_that_accumulates():
    seen = trace(
        X + "node = x.view_as(x).grad_fn.next_functions[0][0]\n"
        "node.register_prehook(lambda g: (g[0] * 3,))\n(x * 2).backward()"
    )
    assert (numbers(leaf(seen, "x").after), leaf(seen, "x").note) == (6.0, "a hook changed it")


def test_a_leaf_frozen_after_the_graph_was_built_gets_nothing():
    seen = trace(X + "y = x * 2\nx.requires_grad_(False)\ny.backward()", "x.grad")
    assert tensor(seen, "x").absent == "frozen later"
    assert leaf(seen, "x").note == "it no longer requires grad"


def test_a_write_through_a_view_reaches_the_base():
    seen = trace("x = torch.tensor([1., 2.], requires_grad=True)\ny = x * 2\nv = y[1]\nv.mul_(3)\ny.sum().backward()")
    assert grad(seen, "x") == (2.0, 6.0)
    written = [one for one in seen.nodes if one.text == "v.mul_(3)"]
    assert [one.name for one in written] == ["CopySlices", "AsStridedBackward0"]


def test_unused_outputs_of_one_node_arrive_as_none():
    seen = trace("x = torch.tensor([1., 2.], requires_grad=True)\na, b = x.unbind()\n(b * 5).backward()")
    unbind = node(seen, "x.unbind()")
    arrival = next(one for one in seen.passes[0].arrivals if one.node == unbind.id)
    assert [numbers(one) for one in arrival.gradients] == [None, 5.0]
    assert (tensor(seen, "a").output, tensor(seen, "b").output) == (0, 1)


def test_a_custom_function_is_one_operation():
    seen = trace(
        """
        class Square(torch.autograd.Function):
            @staticmethod
            def forward(ctx, a):
                ctx.save_for_backward(a)
                return a * a
            @staticmethod
            def backward(ctx, g):
                a, = ctx.saved_tensors
                return 2 * a * g
        x = torch.tensor(3.0, requires_grad=True)
        y = Square.apply(x)
        y.backward()
        """
    )
    assert [(one.kind, one.name, one.text) for one in seen.nodes] == [
        ("accumulate", "AccumulateGrad", "x"),
        ("function", "SquareBackward", "Square.apply(x)"),
    ]
    assert grad(seen, "x") == 6.0


def test_broadcasting_arrives_reduced():
    seen = trace(X + "(x * torch.ones(4)).sum().backward()")
    assert [numbers(edge.contributions[0]) for edge in seen.edges if seen.nodes[edge.head].text == "x"] == [4.0]


def test_the_second_derivative_goes_through_the_first():
    seen = trace(X + "g, = torch.autograd.grad(x ** 3, x, create_graph=True)\ng.backward()")
    first, second = seen.passes
    assert (first.kind, numbers(first.captured[0].value), first.captured[0].result) == (
        "grad",
        27.0,
        tensor(seen, "g").id,
    )
    assert first.leaves == ()
    assert grad(seen, "x") == 18.0
    assert leaf(seen, "x").exact
    assert all(cut(seen, seen.nodes[id_].span) for id_ in second.order if seen.nodes[id_].kind == "function")


def test_a_retained_gradient_is_accumulated_like_a_leafs():
    seen = trace(X + "y = x * 2\ny.retain_grad()\nfor _ in range(2):\n    (y ** 2).backward(retain_graph=True)")
    assert numbers(leaf(seen, "y", 1).before) == numbers(leaf(seen, "y", 0).after) == 12.0
    assert grad(seen, "y") == 24.0


@pytest.mark.parametrize(
    ("lines", "kind", "at_fault"),
    [
        ("y = x ** 2\ny.backward()\ny.backward()", "graph freed", "y.backward()"),
        ("y = x * torch.ones(2)\ny.backward()", "not scalar", "x * torch.ones(2)"),
        ("y = torch.exp(x)\ny.add_(1)\ny.backward()", "modified in place", "y.add_(1)"),
        ("y = x.detach() + 1\ny.backward()", "untracked root", "x.detach()"),
        ("w = torch.tensor(1., requires_grad=True)\ntorch.autograd.grad(x * 2, w)", "unused input", None),
    ],
)
def test_each_error_of_backward_has_its_kind_and_its_culprit(lines, kind, at_fault):
    seen = trace(X + lines)
    failed = seen.passes[-1]
    assert (failed.error_kind, cut(seen, failed.culprit)) == (kind, at_fault)
    assert (seen.outcome.message, seen.outcome.pass_) == (failed.error, failed.id)


BOOM = "def boom(g):\n    raise ValueError('no')\n"
DOUBLE = (
    "class Double(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, a):\n        return a * 2\n"
    "    @staticmethod\n    def backward(ctx, g):\n        return boom(g)\n"
)


@pytest.mark.parametrize(
    ("lines", "at_fault"),
    [
        (BOOM + "y = x * 2\ny.register_hook(boom)\ny.backward()", "raise ValueError('no')"),
        (BOOM + DOUBLE + "Double.apply(x).backward()", "raise ValueError('no')"),
        (BOOM + "with torch.autograd.graph.saved_tensors_hooks(lambda t: t, boom):\n    y = x * x\ny.backward()", None),
        (
            "y = x * 2\ny.register_hook(lambda g: (x.detach() * g).backward())\ny.backward()",
            "(x.detach() * g).backward()",
        ),
        ("y = x * 2\ny.register_hook(lambda g: torch.ones(2).backward())\ny.backward()", "torch.ones(2).backward()"),
    ],
)
def test_what_the_programs_own_code_raises_within_a_pass_is_no_error_of_that_graph(lines, at_fault):
    seen = trace(X + lines)
    failed = seen.passes[0]
    assert (failed.error_kind, cut(seen, failed.culprit)) == ("other", at_fault or "raise ValueError('no')")


@pytest.mark.parametrize("write", ["", "other.add_(1)\n", "x.grad.data.mul_(1)\n"])
def test_a_pass_that_adds_to_what_was_kept_is_at_fault_and_no_other_write(write):
    seen = trace(
        X + f"other = torch.tensor(1.0)\n(x * 2).backward()\ny = x.grad * x\n{write}(x * 3).backward()\ny.backward()"
    )
    assert seen.passes[2].error_kind == "modified in place"
    assert cut(seen, seen.passes[2].culprit) == "(x * 3).backward()"


EDGE = "from torch.autograd.graph import get_gradient_edge as edge\ny = x ** 2\n"


def test_an_edge_of_the_graph_stands_for_the_tensor_that_was_made_there():
    seen = trace(X + EDGE + "g, h = torch.autograd.grad([y * 3, edge(y)], [edge(y), x], [None, torch.tensor(5.)])")
    (pass_,) = seen.passes
    assert [(one.of, numbers(one.value)) for one in pass_.captured] == [
        (tensor(seen, "y").id, 8.0),
        (tensor(seen, "x").id, 48.0),
    ]
    assert [(one.tensor, numbers(one.gradient)) for one in pass_.seeds][1] == (tensor(seen, "y").id, 5.0)


def test_of_an_edge_whose_tensor_is_gone_nothing_is_told():
    seen = trace(X + EDGE + "old = edge(y)\ny.mul_(3)\ng, h = torch.autograd.grad(y, [old, x])")
    assert [(one.of, numbers(one.value)) for one in seen.passes[0].captured] == [(tensor(seen, "x").id, 18.0)]
    assert any("GradientEdge" in note for note in seen.notes)


def test_looking_at_a_gradient_warns_nobody():
    seen = trace(X + "y = x * 2\n(y * y).backward(inputs=[y])")
    assert (seen.warnings, grad(seen, "y")) == ((), 12.0)


def test_what_the_first_pass_left_stays_when_the_second_raises():
    seen = trace(X + "y = x ** 2\ny.backward()\ny.backward()", "x.grad")
    assert numbers(seen.find("x.grad").value) == 6.0
    assert seen.passes[1].leaves == ()


def test_a_pass_that_raises_midway_may_have_fed_a_leaf_already():
    seen = trace(X + "b = torch.tensor(1.0, requires_grad=True)\ny = x * x + b\ny.backward()\ny.backward()")
    assert (seen.passes[1].error_kind, grad(seen, "b"), grad(seen, "x")) == ("graph freed", 2.0, 6.0)
    assert [one.tensor for one in seen.passes[1].leaves] == [tensor(seen, "b").id]


@pytest.mark.parametrize(
    ("lines", "absent"),
    [
        ("", "no backward"),
        ("y = x * 2\ny.retain_grad", "no backward"),
        ("w = torch.tensor(1., requires_grad=True)\n(w * 2).backward()", "unused"),
        ("(x * 2).backward()\nx.grad = None", "cleared"),
        ("(x * 2).backward()\ntorch.optim.SGD([x], lr=1.).zero_grad()", "cleared"),
        ("torch.autograd.grad(x * 2, x)", "grad returned"),
        ("w = torch.tensor(1., requires_grad=True)\n(x * w).backward(inputs=[w])", "left out"),
        ("(x * torch.ones(2)).backward()", "backward raised"),
        ("(x.detach() * torch.tensor(1., requires_grad=True)).backward()", "cut"),
        ("x = torch.tensor(1.)", "no requires_grad"),
    ],
)
def test_each_missing_gradient_has_its_reason(lines, absent):
    assert tensor(trace(X + lines), "x").absent == absent


def test_retaining_a_gradient_too_late():
    assert tensor(trace(X + "y = x * 2\ny.backward()\ny.retain_grad()"), "y").absent == "retained late"


def test_the_tape_holds_what_a_replay_needs():
    recorded = recording(X + "y = x * 2\nz = y.detach() + torch.stack([y, x])\nz.sum().backward()\nx.grad = None")
    tape = recorded.tape
    assert [recorded.trace.operations[call.operation].name for call in tape.calls] == [
        *("mul", "detach", "stack", "add", "sum"),
    ]
    assert [call.recorded for call in tape.calls] == [True, False, True, True, True]
    (stack,) = [call for call in tape.calls if call.args and isinstance(call.args[0], list)]
    assert [ref.tensor for ref in stack.args[0]] == [tensor(recorded.trace, "y").id, tensor(recorded.trace, "x").id]
    assert {id_: value.item() for id_, value in stack.before.items()} == {1: 6.0, 0: 3.0}
    assert [one.position for one in tape.backwards] == [5]
    assert [(one.tensor, one.position, one.passes) for one in tape.resets] == [(0, 5, 1)]
    assert {id_: value.item() for id_, value in tape.leaves.items()} == {0: 3.0}


def test_the_engine_s_hooks_are_gone_after_each_pass():
    recorded = recording(X + "y = x ** 2\ny.backward(retain_graph=True)")
    space = recorded.namespace
    space["y"].backward()
    assert space["x"].grad.item() == 12.0
    assert len(recorded.trace.passes) == 1


HOOKED = "torch.zeros(1, requires_grad=True).register_hook(print)\n"


@pytest.mark.parametrize("first", ["", HOOKED], ids=["few hooks", "hooks on every node"])
def test_a_pass_that_raises_is_told_up_to_the_node_that_did(first):
    """sin and exp are both ready in the end: the engine comes to the one made last, of which the values are gone."""
    found = trace(
        first + "x = torch.tensor([1.0, 2.0], requires_grad=True)\nearly = torch.sin(x)\nlate = torch.exp(x)\n"
        "late.sum().backward()\n(early + late * 1).sum().backward()"
    )
    way = ["SumBackward0", "AddBackward0", "MulBackward0", "ExpBackward0"]
    assert [found.nodes[id_].name for id_ in found.passes[1].order] == way
    assert [found.nodes[one.node].name for one in found.passes[1].arrivals] == way
    assert numbers(found.passes[1].arrivals[-1].gradients[0]) == (1.0, 1.0)
    assert found.passes[1].culprit == found.passes[0].span


def test_torch_stores_the_gradient_itself_while_it_is_watched():
    """Were it held somewhere else too, torch would store a copy and count that as a version."""
    program = (
        "import torch\na = torch.tensor(2.0, requires_grad=True)\nb = torch.tensor(3.0, requires_grad=True)\n"
        "y = -((a + 1) * b + b)\ny.backward()\nversions = (a.grad._version, b.grad._version)"
    )
    plain = {}
    exec(program, plain)
    assert recording(program).namespace["versions"] == plain["versions"]
