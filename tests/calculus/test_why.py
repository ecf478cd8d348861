"""Why there is no gradient: every reason names its line and variable, and the smallest repair."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from autograd_tutor.calculus.problems import problems
from autograd_tutor.trace import WITHIN

X = "x = torch.tensor(2., requires_grad=True)\n"
W = "w = torch.tensor(1., requires_grad=True)\n"

DROP = (
    "class Drop(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, a):\n        return a + 1\n"
    "    @staticmethod\n    def backward(ctx, g):\n        return None\n"
)

CASES = [
    (X + "y = x**2\ny.sin().backward()", "y.grad", ["not a leaf", "line 2", "let it go"]),
    ("w = torch.tensor(3., requires_grad=True) * 4\nw.backward()", "w.grad", ["not a leaf", "has no name"]),
    ("x = torch.tensor(3.)\ny = x**2\ng = x.grad", "g", ["line 3", "was None", "does not require grad"]),
    (X + "c = torch.tensor(7., requires_grad=True)\n(3*x).backward()", "c.grad", ["No path", "None, and not 0"]),
    (X + "y = x**2", "x.grad", ["No backward pass has run"]),
    (X + "y = x**2\ny.sin().backward()\ny.retain_grad()", "y.grad", ["line 4", "after backward() on line 3"]),
    (X + "y = x**2\nx.requires_grad_(False)\ny.backward()", "x.grad", ["on line 3, after the graph", "line 4"]),
    (X + "(x**2).backward()\nx.grad = None", "x.grad", ["was 4 after backward", "line 3"]),
    (X + "g, = torch.autograd.grad(x**3, x)", "x.grad", ["line 2", "as g", "Only backward() fills x.grad"]),
    (X + "g = torch.func.grad(lambda t: t**3)(x)", "x.grad", ["The torch.func transform on line 2", "12", "as g"]),
    (X + W + "(x*w).backward(inputs=[w])", "x.grad", ["inputs", "line 3"]),
    (X + W + "(x.detach()*w).backward()", "x.grad", ["x.detach() on line 3"]),
    (X + W + "with torch.no_grad():\n    y = x**2\n(y*w).backward()", "x.grad", ["line 4", "no_grad"]),
    (X + W + "(x.item()*w).backward()", "x.grad", ["x.item() on line 3", "plain Python"]),
    (X + "def drop(p):\n    p.grad = None\nx.register_post_accumulate_grad_hook(drop)\n(x*2).backward()", "x.grad",
     ["backward() on line 5 filled x.grad, and a hook cleared it"]),
    (DROP + X + "Drop.apply(x * 2).backward()", "x.grad", ["Drop.apply(x * 2) on line 9 passed nothing on"]),
    (X + "try:\n    torch.autograd.grad(x*2, x, torch.ones(3))\nexcept RuntimeError:\n    pass", "x.grad",
     ["torch.autograd.grad on line 3 raised"]),
    (X + W + "(x.data*w).backward()", "x.grad", ["x.data", "without their history"]),
    (X + W + "with torch.no_grad():\n    y = x**2\n(y*w).backward()", "x.grad", ["(torch.no_grad() on line 3)"]),
    (X + W + "torch.set_grad_enabled(False)\ny = x**2\ntorch.set_grad_enabled(True)\n(y*w).backward()", "x.grad",
     ["(torch.set_grad_enabled(False) on line 3)"]),
    (X + W + "@torch.no_grad()\ndef f(a):\n    return a**2\n(f(x)*w).backward()", "x.grad",
     ["a**2 on line 5", "(by no_grad around f(x) on line 6)"]),
    (X + W + "def g():\n    with torch.no_grad():\n        yield 2.\nfor v in g():\n    y = x*v\n(y*w).backward()",
     "x.grad", ["x*v on line 7", "(torch.no_grad() on line 4)"]),
    (X + "w = nn.Parameter(x*3)\nw.backward()", "x.grad", ["w = nn.Parameter(x*3) on line 2 hands out the value"]),
    (X + "m = nn.Linear(1, 1)\nm.bias = nn.Parameter(x.reshape(1))\nm(torch.ones(1)).backward()", "x.grad",
     ["m.bias = nn.Parameter(x.reshape(1)) on line 3 hands out"]),
    (X + "v = torch.autograd.Variable(x**2, requires_grad=True)\nv.backward()", "x.grad", ["Variable(", "on line 2"]),
    ("w = nn.Parameter(torch.ones(2)) * 3\nw.sum().backward()", "w.grad", ["The leaf is nn.Parameter(torch.ones(2))"]),
    ("w = torch.tensor(3., requires_grad=True) * 4", "w.grad", ["The leaf is", "which has no name."]),
    (X + W + "x.data = w*2\n(x**2).backward()", "w.grad", ["x.data = w*2 on line 3 puts the bare numbers there"]),
    ("import copy\n" + X + "y = copy.deepcopy(x)\n(y**2).backward()", "x.grad", ["copy.deepcopy(x) on line 3 copies"]),
    (X + "y = x*2\ny.detach_()\n(x*y).backward()", "y.grad", ["y.detach_() on line 3"]),
    (X + "y = x*2\n(x*3).backward()", "y.grad", ["not a leaf", "no path leads from", "back to y"]),
    (X + "y = x*2", "y.grad", ["not a leaf", "no backward pass has run"]),
    (X + W + "y = x*2\n(w*3).backward()", "x.grad", ["it was used in x*2 on line 3, which"]),
    (X + W + "(w*3).backward()\ny = x*2", "x.grad", ["used only after that, in x*2 on line 4"]),
    (X + W + "y = w*3 if w > x else w\ny.backward()", "x.grad", ["it was only used in w > x on line 3"]),
    (X + "(x**2).backward()\nx = x.detach().requires_grad_()", "x.grad", ["made on line 3 when backward() had run"]),
    ("m = nn.Linear(2, 1)\nm.requires_grad_(False)\nv = torch.ones(1, requires_grad=True)\n"
     "y = m(torch.ones(2)) * v\nm.requires_grad_(True)\ny.backward()", "m.bias.grad",
     ["turned off on m.bias on line 2 (m.requires_grad_(False))", "on line 4 took it as a plain constant"]),
    ("class M(nn.Linear):\n    @torch.no_grad()\n    def forward(self, a):\n        return self.weight * a\n"
     "m = M(1, 1)\n" + X + "(m(x)*x).backward()", "m.weight.grad", ["on line 4", "(by no_grad around m(x) on line 7)"]),
    (X + "def f(a):\n    p = nn.Parameter(a * 3)\n    return p * 2\nf(x).backward()", "x.grad",
     ["p = nn.Parameter(a * 3) on line 3"]),
    (X + W + "s = torch.distributions.Normal(x, 1.).sample()\n(s*w).backward()", "x.grad", ["on line 3 turns"]),
    (X + "J = torch.autograd.functional.jacobian(lambda v: v**2, x)", "x.grad", ["on line 2 returns", "Only back"]),
    (X + "o = torch.optim.LBFGS([x])\no.step(lambda: x**2)", "x.grad", ["has run", "only takes notes."]),
    (X + W + "g, = torch.autograd.grad(x*w, x)", "w.grad", ["on line 3 was asked for the gradient of x alone"]),
    (X + W + "g, = torch.autograd.grad(x*x*w + x, x, create_graph=True)\n(g*x).backward()\nw.grad = None\n"
     "u = torch.tensor(1., requires_grad=True)\ntorch.autograd.grad(u*x, x)", "u.grad",
     ["No path leads from", "back to u"]),
]  # fmt: skip


@pytest.mark.parametrize(("source", "target", "says"), CASES)
def test_a_missing_gradient_is_accounted_for(told: Callable, source: str, target: str, says: list[str]) -> None:
    why = told(source, target).of(target).why
    assert [piece for piece in says if piece not in why] == [], why


ERRORS = [
    ("x = torch.tensor(3.)\ny = x**2\nx.requires_grad_(True)\ny.backward()", ["on line 2 required grad", "x does now"]),
    (X + "x.requires_grad_(False)\ny = x**2\ny.backward()", ["Line 4 raises", "requires_grad_(False)"]),
    ("x = torch.ones(3, requires_grad=True)\ny = x**2\ny.backward()", ["Line 3 raises", "y is a vector of 3 elements"]),
    (X + "y = x**3\ny.backward()\ny.backward()", ["Line 4 raises", "backward on line 3", "freed", "still holds 12"]),
    (X + "z = x.detach()\n(x**2).backward()\n(z**2).backward()", ["x.detach() on line 2", "still holds 4"]),
    (X + "a = x.exp()\na += 1\na.backward()", ["x.exp() on line 2 kept a", "line 3 changed it", "version 1"]),
    (X + "y = 2*x\nv = y[None]\nz = y**2\nv.add_(1)\nz.backward()", ["y**2 on line 4 kept y for", "line 5 changed it"]),
    (
        "x = torch.ones(2, requires_grad=True)\nv = x[0]\ny = x * x\nwith torch.no_grad():\n    v.fill_(5.)\n"
        "y.sum().backward()",
        ["x * x on line 3 kept x for", "line 5 changed it"],
    ),
    (
        X + "(x*2).backward()\ng = x.grad\ny = g * x\n(x*3).backward()\ny.backward()",
        ["g * x on line 4 kept g for", "the backward() on line 5 added to it"],
    ),
    (
        X + "y = x**2\ny.register_hook(lambda g: (x * g).backward())\ny.backward()",
        ["ran within the backward() on line 4", "create_graph=True"],
    ),
    (
        X + "y = torch.sqrt(x - 3)\nwith torch.autograd.detect_anomaly():\n    (y + x).backward()",
        ["torch.sqrt(x - 3) on line 2 sent on holds nan"],
    ),
    (X + "torch.mul(x, 2, out=torch.ones(1))", ["functions with out=... arguments don't support"]),
    (
        "class Exp(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, a):\n        r = a.exp()\n"
        "        ctx.save_for_backward(r)\n        return r * 1\n    @staticmethod\n    def backward(ctx, g):\n"
        "        return g * ctx.saved_tensors[0]\n"
        + X
        + "g, = torch.autograd.grad(Exp.apply(x), x, create_graph=True)\ng.backward()",
        ["g has no graph", "out of the backward of Exp.apply(x) on line 11"],
    ),
    (
        "x = torch.ones(2, requires_grad=True)\ny = x * 1\nv = y[:1]\nv.mul_(v)\ny.sum().backward()",
        ["v.mul_(v) on line 4 kept v", "line 4 changed it"],
    ),
    (
        "m = nn.Linear(2, 2)\no = torch.optim.SGD(m.parameters(), 1.)\ny = m(m(torch.ones(1, 2))).sum()\n"
        "y.backward(retain_graph=True)\no.step()\ny.backward()",
        ["kept m.weight for backward", "line 5 changed it"],
    ),
    (X + "(x**2).backward()\nx -= 0.1", ["Line 3 raises", "x, a leaf", "while torch records", "still holds 4"]),
    ("x = torch.tensor(3, requires_grad=True)", ["Line 1 raises", "whole numbers"]),
    ("w = torch.ones(2, requires_grad=True)\nw[0] = 5.", ["Line 2 raises", "part of w"]),
    (X + "y = x**2\ny.numpy()", ["Line 3 raises", "y requires grad", "numpy keeps no history"]),
    ("y = torch.ones(2)\ny.item()", ["Line 2 raises", "y has 2"]),
    (X + "y = x**2\ny.requires_grad = False", ["Line 3 raises", "y was computed", "Only on a leaf"]),
    (X + "x.grad.zero_()", ["Line 2 raises", "x.grad is still None"]),
    (X + "(x**2).item().backward()", ["Line 2 raises", "plain Python number", "item()"]),
    ("x = torch.ones(2, requires_grad=True)\ny = x * 2\ny.backward(torch.ones(3))", ["weight", "[3]", "y is [2]"]),
    (X + "g, = torch.autograd.grad(x**3, x)\ng.backward()", ["Line 3 raises", "on line 2 without create_graph=True"]),
    (X + "u = torch.ones(1, requires_grad=True)\ntorch.autograd.grad(x**2, [x, u])", ["gradient of u", "no path"]),
    (X + "h = x\nfor _ in range(2):\n    h = h.exp()\n    h.backward()", ["Line 5 raises", "earlier round"]),
    (X + "with torch.inference_mode():\n    c = torch.ones(1) * 2\ny = x * c", ["Line 4 raises", "c was made"]),
    ("a = torch.ones(2, 3)\nb = torch.ones(2)\na @ b", ["Line 3 raises", "a has shape [2, 3]", "b has shape [2]"]),
    (X + "v = torch.tensor([x, x])\nv.sum().backward()", ["Line 3 raises", "copies the numbers"]),
    (X + "v = torch.Tensor([x, x])\nv.sum().backward()", ["Line 3 raises", "torch.Tensor([x, x]) on line 2 copies"]),
    (X + "_, i = torch.stack([x, x*2]).max(0)\n(i*2.).backward()", ["Line 3 raises", "gives beside its values"]),
    (X + "v = torch.from_numpy(x[None].detach().numpy())\n(v*3).backward()", ["plain numbers", "detach() on line 2"]),
    (X + "t = torch.tensor(0.)\nfor _ in range(2):\n    t += x.detach()\nt.backward()", ["x.detach() on line 4"]),
    (X + "t = torch.zeros(1)\ntorch.mul(x.detach(), 2, out=t)\nt.backward()", ["x.detach() on line 3"]),
    (X + "t = torch.zeros(1)\nt.data[0] = x*2\nt.sum().backward()", ["t.data[0] = x*2 on line 3", "memory of t"]),
    (X + "g, = torch.autograd.grad(x**3, x)\n(g*2).backward()", ["g is a gradient, worked out on line 2 without"]),
    (X + "g, = torch.autograd.grad(3*x, x, create_graph=True)\n(g*2).backward()", ["g does not depend"]),
    ("x = torch.tensor(1j, requires_grad=True)\ny = x**2\ny.backward()", ["y is complex", "from a real number"]),
    (X + "y = x*2\ny.backward()\ny.grad * 2", ["y.grad is None there", "y is not a leaf: it was computed on line 2"]),
    (X + "y = x*2\ntorch.optim.SGD([y])", ["Line 3 raises", "y is not a leaf"]),
    (X + "assert x > 3", ["Line 2 raises: AssertionError."]),
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
    assert told(X + "for _ in range(2):\n    (x**2).backward()", "x.grad").of("x.grad").why == ""


LOOP = "    ((w - 4)**2).backward()\n    o.step()\n"


def test_a_loop_that_never_clears_is_told_so(told: Callable) -> None:
    source = W + "o = torch.optim.SGD([w], lr=0.1)\nfor _ in range(3):\n" + LOOP
    assert "w.grad was not cleared: each backward() on line 4 adds" in told(source, "w.grad").of("w.grad").why
    cleared = source.replace("    o.step()", "    o.step()\n    o.zero_grad(set_to_none=False)")
    assert "was not cleared" not in told(cleared, "w.grad").of("w.grad").why


def test_an_optimizer_of_another_tensor_is_told(told: Callable) -> None:
    source = W + "o = torch.optim.SGD([w], lr=0.1)\nw = torch.tensor(5., requires_grad=True)\nif True:\n" + LOOP
    why = told(source, "w.grad").of("w.grad").why
    assert why.startswith("The optimizer was made for the w on line 1. On line 3 the name went to another tensor")


def test_errors_that_the_program_caught_are_told_once_each(told: Callable) -> None:
    source = (
        X + "y = torch.stack([x, x])\n"
        "for _ in range(3):\n    try:\n        y.backward()\n    except RuntimeError:\n        pass\n"
        "try:\n    x.numpy()\nexcept RuntimeError:\n    pass\nx.numpy()\n"
    )
    caught, other, last = problems(told(source, "x.grad").trace)
    assert caught.words.startswith("Line 5 raised, and the program caught it: y is a vector of 2 elements")
    assert caught.words.endswith("(3 times)")
    assert other.words.startswith("Line 9 raised, and the program caught it: x requires grad")
    assert not last.caught
    assert last.words.startswith("Line 12 raises: x requires grad")


def test_a_name_that_has_gone_to_something_else_since_lends_no_shape(told: Callable) -> None:
    source = (
        "a = torch.ones(2)\nfor b in (torch.ones(3), torch.ones(2)):\n"
        "    try:\n        a + b\n    except {}:\n        pass"
    )
    (caught,) = problems(told(source.format("RuntimeError"), "a").trace)
    assert caught.words.endswith("Here a has shape [2].")
    (raised,) = problems(told(source.format("ValueError"), "a").trace)
    assert raised.words.endswith("Here a has shape [2], b has shape [3].")


def test_an_error_in_the_midst_of_a_loop_was_not_caught(told: Callable) -> None:
    source = X + "h = x\nfor _ in range(2):\n    h = h.exp()\n    h.backward()\n"
    assert [one.caught for one in problems(told(source, "x.grad").trace)] == [False]


def test_a_caught_error_is_accounted_for(told: Callable) -> None:
    source = X + "y = torch.stack([x, x])\ntry:\n    y.backward()\nexcept RuntimeError:\n    pass\n"
    why = told(source, "x.grad").of("x.grad").why
    assert "line 4" in why
    assert "y is a vector of 2 elements" in why


def test_what_a_pass_within_added_is_told_as_that(told: Callable) -> None:
    source = (
        X + W + "from torch.utils.checkpoint import checkpoint\n"
        "checkpoint(lambda t: t * w, x, use_reentrant=True).backward()"
    )
    said = told(source, "w.grad").of("w.grad").sum
    assert said == f"w.grad was None, and becomes 2: {WITHIN}."


def test_a_gradient_that_nobody_was_seen_to_put_there_is_said_to_be_that(told: Callable) -> None:
    edge = "torch.autograd.graph.get_gradient_edge(x**2)"
    assert "is not recorded" in told(f"{X}torch.autograd.backward([{edge}], [x])", "x.grad").of("x.grad").why
    for line in ("(x**2).backward()", "x.grad = torch.tensor(3.)"):
        assert told(X + line, "x.grad").of("x.grad").why == ""
