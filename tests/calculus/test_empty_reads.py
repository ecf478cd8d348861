"""Where a program reads a .grad and finds None: each such line is told, with the reason that held then."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from autograd_tutor.calculus.empty import empty

X = "x = torch.tensor(2., requires_grad=True)\n"
LOOP = "for _ in range(2):\n    x.grad = None\n    print(x.grad)\n    (x**2).backward()\n"

CASES = [
    (X + "print(x.grad)\n(x**2).backward()", [(2, "x.grad", "by then. backward() on line 3 fills it only later")]),
    (X + "y = x**2\ny.backward()\nprint(f'{y.grad}')", [(4, "y.grad", "y is not a leaf")]),
    (X + "(x**2).backward()\nprint(x.reshape(1).grad)", [(3, "x.reshape(1).grad", "not a leaf")]),
    (X + LOOP, [(4, "x.grad", "No backward()"), (4, "x.grad", "cleared on line 3 (x.grad = None). backward()")]),
    ("def f(a):\n    h = a*3\n    h.sin()\n    return h.grad\n" + X + "f(x)", [(4, "h.grad", "computed on line 2")]),
    (
        "m = nn.Linear(1, 1)\nm.requires_grad_(False)\nv = torch.ones(1, requires_grad=True)\n(m(v)*v).backward()\n"
        "for p in m.parameters():\n    print(p.grad)",
        [(6, "m.weight.grad", "on line 2"), (6, "m.bias.grad", "on line 2")],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("source", "reads"), CASES)
def test_each_reading_of_none_has_its_reason(told: Callable, source: str, reads: list[tuple[int, str, str]]) -> None:
    found = empty(told(source).trace)
    assert [(one.line, one.target) for one in found] == [(line, target) for line, target, _ in reads]
    for one, (line, target, words) in zip(found, reads, strict=True):
        assert one.words.startswith(f"Line {line} finds {target} None.")
        assert words in one.words


@pytest.mark.parametrize(
    "source",
    [
        X + "(x**2).backward()\nprint(x.grad)",
        X + "u = torch.tensor(1., requires_grad=True)\n(x**2).backward()\nprint(u.grad)",  # u.grad is told as a target
        X + "for _ in range(2):\n    if x.grad is not None:\n        x.grad = None\n    (x**2).backward()",
        X + "o = torch.optim.SGD([x], lr=0.1)\no.zero_grad()\n(x**2).backward()\no.step()",
        X + "x.grad.zero_()",  # that is the error's own account
    ],
)
def test_what_is_told_elsewhere_or_reckoned_with_is_not_told_again(told: Callable, source: str) -> None:
    assert empty(told(source).trace) == ()
