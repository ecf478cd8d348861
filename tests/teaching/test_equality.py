"""Pairs of answers that are the same, and pairs that are not: judged without a program."""

import pytest

from autograd_tutor.formula import Expr, parts
from autograd_tutor.teaching import equality, precise, sameness
from autograd_tutor.teaching.equality import judge
from autograd_tutor.teaching.groups import Verdict, group, verdict
from autograd_tutor.teaching.sides import sketch

SAME = """
1/2 ; 0.5 ; 0.50 ; 2/4 ; 5e-1 ; ½ ; 2^-1 ; 4^(-1/2) ; sin(π/6) ; (1/4)^(1/2)
0.333 ; 1/3 ; cos(1.2313)
1/3 ; 0.333 ; 0.3333 ; .33333 ; 2/6 ; ⅓
6.7*10^2 ; 670 ; 6.7e2 ; 6.70·10² ; 6.7×10^2
√12 ; 2√3 ; sqrt(12) ; 12^(1/2) ; 2*3^0.5 ; 3.4641
√(11 + 6√2) ; 3 + √2
(√108 + 10)^(1/3) - (√108 - 10)^(1/3) ; 2
(√(2+√2) + √(2-√2))/(2√2) ; √(√2+2)/2
175!*56!/(55!*176!) ; 56/176 ; 7/22
ln(26) - ln(2) ; ln 13
log10(1000) ; 3 ; lg(1000) ; log(27, 3) ; log2(8)
e - 1/e ; 2 sinh(1)
atan(1/2) ; π/2 - atan(2)
inf ; ∞ ; Infinity ; 1/0 + inf
nan ; NaN ; tensor(nan)
0 ; -0 ; 0.0 ; tensor(-0.)
None ; none ; null
yes ; True ; tensor(True)
x^(1/2) ; sqrt(x) ; √x ; x**0.5 ; x.sqrt() ; torch.sqrt(x) ; x.pow(0.5) ; x^½
1/√x ; √(1/x) ; x^(-1/2) ; rsqrt(x) ; x⁻¹·√x
|x| ; √(x²) ; abs(x) ; max(x, -x) ; x sign(x) ; x.abs() ; -x if x < 0 else x
2 + 2√(3 + x) ; 2 + √(12 + 4x)
√((x-3)(x-5)) ; √(x-3)·√(x-5)
((x+3)²(x+3))^(1/3) ; ((x+3)(x²+6x+9))^(1/3)
√(2x√(x²+1) + 2x² + 1) - √(x²+1) - x ; 0
a^b a^c ; a^(b+c)
x^ln(y) ; y^ln(x)
√(k/m)·√(m/k) ; 1
(x-1)^2 ; x^2 - 2x + 1 ; (1-x)² ; x(x-2)+1
(x²-1)/(x+1) ; x - 1
1/n - 1/(n+1) ; 1/(n(n+1))
(x-a)^6000 ; (a-x)^6000 ; (x-a)^5999·(x-a)
0.5x² + 3x - 1 ; x²/2 + 3x - 1 ; (x² + 6x - 2)/2
512(2x+5)^7 (5x-1)^5 (70x+67) ; 512(67+70x)(5x-1)^5 (5+2x)^7
cos(x)² + sin(x)² ; 1 ; cos²(x) + sin² x ; x^0
cos(x + y) ; cos x cos y - sin x sin y
2cos²(x) - 1 ; cos(2x) ; cos²(x) - sin²(x) ; 1 - 2sin(x)²
1.0 cos(1200πx) ; cos(1200πx)
sec(2t)² - 1 ; tan(2t)²
1 + cosec(3x) ; 1 + 1/sin(3x) ; 1 + csc(3x)
1/(1 + e^(-2x)) ; tanh(x)/2 + 1/2 ; σ(2x) ; sigmoid(2x)
σ(x)(1 - σ(x)) ; e^-x/(1 + e^-x)^2 ; 1/(2 + 2cosh(x))
sin(x/2)/(1 + tan(x)tan(x/2)) ; sin(x/2) cos(x)
asinh(x) ; ln(x + √(x² + 1))
ln(a²b) ; 2ln(a) + ln(b)
ln(x²) ; 2 ln(x)
ln(|x²-9|) ; ln|x-3| + ln|x+3|
log10(10^x) ; x ; ln(e^x) ; e^(ln(x))
e^(6(x²+y²))(6 + 72x²) ; 6exp(6x²+6y²) + 72x²exp(6y²+6x²)
1{x>0} ; step(x, 0) ; (x > 0) ; 𝟙[0 < x] ; where(x > 0, 1, 0) ; 1 if x > 0 else 0
relu(x) ; x·1{x>0} ; max(x, 0) ; (x + |x|)/2 ; x if x > 0 else 0
2x cos(x²) ; 2 cos(x^2) x ; cos(x*x)*2*x ; 2·x·cos(x²)
w x + b ; wx + b ; b + x*w
w_1 x_1 ; w₁x₁ ; w_{1} x_{1}
x[0]·w[1, 0] ; w[1,0] x[0]
e^-x ; exp(-x) ; 1/e^x ; (1/e)^x
(n+1)·n! ; (n+1)!
acos(x) ; π/2 - asin(x)
θ\u0302 x\u0302 ; theta_hat x_hat ; ŷ θ_hat x_hat/y_hat
Σ x ; x Sigma
np.float64(6.0) ; 6
raises ; RuntimeError: element 0 of tensors does not require grad ; error: does not require grad
(x+1)[2(x+3) + 1] ; [x+1](2x + 7) ; [x + 1][x + 3.5]·2
asin(x - 7) ; -asin(7 - x)
1/(1/((x + y)^3 + softplus(x) - x - softplus(-x))) ; (x + y)^3
[2, 4] ; tensor([2., 4.]) ; [2.0, 4.000] ; tensor([2., 4.], grad_fn=<MulBackward0>) ; [√4, 2²]
[[1, 2], [3, 4]] ; [1, 2; 3, 4] ; tensor([[1., 2.],
        [3., 4.]], dtype=torch.float64)
[x + x, 2; 2, x·x] ; [[2x, 2], [2, x²]]
[6] ; 6 ; (tensor(6.),)
(1, 2) ; [1, 2]
x^{2} e^{-x} ; x² e^-x
√{x} ; sqrt{x} ; √x
x sinx ; x sin(x) ; xsin(x)
n log^2 2n ; n (ln(2n))²
sin atan n ; n/√(1 + n²)
min(a, b, c) ; min(c, min(b, a))
m − （n ＋ m） ; -n
1 - tanh(x)² ; sech(x)² ; 1/cosh(x)²
√(x+1) - √x ; 1/(√(x+1) + √x)
gelu(x) ; (x/2)(1 + erf(x/√2))
atan2(x, 1) ; atan(x)
0.6667 x ; 2x/3
"""

DIFFERENT = """
0.33 ; 1/3
1/3 ; 0.33
0.3333 ; 0.333
100.4 ; 100
0.34 ; 1/3
inf ; -inf
nan ; inf
-inf ; x
x/2 ; nan
None ; 0
yes ; no
None ; x
raises ; 6
6 ; x
√(-1) ; 1
x ; √(x²)
(a^b)^c ; a^(b c)
|x - 100| ; 100 - x
max(x, 50) ; 50
1{x > 0} ; 1{x >= 0}
sign(x) ; 1
sign(x) ; 2·1{x > 0} - 1
ln(exp(x)) ; x + 10^-20
x ; X
x1 ; x_1
x_1 ; x[1]
wx + b ; w + x + b
(x-a)^6000 ; (x-a)^5999
(a-x)^5999 ; (x-a)^5999
x^x^x^9^9 ; x
x^x^x^9^9 ; x^x
(x^2 - 1)/(x - 1) ; x - 1
ln(x²) ; 2 ln(x) + 0.01
ln(x + y) ; ln(x) + ln(y)
√(x² + y²) ; x + y
sin(2x) ; 2 sin(x)
sin(x²) ; sin(x)²
sin^2(x) ; sin(x^2)
e^(x y) ; e^x e^y
1/(x + y) ; 1/x + 1/y
-x² ; (-x)²
2^3^x ; (2^3)^x
cos(x + y) ; cos x cos y + sin x sin y
n/n! ; 1/(n+1)!
512(2x+5)^7 (5x-1)^5 (70x+67) ; 512(2x+5)^7 (5x-1)^5 (70x+67) - 1
x + 10^-12 ; x
[2, 4] ; [2, 4, 6]
[2, 4] ; [[2], [4]]
[1, 2, 4] ; [1, 2, 3]
[0.33, 1] ; [0.333, 1]
[x, 2] ; [x², 2]
x ; [1, 2, 3]
0.66 x ; 2x/3
"""

REFUSED = {
    "90°": "radians",
    "dy/dx": "not its name",
    "2 times x": "Write signs",
    "±2": "one sign",
    "∑x": "Sums",
    "|x": "closing |",
    "1{x>": "after >.",
    "x\u0301": "combining acute accent",
    "[1, 2]'": "Transposes",
    "(2x)[0]": "stands alone",
    "x[t]": "stands alone",
    "sin -x": "sin of what",
    "50%": "0.5",
    "5 %": "0.05",
    "1,000": "1000",
    "12,345,678": "12345678",
    "0,5": "0.5",
    "1,234.5": "1234.5",
    "\\int x": "LaTeX",
    "x @ w": "Matrix products",
    "e%": "0.5",
    "[1,000]": "1000",
    "2½": "2.5",
    "5 > 3": "yes or no",
    "1{x}": "compares two things",
    "x and 2": "compares two things",
    "> 3": "before >",
    "{1, 2} + 1": "square brackets",
    "sinn(x)": "did you mean sin",
    "foo(x)": "do not know a function foo",
    "x.mean()": "mean",
    "max(x)": "two arguments",
    "where(x > 0, 1)": "three arguments",
    "tensor([1., 2., ..., 9.])": "every element",
    "1e400": "too large",
    "x if x > 0": "missing",
    "": "Type a number",
    "[[1, 2], [3]]": "same length",
    "(" * 500 + "x" + ")" * 500: "too many brackets",
    "1+" * 5000 + "1": "longer than",
}

HEAVY = [
    ("x^x^x^9^9", "x^x^x^(9^9)", "equal", "say the same"),
    ("(x-a)^6000", "(x-a)^6001", "different", "at a = 0"),
    ("+".join(["sin(x)"] * 200), "200 sin(x)", "unread", "longer than any"),
    ("+".join(f"atan(x^{n})" for n in range(90)), "x", "different", "at x = 0"),
    ("exp(" * 35 + "x" + ")" * 35, "exp(" * 34 + "x" + ")" * 34, "unsettled", "too few points"),
    ("sin(" * 39 + "x" + ")" * 39, "x", "different", "at x = 1"),
    ("9^9^9^9^x", "x", "different", "at x = −2"),
    ("x" * 3_900, "x", "different", "at x = −3"),
    ("x" * 10_000, "x", "unread", "longer than 4000"),
    ("+".join(["x"] * 3_000), "x", "unread", "longer than 4000"),
    ("+".join(["x"] * 300), "300x", "unread", "longer or more nested"),
    ("*".join(["(x+1)"] * 100), "(x+1)^100", "equal", "both give the same"),
    ("(99999!)!", "x", "unread", "is inf here"),
    ("x^(10^15)", "x^(10^15 + 1)", "different", "10³⁰¹"),
    ("erf(11.9x)erf(11.8x)erf(11.7x)", "erf(11.9x)", "different", "at x = "),
    ("10^400", "10^401", "different", "10⁴⁰⁰"),
    ("[" + ",".join(["(2000!)^x"] * 20) + "]", "[" + ",".join(["(2000!)^x + 0"] * 20) + "]", "equal", "every element"),
    ("2000!·" * 100 + "x", "2000!·" * 100 + "x + 0", "equal", "both give the same"),
    ("{" + ",".join(map(str, range(30))) + "}", "{1}", "unread", "more than 21 parts"),
]


def unproved(*_: object) -> None:
    """SymPy is not asked."""


def steps(formula: Expr) -> int:
    return 1 + sum(map(steps, parts(formula)))


def rows(table: str) -> list[list[str]]:
    joined = table.strip().replace("\n        ", " ")
    return [[one.strip() for one in row.split(" ; ")] for row in joined.splitlines()]


ORDERS = [("", range(1, 9)), (" + x - x", range(8, 0, -1))]
SAME_PAIRS = [(first, other) for first, *others in rows(SAME) for other in others]


@pytest.mark.parametrize(("expected", "answer"), SAME_PAIRS)
def test_the_same(answer: str, expected: str):
    assert judge(answer, expected, unproved).verdict == "equal"


@pytest.mark.parametrize(("answer", "expected"), rows(DIFFERENT))
def test_not_the_same(answer: str, expected: str):
    found = judge(answer, expected, unproved)
    assert found.verdict == "different", found
    assert found.message.endswith(".")


@pytest.mark.parametrize(("answer", "hint"), REFUSED.items(), ids=lambda text: text[:20])
def test_what_cannot_be_read_is_neither(answer: str, hint: str):
    found = judge(answer, "2x", unproved)
    assert found.verdict == "unread"
    assert found.message.startswith("ANSWER can't be read: ")
    assert hint in found.message


def test_both_are_echoed():
    assert judge("2 cos(16)", "wx", unproved).read_as == ("2·cos(16) = −1.9153", "wx")
    assert judge("wx", "w*x", unproved).read_as == ("w·x", "w·x")
    assert judge("[2x, 1]", "[1, 2", unproved).read_as == ("[2·x, 1]", "")


@pytest.mark.parametrize(
    ("answer", "expected", "words"),
    [
        ("ln(x²)", "2 ln x", "At x = −3 only ANSWER has one."),
        ("x - 1", "(x²-1)/(x+1)", "At x = −1 only ANSWER has one."),
        ("x y/y", "x", "At x = 0, y = 0 only EXPECTED has one."),
        ("√x·√x", "x", "only EXPECTED has one."),
        ("sin(10^13 x)/x", "sin(10^13 x) x^-1", "both have a value."),
        ("e^e^e^e^x/e^e^e^e^x", "1", "both have a value."),
        ("x^-1", "1/x", "both have a value."),
    ],
)
def test_where_only_one_has_a_value_is_said(answer: str, expected: str, words: str):
    found = judge(answer, expected, unproved)
    assert found.verdict == "equal"
    assert found.message.endswith(words)


def test_where_they_differ_is_shown():
    assert "at x = −" in judge("√(x²)", "x", unproved).message
    assert "Element 3" in judge("[1, 2, 4]", "[1, 2, 3]", unproved).message
    assert "write more of its digits" in judge("6.6918", "6.7", unproved).message
    assert "X and x are two variables" in judge("X^2", "x^2", unproved).message


@pytest.mark.parametrize(
    ("answer", "expected", "found_out", "words"), HEAVY, ids=lambda text: f"{text[:12]} {len(text)}"
)
def test_heavy_answers_come_back_with_a_verdict(answer: str, expected: str, found_out: str, words: str):
    found = judge(answer, expected, unproved)
    assert found.verdict == found_out
    assert words in found.message


def test_few_pairs_of_two_sets_are_judged():
    judged = []

    def alike(one: str, other: str) -> Verdict:
        judged.append((one, other))
        return judge(one, other, unproved).verdict

    ours, theirs = (group("{" + ", ".join(f"x/2 = {n}y{zero}" for n in order) + "}") for zero, order in ORDERS)
    assert verdict(ours, theirs, alike, sketch) == ("equal", "")
    assert len(judged) < 20


def test_a_set_that_takes_too_long_is_said_to(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(equality, "PATIENCE", 0)
    assert judge("{x, y}", "{y, x}", unproved) == equality.Equality(
        "unsettled", equality.TOO_MUCH, ("{x, y}", "{y, x}")
    )


@pytest.mark.parametrize("size", [1, 20, 60])
def test_the_effort_does_not_grow_with_the_formula(size: int, monkeypatch: pytest.MonkeyPatch):
    evaluated = []
    monkeypatch.setattr(
        sameness, "evaluate", lambda expr, *rest: evaluated.append(expr) or precise.evaluate(expr, *rest)
    )
    terms = [f"sin({number}x)" for number in range(size)]
    assert judge("+".join(terms), "+".join(reversed(terms)), unproved).verdict == "equal"
    assert sum(map(steps, evaluated)) < 2 * sameness.EFFORT


def test_nothing_is_said_of_two_numbers_that_are_not_real():
    assert judge("ln(ln(1/3))", "-(-1)ln(ln(1/3))", unproved).verdict == "unsettled"
    assert judge("√(-2)", "2", unproved).message == "ANSWER has no real value."


def test_a_unit_is_no_part_of_an_answer():
    assert judge("5 cm", "5", unproved).message == "ANSWER can't be read: write the number alone, without a unit."
    assert judge("5 cm", "5 cm", unproved).verdict == "equal"


def test_a_label_is_no_part_of_it_either_but_has_to_be_the_same():
    assert judge("x.grad = 6", "6", unproved).read_as == ("6", "6")
    assert judge("f'(x) = 6", "y' = 6", unproved).message == "ANSWER speaks of f'(x), EXPECTED of y'."


def test_two_equations_are_read_as_such():
    found = judge("2x + 2y = 1", "y = 0.5 - x", unproved)
    assert (found.verdict, found.read_as) == ("equal", ("2·x + 2·y = 1", "y = 0.5 − x"))
    assert judge("x + y =", "y = 1", unproved).verdict == "unread"


def test_sets_and_systems_are_read_as_such():
    found = judge("{x^2 - 1, 0, 0}", "{0, (x-1)(x+1)}", unproved)
    assert (found.verdict, found.read_as) == ("equal", ("{x² − 1, 0, 0}", "{0, (x − 1)·(x + 1)}"))
    assert judge("{1, 2}", "{1, 3}", unproved).message == "Different: 2 has nothing equal to it."
    assert judge("{1}", "1", unproved).message == "Different: {1} and 1 are answers of two kinds."
    assert judge("x = 1 and y = 2", "2 = y and 1 = x", unproved).read_as[0] == "x = 1 and y = 2"
    assert judge("{1, 5%}", "{1}", unproved).message.startswith("ANSWER can't be read: Percent signs")
    assert judge("{√(-1-relu(x))}", "{√(-relu(x)-1)}", unproved).verdict == "unsettled"


def test_an_equation_with_i_may_be_one_of_complex_numbers():
    assert judge("(x - i√a)(x + i√a) = 0", "x² = -a", unproved).message == "Equal, with i as the imaginary unit."


@pytest.mark.parametrize("text", ["{" * 900 + "}" * 900, "[" * 900 + "x=1" + "]" * 900, "{" + "1," * 1900 + "1}"])
def test_a_group_with_too_much_in_it_is_not_read(text: str):
    assert judge(text, text, unproved).verdict == "unread"


def test_i_may_be_the_imaginary_unit_and_that_is_said():
    assert judge("(2+3i)(2-3i)", "13", unproved).message == "Equal, with i as the imaginary unit."
    assert judge("i x", "x i", unproved).message == "Equal: both give the same at 72 points where both have a value."
    assert judge("2+3i", "3+2i", unproved).verdict == "different"


def test_only_what_numbers_leave_open_is_asked_of_algebra():
    asked = []

    def yes(*pair: object) -> bool:
        asked.append(pair)
        return True

    assert judge("√(-1-relu(x))", "√(-relu(x)-1)", yes).verdict == "equal"
    assert judge("[√(-1-relu(x)), √(-2-relu(x))]", "[√(-relu(x)-1), √(-relu(x)-2)]", yes).verdict == "unsettled"
    assert judge("√(-1-relu(x))", "√(-relu(x)-1)", unproved).verdict == "unsettled"
    assert len(asked) == 2
    judge("2x", "x + x", yes)
    assert len(asked) == 2


def test_what_has_no_real_value_is_judged_as_complex_numbers():
    assert judge("√(-1-x²)", "√(-x²-1)", unproved).message == "Equal, as complex numbers."
    assert judge("√(-1-x²)", "√(-2-x²)", unproved).message == "Different, as complex numbers."
    assert judge("√(-1-x²)", "√(-1-x|x|)", unproved).verdict == "different"
