"""Jacobians, Hessians and each example's gradient are told: by rules, in rows, columns and examples, with witnesses."""

from __future__ import annotations

import pytest

from autograd_tutor.calculus.closed import close
from autograd_tutor.calculus.deadline import Deadline
from autograd_tutor.calculus.derive import Derivations
from autograd_tutor.calculus.explain import Accounts
from autograd_tutor.explanation import ClosedForm, TargetExplanation
from autograd_tutor.recording.differences import differences
from autograd_tutor.recording.record import record
from autograd_tutor.sandbox.protocol import Job
from autograd_tutor.teaching.batches import at_once

JACOBIAN = """\
def f(t):
    return torch.stack([t[0] ** 2 * t[1], t[1].sin()])
x = torch.tensor([2.0, 3.0])
"""
LOSS = """\
def loss(w, x):
    return (w * x).sum() ** 2
w = torch.tensor([1.0, 2.0])
X = torch.tensor([[1.0, 0.5], [2.0, -1.0], [0.1, 3.0]])
"""


def told(source: str, target: str = "g") -> tuple[TargetExplanation, ClosedForm]:
    recording = record(Job(source, targets=(target,), prelude=True))
    accounts = Accounts(recording.trace)
    one = accounts.witnessed(accounts.explain(target), differences(recording, target))
    return one, close(Derivations(recording.trace), one, Deadline.within(10), imagine=False)


@pytest.mark.parametrize(
    "source",
    [
        JACOBIAN + "g = torch.func.jacrev(f)(x)",
        JACOBIAN + "g = torch.func.jacrev(f, chunk_size=1)(x)",
        JACOBIAN + "g, _ = torch.func.jacrev(lambda t: (f(t), t.prod()))(x)",
        JACOBIAN + "g = torch.autograd.functional.jacobian(f, x)",
        JACOBIAN + "g = torch.vmap(torch.func.jacrev(f))(torch.stack([x, x + 1]))",
        LOSS + "g = torch.vmap(torch.func.grad(loss), in_dims=(None, 0))(w, X)",
        LOSS + "g = torch.vmap(torch.func.grad(loss), in_dims=(None, 1), out_dims=1)(w, X.T)",
        LOSS + "g = torch.vmap(torch.func.grad(loss), in_dims=(None, 0), chunk_size=2)(w, X)",
        LOSS + "g = torch.func.grad(lambda v: torch.vmap(lambda u: loss(v, u))(X).mean())(w)",
    ],
)
def test_torch_sympy_and_differences_agree_and_every_step_has_its_rule(source: str) -> None:
    one, form = told(source)
    assert form.witnesses.verdict == "all three agree"
    assert one.steps
    assert all(step.ruled for step in one.steps)


@pytest.mark.parametrize(
    "call",
    [
        "torch.func.jacfwd(f)(x)",
        "torch.vmap(torch.func.jacfwd(f))(torch.stack([x, x + 1]))",
        "torch.func.hessian(lambda t: f(t).prod())(x)",
        "torch.func.jacfwd(torch.func.grad(lambda t: f(t).prod()))(x)",
        "torch.func.jacfwd(torch.func.jacfwd(f))(x)",
    ],
)
def test_each_column_is_told_as_a_tangent_and_sympy_agrees(call: str) -> None:
    one, form = told(f"{JACOBIAN}g = {call}")
    assert form.witnesses.verdict == "both agree"
    assert sum("olumn 0." in step.words for step in one.forward) == (2 if "vmap" in call else 1)


def test_a_step_s_slope_is_one_for_all_rows_and_one_for_each_example() -> None:
    rows, _ = told(JACOBIAN + "g = torch.func.jacrev(f)(x)")
    assert [step.arithmetic for step in rows.steps if step.rule == "∂(t[0]²)/∂t[0] = 2·t[0]"] == [
        "[3, 0] · 4 = [12, 0]"
    ]
    each, _ = told(LOSS + "g = torch.vmap(torch.func.grad(loss), in_dims=(None, 0))(w, X)")
    assert each.steps[1].arithmetic == "[1, 1, 1] · [4, 0, 12.2] = [4, 0, 12.2]"


def test_the_words_say_how_the_result_is_put_together() -> None:
    rows, _ = told(JACOBIAN + "g = torch.func.jacrev(f)(x)")
    assert "all 2 rows go back at once (vmap)" in rows.steps[0].words
    assert "Row i of g is how element i of" in rows.sum
    each, _ = told(LOSS + "g = torch.vmap(torch.func.grad(loss), in_dims=(None, 0))(w, X)")
    assert "for all 3 examples at once (vmap)" in each.steps[0].words
    assert "its entry i is the gradient by w for example i" in each.sum
    columns, _ = told(JACOBIAN + "g = torch.func.hessian(lambda t: f(t).prod())(x)")
    assert "whose steps are not recorded one by one" in columns.sum
    shared, _ = told(LOSS + "w.requires_grad_()\ntorch.vmap(lambda u: loss(w, u))(X).sum().backward()", "w.grad")
    assert shared.steps[-1].words.endswith("All examples of the vmap share w, so what each of them sends is summed.")


def test_the_formula_of_backward_through_a_vmap_is_that_of_the_function() -> None:
    source = "x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)\n"
    _, form = told(source + "torch.vmap(lambda t: (t ** 3).sum(), in_dims=1)(x).sum().backward()", "x.grad")
    assert (form.pretty, form.witnesses.verdict) == ("3x²", "all three agree")


def test_several_weights_that_autograd_records_outside_as_well_each_have_their_formula() -> None:
    source = """\
v = torch.tensor([2.0], requires_grad=True)
b = torch.tensor([5.0], requires_grad=True)
g, h = torch.func.grad(lambda p, q: (p ** 3 * q).sum(), argnums=(0, 1))(v, b)
"""
    assert [told(source, name)[1].pretty for name in "gh"] == ["3b·v²", "v³"]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("torch.func.jacrev(f)(x)", "Line 4: one pass goes back for 2 rows at once."),
        ("torch.func.jacfwd(f)(x)", "Line 4: each value carries 2 tangents at once, one for each column."),
        (
            "torch.vmap(f)(torch.stack([x] * 3))",
            "Line 4: inside the vmap every value is that of all 3 examples at once.",
        ),
        ("f(x)", None),
    ],
)
def test_what_is_done_for_all_at_once_is_said_once_beside_the_graph(call: str, said: str | None) -> None:
    lines = at_once(record(Job(f"{JACOBIAN}g = {call}", prelude=True)).trace)
    assert [line[: len(said or "")] for line in lines] == ([] if said is None else [said])


@pytest.mark.parametrize("call", ["jacfwd(h)(x)", "hessian(lambda t: h(t).sum())(x)", "jvp(h, (x,), (x,))[1]"])
def test_detach_drops_a_tangent_in_the_formula_as_it_does_in_torch(call: str) -> None:
    _, form = told(f"{JACOBIAN}h = lambda t: (t ** 2).detach() * t ** 3\ng = torch.func.{call}")
    assert form.witnesses.agree


@pytest.mark.parametrize(
    "call",
    [
        "torch.vmap(lambda r: r * r.sum(), in_dims=1, out_dims=1)(x)",
        "torch.vmap(lambda r: (r.sin() * r.sum()).exp(), in_dims=1)(x)",
        "torch.vmap(lambda c: torch.tanh(w @ c) * c, in_dims=1, out_dims=1)(x * 2)",
        "torch.vmap(lambda c: torch.outer(w, w) @ c, in_dims=-1)(x)",
    ],
)
@pytest.mark.parametrize("target", ["x.grad", "w.grad"])
def test_a_pass_from_outside_meets_the_examples_in_any_dimension(call: str, target: str) -> None:
    if target == "w.grad" and "w" not in call:
        return
    start = "x = torch.tensor([[0.1, 0.2], [0.4, 0.5]], requires_grad=True)\n"
    start += "w = torch.tensor([0.5, -1.0], requires_grad=True)\n"
    weights = "torch.tensor([[1.0, 2.0], [3.0, 5.0]])"
    one, form = told(f"{start}y = {call}\n(y * {weights}).sum().backward()", target)
    assert form.witnesses.verdict == "all three agree"
    assert all(step.ruled for step in one.steps)
    assert not any("not taken apart" in step.words for step in one.steps)


def test_a_second_derivative_of_each_example_is_told_by_rules() -> None:
    source = (
        "def u(x, a):\n    return torch.sin(a * x) * x\nxs = torch.tensor([0.1, 0.5, 1.0])\na = torch.tensor(2.0)\n"
    )
    one, form = told(source + "g = torch.vmap(torch.func.grad(torch.func.grad(u)), in_dims=(0, None))(xs, a)")
    assert form.pretty == "2a·cos(a·xs) − a²·xs·sin(a·xs)"
    assert form.witnesses.verdict == "both agree"
    assert all(step.ruled for step in one.steps)


def test_what_backward_left_after_gradients_of_examples_has_a_formula() -> None:
    source = (
        "w = torch.tensor(0.5, requires_grad=True)\ninner = lambda v, t: (v - t) ** 2\n"
        "def outer(t):\n    return inner(w - 0.1 * torch.func.grad(inner)(w, t), t)\n"
        "t = torch.tensor([1.0, 2.0])\ntorch.vmap(outer)(t).sum().backward()"
    )
    _, form = told(source, "w.grad")
    assert form.witnesses.verdict == "both agree"
    assert "torch records nothing" not in (form.no_formula or "")
