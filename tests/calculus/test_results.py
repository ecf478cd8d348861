"""Derivatives that stand in no .grad are found by their names, and a derivative of 0 is told why."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from telling import Told

from autograd_tutor.calculus.results import named_besides, results
from autograd_tutor.sandbox.protocol import Job
from autograd_tutor.sandbox.stages import record

X = "x = torch.tensor([1.0, 2.0], requires_grad=True)\n"
FUNC = "c = torch.tensor([1.0, 2.0])\nf = lambda t: (t ** 3).sum()\nx = torch.tensor([3.0, 4.0])\n"


@pytest.mark.parametrize(
    "call",
    [
        "torch.func.grad(f)(x)",
        "torch.func.jacrev(f)(x)",
        "torch.func.jacfwd(f)(x)",
        "torch.func.hessian(f)(x)",
        "torch.func.vmap(torch.func.grad(f))(x[:, None])",
        "torch.func.vjp(f, x)[1](torch.tensor(1.0))[0]",
        "torch.func.jvp(f, (x,), (c,))[1]",
    ],
)
def test_what_a_transform_gives_is_a_result_with_steps(told: Callable[..., Told], call: str) -> None:
    source = f"{FUNC}y = f(x)\nr = {call}\n"
    assert [found.target for found in results(told(source).trace)] == ["r"]
    one = told(source, "r").of("r")
    assert one.steps or one.forward


def test_what_autograd_grad_gives_is_a_result_and_a_copy_of_a_grad_is_none(told: Callable[..., Told]) -> None:
    source = X + "y = (x ** 2).sum()\ng, = torch.autograd.grad(y, x, retain_graph=True)\ny.backward()\nh = x.grad\n"
    found = results(told(source).trace)
    assert [one.target for one in found] == ["g"]
    assert named_besides(found) == "g is a derivative too, in no .grad: --wrt g explains it."


@pytest.mark.parametrize("name", ["grad", "jacrev", "jacfwd"])
def test_a_function_that_its_argument_does_not_move_is_told_so(told: Callable[..., Told], name: str) -> None:
    value = "(c * 2).sum()" if name == "grad" else "c * 2"
    source = f"{FUNC}r = torch.func.{name}(lambda t: {value})(x)\n"
    assert [found.target for found in results(told(source).trace)] == ["r"]
    assert "on line 4 differentiates does not depend on that argument" in told(source, "r").of("r").why


@pytest.mark.parametrize("filled", [False, True])
def test_where_no_target_is_named_results_are_told_or_noted(filled: bool) -> None:
    source = "import torch\n" + X + "y = (x ** 2).sum()\ng, = torch.autograd.grad(y, x, retain_graph=True)\n"
    _, trace = record(Job(source=source + ("y.backward()\n" if filled else "")))
    assert [found.target for found in trace.found] == (["x.grad"] if filled else ["x.grad", "g"])
    assert any("--wrt g" in note for note in trace.notes) is filled


def test_a_0_in_place_of_none_is_told_so(told: Callable[..., Told]) -> None:
    source = f"{X}z = torch.ones(2, requires_grad=True)\ny = (x ** 2).sum()\n"
    run = told(source + "gx, gz = torch.autograd.grad(y, (x, z), materialize_grads=True)", "gx", "gz")
    assert run.of("gz").why.startswith("No path leads from y back to z, so its derivative is 0")
    assert "materialize_grads=True" in run.of("gz").why
    assert run.of("gx").why == ""
