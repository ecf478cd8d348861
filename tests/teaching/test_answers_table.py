"""What people type, and what it is read as."""

import math

import pytest

from autograd_tutor.teaching.answers import read
from autograd_tutor.teaching.model import Reading, Unreadable

NUMBERS = {
    "6": 6, " 6 ": 6, "6.": 6, "6.0": 6, "+6": 6, "-3": -3, "−3": -3, "–3": -3, "- 3": -3, ".5": 0.5, "-.5": -0.5,
    "0": 0, "-0": 0, "0.00": 0, "6.7e0": 6.7, "6.7E0": 6.7, "67e-1": 6.7, "1e-3": 0.001, "1e−3": 0.001, "2E+2": 200,
    "1/3": 1 / 3, "−1/3": -1 / 3, "2/3": 2 / 3, "1÷4": 0.25, "3*4": 12, "3·4": 12, "3×4": 12, "3 ⋅ 4": 12,
    "2 cos(16)": 2 * math.cos(16), "2cos(16)": 2 * math.cos(16), "cos(16)*8": math.cos(16) * 8,
    "8 cos 16": 8 * math.cos(16), "cos(16) 8": 8 * math.cos(16), "e^2": math.e**2, "e²": math.e**2, "e**2": math.e**2,
    "exp(2)": math.e**2, "e^-2": math.e**-2, "e^(-2)": math.e**-2, "e⁻²": math.e**-2, "π": math.pi, "pi": math.pi,
    "π/2": math.pi / 2, "2π": 2 * math.pi, "2 pi": 2 * math.pi, "sqrt(2)": 2**0.5, "√2": 2**0.5, "√(2+2)": 2,
    "|−3|": 3, "abs(-3)": 3, "2|−3|": 6, "||-3|-1|": 2, "ln(2)": math.log(2), "log(2)": math.log(2),
    "ln 2": math.log(2),
    "log2(8)": 3, "log10(100)": 2, "sin²(1)": math.sin(1) ** 2, "sin^2(1)": math.sin(1) ** 2,
    "sin**2(1)": math.sin(1) ** 2, "sin(1)²": math.sin(1) ** 2, "sin² 1": math.sin(1) ** 2,
    "tanh(0.5)": math.tanh(0.5),
    "σ(0)": 0.5, "sigmoid(0)": 0.5, "torch.sigmoid(0)": 0.5, "math.sin(1)": math.sin(1), "torch.sin(1)": math.sin(1),
    "relu(-2)": 0, "max(1, 2)": 2, "min(1, 2)": 1, "sign(-2)": -1, "arctan(1)": math.pi / 4, "atan(1)": math.pi / 4,
    "2^3^2": 512, "2**3**2": 512, "-2^2": -4, "(-2)^2": 4, "2^-1": 0.5, "2³": 8, "10⁻⁵": 1e-5, "1.2346·10⁻⁵": 1.2346e-5,
    "(1+2)(3+4)": 21, "2(3)": 6, "(2)3": 6, "1 - -2": 3, "1--2": 3, "2*-3": -6, "--2": 2, "1/(2*3)": 1 / 6,
    "1/2*3": 1.5, "6/3/2": 1, "1 + 2 * 3": 7, "tensor(6.)": 6, "tensor(6., grad_fn=<PowBackward0>)": 6,
    "tensor(-7.6613)": -7.6613, "torch.tensor(6.0)": 6, "tensor(2., dtype=torch.float64)": 2,
    "tensor(2., requires_grad=True)": 2, "inf": math.inf, "-inf": -math.inf, "−inf": -math.inf, "∞": math.inf,
    "Inf": math.inf, "infinity": math.inf, "-∞": -math.inf, "1e308": 1e308,
}  # fmt: skip

FORMULAS = {
    "2x": "2·x", "2 x": "2·x", "2*x": "2·x", "x*2": "x·2", "x^2": "x²", "x**2": "x²", "x²": "x²", "x⁻¹": "x^(−1)",
    "-x^2": "−x²", "(-x)^2": "(−x)²", "2 cos(x^2) x": "2·cos(x²)·x", "2x·cos(x²)": "2·x·cos(x²)", "e^-x": "e^(−x)",
    "e^(2x)": "e^(2·x)", "exp(-x)": "exp(−x)", "ln(x)": "ln(x)", "log(x)": "ln(x)", "√x": "√x",
    "sqrt(x + 1)": "√(x + 1)",
    "|x|": "|x|", "|x||y|": "|x|·|y|", "2|x|y": "2·|x|·y", "sin²(x)": "sin(x)²", "sin^2(x)": "sin(x)²",
    "cos x": "cos(x)",
    "sin 2x": "sin(2·x)", "sin x cos x": "sin(x)·cos(x)", "σ(x)": "sigmoid(x)", "sigmoid(x)(1-sigmoid(x))":
    "sigmoid(x)·(1 − sigmoid(x))", "x/2": "x/2", "x²/2": "x²/2", "(x+1)/(x-1)": "(x + 1)/(x − 1)", "x - (y - z)":
    "x − (y − z)", "x/(y z)": "x/(y·z)", "1/(2x)": "1/(2·x)", "w_1 x_1": "w_1·x_1", "w₁": "w_1", "α β": "α·β",
    "θ²": "θ²",
    "x[0]": "x[0]", "x[0]*w[1, 0]": "x[0]·w[1,0]", "max(x, 0)": "max(x, 0)", "x^y": "x^y", "x^(y+1)": "x^(y + 1)",
    "2e-x": "2·e − x", "x * -2": "x·(−2)", "loss": "loss", "y_pred - y": "y_pred − y", "(p - y)x": "(p − y)·x",
    "sin^e(x)": "sin(x)^e", "sin cos² x": "sin(cos(x)²)", "xⁿ⁺¹": "x^(n + 1)", "log₃(x)": "ln(x)/ln(3)",
    "x sinx": "x·sin(x)", "sin2x": "sin(2·x)", "0 < x < 1": "1{0 < x}·1{x < 1}", "theta/sigma": "θ/σ", "∛x^2":
    "(sign(x)·|x|^(1/3))²", "+x": "x", "cos(x)^2": "cos(x)²", "2π x": "2·π·x", "x²y": "x²·y", "x^2y": "x²·y",
}  # fmt: skip

WORDS = {
    "None": ("none", "None"), "none": ("none", "None"), "NONE": ("none", "None"), "null": ("none", "None"),
    "nil": ("none", "None"), "None.": ("none", "None"), "yes": ("flag", "yes"), "True": ("flag", "yes"),
    "true": ("flag", "yes"), "no": ("flag", "no"), "False": ("flag", "no"), "tensor(True)": ("flag", "yes"),
    "raises": ("raises", "raises"), "raise": ("raises", "raises"), "error": ("raises", "raises"),
    "an error": ("raises", "raises"), "it raises an error": ("raises", "raises"), "it raises": ("raises", "raises"),
    "exception": ("raises", "raises"), "throws": ("raises", "raises"), "Raises!": ("raises", "raises !"),
    "raises RuntimeError": ("raises", "raises RuntimeError"), "RuntimeError": ("raises", "raises RuntimeError"),
    "raises: no graph": ("raises", "raises no graph"), "raises does not require grad":
    ("raises", "raises does not require grad"), "RuntimeError: element 0": ("raises", "raises RuntimeError: element 0"),
    "raises line 4": ("raises", "raises line 4"), "error on line 4": ("raises", "raises on line 4"),
    "zero": ("number", "0"), "nan": ("number", "nan"), "NaN": ("number", "nan"), "tensor(nan)": ("number", "nan"),
}  # fmt: skip

LISTS = {
    "[2, 4]": ((2,), (2, 4)), "[2,4]": ((2,), (2, 4)), "[2]": ((1,), (2,)), "[]": ((0,), ()),
    "[2/3, 4/3, 2]": ((3,), (2 / 3, 4 / 3, 2)), "[−1, .5]": ((2,), (-1, 0.5)), "[1, 2,]": ((2,), (1, 2)),
    "[[1, 2], [3, 4]]": ((2, 2), (1, 2, 3, 4)), "[1, 2; 3, 4]": ((2, 2), (1, 2, 3, 4)),
    "[[1], [2]]": ((2, 1), (1, 2)), "[[[1, 2]]]": ((1, 1, 2), (1, 2)), "tensor([2., 4.])": ((2,), (2, 4)),
    "tensor([2., 4.], grad_fn=<MulBackward0>)": ((2,), (2, 4)), "[cos(0), 2^3]": ((2,), (1, 8)),
    "tensor([[1., 2.],\n        [3., 4.]])": ((2, 2), (1, 2, 3, 4)), "[True, False]": ((2,), (1, 0)),
    "tensor([0.6667, 1.3333, 2.0000])": ((3,), (0.6667, 1.3333, 2)), "[inf, -inf]": ((2,), (math.inf, -math.inf)),
    "[[1, 2, 3]]": ((1, 3), (1, 2, 3)), "[1e-3, 2E2]": ((2,), (0.001, 200)),
}  # fmt: skip

REFUSED = {
    "": "Type a number", "   ": "Type a number", "50%": "Percent", "1,5": "point", "1,000": "1000", "1 000": "1000",
    "2, 4": "square brackets", "1_000,5": "point", "3 4": "side by side", "[1 2 3]": "[1, 2]", "1.5 2": "1.5·2",
    "3 1/2": "3 + 1/2", "x^2 at x = 3": "alone", "(1 + 2": "closing )",
    "[1, 2": "closing ]", "1)": "opening bracket", "(1]": "closes another kind", "1 +": "after +", "* 2": "before *",
    "cos": "cos of what", "cos()": "before this )", "max(1)": "two arguments", "sin(1, 2)": "one argument",
    "2 * [1, 2]": "stands alone", "[1, [2, 3]]": "same length", "[[1, 2], [3]]": "same length", "[x, 2]": "work out x",
    "y = 2x": "right-hand side", "∂z/∂y": "what the slope is", "'6'": "Quotes", "{1}": "round brackets",
    "$5": "cannot read the character $", "9^9^9^9": "inf", "1e999": "too large", "1/0": "inf", "0/0": "nan",
    "log(0)": "−inf", "sqrt(-1)": "nan", "1.5.2": "side by side",
    "6..7": "side by side", "2 ? 3": "question mark",
    "x²³⁻": "superscript",
    "[" * 1000: "brackets within brackets", "(" * 1000 + "1" + ")" * 1000: "brackets within brackets",
    "1+" * 5000 + "1": "longer than", "[" + "1," * 1500 + "1]": "longer than any",
    "[" + "1," * 70 + "1]": "64 elements",
}  # fmt: skip


DOUBTFUL = {
    "1/2x": ("(1/2)·x", "1/(2x)", "two ways"), "x/2y": ("(x/2)·y", "x/(2y)", "two ways"),
    "e^2x": ("e²·x", "e^(2x)", "two ways"), "sin^-1(x)": ("asin(x)", "", "asin"), "sin⁻¹(x)": ("asin(x)", "", "asin"),
    "1/2x + 1/3y": ("(1/2)·x + (1/3)·y", "1/(2x) + 1/(3y)", "two ways"),
}  # fmt: skip


def test_there_are_plenty_of_rows():
    assert sum(map(len, (NUMBERS, FORMULAS, WORDS, LISTS, REFUSED))) > 240


@pytest.mark.parametrize(("text", "value"), NUMBERS.items())
def test_a_number(text: str, value: float):
    reading = read(text)
    assert isinstance(reading, Reading), reading
    assert reading.kind == "number"
    assert reading.value is not None
    assert reading.value.shape == ()
    assert reading.value.data == pytest.approx((value,), rel=1e-12)


@pytest.mark.parametrize(("text", "echo"), FORMULAS.items())
def test_a_formula_is_echoed(text: str, echo: str):
    reading = read(text)
    assert isinstance(reading, Reading), reading
    assert (reading.kind, reading.read_as) == ("formula", echo)


@pytest.mark.parametrize(("text", "meanings"), DOUBTFUL.items())
def test_what_has_two_meanings_is_read_with_the_usual_one_and_the_other_is_known(text: str, meanings: tuple[str, ...]):
    reading = read(text)
    assert isinstance(reading, Reading), reading
    assert (reading.text, reading.read_as, reading.other.replace(" ", "")) == (
        text,
        meanings[0],
        meanings[1].replace(" ", ""),
    )
    assert meanings[2] in reading.doubt


@pytest.mark.parametrize(("text", "expected"), WORDS.items())
def test_a_word(text: str, expected: tuple[str, str]):
    reading = read(text)
    assert isinstance(reading, Reading), reading
    assert (reading.kind, reading.read_as) == expected


@pytest.mark.parametrize(("text", "expected"), LISTS.items())
def test_a_list(text: str, expected: tuple[tuple[int, ...], tuple[float, ...]]):
    reading = read(text)
    assert isinstance(reading, Reading), reading
    assert reading.kind == "tensor"
    assert reading.value is not None
    assert reading.value.shape == expected[0]
    assert reading.value.data == pytest.approx(expected[1])
    assert len(reading.precision) == len(expected[1])


@pytest.mark.parametrize(("text", "hint"), REFUSED.items())
def test_what_cannot_be_read_says_what_to_type(text: str, hint: str):
    refused = read(text)
    assert isinstance(refused, Unreadable), refused
    assert hint in refused.message
    assert 0 <= refused.column <= len(text)


@pytest.mark.parametrize(
    ("text", "column"), [("6,7", 1), ("2 + $", 4), ("  6,7", 3), ("tensor(6,7)", 8), ("[1, 2, x]", 7), ("1 + + * 2", 6)]
)
def test_the_column_points_at_the_trouble(text: str, column: int):
    refused = read(text)
    assert isinstance(refused, Unreadable)
    assert refused.column == column


@pytest.mark.parametrize(
    ("text", "echo"),
    [
        ("6.7", "6.7"),
        ("−3", "−3"),
        ("-0", "0"),
        ("1/3", "1/3 = 0.3333"),
        ("cos(16)", "cos(16) = −0.9577"),
        ("2 cos(16)", "2·cos(16) = −1.9153"),
        ("π", "π = 3.1416"),
        ("e^2", "e² = 7.3891"),
        ("[1, 2; 3, 4]", "a 2×2 matrix: [[1, 2], [3, 4]]"),
        ("[2/3, 2]", "2 elements: [0.6667, 2]"),
    ],
)
def test_the_echo(text: str, echo: str):
    reading = read(text)
    assert isinstance(reading, Reading)
    assert reading.read_as == echo


@pytest.mark.parametrize(
    ("text", "digits"),
    [("6.7", 2), ("6.70", 3), ("0.0082", 2), ("-7.66", 3), ("813", 3), ("8", 1), ("0", 1), ("6.7e0", 2), ("2/3", None),
     ("cos(16)", None), ("nan", None), ("1.", 1), ("0.00", 3)],
)  # fmt: skip
def test_the_digits_typed(text: str, digits: int | None):
    reading = read(text)
    assert isinstance(reading, Reading)
    assert reading.digits == digits


@pytest.mark.parametrize(
    ("text", "names", "echo"),
    [
        ("wx", {"w", "x"}, "w·x"),
        ("wx", {"wx"}, "wx"),
        ("2wx", {"w", "x"}, "2·w·x"),
        ("xe^x", {"x"}, "x·e^x"),
        ("e", {"e"}, "e"),
        ("w₁x₁", {"w1", "x1"}, "w1·x1"),
        ("x₀", {"x", "x[0]"}, "x[0]"),
        ("x_i", {"x"}, "x"),
        ("loss", {"l", "o", "s"}, "l·o·s·s"),
        ("loss", {"loss", "l", "o", "s"}, "loss"),
        ("sin x", {"sin", "x"}, "sin·x"),
    ],
)
def test_the_programs_names_decide(text: str, names: set[str], echo: str):
    reading = read(text, names)
    assert isinstance(reading, Reading), reading
    assert (reading.kind, reading.read_as) == ("formula", echo)
