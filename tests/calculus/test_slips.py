"""Derivations with one rule wrong: the right rules are right, and each slip gives what a person's slip gives."""

from collections.abc import Callable

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_tutor.calculus.plain import plain, symbolic
from autograd_tutor.calculus.slips import SLIPS, Derivation, integral
from autograd_tutor.mistakes import KINDS
from autograd_tutor.teaching.grammar import parse
from autograd_tutor.teaching.sameness import compare

X = sympy.Symbol("x", real=True)
Y = sympy.Symbol("y", real=True)


def expressions() -> st.SearchStrategy[sympy.Expr]:
    def grow(inner: st.SearchStrategy[sympy.Expr]) -> st.SearchStrategy[sympy.Expr]:
        functions = st.sampled_from([sympy.sin, sympy.exp, sympy.tanh, lambda u: u**2, lambda u: 1 / (u**2 + 1)])
        return st.one_of(
            st.builds(lambda a, b: a + b, inner, inner),
            st.builds(lambda a, b: a * b, inner, inner),
            st.builds(lambda a, b: a / (b**2 + 2), inner, inner),
            st.builds(lambda f, a: f(a), functions, inner),
        )

    return st.recursive(st.sampled_from([X, Y, sympy.Integer(3), 2 * X]), grow, max_leaves=5)


@given(expressions())
@settings(max_examples=40, deadline=None)
def test_the_right_rules_are_those_of_sympy(expression: sympy.Expr):
    found = plain(Derivation(X, {}).of(expression))
    assert compare(found, plain(sympy.diff(expression, X))).same is not False


@given(expressions())
@settings(max_examples=40, deadline=None)
def test_what_is_said_plainly_is_the_same_expression(expression: sympy.Expr):
    assert sympy.simplify(symbolic(plain(expression)) - expression) == 0


def test_every_slip_has_a_tag_that_is_known():
    assert {slip.tag for slip in SLIPS} <= set(KINDS)


@pytest.mark.parametrize("power", [X**3, sympy.exp(2 * X), sympy.cos(3 * X + 1), 4 / X, 2 * X - 5 * X**2])
def test_an_integral_differentiated_is_what_it_came_from(power: sympy.Expr):
    found = integral(power, X)
    assert found is not None
    assert sympy.simplify(sympy.diff(found, X) - power) == 0


SINE = "x = torch.tensor(4.0, requires_grad=True)\nz = torch.sin(x ** 2)\nz.backward()\n"
PRODUCT = "x = torch.tensor(1.5, requires_grad=True)\nz = x**2 * torch.exp(3 * x) + 5\nz.backward()\n"
QUOTIENT = "x = torch.tensor(1.5, requires_grad=True)\nz = torch.sin(x) / (x**2 + 1)\nz.backward()\n"
CUBIC = "x = torch.tensor(1.5, requires_grad=True)\nz = x**3 - 2 * x**2 + 7\nz.backward()\n"
MEAN = "x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)\nz = (x**2).mean()\nz.backward()\n"
TWO = "w, b = (torch.tensor(v, requires_grad=True) for v in (1.5, 0.5))\nz = w**2 * b\nz.backward()\n"
BASE = "x = torch.tensor(1.5, requires_grad=True)\nz = 2 ** x\nz.backward()\n"

STORIES = [
    (SINE, "x.grad", "cos(x²)", "inner-derivative-dropped"),
    (SINE, "x.grad", "2x", "outer-derivative-dropped"),
    (SINE, "x.grad", "2x sin(x²)", "function-not-differentiated"),
    (SINE, "x.grad", "2x cos(x)", "derivative-at-wrong-point"),
    (SINE, "x.grad", "cos(2x)", "slope-put-inside"),
    (SINE, "x.grad", "-2x cos(x²)", "sign"),
    (SINE, "x.grad", "sin(x²)", "value-of-root"),
    (SINE, "x.grad", "x cos(x²)", "power-factor-forgotten"),
    (SINE, "x.grad", "2x² cos(x²)", "power-not-lowered"),
    (SINE, "x.grad", "2x cos(16)", "evaluated-too-early"),
    (SINE, "x.grad", "8 cos(x²)", "evaluated-too-early"),
    (PRODUCT, "x.grad", "2x·3e^(3x)", "slopes-multiplied"),
    (PRODUCT, "x.grad", "2x e^(3x)", "one-factor-only"),
    (PRODUCT, "x.grad", "2x e^(3x) + x² e^(3x)", "inner-derivative-dropped"),
    (PRODUCT, "x.grad", "2x e^(3x) + 3x² e^(3x) + 5", "constant-kept"),
    (QUOTIENT, "x.grad", "cos(x)/(2x)", "slopes-multiplied"),
    (QUOTIENT, "x.grad", "(cos(x)(x²+1) + 2x sin(x))/(x²+1)²", "quotient-added"),
    (QUOTIENT, "x.grad", "(cos(x)(x²+1) - 2x sin(x))/(x²+1)", "quotient-not-squared"),
    (CUBIC, "x.grad", "x^4/4 - 2x^3/3 + 7x", "integrated"),
    (CUBIC, "x.grad", "6x - 4", "differentiated-twice"),
    (CUBIC, "x.grad", "x² - 2x", "power-factor-forgotten"),
    (CUBIC, "x.grad", "3x² - 2x", "power-factor-forgotten"),
    (CUBIC, "x.grad", "3x² + 4x", "sign-at-one-step"),
    (MEAN, "x.grad", "2x", "constant-factor-lost"),
    (TWO, "w.grad", "w²", "gradient-of-other"),
    (BASE, "x.grad", "2^x", "value-of-root"),
    (BASE, "x.grad", "x 2^(x-1)", "exponential-as-power"),
]


@pytest.mark.parametrize(("source", "target", "answer", "tag"), STORIES)
def test_a_slip_gives_the_formula_that_people_write(
    told: Callable[..., object], source: str, target: str, answer: str, tag: str
):
    form = told(source, target).closed(target)  # type: ignore[attr-defined]
    names = frozenset({"x", "w", "b"})
    formula = parse(answer, names)
    assert not isinstance(formula, list)
    same = [one.tag for one in form.slips if compare(formula, one.formula).same]
    assert same[:1] == [tag]
    assert len({KINDS[one].family[0] for one in same}) == len(same)


def test_no_slip_gives_the_truth_or_what_another_of_its_family_gives(told: Callable[..., object]):
    for source in (SINE, PRODUCT, QUOTIENT, CUBIC, MEAN):
        form = told(source, "x.grad").closed("x.grad")  # type: ignore[attr-defined]
        truth = parse(form.formula, frozenset("x"))
        assert form.slips
        known = [(KINDS[one.tag].family[0], one.formula) for one in form.slips]
        for at, (family, one) in enumerate(known):
            assert not compare(one, truth).same
            assert not any(compare(one, other).same for letter, other in known[:at] if letter == family)
