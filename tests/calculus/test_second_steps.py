"""A backward pass through a graph that an earlier pass left behind is told by rules, like any other."""

from __future__ import annotations

import pytest

from autograd_tutor.teaching.passes import in_turn

START = """\
x = torch.tensor([[0.5, 1.5], [2.0, 0.7]], requires_grad=True)
w = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
"""
TWICE = START + "g, = torch.autograd.grad({}, x, create_graph=True)\n(g ** 2).sum().backward()\n"
RULED = (
    "(x ** 3).sum()", "x.sin().sum()", "x.exp().sum()", "x.log().sum()", "x.tanh().sum()", "x.sigmoid().sum()",
    "(x * w * x).sum()", "(w / x).sum()", "x.sqrt().sum()", "(x @ x).sum()", "x.softmax(1)[0, 1]",
    "x.log_softmax(1)[1, 0]", "F.mse_loss(x, w)", "x.prod()", "x.logsumexp(1).sum()", "x[0].dot(x[1])",
    "x.rsqrt().sum()", "x.square().mean()", "((x - w) ** 2).sum()", "(torch.relu(x) ** 2).sum()",
    "(x.mean(1) ** 2).sum()", "torch.tanh(torch.sigmoid(x @ w) * x).sum()",
)  # fmt: skip


@pytest.mark.parametrize("loss", RULED)
def test_each_step_has_its_rule(told, loss: str):
    one = told(TWICE.format(loss), "x.grad").of("x.grad")
    assert one.steps
    assert [step.words for step in one.steps if step.edge is not None and not step.ruled] == []


def test_a_hessian_vector_product_in_words(told):
    source = (
        "x = torch.tensor(2.0, requires_grad=True)\ng, = torch.autograd.grad(x**3, x, create_graph=True)\ng.backward()"
    )
    run = told(source, "x.grad")
    one = run.of("x.grad")
    assert [step.rule for step in one.steps] == ["∂g/∂g", "∂g/∂(3·x²) = 1", "∂(3·x²)/∂(x²) = 3", "∂(x²)/∂x = 2x"]
    assert run.closed("x.grad").pretty == "6x"


def test_a_gradient_left_in_grad_has_a_formula(told):
    source = "x = torch.tensor(3.0, requires_grad=True)\n(x**3).backward(create_graph=True)\nx.grad.backward()"
    assert told(source, "x.grad").closed("x.grad").pretty == "3x² + 6x"


def test_a_pass_that_comes_into_the_middle_of_an_operation_is_said_to(told):
    source = TWICE.format("F.cross_entropy(x, torch.tensor([0, 1]))")
    words = [step.words for step in told(source, "x.grad").of("x.grad").steps]
    assert any("comes into the middle of it: inside it, LogSoftmaxBackward0" in one for one in words)
    assert not any("a hook can do that" in one for one in words)


LOOP = """\
lr = torch.tensor(0.1, requires_grad=True)
w0 = torch.tensor(2.0, requires_grad=True)
w = w0
for _ in range(2):
    g, = torch.autograd.grad(w ** 2, w, create_graph=True)
    w = w - lr * g
(w ** 2).backward()
"""


@pytest.mark.parametrize(
    ("source", "target", "formula"),
    [
        (LOOP, "lr.grad", "8·w0²·(2·lr − 1)³"),
        (LOOP, "w0.grad", "2·w0·(2·lr − 1)⁴"),
        (
            "x = torch.tensor(2.0, requires_grad=True)\nh = x.exp()\n"
            "g, = torch.autograd.grad(h ** 3, h, create_graph=True)\n(g * x).backward()",
            "x.grad",
            "6x·exp(2x) + 3·exp(2x)",
        ),
        (
            "x = torch.tensor(2.0, requires_grad=True)\ng, = torch.autograd.grad(x ** 3, x, create_graph=True)\n"
            "r, = torch.autograd.grad(g ** 2 * x, g, create_graph=True)\n(r * x).backward()",
            "x.grad",
            "24x³",
        ),
        (
            "x = torch.tensor(2.0, requires_grad=True)\nw = torch.tensor(3.0, requires_grad=True)\n"
            "g, = torch.autograd.grad(x ** 3, x, w ** 2, create_graph=True)\n(g * x).backward()",
            "x.grad",
            "9w²·x²",
        ),
        (
            "x = torch.tensor(2.0, requires_grad=True)\nu = torch.zeros((), requires_grad=True)\n"
            "g, = torch.autograd.grad(x.sin(), x, u, create_graph=True)\nj, = torch.autograd.grad(g, u)",
            "j",
            "cos(x)",
        ),
    ],
)
def test_what_lies_between_two_passes_is_followed_by_the_formula(told, source: str, target: str, formula: str):
    form = told(source, target).closed(target)
    assert form.witnesses.verdict == "both agree"
    assert form.pretty == formula


def test_an_argument_without_a_name_goes_by_the_function_s_parameter(told):
    source = "f = lambda t: t ** 4 / 2 + t.cos()\nc = torch.func.grad(torch.func.grad(f))(torch.tensor(0.5))"
    run = told(source, "c")
    assert run.closed("c").pretty == "6t² − cos(t)"
    assert not any("tensor(0.5)" in step.rule for step in run.of("c").steps)
    inner = "H = torch.func.jacfwd(torch.func.grad(lambda t: (t[0] * t[1]).exp()))(torch.tensor([0.5, 1.0]))"
    assert "t₁²·exp(t₀·t₁)" in told(inner, "H").closed("H").no_formula


def test_where_the_way_enters_an_earlier_pass_is_said_once(told):
    words = [step.words for step in told(LOOP, "lr.grad").of("lr.grad").steps]
    entering = [one for one in words if one.startswith("Here the way enters the pass of line 5, round ")]
    assert len(entering) == 1
    assert "(create_graph=True)" in entering[0]
    assert any("g₂ is the g of line 5, round 1." in one for one in words)
    assert not any("the way enters" in step.words for step in told(LOOP, "g").of("g").steps)


def test_what_a_pass_worked_out_as_a_constant_is_called_so(told):
    source = START + "g, = torch.autograd.grad((w.detach() * x ** 3).sum(), x, create_graph=True)\ng.sum().backward()"
    words = " ".join(step.words for step in told(source, "x.grad").of("x.grad").steps)
    assert "u₁ stands for a constant that the pass of line 3 worked out." in words


def test_what_was_returned_is_told_from_what_was_added(told):
    source = START + "g, = torch.autograd.grad((x ** 3).sum(), x, create_graph=True)\n(g * x).sum().backward()"
    (line,) = in_turn(told(source).trace)
    assert line.startswith("What flowed in the pass of line 3 is drawn too, but it was returned to the program")
    assert in_turn(told(START + "((x * w) ** 2).sum().backward()").trace) == []
