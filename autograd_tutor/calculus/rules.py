"""The table of rules: one small entry for each operation, a page of it per kind.

To add an operation, write an entry on the page where it belongs: its forward, the local derivative
for each operand (or the vector-Jacobian product where one element meets several), and the words.
A rule is only believed where it reproduces what torch recorded (`steps`).
"""

from __future__ import annotations

from autograd_tutor.calculus import (
    activations,
    affine,
    contractions,
    elementary,
    kinks,
    losses,
    products,
    rectifiers,
    reductions,
    shapes,
)  # fmt: skip
from autograd_tutor.calculus.rule import Rule

RULES: dict[str, Rule] = {
    rule.name: rule
    for page in (elementary, kinks, reductions, shapes, rectifiers, activations, products, affine, contractions, losses)
    for rule in page.RULES
}

ALIASES = {
    "radd": "add", "iadd": "add",
    "subtract": "sub", "isub": "sub",
    "rmul": "mul", "multiply": "mul", "imul": "mul",
    "truediv": "div", "divide": "div", "true_divide": "div", "itruediv": "div", "idiv": "div",
    "rtruediv": "rdiv", "rdivide": "rdiv",
    "negative": "neg", "ipow": "pow", "absolute": "abs", "clip": "clamp",
    "float": "to", "double": "to", "half": "to", "type_as": "to", "type": "to",
    "view": "reshape", "view_as": "reshape", "ravel": "flatten", "swapaxes": "transpose", "mt": "t",
    "concat": "cat", "concatenate": "cat",
    "mm": "matmul", "mv": "matmul", "bmm": "matmul", "ger": "outer", "vdot": "dot",
    "log_sigmoid": "logsigmoid", "amax": "max", "amin": "min", "vector_norm": "norm",
}  # fmt: skip
"""Other names by which the recorder may know the same operation."""


def find(name: str) -> Rule | None:
    """The rule for an operation by its canonical name, in place or not; None if there is none."""
    plain = name.rstrip("_")
    known = plain if plain in RULES else plain.removeprefix("linalg_")
    return RULES.get(ALIASES.get(known, known))
