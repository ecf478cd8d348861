"""Repairs: the smallest change of the lines, and what torch then makes of the program."""
# ruff: noqa: E501

from __future__ import annotations

import math
from pathlib import Path

import pytest

from autograd_tutor.explanation import Repair
from autograd_tutor.recording.record import record
from autograd_tutor.sandbox.protocol import Job
from autograd_tutor.sandbox.repairing import Repairs

X = "x = torch.tensor(2., requires_grad=True)\n"
W = "w = torch.tensor(1., requires_grad=True)\n"
V = "v = torch.tensor([1., 2.], requires_grad=True)\n"

CONFIRMED = [
    # Why .grad is None.
    (W + "x = torch.tensor(3.)\n(x*w).backward()\n", "x.grad", {2: "x = torch.tensor(3., requires_grad=True)"}, 1),
    (X + "y = x**2\ny.sin().backward()\n", "y.grad", {3: "y.retain_grad()"}, -0.6536),
    (X + "y = x**2\ny.sin().backward()\ny.retain_grad()\n", "y.grad", {3: "y.retain_grad()"}, -0.6536),
    ("w = torch.tensor(3., requires_grad=True) * 4\nw.backward()\n", "w.grad", {1: "w = (torch.tensor(3.) * 4).requires_grad_()"}, 1),
    ("w = torch.ones(1, requires_grad=True).double()\nw.sum().backward()\n", "w.grad", {1: "w = torch.ones(1).double().requires_grad_()"}, 1),
    (V + "v = v.double()\nv.sum().backward()\n", "v.grad", {2: "v = v.double().detach().requires_grad_()"}, 1),
    (W + "(w*w).backward()\nw = w - 0.1 * w.grad\n(w*w).backward()\n", "w.grad", {3: "with torch.no_grad():", 4: "    w -= 0.1 * w.grad"}, 3.6),
    (X + "y = x**2\n", "x.grad", {3: "y.backward()"}, 4),
    (X + "y = x**2\nx.requires_grad_(False)\ny.backward()\n", "x.grad", {}, 4),
    (X + "z = x.detach()\n(x*z).backward()\n", "z.grad", {3: "z.requires_grad_()"}, 2),
    (X + W + "x.requires_grad_(False)\n(x*w).backward()\n", "x.grad", {}, 1),
    (X + "x.requires_grad_(False)\ny = x**2\n", "y.requires_grad", {}, None),
    (X + "(x**2).backward()\nx.grad = None\n", "x.grad", {2: "x.grad = None"}, 4),
    (X + "g, = torch.autograd.grad(x**3, x)\n", "x.grad", {2: "(x**3).backward()"}, 12),
    (X + W + "(x*w).backward(inputs=[w])\n", "x.grad", {3: "(x*w).backward()"}, 1),
    (X + W + "(x.detach()*w).backward()\n", "x.grad", {3: "(x*w).backward()"}, 1),
    (X + W + "with torch.no_grad():\n    y = x**2\n(y*w).backward()\n", "x.grad", {3: "y = x**2"}, 4),
    (X + W + "y = x**2 if w > 0 else x\n(y.item()*w).backward()\n", "x.grad", {4: "(y*w).backward()"}, 4),
    (X + W + "(x.data*w).backward()\n", "x.grad", {3: "(x*w).backward()"}, 1),
    (X + W + "(x*w).backward()\ng, = torch.autograd.grad(x**3, x)\n(g*2).backward()\n", "x.grad", {4: "g, = torch.autograd.grad(x**3, x, create_graph=True)"}, 25),
    (X + W + "(math.sin(x)*w).backward()\n", "x.grad", {3: "(torch.sin(x)*w).backward()"}, -0.4161),
    (X + "p = nn.Parameter(x*2)\n(p**2).backward()\n", "x.grad", {2: "p = x*2"}, 16),
    (X + "y = x*3\nz = y.detach().requires_grad_()\nz.backward()\n", "x.grad", {3: "z = y.requires_grad_()"}, 3),
    # Why a line raised.
    ("x = torch.tensor(3.)\ny = x**2\nx.requires_grad_()\ny.backward()\n", "x.grad", {1: "x = torch.tensor(3., requires_grad=True)"}, 6),
    (V + "y = v**2\ny.backward()\n", "v.grad", {3: "y.sum().backward()"}, None),
    (V + "(v**2).backward()\n", "v.grad", {2: "(v**2).sum().backward()"}, None),
    (X + "y = x**3\ny.backward()\ny.backward()\n", "x.grad", {3: "y.backward(retain_graph=True)"}, 24),
    (X + "h = x\nfor _ in range(2):\n    h = h.exp()\n    h.backward()\n", "x.grad", {5: "    h.backward(retain_graph=True)"}, None),
    (X + "a = x.exp()\na += 1\na.backward()\n", "x.grad", {3: "a = a + 1"}, 7.3891),
    (X + "a = x.exp()\na.mul_(3)\na.backward()\n", "x.grad", {3: "a = a.mul(3)"}, 22.1672),
    (V + "a = v.exp()\na[0] = 5\na.sum().backward()\n", "v.grad", {3: "a = a.clone()"}, None),
    (X + W + "y = w * x\nwith torch.no_grad():\n    w -= 1\ny.backward()\n", "x.grad", {4: "y.backward()"}, 1),
    (W + "w += 1\nw.backward()\n", "w.grad", {2: "with torch.no_grad():", 3: "    w += 1"}, 1),
    ("x = torch.tensor(3, requires_grad=True)\n(x*x).backward()\n", "x.grad", {1: "x = torch.tensor(3., requires_grad=True)"}, 6),
    ("x = torch.arange(3)\nx.requires_grad_()\nx.sum().backward()\n", "x.grad", {1: "x = torch.arange(3.)"}, None),
    (X + "y = torch.tensor([x, x])\ny.sum().backward()\n", "x.grad", {2: "y = torch.stack([x, x])"}, 2),
    (X + "s = []\nfor k in (1, 2):\n    s.append((x*k).item())\nt = torch.tensor(sum(s))\nt.backward()\n", "x.grad", {4: "    s.append((x*k))", 5: "t = sum(s)"}, 3),
    (X + "y = (x**2).item()\ny.backward()\n", "x.grad", {2: "y = (x**2)"}, 4),
    (X + "y = x**2\na = y.numpy()\ny.backward()\n", "x.grad", {3: "a = y.detach().numpy()"}, 4),
    (V + "print(v.item())\nv.sum().backward()\n", "v.grad", {2: "print(v.mean().item())"}, None),
    (V + "y = v*2\ny.backward(torch.ones(3))\n", "v.grad", {3: "y.backward(torch.ones_like(y))"}, None),
    (W + "w.grad.zero_()\nw.backward()\n", "w.grad", {2: "w.grad = None"}, 1),
    (W + "y = w*w\nw.grad.item()\n", "w.grad", {3: "y.backward()"}, 2),
    (X + "g, = torch.autograd.grad(x**3, x)\nh, = torch.autograd.grad(g, x)\n", "h", {2: "g, = torch.autograd.grad(x**3, x, create_graph=True)"}, 12),
    (X + "with torch.inference_mode():\n    c = torch.ones(1) * 2\n(x * c).backward()\n", "x.grad", {2: "with torch.no_grad():"}, 2),
    (X + "@torch.no_grad()\ndef f(t):\n    return t * 3\nf(x).backward()\n", "x.grad", {}, 3),
    (X + "torch.set_grad_enabled(False)\ny = x * 3\ny.backward()\n", "x.grad", {}, 3),
    (X + "y = x * 3\ny.requires_grad_(False)\n", "y.requires_grad", {3: "y = y.detach()"}, None),
    (X + "g = x.grad\n(x**2).backward()\n", "g", {2: "(x**2).backward()"}, 4),
    (X + "y = x**3\ny.backward()\nx.grad.backward()\n", "x.grad", {3: "y.backward(create_graph=True)"}, None),
    ("a = torch.ones(2)\ns = torch.tensor(\n    [a[0] * 2, a[1]]\n).sum()\nx = [torch.ones(1)]\n(x[0] * s).backward()\n", "x[0].grad", {5: "x = [torch.ones(1, requires_grad=True)]"}, 3),
    # Numbers that are not what was wanted.
    (W + "o = torch.optim.SGD([w], lr=0.1)\nfor _ in range(3):\n    ((w - 4)**2).backward()\n    o.step()\n", "w.grad", {4: "    o.zero_grad()"}, -3.84),
    (W + "for _ in range(3):\n    ((w - 4)**2).backward()\n    with torch.no_grad():\n        w -= 0.1 * w.grad\n", "w.grad", {3: "    w.grad = None"}, -3.84),
    (W + "o = torch.optim.SGD([w], lr=0.1)\nw = torch.tensor(5., requires_grad=True)\n(w*w).backward()\no.step()\n", "w.grad", {2: "w = torch.tensor(5., requires_grad=True)"}, 10),
]  # fmt: skip


def repair(source: str, target: str, filename: str | None = None) -> Repair | None:
    job = Job(source, filename=filename, prelude=True, targets=(target,))
    return Repairs(record(job).trace, job, math.inf).of(target)


@pytest.mark.parametrize(("source", "target", "written", "value"), CONFIRMED)
def test_torch_confirms_the_repair(source: str, target: str, written: dict[int, str], value: float | None) -> None:
    found = repair(source, target)
    assert found is not None
    assert found.confirmed, found
    assert {line.number: line.text for line in found.lines if line.sign == "+"} == written
    if value is not None:
        assert found.value is not None
        assert found.value.data[0] == pytest.approx(value, rel=1e-3)


SUGGESTED = [
    (
        X
        + "h = x\no = torch.optim.SGD([x], lr=0.1)\nfor _ in range(2):\n    h = (h*x).exp()\n    h.backward()\n    o.step()\n",
        "x.grad",
        "retain_graph=True would not help",
    ),
    (X + "c = torch.tensor(7., requires_grad=True)\n(3*x).backward()\n", "c.grad", "If c should matter"),
    (V + "y = v.argmax() * 1.\ny.backward()\n", "v.grad", "softmax"),
    (V + "y = (v > 1).float().mean()\ny.backward()\n", "v.grad", "torch.sigmoid"),
]


@pytest.mark.parametrize(("source", "target", "says"), SUGGESTED)
def test_what_torch_cannot_confirm_is_a_suggestion(source: str, target: str, says: str) -> None:
    found = repair(source, target)
    assert found is not None
    assert not found.confirmed
    assert says in found.words


def test_a_sample_may_be_drawn_so_that_a_gradient_comes_back() -> None:
    source = X + "d = torch.distributions.Normal(x, 1.)\ns = d.sample()\ns.backward()\n"
    found = repair(source, "x.grad")
    assert found is not None
    assert [line.text for line in found.lines] == ["s = d.sample()", "s = d.rsample()"]
    assert not found.confirmed  # a program with distributions is not run again without being asked


def test_a_number_needs_no_repair() -> None:
    assert repair(X + "(x**2).backward()\n", "x.grad") is None


def test_an_error_that_comes_after_the_repaired_one_is_told() -> None:
    found = repair(X + "y = x.exp()\nz = y * 3\ny.add_(1)\nz.backward()\ny.backward()\n", "x.grad")
    assert found is not None
    assert not found.confirmed
    assert found.later == 6


def test_a_program_that_can_do_more_than_compute_does_not_run_twice(tmp_path: Path) -> None:
    log = tmp_path / "log"
    source = X + f"open({str(log)!r}, 'a').write('run ')\ny = x.detach()**2\ny.backward()\n"
    found = repair(source, "x.grad")
    assert log.read_text() == "run "
    assert found is not None
    assert not found.confirmed
    assert [line.text for line in found.lines if line.sign == "+"] == ["y = x**2"]


def test_a_repaired_program_that_never_ends_is_only_a_suggestion() -> None:
    found = repair(X + "while not x.detach().requires_grad:\n    y = x.item()\n    y.backward()\n", "x.grad")
    assert found is None or not found.confirmed
