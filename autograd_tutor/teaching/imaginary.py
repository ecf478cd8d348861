"""Formulas in which i, j or I may be the imaginary unit: asked only where they differ as formulas of real numbers."""

from __future__ import annotations

import cmath
import random
from collections.abc import Callable, Mapping

from autograd_tutor.formula import Apply, Binary, Expr, Name, Negative, Number, names, parts
from autograd_tutor.trace import Complex

UNITS = frozenset({"i", "j", "I"})
POINTS = 8
"""For the other variables; beside an imaginary unit positive and not near 0."""
SAME = 1e-9
"""Relative."""


def same(left: Expr, right: Expr) -> bool:
    """Whether both have the same value with the imaginary unit, wherever both have one; False if nothing is known."""
    found = names(left) | names(right)
    return bool(found & UNITS and _alike(left, right, found - UNITS, (0.3, 2.5)))


def same_beyond(left: Expr, right: Expr) -> bool | None:
    """Whether two formulas of real numbers have the same complex values; None if nothing is known."""
    return _alike(left, right, names(left) | names(right), (-2.5, 2.5))


def _alike(left: Expr, right: Expr, variables: frozenset[str], between: tuple[float, float]) -> bool | None:
    together = 0
    for number in range(POINTS if variables else 1):
        source = random.Random(number)
        values = {name: complex(source.uniform(*between)) for name in sorted(variables)}
        try:
            one, other = (_value(side, dict.fromkeys(UNITS - variables, 1j) | values) for side in (left, right))
        except (ArithmeticError, ValueError, KeyError):
            continue
        if not cmath.isclose(one, other, rel_tol=SAME, abs_tol=1e-12):
            return False
        together += 1
    return True if together > len(variables) else None


def meant(expr: Expr) -> bool:
    """Whether it speaks of the real part, the angle or the like of something with an imaginary unit in it."""
    if isinstance(expr, Apply) and expr.function in ("re", "im", "conjugate", "angle") and names(expr) & UNITS:
        return True
    return any(map(meant, parts(expr)))


def number(expr: Expr, known: frozenset[str]) -> Complex | None:
    """A number with an imaginary part, as `6+8j`; None for any other formula. `known` names are no units."""
    found = names(expr)
    if not found or not found <= UNITS or found & known:
        return None
    try:
        value = _value(expr, dict.fromkeys(UNITS, 1j))
    except (ArithmeticError, ValueError, KeyError):
        return None
    return Complex(value.real, value.imag) if cmath.isfinite(value) else None


def _value(expr: Expr, values: Mapping[str, complex]) -> complex:
    match expr:
        case Number(value):
            return complex(value)
        case Name(name):
            return values[name]
        case Negative(operand):
            return 0 - _value(operand, values)  # a minus sign would make zeros negative, on the wrong side of a cut
        case Binary(operator, left, right):
            return _OPERATORS[operator](_value(left, values), _value(right, values))
        case Apply(function, arguments):
            return FUNCTIONS[function](*(_value(argument, values) for argument in arguments))


_OPERATORS: dict[str, Callable[[complex, complex], complex]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "^": lambda a, b: a**b,
}

FUNCTIONS: dict[str, Callable[..., complex]] = {
    "sin": cmath.sin,
    "cos": cmath.cos,
    "tan": cmath.tan,
    "asin": cmath.asin,
    "acos": cmath.acos,
    "atan": cmath.atan,
    "sinh": cmath.sinh,
    "cosh": cmath.cosh,
    "tanh": cmath.tanh,
    "asinh": cmath.asinh,
    "acosh": cmath.acosh,
    "atanh": cmath.atanh,
    "exp": cmath.exp,
    "log": cmath.log,
    "sqrt": cmath.sqrt,
    "abs": lambda z: complex(abs(z)),
    "angle": lambda z: complex(cmath.phase(z)),
    "conjugate": lambda z: z.conjugate(),
    "re": lambda z: complex(z.real),
    "im": lambda z: complex(z.imag),
}
"""Those of one complex number, with the values on the principal branch."""
