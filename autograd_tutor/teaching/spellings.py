"""Other ways to write a function: by another name, or one that stands for a small formula."""

from __future__ import annotations

from collections.abc import Callable

from autograd_tutor.formula import Apply, Binary, Expr, Negative, Number

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
}
"""Names that people use for what torch calls otherwise."""

ONE = Number(1.0)
_ROOT_2 = Apply("sqrt", (Number(2.0),))


def _over(above: Expr, below: Expr) -> Expr:
    return Binary("/", above, below)


def _root(x: Expr, n: Expr) -> Expr:
    return Binary("^", x, _over(ONE, n))


def _log(x: Expr, base: Expr) -> Expr:
    return _over(Apply("log", (x,)), Apply("log", (base,)))


STANDS_FOR: dict[str, tuple[int, Callable[..., Expr]]] = {
    "sec": (1, lambda x: _over(ONE, Apply("cos", (x,)))),
    "csc": (1, lambda x: _over(ONE, Apply("sin", (x,)))),
    "cot": (1, lambda x: _over(ONE, Apply("tan", (x,)))),
    "sech": (1, lambda x: _over(ONE, Apply("cosh", (x,)))),
    "csch": (1, lambda x: _over(ONE, Apply("sinh", (x,)))),
    "coth": (1, lambda x: _over(ONE, Apply("tanh", (x,)))),
    "exp2": (1, lambda x: Binary("^", Number(2.0), x)),
    "square": (1, lambda x: Binary("^", x, Number(2.0))),
    "reciprocal": (1, lambda x: _over(ONE, x)),
    "rsqrt": (1, lambda x: _over(ONE, Apply("sqrt", (x,)))),
    "cbrt": (1, lambda x: _root(x, Number(3.0))),
    "neg": (1, Negative),
    "gelu": (1, lambda x: _over(Binary("*", x, Binary("+", ONE, Apply("erf", (_over(x, _ROOT_2),)))), Number(2.0))),
    "silu": (1, lambda x: Binary("*", x, Apply("sigmoid", (x,)))),
    "logsigmoid": (1, lambda x: Negative(Apply("softplus", (Negative(x),)))),
    "pow": (2, lambda x, n: Binary("^", x, n)),
    "mul": (2, lambda a, b: Binary("*", a, b)),
    "div": (2, _over),
    "add": (2, lambda a, b: Binary("+", a, b)),
    "sub": (2, lambda a, b: Binary("-", a, b)),
    "root": (2, _root),
    "lg": (2, _log),
}
"""How many arguments, and the formula of them."""
WITHOUT_SECOND = {"root": "sqrt", "lg": "log10"}
"""What those that take two arguments are with one."""
