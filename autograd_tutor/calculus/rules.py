"""The table of rules: one small entry for each operation, a page of it per kind.

To add an operation, write an entry on the page where it belongs: its forward, the local derivative
for each operand (or the vector-Jacobian product where one element meets several), and the words.
A rule is only believed where it reproduces what torch recorded (`steps`).
"""

from __future__ import annotations

from autograd_tutor.calculus import (
    activations,
    affine,
    alignment,
    arithmetic,
    attention,
    averaging,
    bessel,
    choices,
    classification,
    collected,
    complexes,
    contractions,
    convolution,
    curves,
    decompositions,
    distances,
    dropping,
    elementary,
    embedding,
    extremes,
    factors,
    fourier,
    indexing,
    kinks,
    likelihoods,
    linalg,
    losses,
    margins,
    normalising,
    overlaps,
    pieces,
    pixels,
    pooling,
    products,
    rectifiers,
    reductions,
    running,
    sampling,
    seconds,
    shapes,
    spread,
    trigonometry,
)  # fmt: skip
from autograd_tutor.calculus.rule import Rule
from autograd_tutor.trace import Operation

PAGES = (
    arithmetic, elementary, trigonometry, curves, kinks, choices,
    reductions, spread, extremes, running, shapes, pieces, overlaps, indexing,
    rectifiers, activations, products, affine, contractions, normalising, dropping, embedding, convolution, averaging,
    pooling, attention, losses, likelihoods, classification, linalg, decompositions, distances, margins, pixels,
    seconds, complexes, fourier, collected, factors, alignment, sampling, bessel,
)  # fmt: skip

RULES: dict[str, Rule] = {rule.name: rule for page in PAGES for rule in page.RULES}

ALIASES = {
    "radd": "add", "iadd": "add",
    "subtract": "sub", "isub": "sub",
    "rmul": "mul", "multiply": "mul", "imul": "mul",
    "truediv": "div", "divide": "div", "true_divide": "div", "itruediv": "div", "idiv": "div",
    "rtruediv": "rdiv", "rdivide": "rdiv",
    "sgn": "sign", "float_power": "pow", "expit": "sigmoid", "gammaln": "lgamma", "psi": "digamma",
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2", "arcsinh": "asinh", "arccosh": "acosh",
    "arctanh": "atanh", "fix": "trunc",
    "conj_physical": "conj", "negative": "neg", "ipow": "pow", "absolute": "abs", "clip": "clamp",
    "float": "to", "bfloat16": "to", "double": "to", "half": "to", "type_as": "to", "type": "to",
    "view": "reshape", "view_as": "reshape", "reshape_as": "reshape", "ravel": "flatten",
    "swapaxes": "transpose", "swapdims": "transpose", "adjoint": "mt", "mh": "mt", "h": "t", "moveaxis": "movedim",
    "expand_as": "expand", "broadcast_to": "expand",
    "split_with_sizes": "split", "row_stack": "vstack",
    "concat": "cat", "concatenate": "cat",
    "mm": "matmul", "mv": "matmul", "bmm": "matmul", "ger": "outer", "vdot": "dot",
    "log_sigmoid": "logsigmoid", "linalg_vector_norm": "norm", "linalg_inv": "inverse", "pinverse": "pinv",
}  # fmt: skip
"""Other names by which the recorder may know the same operation."""


ALIASES |= {f"{name}_with_indices": name for name in RULES if "max_pool" in name}

PAIRS = {"max": "maximum", "min": "minimum"}
"""What torch does with a second tensor: `torch.max(x, y)`."""


WIDENS = {"unfold": "unfold(dimension)"}
"""Another operation of the same name, which adds an axis: `x.unfold(0, 2, 1)` beside `F.unfold(x, 2)`."""


def _axes(operation: Operation) -> int:
    value = operation.inputs[0].value if operation.inputs else None
    return len(value.shape) if value is not None else 0


PREFIXES = ("special_", "linalg_", "unsafe_")
"""Of spellings of an operation that also goes without."""


def find(operation: Operation) -> Rule | None:
    """The rule for an operation by its canonical name, in place or not; None if there is none.

    `name(keyword)` is a rule of its own for calls with that keyword.
    """
    name = operation.name.rstrip("_")
    if name in PAIRS and len(operation.inputs) == 2 and operation.inputs[1].tensor is not None:
        name = PAIRS[name]
    plain = name.removesuffix("_copy")
    if plain in WIDENS and operation.values and len(operation.values[0].shape) > _axes(operation):
        name = WIDENS[plain]
    forms = [f"{name}({one.keyword})" for one in operation.inputs if one.keyword]
    spellings = (*forms, name, plain, *(name.removeprefix(prefix) for prefix in PREFIXES))
    return next((RULES[known] for one in spellings if (known := ALIASES.get(one, one)) in RULES), None)
