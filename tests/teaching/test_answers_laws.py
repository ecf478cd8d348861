"""Laws of reading: it never raises, takes bounded time, and what is written back is read as the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_tutor.formula import Apply, Binary, Expr, Name, Negative, Number, names
from autograd_tutor.teaching import expr, writing
from autograd_tutor.teaching.answers import read
from autograd_tutor.teaching.equality import judge
from autograd_tutor.teaching.expr import ARGUMENTS, COMPARISONS, FUNCTIONS
from autograd_tutor.teaching.grammar import parse
from autograd_tutor.teaching.model import Reading, Unreadable

WORDS = [
    "sin",
    "cos²",
    "log_2",
    "e",
    "π",
    "σ",
    "√",
    "½",
    "^",
    "^-",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "|",
    "1{",
    ">",
    "if",
    "else",
    "not",
    "and",
    "x",
    "y",
    "2",
    ",",
    ";",
    ".",
    "=",
    "matrix(",
    ".exp()",
    "⌊",
    "ⁿ",
    "⁻",
    "\\frac",
    "\\frac{",
    "}{",
    "\\sqrt[3]",
    "\\left",
    "\\begin{bmatrix}",
    "\\end{bmatrix}",
    "&",
    "otherwise",
]
SIGNS = "0123456789.,;+-−*/^()[]|√²³⁻π∞ eExyzσ_ sincoslogtensorNaneinf=%'\n∂"


@given(st.one_of(st.text(max_size=60), st.text(SIGNS, max_size=60), st.lists(st.sampled_from(WORDS)).map("".join)))
@settings(max_examples=200, deadline=None)
def test_reading_never_raises(text: str):
    reading = read(text, {"x", "y", "xy"})
    assert isinstance(reading, Reading | Unreadable)
    if isinstance(reading, Unreadable):
        assert reading.message.endswith((".", "?"))
        assert 0 <= reading.column <= max(len(text), 4000)


@given(st.lists(st.sampled_from(WORDS)).map("".join), st.lists(st.sampled_from(WORDS)).map("".join))
@settings(max_examples=60, deadline=None)
def test_judging_never_raises(answer: str, expected: str):
    found = judge(answer, expected, lambda *_: None)
    assert found.verdict in ("equal", "different", "unread", "unsettled")
    assert found.message.endswith((".", "?"))


@given(st.floats(allow_subnormal=False, max_value=1e300, min_value=-1e300))
def test_a_float_written_out_is_read_as_itself(value: float):
    reading = read(repr(value))
    assert isinstance(reading, Reading)
    assert reading.value is not None
    assert reading.value.data == (value,)


def expressions() -> st.SearchStrategy[Expr]:
    numbers = st.floats(0, 1e6, allow_nan=False).map(Number)
    leaves = st.one_of(numbers, st.sampled_from(["x", "y", "w_1", "x[0]"]).map(Name))

    def grow(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
        one = st.sampled_from(sorted(set(FUNCTIONS) - ARGUMENTS.keys()))
        compared = st.builds(lambda f, a, b: Apply(f, (a, b)), st.sampled_from(sorted(COMPARISONS)), inner, inner)
        return st.one_of(
            inner.filter(lambda e: not isinstance(e, Negative)).map(Negative),
            st.builds(Binary, st.sampled_from("+-*/^"), inner, inner),
            st.builds(lambda f, a: Apply(f, (a,)), one, inner),
            st.builds(lambda f, a, b: Apply(f, (a, b)), st.sampled_from(["max", "min"]), inner, inner),
            compared,
            st.builds(lambda c, a, b: Apply("where", (c, a, b)), compared, inner, inner),
        )

    return st.recursive(leaves, grow, max_leaves=12)


@given(expressions())
@settings(max_examples=100, deadline=None)
def test_a_formula_written_plainly_is_read_as_itself(formula: Expr):
    assert parse(writing.plain(formula), {"x", "y", "w_1", "x[0]"}) == formula


@given(expressions(), st.floats(0.1, 3), st.floats(-2, 2))
@settings(max_examples=100, deadline=None)
def test_a_formula_written_prettily_means_the_same(formula: Expr, x: float, y: float):
    point = {"x": x, "y": y, "w_1": 0.7, "x[0]": 1.3}
    again = parse(writing.pretty(formula), point)
    assert not isinstance(again, list)
    one, other = expr.evaluate(formula, point), expr.evaluate(again, point)
    assert names(again) == names(formula)
    # pretty rounds constants, so only formulas without odd ones can be compared in value
    if all(constant == round(constant) < 1e6 for constant in _constants(formula)):
        assert one == pytest.approx(other, nan_ok=True, rel=1e-9, abs=1e-12)


def _constants(formula: Expr) -> list[float]:
    match formula:
        case Number(value):
            return [value]
        case Negative(operand):
            return _constants(operand)
        case Binary(_, left, right):
            return _constants(left) + _constants(right)
        case Apply(_, arguments):
            return [value for one in arguments for value in _constants(one)]
    return []


@given(expressions())
@settings(max_examples=100, deadline=None)
def test_evaluating_never_raises(formula: Expr):
    point = dict.fromkeys(("x", "y", "w_1", "x[0]"), 0.0)
    assert isinstance(expr.evaluate(formula, point), float)


HEAVY = {
    "9^9^9^9": "inf here",
    "(" * 1000: "too many brackets",
    "[" * 1000: "too many brackets",
    "-" * 10_000 + "1": "longer than 4000",
    "1+" * 5_000 + "1": "longer than 4000",
    "x" * 10_000: "longer than 4000",
    "x" * 3_900: "x" * 3_900,
    "xy" * 1_900: "xy" * 1_900,
    "tensor(" * 500: "do not know a function",
    "tensor(1, dtype=" * 200: "do not know a function",
    "sin " * 900 + "x": "longer than any",
    "|" * 3_999: "longer than any",
    "2^" * 450 + "2": "longer than any",
    "√" * 800 + "2": "more nested",
    "2^(" * 39 + "2^" * 100 + "2" + ")" * 39: "more nested",
    "max(1," * 39 + "√" * 100 + "x" + ")" * 39: "more nested",
    "not " * 300 + "x > 0": "more nested",
    "sin cos " * 100 + "x": "more nested",
    "raises " * 500: "raises",
    "an error " * 400: "raises",
    "1e" + "9" * 3_000: "too large",
    "9" * 3_900: "too large",
    "[[1,2]," * 500: "too many brackets",
}


@pytest.mark.parametrize(("text", "words"), HEAVY.items(), ids=lambda text: f"{text[:12]}… {len(text)}")
def test_heavy_answers_come_back_with_a_reading_or_a_sentence(text: str, words: str):
    reading = read(text, {"x", "y"})
    assert words in (reading.message if isinstance(reading, Unreadable) else reading.read_as)
