"""Finite differences of gradients of gradients."""

from __future__ import annotations

import pytest
from recorded import recording

from autograd_tutor.recording.differences import differences

X = "x = torch.tensor(2.0, requires_grad=True)\n"


def of(source: str, target: str):
    return differences(recording(source, target), target)


@pytest.mark.parametrize(
    ("lines", "target", "slopes"),
    [
        ("g, = torch.autograd.grad(x ** 3, x, create_graph=True)\ng.backward()", "x.grad", [12.0]),
        ("g, = torch.autograd.grad(x ** 3, x, create_graph=True)\nh, = torch.autograd.grad(g, x)", "h", [12.0]),
        ("g, = torch.autograd.grad(x ** 3, x, create_graph=True)\n(g ** 2 + x).backward()", "x.grad", [289.0]),
        (
            "g, = torch.autograd.grad(x ** 4, x, create_graph=True)\n"
            "h, = torch.autograd.grad(g, x, create_graph=True)\nk, = torch.autograd.grad(h, x)",
            "k",
            [48.0],
        ),
        (
            "w = torch.tensor(3.0, requires_grad=True)\n"
            "g, = torch.autograd.grad(w * x ** 2, x, create_graph=True)\ng.backward()",
            "w.grad",
            [4.0],
        ),
        (
            "g, = torch.autograd.grad(x ** 3, x, create_graph=True)\nh, = torch.autograd.grad(g ** 2 * x, g)",
            "h",
            [48.0],
        ),
        ("k = torch.func.grad(torch.func.grad(torch.func.grad(lambda t: t ** 5)))(x)", "k", [240.0]),
        (
            "w = torch.tensor(3.0, requires_grad=True)\n"
            "g, = torch.autograd.grad(x ** 3, x, w ** 2, create_graph=True)\n(g * x).backward()",
            "w.grad",
            [6 * 3 * 8.0],
        ),
        ("_, h = torch.autograd.functional.hvp(lambda t: t ** 4, x.detach(), torch.tensor(0.5))", "h", [24.0]),
        ("_, h = torch.autograd.functional.jvp(lambda t: t ** 4, x.detach(), torch.tensor(0.5))", "h", [16.0]),
        (
            "g, = torch.autograd.grad(x ** 4, x, create_graph=True)\n(g ** 2).backward()\n"
            "with torch.no_grad():\n    x += 1\nx.grad = None\n"
            "g, = torch.autograd.grad(x ** 4, x, create_graph=True)\n(g ** 2).backward()",
            "x.grad",
            [96 * 3.0**5],
        ),
        ("g, = torch.autograd.grad(x * (x ** 2).detach(), x, create_graph=True)\n(g * x).backward()", "x.grad", [4.0]),
    ],
)
def test_a_gradient_of_a_gradient_agrees_with_torch(lines, target, slopes):
    recorded = recording(X + lines, target)
    found = differences(recorded, target)
    assert found.note is None
    assert list(found.central.data) == pytest.approx(slopes, rel=1e-6)
    assert list(recorded.trace.find(target).value.data) == pytest.approx(slopes)


def test_a_gradient_penalty_of_a_vector():
    source = """
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    w = torch.tensor([0.5, -1.0], requires_grad=True)
    out = torch.tanh((w * x).sum())
    g, = torch.autograd.grad(out, x, create_graph=True)
    ((g.norm() - 1) ** 2).backward()
    """
    recorded = recording(source, "w.grad")
    assert differences(recorded, "w.grad").central.data == pytest.approx(
        recorded.trace.find("w.grad").value.data, rel=1e-4
    )


def test_what_backward_with_create_graph_left_in_grad_is_worked_out_anew():
    found = of(X + "(x ** 3).backward(create_graph=True)\nx.grad.backward()", "x.grad")
    assert found.note is None
    assert found.central.data == pytest.approx([3 * 2.0**2 + 6 * 2.0])


def test_what_was_added_to_a_gradient_that_was_there_has_none_and_says_so():
    found = of(X + "x.backward()\n(x ** 3).backward(create_graph=True)\nx.grad.backward()", "x.grad")
    assert found.central is None
    assert "create_graph" in found.note
