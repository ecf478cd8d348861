"""Stories of one derivative taken apart, on real runs."""

from __future__ import annotations

import re

import msgspec
import pytest

from autograd_tutor.sandbox.client import Sandbox
from autograd_tutor.sandbox.protocol import Job
from autograd_tutor.teaching.apart import Apart, plan, resume, start
from autograd_tutor.teaching.apart.ledger import ending, ledger
from autograd_tutor.teaching.model import Attempt

SINE = "x = torch.tensor(4.0, requires_grad=True)\ny = x ** 2\nz = torch.sin(y)\nz.backward()\n"
FORK = "x = torch.tensor(3.0, requires_grad=True)\ny = x ** 2\nz = x * y + y\nz.backward()\n"


def begun(sandbox: Sandbox, source: str, target: str = "x.grad") -> Apart:
    run = sandbox.run(Job(source, prelude=True, targets=(target,), imagine=False))
    made = plan(run, target)
    assert made is not None
    return start(made, run)


def said(apart: Apart) -> str:
    assert apart.judgement is not None
    return apart.judgement.message


def through(apart: Apart, *texts: str) -> Apart:
    for text in texts:
        apart = apart.answer(text)
        assert apart.judgement is not None
        assert apart.judgement.verdict == "right", apart.judgement
    return apart


@pytest.mark.parametrize("text", ["cos(y)", "cos(16)", "-0.9577", "cos(x^2)"])
def test_a_slope_may_be_a_number_or_a_formula(sandbox: Sandbox, text: str):
    assert through(begun(sandbox, SINE), text).question == "What is ∂y/∂x, the slope of x ** 2 at x = 4?"


@pytest.mark.parametrize(
    ("text", "nudge"),
    [
        ("sin(y)", "value of torch.sin(y) itself"),
        ("cos(4)", "slope at x"),
        ("-cos(16)", "Mind the sign"),
        ("3", "The slope of sin is cos."),
    ],
)
def test_a_wrong_slope_gets_a_word_of_its_own(sandbox: Sandbox, text: str, nudge: str):
    wrong = begun(sandbox, SINE).answer(text)
    assert nudge in said(wrong)
    assert "0.957" not in said(wrong)
    assert wrong.question == begun(sandbox, SINE).question


@pytest.mark.parametrize(
    "last",
    [
        "z = -(x * torch.log(y) + y * torch.log(1 - y))",
        "y = y * x + torch.sin(y)\nz = y * y",
    ],
)
def test_a_symbol_of_the_accounts_own_is_explained_before_it_is_used(sandbox: Sandbox, last: str):
    program = f"x = torch.tensor(0.4, requires_grad=True)\ny = x ** 2\n{last}\nz.backward()\n"
    pieces = begun(sandbox, program).plan.pieces
    read = "\n".join(piece.question if piece.asked else piece.said for piece in pieces)
    symbols = set(re.findall(r"\b[^\W\d]+[₀-₉]+", read))
    assert symbols
    for symbol in symbols:
        assert re.search(rf"{symbol} (stands for|is the) ", read), read


def test_no_value_of_another_kind_is_taken_for_the_input(sandbox: Sandbox):
    # 1/(1 − x) is 1 at x = y, but log's slope at y is not 1.
    program = (
        "y = torch.tensor(0.0)\nx = torch.tensor(0.5, requires_grad=True)\nz = torch.log(1 - x) + y\nz.backward()\n"
    )
    assert "slope at y" not in said(begun(sandbox, program).answer("1"))


def test_what_goes_on_is_no_slope(sandbox: Sandbox):
    apart = through(begun(sandbox, SINE), "cos(y)")
    assert "goes on from here already" in said(apart.answer("8cos(16)"))


def test_too_few_digits_and_what_cannot_be_read_cost_nothing(sandbox: Sandbox):
    for text in ("-0.96", "cos(", "None", "q + 1", "[1, 2]"):
        after = begun(sandbox, SINE).answer(text)
        assert (after.judgement.verdict, after.wrong) == ("invalid", 0)


def test_products_multiply_and_sums_add(sandbox: Sandbox):
    product = through(begun(sandbox, SINE), "cos(16)", "8")
    assert "multiplied" in said(product.answer("7.0423"))
    assert "one of them alone" in said(product.answer("8"))
    sums = through(begun(sandbox, FORK), "y", "x")
    assert sums.question == "Two ways meet at y: they bring 1 and 3. What arrives in all?"
    assert "added" in said(sums.answer("3"))
    done = through(sums, "4", "2x", "24", "33")
    assert done.settles
    assert ending(done) == "Those are all the steps. Now x.grad is yours to answer."


def test_told_only_after_two_wrong_answers_and_never_the_answer(sandbox: Sandbox):
    apart = begun(sandbox, SINE).answer("3")
    with pytest.raises(ValueError, match="not told"):
        apart.tell()
    told = apart.answer("4").tell()
    assert "∂z/∂y = cos(y) = −0.9577" in said(told)
    assert ledger(told)[-1].kind == "told"
    last = through(told, "8").answer("3").answer("5")
    assert not last.may_tell
    only = begun(sandbox, "x = torch.tensor(3.0, requires_grad=True)\n(x**2).backward()").answer("3").answer("9")
    assert said(only.tell()) == "The rule is ∂(x²)/∂x = 2x. Put the numbers in yourself."
    assert only.tell().at == only.at
    assert not only.tell().may_tell, "it stands there already"
    assert only.tell().answer("7").may_tell


def test_the_same_slip_is_not_told_again_and_is_asked_anew_afterwards(sandbox: Sandbox):
    done = through(begun(sandbox, SINE).answer("sin(16)").keep(), "2x", "-2.3032")
    assert said(done) == "Right with what you had; ∂z/∂y was off."
    assert not done.settles
    assert "∂z/∂y was off" in ending(done)
    again = done.reopened()
    assert again.question.startswith("What is ∂z/∂y")
    assert through(again, "cos(y)", "-7.6613").settles


def test_a_mean_asks_for_one_over_n_and_one_number_stands_for_all(sandbox: Sandbox):
    apart = begun(sandbox, "x = torch.tensor([1.0, 2.0, 4.0], requires_grad=True)\n(x**2).mean().backward()\n")
    assert "for each element alike" in apart.question
    assert "1/3" not in apart.question + apart.piece.reason
    done = through(apart, "1/3", "[2, 4, 8]", "[0.6667, 1.3333, 2.6667]")
    assert done.settles


def test_a_slip_goes_through_a_matrix_product(sandbox: Sandbox):
    source = "x = torch.ones(1, 2, requires_grad=True)\nW = torch.tensor([[1.0, 2.0], [3.0, 5.0]])\n"
    apart = begun(sandbox, f"{source}(x @ W).mean().backward()\n")
    slipped = apart.answer("1").keep()
    assert "What arrives, G, is [[1, 1]]" in slipped.question
    assert "was off" in said(through(slipped, "[[3, 8]]"))


def test_a_loops_line_is_asked_about_once(sandbox: Sandbox):
    start = "w = torch.tensor(0.9, requires_grad=True)\ny = w * 2\n"
    apart = begun(sandbox, f"{start}for _ in range(4):\n    y = torch.tanh(y)\ny.backward()\n", "w.grad")
    slopes = [apart.plan.pieces[at].operation for at in apart.plan.asked if apart.plan.pieces[at].kind == "slope"]
    assert slopes == ["torch.tanh(y)", "w * 2"]


def test_passes_add_to_what_grad_holds(sandbox: Sandbox):
    source = "x = torch.tensor(2.0, requires_grad=True)\n(x**2).backward()\n(x**3).backward()\n"
    apart = through(begun(sandbox, source), "4", "12")
    assert apart.question == "x.grad holds 4, and this pass brings 12. What does x.grad hold after it?"
    assert "adds to what .grad holds" in said(apart.answer("12"))


def test_where_the_graph_is_cut(sandbox: Sandbox):
    source = "x = torch.tensor(2.0, requires_grad=True)\nwith torch.no_grad():\n    y = x**2\ny.backward()\n"
    apart = begun(sandbox, source)
    assert apart.question == "Does torch record x**2 on line 3 in the graph?"
    assert said(apart.answer("yes")) == "Is grad mode on when that line runs?"
    done = through(apart, "no", "None", "no")
    assert ending(done) == "Those are all the steps. So how does the program end?"


def test_what_is_no_gradient_is_not_taken_apart(sandbox: Sandbox):
    run = sandbox.run(
        Job("x = torch.tensor(2.0)\ny = x * 3\n", prelude=True, targets=("y", "y.requires_grad", "q.grad"))
    )
    assert [plan(run, target) for target in ("y", "y.requires_grad", "q.grad")] == [None, None, None]


def test_one_comes_back_to_where_one_was(sandbox: Sandbox):
    fresh = begun(sandbox, SINE)
    base = Attempt("chains/sine", 3, 0, "x.grad", "answer", "started", answer="9", verdict="wrong")

    def did(action: str, text: str = "") -> Attempt:
        return msgspec.structs.replace(base, action=action, answer=text, verdict="")

    log = [base, did("apart"), did("step", "sin(y)"), did("keep"), did("step", "1"), did("step", "2"), did("tell")]
    back = resume(fresh, log, 3, 0)
    assert back is not None
    assert [line.kind for line in ledger(back)] == ["said", "off", "told"]
    assert resume(fresh, log, 4, 0) is None
    assert resume(fresh, [*log, did("reveal")], 3, 0) is None
    finished = resume(fresh, [*log, did("step", "-2.3032"), did("apart")], 3, 0)
    assert finished is not None
    assert finished.question.startswith("What is ∂z/∂y")


def test_a_value_that_is_asked_for_elsewhere_is_not_shown(sandbox: Sandbox):
    run = sandbox.run(Job(SINE, prelude=True, targets=("x.grad", "y"), imagine=False))
    made = plan(run, "x.grad", {"x.grad", "y"})
    assert made is not None
    assert start(made, run).question == "What is ∂z/∂y, the slope of torch.sin(y)?"
