"""Answers to real programs, run by torch: the notebook's cells and some beside them."""

import math
from collections.abc import Callable

import pytest

from autograd_tutor.sandbox.client import Sandbox
from autograd_tutor.sandbox.protocol import Job, Run
from autograd_tutor.teaching.grading import judge, truth

SQUARE = "x = torch.tensor(3.0, requires_grad=True)\ny = x**2\ny.backward()\n"
SINE = "x = torch.tensor(4.0, requires_grad=True)\ny = x ** 2\nz = torch.sin(y)\nz.backward()\n"
MEAN = "x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)\ny = (x**2).mean()\ny.backward()\n"
ENTROPY = """x, y = torch.tensor(6.7), torch.tensor(0.0)
w = torch.tensor(1.0, requires_grad=True)
b = torch.tensor(0.0, requires_grad=True)
p = torch.sigmoid(w * x + b)
pc = torch.clamp(p, 1e-8, 1 - 1e-8)
loss = -(y * torch.log(pc) + (1 - y) * torch.log(1 - pc))
loss.backward()
"""
TWICE = "x = torch.tensor(3.0, requires_grad=True)\nfor _ in range(2):\n    y = x**2\n    y.backward()\n"
RESET = SQUARE + "x.grad.zero_()\ny = x**2\ny.backward()\n"
DETACHED = "x = torch.tensor(2.5, requires_grad=True)\nz = x.detach()\ny = z**2\ny.backward()\n"
NO_GRAD = "x = torch.tensor(2.5, requires_grad=True)\nwith torch.no_grad():\n    y = x**2\ny.backward()\n"
FREED = "x = torch.tensor(2.5, requires_grad=True)\ny = x**3\ny.backward()\ny.backward()\n"
VECTOR = "x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)\ny = x**2\ny.backward()\n"
FORK = "x = torch.tensor(3.3, requires_grad=True)\ny = x**2\nz = x * y + y\nz.backward()\n"
PARTLY = "x = torch.tensor(3.3, requires_grad=True)\ny = x**2\nz = x * y.detach() + y\nz.backward()\n"
SATURATED = """z = torch.tensor(20.0, requires_grad=True)
p = torch.clamp(torch.sigmoid(z), 1e-8, 1 - 1e-8)
loss = -torch.log(1 - p)
loss.backward()
"""
POLE = "x = torch.tensor(0.0, requires_grad=True)\ny = torch.sqrt(x)\ny.backward()\n"
UNUSED = "a = torch.tensor(2.0, requires_grad=True)\nc = torch.tensor(7.0, requires_grad=True)\n(a * 3).backward()\n"
TIMES_ZERO = "b = torch.tensor(5.0, requires_grad=True)\n(0 * b).backward()\n"
HALF, LOG = (
    f"x = torch.tensor(3.0, requires_grad=True)\ny = {one}\ny.backward()\n" for one in ("x**2 / 4", "x.log() / 2")
)
CLEARED = SQUARE + "x.grad = None\n"
FROZEN = "x = torch.tensor(2.0)\nw = torch.tensor(3.0, requires_grad=True)\n(w * x).backward()\n"

ROWS = [
    (SQUARE, "x.grad", "right", ["6", "6.0", "6.", "2*3", "tensor(6.)", "2x", "2*x", "x+x", "[6]", "6.00", "12/2"]),
    (SQUARE, "x.grad", "wrong", ["9", "5", "-6", "None", "0", "raises", "nan", "[6, 6]", "x+3", "6x/3+0.1", "x^2"]),
    (SQUARE, "x.grad", "wrong", ["1/2x"]),
    (SQUARE, "x.grad", "invalid", ["", "6,0", "5.9", "q", "yes", "six"]),
    (SQUARE, "y", "right", ["9", "x^2", "3^2"]),
    (SQUARE, "y", "invalid", ["yes"]),
    (SQUARE + "g = y.grad\n", "g", "invalid", ["no"]),
    (SQUARE + "b = y > 3\n", "b", "right", ["yes"]),
    (SQUARE, "y.requires_grad", "right", ["yes", "True"]),
    (SQUARE, "y.requires_grad", "wrong", ["no", "raises"]),
    (SQUARE, "y.requires_grad", "invalid", ["1", "None", "x"]),
    (SQUARE, "x.is_leaf", "right", ["yes"]),
    (SQUARE, "y.grad", "right", ["None", "none"]),
    (SQUARE, "y.grad", "wrong", ["0", "1", "6", "raises"]),
    (SINE, "x.grad", "right", ["-7.66", "−7.661", "-7.6613", "2 cos(16) 4", "8cos(16)", "2x cos(x²)", "2x·cos(y)",
                               "cos(y)*2*x", "2*x*cos(x**2)", "cos(x^2)x + x cos(y)"]),
    (SINE, "x.grad", "wrong", ["-0.9577", "cos(16)", "8", "7.6613", "-0.2879", "-5.2291", "8cos(x²)", "2x", "0",
                               "-7.65", "-8.0", "-0.96"]),
    (SINE, "x.grad", "invalid", ["-7.7", "-7.6", "-7.8", "-8", "8,1", "2x cos(t)"]),
    (MEAN, "x.grad", "right", ["[2/3, 4/3, 2]", "[0.667, 1.33, 2.00]", "tensor([0.6667, 1.3333, 2.0000])", "2x/3"]),
    (MEAN, "x.grad", "wrong", ["[2, 4, 6]", "2x", "4", "[[0.667, 1.33, 2]]", "[1/3, 4/3, 3]", "None", "raises"]),
    (MEAN, "x.grad", "invalid", ["[0.67, 1.33, 2]", "[2/3, 4/3", "[1 2 3]"]),
    (ENTROPY, "w.grad", "right", ["6.69", "6.692", "6.69176", "(p - y) x", "x sigmoid(w x + b)"]),
    (ENTROPY, "w.grad", "wrong", ["6.70", "6.7012", "0.9988", "-6.6918", "0.0082", "5449.52", "813.36"]),
    (ENTROPY, "w.grad", "invalid", ["6.7", "6.6"]),
    (ENTROPY, "b.grad", "right", ["0.999", "0.9988", "p", "p - y"]),
    (TWICE, "x.grad", "right", ["12"]),
    (TWICE, "x.grad", "wrong", ["6", "36", "9", "raises", "None"]),
    (RESET, "x.grad", "right", ["6"]),
    (RESET, "x.grad", "wrong", ["12", "0"]),
    (DETACHED, "x.grad", "right", ["raises", "error", "raises RuntimeError", "raises does not require grad",
                                   "RuntimeError: does not require grad", "raises line 4"]),
    (DETACHED, "x.grad", "partly", ["None"]),
    (DETACHED, "x.grad", "wrong", ["5", "0", "raises ValueError", "raises line 3", "nan"]),
    (NO_GRAD, "x.grad", "right", ["raises"]),
    (NO_GRAD, "x.grad", "partly", ["None"]),
    (NO_GRAD, "x.grad", "wrong", ["5", "0"]),
    (FREED, "x.grad", "right", ["raises", "raises a second time"]),
    (FREED, "x.grad", "partly", ["18.75", "18.8", "3*2.5²", "3x²"]),
    (FREED, "x.grad", "wrong", ["37.5", "None", "0"]),
    (VECTOR, "x.grad", "right", ["raises", "raises scalar"]),
    (VECTOR, "x.grad", "wrong", ["[2, 4, 6]", "12"]),
    (SATURATED, "z.grad", "right", ["nan", "NaN", "tensor(nan)"]),
    (SATURATED, "z.grad", "wrong", ["1", "0", "inf", "None", "raises"]),
    (POLE, "x.grad", "right", ["inf", "∞"]),
    (POLE, "x.grad", "wrong", ["-inf", "nan", "0", "1e9"]),
    (UNUSED, "c.grad", "right", ["None"]),
    (UNUSED, "c.grad", "wrong", ["0", "1", "raises", "nan"]),
    (TIMES_ZERO, "b.grad", "right", ["0", "0.0", "-0", "zero"]),
    (TIMES_ZERO, "b.grad", "wrong", ["None", "nan", "5", "raises"]),
    (HALF, "x.grad", "right", ["1/2x", "x/2"]),
    (LOG, "x.grad", "invalid", ["1/2x"]),
    (LOG, "x.grad", "right", ["1/(2x)", "dy/dx = 1/(2x)", "∂y/∂x = 1/6", r"\frac{dy}{dx} = \frac{1}{2x}"]),
    (LOG, "x.grad", "invalid", ["dy/dx", "dz/dx = 1/6"]),
    (CLEARED, "x.grad", "wrong", ["0", "6"]),
    (FROZEN, "x.grad", "wrong", ["3", "0"]),
    (FORK, "x.grad", "right", ["39.27", "39.3", "3x²+2x", "y + x(2x) + 2x", "3*3.3^2 + 6.6"]),
]  # fmt: skip


@pytest.fixture(scope="module")
def runs(sandbox: Sandbox) -> Callable[[str, str], Run]:
    known: dict[tuple[str, str], Run] = {}

    def run(source: str, target: str) -> Run:
        if (source, target) not in known:
            known[source, target] = sandbox.run(Job(source, prelude=True, targets=(target,)))
        return known[source, target]

    return run


CASES = [(source, target, answer, verdict) for source, target, verdict, answers in ROWS for answer in answers]


@pytest.mark.parametrize(
    ("source", "target", "answer", "verdict"), CASES, ids=[f"{target}-{answer}" for _, target, answer, _ in CASES]
)
def test_the_verdict(runs: Callable[[str, str], Run], source: str, target: str, answer: str, verdict: str):
    judgement = judge(answer, runs(source, target), target)
    assert judgement.verdict == verdict, judgement
    assert judgement.message.endswith((".", "?"))


BELIEFS = [
    (SINE, "x.grad", "-0.9577", "inner-derivative-dropped", "L", "slope of y = x ** 2"),
    (SINE, "x.grad", "cos(y)", "inner-derivative-dropped", "L", "slope of y = x ** 2"),
    (SINE, "x.grad", "8", "outer-derivative-dropped", "L", "torch.sin(y)"),
    (SINE, "x.grad", "7.6613", "sign", "S", "sign"),
    (SINE, "x.grad", "-0.2879", "value-of-root", "V", "value of z"),
    (SINE, "y.grad", "-0.9577", "as-if-retained", "D", "y to keep its gradient"),
    (SINE, "y.grad", "0", "zero-for-none", "N", "computed, on line 2"),
    (SINE, "y.grad", "raises", "raises-for-value", "N", "reading y.grad is allowed"),
    (MEAN, "x.grad", "[2, 4, 6]", "mean-count-forgotten", "R", "mean divides"),
    (MEAN, "x.grad", "2x", "mean-count-forgotten", "R", "mean divides"),
    (TWICE, "x.grad", "6", "last-pass-only", "A", "overwrite"),
    (RESET, "x.grad", "12", "not-reset", "A", "before it was reset"),
    (DETACHED, "x.grad", "5", "as-if-tracked", "D", "x.detach()"),
    (NO_GRAD, "x.grad", "5", "as-if-tracked", "D", "line 3"),
    (NO_GRAD, "x.grad", "0", "zero-for-raises", "N", "line 4"),
    (FREED, "x.grad", "37.5", "as-if-run", "D", "run to its end"),
    (VECTOR, "x.grad", "[2, 4, 6]", "as-if-run", "D", "run to its end"),
    (PARTLY, "x.grad", "39.27", "as-if-tracked", "D", "y.detach()"),
    (FORK, "x.grad", "10.89", "path-dropped", "P", "way from z to x"),
    (UNUSED, "c.grad", "0", "zero-for-none", "N", "lead to c"),
    (TIMES_ZERO, "b.grad", "None", "none-for-number", "N", "arrows back"),
    (FROZEN, "x.grad", "3", "as-if-not-frozen", "D", "x to be a leaf"),
]


@pytest.mark.parametrize(("source", "target", "answer", "tag", "family", "words"), BELIEFS)
def test_the_belief_is_named_and_the_truth_is_not(
    runs: Callable[[str, str], Run], source: str, target: str, answer: str, tag: str, family: str, words: str
):
    run = runs(source, target)
    judgement = judge(answer, run, target)
    assert judgement.verdict == "wrong"
    assert (judgement.mistakes[0].tag, judgement.mistakes[0].family) == (tag, family), judgement
    assert words in judgement.message
    found = run.trace.find(target)
    if found is not None and found.value is not None and found.value.shape == ():
        assert str(found.value.data) not in judgement.message
        assert f"{found.value.data[0]:.3f}" not in judgement.message


CAUGHT = (
    "x = torch.tensor(2.0, requires_grad=True)\nz = x.detach()\ny = x**3\nu = z**2\ny.backward()\n"
    "try:\n    u.backward()\nexcept RuntimeError:\n    pass\n"
)
RETURNED = "x = torch.tensor(3.0, requires_grad=True)\ny = x**3\ng, = torch.autograd.grad(y, x)\n"
STEP = SQUARE + "with torch.no_grad():\n    x -= 0.1 * x.grad\n"


@pytest.mark.parametrize(
    ("source", "target", "nudge"),
    [
        (SINE, "x.grad", "Start at z and go back to x"),
        (CAUGHT, "x.grad", "Start at y and go back to x"),
        (RETURNED, "g", "Start at y and go back to x"),
        (STEP, "x", "Go through the lines that lead to x"),
        ("def f(x):\n    return 2 * x\n\nslope = f(3)\n", "slope", "Go through the lines that lead to slope"),
        (SQUARE + "x.grad.zero_()\n", "x.grad", "the lines after the backward pass"),
        ("x = torch.tensor(3.0)\ny = x**2\ng = x.grad\n", "g", "Look at the line that makes g"),
    ],
)
def test_an_answer_that_tells_no_belief_is_told_where_to_begin(
    runs: Callable[[str, str], Run], source: str, target: str, nudge: str
):
    assert nudge in judge("17.231", runs(source, target), target).message


def test_two_beliefs_with_one_answer_make_one_question(runs: Callable[[str, str], Run]):
    judgement = judge("0.9988", runs(ENTROPY, "w.grad"), "w.grad")
    assert len({mistake.family for mistake in judgement.mistakes}) >= 2
    assert judgement.message.startswith("Did you")
    assert ", or " in judgement.message
    assert not any(mistake.certain for mistake in judgement.mistakes)


def test_a_small_integer_is_never_certain(runs: Callable[[str, str], Run]):
    judgement = judge("8", runs(SINE, "x.grad"), "x.grad")
    assert judgement.mistakes
    assert not any(mistake.certain for mistake in judgement.mistakes)
    assert judgement.message.startswith("Did you")


def test_one_belief_with_an_odd_number_is_certain(runs: Callable[[str, str], Run]):
    judgement = judge("7.6613", runs(SINE, "x.grad"), "x.grad")
    assert [mistake.certain for mistake in judgement.mistakes] == [True]
    assert judgement.message.startswith("It looks as if")


def test_the_value_left_behind_names_the_line_that_raises(runs: Callable[[str, str], Run]):
    assert "line 4 raises" in judge("18.75", runs(FREED, "x.grad"), "x.grad").message


@pytest.mark.parametrize(
    ("answer", "tag", "said"),
    [
        ("cos(x^2)", "inner-derivative-dropped", "left out the slope of y = x ** 2 (line 2)"),
        ("cos(y)", "inner-derivative-dropped", "left out the slope of y = x ** 2 (line 2)"),
        ("2x sin(x²)", "function-not-differentiated", "where its slope belongs"),
        ("cos(2x)", "slope-put-inside", "inside"),
        ("x + 3", None, "Start at z"),
    ],
)
def test_a_wrong_formula_is_diagnosed_as_a_formula(
    runs: Callable[[str, str], Run], answer: str, tag: str | None, said: str
):
    judgement = judge(answer, runs(SINE, "x.grad"), "x.grad")
    assert [one.tag for one in judgement.mistakes] == ([tag] if tag else [])
    assert said in judgement.message
    assert judgement.message.endswith("and the slope there is not that: move x a little and see what z does.")
    assert "7.66" not in judgement.message


def test_a_number_is_traced_to_a_slip_where_no_imagined_pass_gives_it(runs: Callable[[str, str], Run]):
    source = "x = torch.tensor(1.3, requires_grad=True)\nz = torch.sin(x) / (x**2 + 1)\nz.backward()\n"
    unsquared = math.cos(1.3) - 2.6 * math.sin(1.3) / (1.3**2 + 1)
    judgement = judge(f"{unsquared:.5f}", runs(source, "x.grad"), "x.grad")
    assert [one.tag for one in judgement.mistakes] == ["quotient-not-squared"]
    assert "forgot to square the divisor at sin(x)/(x² + 1)" in judgement.message


def test_a_number_put_in_too_early_is_told_where_the_formula_fits_by_chance(runs: Callable[[str, str], Run]):
    judgement = judge("2x cos(16)", runs(SINE, "x.grad"), "x.grad")
    assert [one.tag for one in judgement.mistakes] == ["evaluated-too-early", "fits-by-chance"]


def test_a_formula_that_fits_by_chance_is_told_so(runs: Callable[[str, str], Run]):
    judgement = judge("x + 3", runs(SQUARE, "x.grad"), "x.grad")
    assert judgement.mistakes[0].tag == "fits-by-chance"


def test_an_invalid_answer_does_not_tell_whether_it_was_near(runs: Callable[[str, str], Run]):
    """-7.7 rounds the truth, its neighbours do not: all are told the same."""
    run = runs(SINE, "x.grad")
    told = {(j.verdict, j.message) for j in (judge(text, run, "x.grad") for text in ("-7.6", "-7.7", "-7.8"))}
    assert len(told) == 1


def test_two_digits_of_a_mistake_are_asked_about(runs: Callable[[str, str], Run]):
    judgement = judge("-0.96", runs(SINE, "x.grad"), "x.grad")
    assert judgement.message.startswith("Did you leave out the slope of y = x ** 2")


def test_names_of_the_program_are_listed_for_an_unknown_one(runs: Callable[[str, str], Run]):
    assert judge("2t", runs(SINE, "x.grad"), "x.grad").message == "I do not know t here. A formula may use x, y, z."


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        (SQUARE, "x.grad", 6.0),
        (SQUARE, "y.grad", "None"),
        (SQUARE, "y.requires_grad", True),
        (SATURATED, "z.grad", "nan"),
        (POLE, "x.grad", "inf"),
        (VECTOR, "y", [1.0, 4.0, 9.0]),
    ],
)
def test_the_truth_as_json(runs: Callable[[str, str], Run], source: str, target: str, expected: object):
    source = source if target != "y" else source.replace("y.backward()\n", "")
    assert truth(runs(source, target), target) == expected


def test_the_truth_of_a_program_that_raised(runs: Callable[[str, str], Run]):
    told = truth(runs(FREED, "x.grad"), "x.grad")
    assert told["line"] == 4
    assert told["left"] == 18.75
    assert told["raises"].startswith("RuntimeError: Trying to backward through the graph a second time")


@pytest.mark.parametrize(("source", "target"), sorted({(source, target) for source, target, _, _ in ROWS}))
def test_the_truth_typed_back_is_right(runs: Callable[[str, str], Run], source: str, target: str):
    """Whatever torch did, written as torch prints it or in JSON's words, is judged right."""
    run = runs(source, target)
    told = truth(run, target)
    answer = "raises" if isinstance(told, dict) else str(told).replace("'", "")
    assert judge(answer, run, target).verdict == "right"


def test_a_digit_that_the_truth_does_not_round_to_is_wrong_not_too_short(runs: Callable[[str, str], Run]):
    run = runs(SQUARE.replace("3.0", "5.0"), "x.grad")
    assert run.trace.find("x.grad").value.data == (10.0,)
    assert {text: judge(text, run, "x.grad").verdict for text in ("7", "9", "12", "10")} == {
        "7": "wrong",
        "9": "wrong",
        "12": "wrong",
        "10": "right",
    }


COMPLEX = "z = torch.tensor([1.5 + 2.5j, 2j], requires_grad=True)\n((z * z.conj()).real.sum() * 3).backward()\n"


@pytest.mark.parametrize(
    ("answer", "verdict", "tag"),
    [
        ("[9+15j, 12j]", "right", None),
        ("tensor([9.+15.j, 0.+12.j])", "right", None),
        ("[9 - 15i, -12i]", "wrong", "conjugate"),
        ("[4.5+7.5j, 6j]", "wrong", "half"),
        ("[9, 0]", "wrong", "real-part-only"),
    ],
)
def test_complex_answers_are_read_and_judged(runs: Callable[[str, str], Run], answer, verdict, tag):
    judgement = judge(answer, runs(COMPLEX, "z.grad"), "z.grad")
    assert judgement.verdict == verdict
    assert tag is None or tag in [mistake.tag for mistake in judgement.mistakes]


def test_an_imaginary_part_where_all_is_real_costs_nothing(runs: Callable[[str, str], Run]):
    assert judge("6+8j", runs(SQUARE, "x.grad"), "x.grad").verdict == "invalid"


def test_a_write_through_a_view_is_no_broadcast_and_said_as_written(runs: Callable[[str, str], Run]):
    source = """
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
A = torch.ones(2, 3, requires_grad=True)
M = A * x
row = M[1]
row *= 2
(M ** 2).sum().backward()
"""
    given = "[[2, 8, 18], [4, 16, 36]]"
    judgement = judge(given, runs(source, "A.grad"), "A.grad")
    assert {mistake.tag for mistake in judgement.mistakes} == {"local-derivative-dropped"}
    assert "the slope of row *= 2 (line 6)" in judgement.message


def test_a_wrong_formula_is_tried_at_the_programs_own_number(runs: Callable[[str, str], Run]):
    source = "x = torch.tensor(0.3, requires_grad=True)\nz = (2 * x + 1)**3\nz.backward()\n"
    assert "At x = 0.3 your formula gives 0.48" in judge("3(2x-1)^2", runs(source, "x.grad"), "x.grad").message


def test_of_two_tensors_with_one_name_the_line_is_said(runs: Callable[[str, str], Run]):
    source = "x = torch.tensor(3.0, requires_grad=True)\nx = x * 2\ny = x ** 2\ny.backward()\n"
    assert "the gradient of the x of line 1" in judge("24", runs(source, "x.grad"), "x.grad").message


def test_its_own_name_is_no_answer(sandbox: Sandbox):
    run = sandbox.run(Job("x = torch.tensor([1.5, 2.5])\ny = x * 3\n", prelude=True, targets=("y", "y[0]")))
    assert judge("y", run, "y").verdict == "invalid"
    assert judge("y[0]", run, "y[0]").verdict == "invalid"
    assert judge("3x", run, "y").verdict == "right"
