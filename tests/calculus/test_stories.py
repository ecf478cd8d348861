"""What a learner is told about the programs of the course's first lessons."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest

from autograd_tutor.calculus.values import numbers
from autograd_tutor.explanation import Differences
from autograd_tutor.trace import Array

SINE = """x = torch.tensor(4., requires_grad=True)
y = x ** 2
z = torch.sin(y)
z.backward()
"""

BCE = """def binary_cross_entropy_loss(prediction, target):
    epsilon = 1e-8
    prediction = torch.clamp(prediction, epsilon, 1 - epsilon)
    return -(target * torch.log(prediction) + (1 - target) * torch.log(1 - prediction))

x = torch.tensor(6.7)
y = torch.tensor(0.0)
w = torch.tensor(1.0, requires_grad=True)
b = torch.tensor(0.0, requires_grad=True)
z = w * x + b
y_pred = torch.sigmoid(z)
loss = binary_cross_entropy_loss(y_pred, y)
loss.backward()
"""


def test_the_sine_of_a_square(told: Callable) -> None:
    one = told(SINE, "x.grad").of("x.grad")
    assert [step.rule for step in one.steps] == ["∂z/∂z", "∂z/∂y = cos(y)", "∂y/∂x = 2x"]
    assert [step.arithmetic for step in one.steps] == ["", "1 · (−0.9577) = −0.9577", "−0.9577 · 8 = −7.6613"]
    assert [path.product for path in one.paths] == ["cos(y)·2x"]
    assert one.sum == "x.grad was None, and becomes −7.6613."
    assert one.why == ""


def test_its_closed_form_in_both_hands(told: Callable) -> None:
    form = told(SINE, "x.grad").closed("x.grad")
    assert form.formula == "2*x*cos(x**2)"
    assert form.pretty == "2x·cos(x²)"
    assert form.definitions["y"] == "x**2"
    assert form.witnesses.agree


@pytest.mark.parametrize(
    ("target", "formula", "value"),
    [("w.grad", "x*(sigmoid(w*x + b) - y)", 6.69176), ("b.grad", "sigmoid(w*x + b) - y", 0.99877)],
)
def test_cross_entropy_of_two_parameters(told: Callable, target: str, formula: str, value: float) -> None:
    run = told(BCE, "w.grad", "b.grad")
    one, form = run.of(target), run.closed(target)
    assert all(step.ruled for step in one.steps)
    assert len(one.paths) == 2
    assert form.formula == formula
    assert "clamp" in form.holds
    assert form.witnesses.agree
    assert numbers(form.witnesses.symbolic) == pytest.approx(value, rel=1e-5)
    assert {"x", "y", "w", "b"} <= set(one.inputs)


ROUNDS = """a = torch.tensor(2.0, requires_grad=True)
x = torch.tensor(1.0)
for _ in range(2):
    x = x - (x * x - a) / (2 * x) - sum([torch.sin(a * k) for k in (1, 2, 3)]) / 100
x.backward()
"""
PICKED = """a = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
at = torch.tensor([1, 0])
y = (a - a.logsumexp(dim=1, keepdim=True)).gather(1, at.unsqueeze(1)).squeeze(1).mean()
y.backward()
"""


@pytest.mark.parametrize(("source", "target"), [(BCE, "w.grad"), (ROUNDS, "a.grad"), (PICKED, "a.grad")])
def test_an_invented_symbol_is_told_where_it_first_stands(told: Callable, source: str, target: str) -> None:
    steps = told(source, target).of(target).steps
    seen: list[str] = []
    stories: set[str] = set()
    for step in steps:
        for symbol in re.findall("u[₀-₉]+", f"{step.rule} {step.words}"):
            if symbol not in seen:
                seen.append(symbol)
                story = re.search(rf"{symbol} stands for (.*?)\. ", f"{step.words} ")
                assert story is not None
                assert story[1] not in stories  # no two stand for the same
                assert not re.search(rf"{symbol}\b", step.words[: story.start()])
                stories.add(story[1])
    counted = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
    assert [int(symbol[1:].translate(counted)) for symbol in seen] == list(range(1, len(seen) + 1))
    assert len(seen) > 1


def test_what_is_asked_for_keeps_its_name_and_sources_name_what_they_mean(told: Callable) -> None:
    source = "def block(x):\n    return x + torch.sin(x)\nx = torch.tensor(1., requires_grad=True)\n"
    one = told(f"{source}y = block(block(x))\ny.backward()\n", "x.grad").of("x.grad")
    assert "∂x₂/∂sin(x) = 1" in [step.rule for step in one.steps]
    assert "∂sin(x₂)/∂x₂ = cos(x₂)" in [step.rule for step in one.steps]
    assert "x.grad was None" in one.sum


RECURSION = """def power(x, n):
    return x if n == 1 else x * power(x, n - 1)
x = torch.tensor(1.5, requires_grad=True)
y = power(x, 4) + 0
y.backward()
"""
ATTRIBUTES = """class State: pass
s = State()
x = torch.tensor(2., requires_grad=True)
s.pos, s.vel = torch.tensor(0.), x
for _ in range(3):
    s.pos, s.vel = s.pos + 0.1 * s.vel, s.vel - 0.1 * s.pos
y = s.pos + 0
y.backward()
"""


@pytest.mark.parametrize(("source", "target"), [(RECURSION, "x.grad"), (ATTRIBUTES, "x.grad"), (ROUNDS, "a.grad")])
def test_one_symbol_never_stands_for_two_results_of_a_step(told: Callable, source: str, target: str) -> None:
    rules = [step.rule.partition(" = ")[0] for step in told(source, target).of(target).steps[1:]]
    assert not [rule for rule in rules if rule[1:].split("/∂")[0] == rule[1:].split("/∂")[1]]


def test_a_loops_variable_gives_a_parameter_no_name(told: Callable) -> None:
    source = "model = nn.Linear(1, 1)\nmodel(torch.ones(1)).backward()\nfor p in model.parameters():\n    p.data -= 1\n"
    assert {found.target for found in told(source).trace.found} == {"model.weight.grad", "model.bias.grad"}


def test_a_layer_is_called_as_the_program_calls_it(told: Callable) -> None:
    source = """f = nn.Sequential(nn.Linear(1, 1), nn.Tanh())
loss = nn.MSELoss()
x, y = torch.ones(1), torch.zeros(1)
(loss(f(x), y) + loss(f(y), x)).backward()
"""
    steps = told(source, "f[0].bias.grad").of("f[0].bias.grad").steps
    said = " ".join(f"{step.rule} {step.words}" for step in steps)
    assert "loss(f(x), y)" in said
    assert "mse_loss in" not in said
    assert "∂f(x)/∂(linear in f[0])" in said


def test_a_call_of_a_method_stands_in_parentheses_under_a_differential(told: Callable) -> None:
    source = "x = torch.tensor([1., 2.], requires_grad=True)\ny = ((x + 1).exp() - x).norm() - (x - 3).norm()\n"
    rules = [step.rule for step in told(f"{source}y.backward()\n", "x.grad").of("x.grad").steps]
    assert "∂((x + 1).exp())/∂(x + 1) = (x + 1).exp()" in rules
    assert not [rule for rule in rules if re.search(r"∂[^(]\S*\.\w+\(", rule)]
    assert any(rule.endswith("= (x − 3)/‖x − 3‖") for rule in rules)


def test_the_mean_spreads_one_third(told: Callable) -> None:
    run = told("x = torch.tensor([1., 2., 3.], requires_grad=True)\ny = (x ** 2).mean()\ny.backward()\n", "x.grad")
    one, form = run.of("x.grad"), run.closed("x.grad")
    assert one.steps[1].rule == "∂y/∂(x²) = 1/3"
    assert "1/3 of it for each of its 3 elements" in one.steps[1].words
    assert form.formula == "2*x/3"
    assert form.pretty == "2x/3"


def test_two_ways_meet(told: Callable) -> None:
    run = told("x = torch.tensor(3., requires_grad=True)\ny = x**2\nz = x*y + y\nz.backward()\n", "x.grad")
    one = run.of("x.grad")
    assert one.sum.startswith("Two paths meet at x: 9 + 24 = 33.")
    assert {path.product for path in one.paths} == {"y", "x·2x", "2x"}
    assert run.closed("x.grad").formula == "3*x**2 + 2*x"


def test_passes_add_up_until_they_are_zeroed(told: Callable) -> None:
    twice = "x = torch.tensor(2., requires_grad=True)\n(x**2).backward()\n(x**2).backward()\n"
    one = told(twice, "x.grad").of("x.grad")
    assert "held 4, and backward adds: 4 + 4 = 8" in one.sum
    assert numbers(one.before) == 4
    assert told(twice, "x.grad").closed("x.grad").formula == "4*x"
    zeroed = twice.replace(")\n(x**2).backward()\n", ")\n(x**2).backward()\nx.grad.zero_()\n", 1)
    one = told(zeroed, "x.grad").of("x.grad")
    assert {step.pass_ for step in one.steps} == {1}
    assert "held 0, and backward adds: 0 + 4 = 4" in one.sum
    assert told(zeroed, "x.grad").closed("x.grad").formula == "2*x"


def test_what_the_program_did_to_grad_afterwards_is_said(told: Callable) -> None:
    one = told("x = torch.tensor(3., requires_grad=True)\n(x**2).backward()\nx.grad.zero_()\n", "x.grad").of("x.grad")
    assert one.why == (
        "x.grad is 0: backward left 6 there, and then line 3 (x.grad.zero_()) cleared it. "
        "The steps tell how backward had come to it."
    )
    assert one.steps[-1].contribution == one.steps[-1].local


def test_a_detached_factor_is_a_constant_with_a_formula(told: Callable) -> None:
    source = "x = torch.tensor(3., requires_grad=True)\nz = x * (x**2).detach() + x**2\nz.backward()\n"
    form = told(source, "x.grad").closed("x.grad")
    assert form.formula == "x**2 + 2*x"


def test_float32_is_named_when_it_spoils_the_gradient(told: Callable) -> None:
    source = (
        "z = torch.tensor(20., requires_grad=True)\n"
        "p = torch.clamp(torch.sigmoid(z), 1e-8, 1 - 1e-8)\n"
        "(-torch.log(1 - p)).backward()\n"
    )
    run = told(source, "z.grad")
    form = run.closed("z.grad")
    assert form.witnesses.agree is False
    assert "float32 keeps about seven digits" in form.witnesses.disagreement
    assert "1 - p" in form.witnesses.disagreement
    assert "0 times inf" in run.of("z.grad").steps[-1].words


def test_a_kink_is_named_when_differences_disagree(told: Callable) -> None:
    run = told("x = torch.tensor(0., requires_grad=True)\ny = torch.relu(x)\ny.backward()\n", "x.grad")
    witnesses = run.closed("x.grad", Differences("x.grad", Array("float64", (), (0.5,)))).witnesses
    assert witnesses.agree is False
    assert "torch takes slope 0" in witnesses.disagreement


def test_a_gradient_of_a_gradient_has_its_formula(told: Callable) -> None:
    source = (
        "x = torch.tensor(2., requires_grad=True)\ng, = torch.autograd.grad(x**3, x, create_graph=True)\ng.backward()\n"
    )
    run = told(source, "g", "x.grad")
    assert run.closed("g").formula == "3*x**2"
    assert run.closed("x.grad").formula == "6*x"


def test_matrices_meet_the_other_factor_transposed(told: Callable) -> None:
    source = (
        "W = torch.tensor([[1., 2.], [3., 4.]], requires_grad=True)\n"
        "X = torch.tensor([[5., 6.], [7., 8.]])\n"
        "L = (W @ X).sum()\nL.backward()\n"
    )
    run = told(source, "W.grad")
    assert run.of("W.grad").steps[-1].rule == "∂L/∂W = G·Xᵀ"
    form = run.closed("W.grad")
    assert form.formula is None
    assert "X₀₀ + X₀₁" in form.no_formula
    assert np.array_equal(numbers(form.witnesses.symbolic), [[11, 15], [11, 15]])


def test_without_sympys_part_torch_and_differences_are_there_already(told: Callable) -> None:
    central = Array("float64", (), (-7.66127,))
    one = told(SINE, "x.grad").of("x.grad", Differences("x.grad", central))
    assert one.witnesses.differences == central
    assert numbers(one.witnesses.torch) == pytest.approx(-7.6613, rel=1e-4)


def test_a_training_loop_has_a_formula_at_the_weight_of_the_last_round(told: Callable) -> None:
    source = (
        "w = torch.tensor(1., requires_grad=True)\n"
        "for i in range(3):\n"
        "    w.grad = None\n"
        "    loss = (2*w - 3)**2\n"
        "    loss.backward()\n"
        "    if i < 2:\n"
        "        with torch.no_grad():\n"
        "            w -= 0.1*w.grad\n"
    )
    form = told(source, "w.grad").closed("w.grad")
    assert form.formula == "8*w - 12"
    assert form.witnesses.agree


def test_numbers_in_a_list_of_formulas_have_one_form(told: Callable) -> None:
    source = "x = torch.tensor([1., 2., 3.], requires_grad=True)\n(x[0] * {} + x[1] / 4 + x[2] * x[0] / 2).backward()\n"
    shown = {slope: told(source.format(slope), "x.grad").closed("x.grad").no_formula for slope in ("0.375", "0.5")}
    assert shown["0.375"] == "Each element has a formula of its own: x₂/2 + 0.375, 0.25, x₀/2."
    assert "1/4" in shown["0.5"]


def test_elements_with_one_formula_have_none_of_their_own(told: Callable) -> None:
    source = "x = torch.tensor([1., 2.], requires_grad=True)\n(x.sum() / x.detach().sum()).backward()"
    assert told(source, "x.grad").closed("x.grad").no_formula.startswith("Every element has the same formula")


def test_a_tie_is_told_as_torch_settles_it(told: Callable) -> None:
    source = "x = torch.tensor([3., 1., 3.], requires_grad=True)\n{}.backward()"
    steps = {call: told(source.format(call), "x.grad").of("x.grad").steps[-1] for call in ("x.max()", "x.max(0)[0]")}
    assert not any("Only the" in step.words for step in steps.values())
    assert "in equal shares" in steps["x.max()"].symbol
    assert "at the place it returned" in steps["x.max(0)[0]"].symbol


def test_elements_that_are_plain_numbers_are_not_called_formulas(told: Callable) -> None:
    source = "x = torch.tensor([3., 1., 2.], requires_grad=True)\n{}.backward()"
    assert "each element is a plain number" in told(source.format("x.max()"), "x.grad").closed("x.grad").no_formula
    assert "a formula of its own" in told(source.format("x.prod()"), "x.grad").closed("x.grad").no_formula


def test_a_given_start_introduces_its_letters(told: Callable) -> None:
    source = "x = torch.tensor([3., 1.], requires_grad=True)\ny = 2*x\ny.backward(torch.tensor([1., 5.]))"
    seed = told(source, "x.grad").of("x.grad").steps[0]
    assert seed.rule == "∂L/∂y = v"
    assert "v, [1, 5], says how much each element of y counts in their sum, L" in seed.words


@pytest.mark.parametrize("line", ["(x + 1) / (x - x)", "1 / (x - x) ** 2 + x"])
def test_what_divides_by_zero_in_symbols_has_no_formula(told: Callable, line: str) -> None:
    form = told(f"x = torch.tensor(1.3, requires_grad=True)\ny = {line}\ny.backward()", "x.grad").closed("x.grad")
    assert "divides by 0" in form.no_formula
    assert form.witnesses.agree is None


def test_a_slip_in_which_sympy_loses_itself_costs_no_other(told: Callable) -> None:
    """Twice the derivative of such powers is more than its recursion can bear."""
    source = """x = torch.tensor([-0.8, 1.7, 1.7], dtype=torch.float64, requires_grad=True)
v = x
for _ in range(2):
    v = v * 0.5 + 2 ** (x - x * x)
v.sum().backward()"""
    form = told(source, "x.grad").closed("x.grad")
    assert form.formula
    assert form.slips
