"""Other ways to write a function: by another name, or one that stands for a small formula."""

from __future__ import annotations

import math
from collections.abc import Callable

from autograd_tutor.formula import Apply, Binary, Expr, Name, Negative, Number
from autograd_tutor.teaching.expr import ARGUMENTS
from autograd_tutor.teaching.refusals import Refused

ALIASES = {
    "ln": "log",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arsinh": "asinh",
    "arcsinh": "asinh",
    "arcosh": "acosh",
    "arccosh": "acosh",
    "artanh": "atanh",
    "arctanh": "atanh",
    "σ": "sigmoid",
    "sigma": "sigmoid",
    "expit": "sigmoid",
    "absolute": "abs",
    "fabs": "abs",
    "sgn": "sign",
    "signum": "sign",
    "heaviside": "step",
    "maximum": "max",
    "minimum": "min",
    "square_root": "sqrt",
    "log_e": "log",
    "log_2": "log2",
    "log_10": "log10",
    "arctan2": "atan2",
    "cosec": "csc",
    "cosech": "csch",
    "logbase": "lg",
    "multiply": "mul",
    "divide": "div",
    "subtract": "sub",
    "power": "pow",
    "negative": "neg",
    "greater": "gt",
    "less": "lt",
    "rational": "div",
    "ceiling": "ceil",
    "fix": "trunc",
    "swish": "silu",
    "clip": "clamp",
    "binom": "binomial",
    "comb": "binomial",
    "conj": "conjugate",
    "real": "re",
    "imag": "im",
    "lrelu": "leaky_relu",
    "fact": "factorial",
    "arg": "angle",
    "phase": "angle",
    "nthroot": "root",
    "ncr": "binomial",
    "arcsec": "asec",
    "arccsc": "acsc",
    "arccot": "acot",
    "arcsech": "asech",
    "arccsch": "acsch",
    "arccoth": "acoth",
    "leakyrelu": "leaky_relu",
    "float32": "float",
    "float64": "float",
    "tg": "tan",
    "ctg": "cot",
    "cotg": "cot",
    "arctg": "atan",
    "arcctg": "acot",
}
"""Names that people use for what torch calls otherwise."""

ONE = Number(1.0)
_ZERO, _SIX = Number(0.0), Number(6.0)
_SLOPE = Number(0.01)
"""What leaky_relu multiplies negative numbers by, unless told otherwise."""
_ROOT_2 = Apply("sqrt", (Number(2.0),))


def _over(above: Expr, below: Expr) -> Expr:
    return Binary("/", above, below)


def _root(x: Expr, n: Expr) -> Expr:
    return Binary("^", x, _over(ONE, n))


def _real_root(x: Expr) -> Expr:
    """The cube root, also of a negative number."""
    return Binary("*", Apply("sign", (x,)), _root(Apply("abs", (x,)), Number(3.0)))


def _between(x: Expr, low: Expr, high: Expr) -> Expr:
    return Apply("min", (Apply("max", (x, low)), high))


def _piecewise(x: Expr, positive: Expr, negative: Expr) -> Expr:
    return Apply("where", (Apply("gt", (x, _ZERO)), positive, negative))


def _exp(x: Expr) -> Expr:
    return Apply("exp", (x,))


def _times(one: Expr, other: Expr) -> Expr:
    return Binary("*", one, other)


def _sum(one: Expr, other: Expr) -> Expr:
    return Binary("+", one, other)


def _less(one: Expr, other: Expr) -> Expr:
    return Binary("-", one, other)


def _leaky_relu(x: Expr, slope: Expr = _SLOPE) -> Expr:
    return _piecewise(x, x, _times(slope, x))


def _elu(x: Expr, alpha: Expr = ONE) -> Expr:
    return _piecewise(x, x, _times(alpha, _less(_exp(x), ONE)))


def _sinc(x: Expr) -> Expr:
    """As torch has it."""
    angle = _times(Number(math.pi), x)
    return Apply("where", (Apply("eq", (x, _ZERO)), ONE, _over(Apply("sin", (angle,)), angle)))


def _log(x: Expr, base: Expr) -> Expr:
    return _over(Apply("log", (x,)), Apply("log", (base,)))


def _of_reciprocal(function: str) -> Callable[[Expr], Expr]:
    return lambda x: Apply(function, (_over(ONE, x),))


def _permutations(n: Expr, k: Expr) -> Expr:
    return _over(Apply("factorial", (n,)), Apply("factorial", (_less(n, k),)))


STANDS_FOR: dict[str, tuple[int | tuple[int, int], Callable[..., Expr]]] = {
    "sec": (1, lambda x: _over(ONE, Apply("cos", (x,)))),
    "csc": (1, lambda x: _over(ONE, Apply("sin", (x,)))),
    "cot": (1, lambda x: _over(ONE, Apply("tan", (x,)))),
    "sech": (1, lambda x: _over(ONE, Apply("cosh", (x,)))),
    "csch": (1, lambda x: _over(ONE, Apply("sinh", (x,)))),
    "coth": (1, lambda x: _over(ONE, Apply("tanh", (x,)))),
    "asec": (1, _of_reciprocal("acos")),
    "acsc": (1, _of_reciprocal("asin")),
    "acot": (1, _of_reciprocal("atan")),
    "asech": (1, _of_reciprocal("acosh")),
    "acsch": (1, _of_reciprocal("asinh")),
    "acoth": (1, _of_reciprocal("atanh")),
    "exp2": (1, lambda x: Binary("^", Number(2.0), x)),
    "square": (1, lambda x: Binary("^", x, Number(2.0))),
    "reciprocal": (1, lambda x: _over(ONE, x)),
    "rsqrt": (1, lambda x: _over(ONE, Apply("sqrt", (x,)))),
    "cbrt": (1, _real_root),
    "erfc": (1, lambda x: _less(ONE, Apply("erf", (x,)))),
    "sinc": (1, _sinc),
    "logit": (1, lambda x: Apply("log", (_over(x, _less(ONE, x)),))),
    "float": (1, lambda x: x),
    "double": (1, lambda x: x),
    "frac": (1, lambda x: _less(x, Apply("trunc", (x,)))),
    "relu6": (1, lambda x: _between(x, _ZERO, _SIX)),
    "hardtanh": (1, lambda x: _between(x, Negative(ONE), ONE)),
    "tanhshrink": (1, lambda x: _less(x, Apply("tanh", (x,)))),
    "mish": (1, lambda x: _times(x, Apply("tanh", (Apply("softplus", (x,)),)))),
    "softsign": (1, lambda x: _over(x, _sum(ONE, Apply("abs", (x,))))),
    "leaky_relu": ((1, 2), _leaky_relu),
    "elu": ((1, 2), _elu),
    "clamp": (3, _between),
    "hypot": (2, lambda a, b: Apply("sqrt", (_sum(_times(a, a), _times(b, b)),))),
    "logaddexp": (2, lambda a, b: Apply("log", (_sum(_exp(a), _exp(b)),))),
    "lerp": (3, lambda a, b, t: _sum(a, _times(t, _less(b, a)))),
    "neg": (1, Negative),
    "gelu": (1, lambda x: _over(Binary("*", x, Binary("+", ONE, Apply("erf", (_over(x, _ROOT_2),)))), Number(2.0))),
    "silu": (1, lambda x: _times(x, Apply("sigmoid", (x,)))),
    "logsigmoid": (1, lambda x: Negative(Apply("softplus", (Negative(x),)))),
    "pow": (2, lambda x, n: Binary("^", x, n)),
    "mul": (2, _times),
    "div": (2, _over),
    "add": (2, _sum),
    "sub": (2, _less),
    "npr": (2, _permutations),
    "root": (2, _root),
    "lg": (2, _log),
}
"""How many arguments, and the formula of them."""
WITHOUT_SECOND = {"root": "sqrt", "lg": "log10"}
"""What those that take two arguments are with one."""


def applied(function: str, arguments: tuple[Expr, ...], column: int) -> Expr:
    """A function of its arguments, or the formula that this stands for; raises Refused if they are too few or many."""
    if function in WITHOUT_SECOND and len(arguments) == 1:
        return Apply(WITHOUT_SECOND[function], arguments)
    if function == "log" and len(arguments) == 2:
        function = "lg"
    if function.startswith("log_") and len(arguments) == 1:
        base = function.removeprefix("log_")
        function, arguments = "lg", (*arguments, Number(float(base)) if base.isdigit() else Name(base))
    count, meaning = STANDS_FOR.get(function, (1, None))
    least, most = ARGUMENTS.get(function, count if isinstance(count, tuple) else (count, count))
    if not least <= len(arguments) <= most:
        wanted = ("one argument", "two arguments", "three arguments")[least - 1]
        example = ("x", "a, b", "condition, a, b")[least - 1]
        raise Refused(f"{function} takes {wanted}: write {function}({example}).", column)
    return meaning(*arguments) if meaning is not None else Apply(function, arguments)
