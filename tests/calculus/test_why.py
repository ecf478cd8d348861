"""Why there is no gradient: every reason names its line and variable, and the smallest repair."""

from __future__ import annotations

from collections.abc import Callable

import pytest

X = "x = torch.tensor(2., requires_grad=True)\n"
W = "w = torch.tensor(1., requires_grad=True)\n"

CASES = [
    (X + "y = x**2\ny.sin().backward()", "y.grad", ["not a leaf", "line 2", "y.retain_grad() before backward()"]),
    ("w = torch.tensor(3., requires_grad=True) * 4\nw.backward()", "w.grad", ["not a leaf", "has no name", "last"]),
    ("x = torch.tensor(3.)\ny = x**2\ng = x.grad", "g", ["line 3", "was None", "requires_grad=True"]),
    (X + "c = torch.tensor(7., requires_grad=True)\n(3*x).backward()", "c.grad", ["No path", "None, and not 0"]),
    (X + "y = x**2", "x.grad", ["No backward pass has run", "y.backward()"]),
    (X + "y = x**2\ny.sin().backward()\ny.retain_grad()", "y.grad", ["line 4", "after backward() on line 3"]),
    (X + "y = x**2\nx.requires_grad_(False)\ny.backward()", "x.grad", ["after the graph was built", "line 4"]),
    (X + "(x**2).backward()\nx.grad = None", "x.grad", ["was 4 after backward", "line 3"]),
    (X + "g, = torch.autograd.grad(x**3, x)", "x.grad", ["line 2", "as g", "Only backward() fills x.grad"]),
    (X + W + "(x*w).backward(inputs=[w])", "x.grad", ["inputs", "line 3"]),
    (X + W + "(x.detach()*w).backward()", "x.grad", ["x.detach() on line 3"]),
    (X + W + "with torch.no_grad():\n    y = x**2\n(y*w).backward()", "x.grad", ["line 4", "no_grad"]),
    (X + W + "(x.item()*w).backward()", "x.grad", ["x.item() on line 3", "plain Python"]),
    (X + W + "(x.data*w).backward()", "x.grad", ["x.data", "without their history"]),
]  # fmt: skip


@pytest.mark.parametrize(("source", "target", "says"), CASES)
def test_a_missing_gradient_is_accounted_for(told: Callable, source: str, target: str, says: list[str]) -> None:
    why = told(source, target).of(target).why
    assert [piece for piece in says if piece not in why] == [], why


ERRORS = [
    ("x = torch.tensor(3.)\ny = x**2\nx.requires_grad_(True)\ny.backward()", ["Line 4 raises", "before line 2"]),
    (X + "x.requires_grad_(False)\ny = x**2\ny.backward()", ["Line 4 raises", "requires_grad_(False)"]),
    ("x = torch.ones(3, requires_grad=True)\ny = x**2\ny.backward()", ["Line 3 raises", "y.sum().backward()"]),
    (X + "y = x**3\ny.backward()\ny.backward()", ["Line 4 raises", "line 3", "retain_graph=True", "still holds 12"]),
    (X + "z = x.detach()\n(x**2).backward()\n(z**2).backward()", ["x.detach() on line 2", "still holds 4"]),
    (X + "a = x.exp()\na += 1\na.backward()", ["Line 4 raises", "overwritten on line 3"]),
    (X + "(x**2).backward()\nx -= 0.1", ["Line 3 raises", "torch.no_grad()", "still holds 4"]),
    ("x = torch.tensor(3, requires_grad=True)", ["Line 1 raises", "whole numbers", "3."]),
    (X + "v = torch.tensor([x, x])\nv.sum().backward()", ["Line 3 raises", "torch.stack"]),
]  # fmt: skip


@pytest.mark.parametrize(("source", "says"), ERRORS)
def test_a_program_that_raises_is_accounted_for(told: Callable, source: str, says: list[str]) -> None:
    why = told(source, "x.grad").of("x.grad").why
    assert [piece for piece in says if piece not in why] == [], why


FLAGS = [
    (X + "y = x**2", "y.requires_grad", ["line 2", "from x"]),
    (X + "y = x.detach() * 3", "y.requires_grad", ["x.detach() on line 2"]),
    ("x = torch.tensor(2.)\ny = x**2", "y.requires_grad", ["Nothing", "requires grad"]),
    (X + "y = x**2", "y.is_leaf", ["line 2", "history"]),
    (X, "x.is_leaf", ["no recorded operation"]),
    (X + "x.requires_grad_(False)", "x.requires_grad", ["turned off"]),
]


@pytest.mark.parametrize(("source", "target", "says"), FLAGS)
def test_a_flag_is_accounted_for(told: Callable, source: str, target: str, says: list[str]) -> None:
    why = told(source, target).of(target).why
    assert [piece for piece in says if piece not in why] == [], why


def test_a_number_needs_no_excuse(told: Callable) -> None:
    assert told(X + "(x**2).backward()", "x.grad").of("x.grad").why == ""


def test_a_caught_error_is_accounted_for(told: Callable) -> None:
    source = X + "y = torch.stack([x, x])\ntry:\n    y.backward()\nexcept RuntimeError:\n    pass\n"
    why = told(source, "x.grad").of("x.grad").why
    assert "line 4" in why
    assert "y.sum().backward()" in why
