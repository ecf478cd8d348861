"""How numbers and tensors are written, alike on every screen and in every sentence."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from autograd_tutor.trace import Array, Complex, Scalar

MINUS = "−"
_NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*|\[\d+\])*")
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def is_name(text: str) -> bool:
    """Whether it is a name or a plain way to one: `w`, `model[0].weight`."""
    return _NAME.fullmatch(text) is not None


def superscript(exponent: int) -> str:
    """`2` as `²`, `-12` as `⁻¹²`."""
    return str(exponent).translate(_SUPERSCRIPTS)


def number(value: Scalar) -> str:
    """One number for people: whole numbers plain, others to four decimals, tiny and huge ones as 1.2346·10⁻⁵.

    At least four digits count, so that what is copied from the screen is precise enough to be an answer. A float
    that only rounds to a whole number keeps its zeros: 2.00001 is `2.0000`.
    """
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, Complex):
        sign = MINUS if value.im < 0 or math.copysign(1, value.im) < 0 else "+"
        return f"{number(value.re)} {sign} {number(abs(value.im))}j"
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else f"{MINUS}inf"
    return _finite(value).replace("-", MINUS)


def _finite(value: float) -> str:
    size = abs(value)
    if value == 0:
        return "0"
    if value == int(value) and size < 1e7:
        return str(int(value))
    if 1e-3 <= size < 1e6:
        text = f"{value:.{max(4, 3 - math.floor(math.log10(size)))}f}"
        trimmed = text.rstrip("0").rstrip(".")
        return text if "." not in trimmed and float(trimmed) != value else trimmed
    mantissa, exponent = f"{value:.4e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}·10{superscript(int(exponent))}"


def array(value: Array | None) -> str:
    """A tensor for people: `6`, `[2, 4]`, `[[1, 2], [3, 4]]`; a large one by its summary; None as `None`."""
    if value is None:
        return "None"
    if value.data is None:
        return _summary(value)
    return _brackets(nest([number(one) for one in value.data], value.shape))


def nest(flat: Sequence[Any], shape: Sequence[int]) -> Any:
    """A tensor's elements in row-major order as nested lists; the one element itself for a shape of ()."""
    if not shape:
        return flat[0]
    step = len(flat) // shape[0] if shape[0] else 0
    return [nest(flat[at * step : (at + 1) * step], shape[1:]) for at in range(shape[0])]


def _brackets(nested: str | list[Any]) -> str:
    return nested if isinstance(nested, str) else f"[{', '.join(map(_brackets, nested))}]"


ROW = 8
"""Numbers in one line of a long row."""


def rows(value: Array, width: int) -> list[str]:
    """A tensor in one line if that is no wider than `width`, else a row in each line, its numbers in columns."""
    line = array(value)
    if len(line) <= width or value.data is None or not value.shape:
        return [line]
    texts = [number(one) for one in value.data]
    column = max(map(len, texts))
    return _lines(nest([text.rjust(column) for text in texts], value.shape))


def _lines(nested: list[Any]) -> list[str]:
    if nested and isinstance(nested[0], list):
        blocks = [_lines(one) for one in nested]
        lines = [line for block in blocks for line in (*block[:-1], f"{block[-1]},")]
        lines[-1] = lines[-1].removesuffix(",")
    else:
        lines = [f"{', '.join(nested[at : at + ROW])}," for at in range(0, len(nested), ROW)]
        lines[-1] = lines[-1].removesuffix(",")
    return [f"{' ' if at else '['}{line}{']' if at == len(lines) - 1 else ''}" for at, line in enumerate(lines)]


def beside(*blocks: list[str]) -> list[str]:
    """Blocks of lines side by side, with a space between; each is filled up to the height of the tallest."""
    height = max(map(len, blocks))
    widths = [max(map(len, block)) for block in blocks]
    filled = [
        [line.ljust(width) for line in (block + [""] * height)[:height]]
        for block, width in zip(blocks, widths, strict=True)
    ]
    return [" ".join(parts).rstrip() for parts in zip(*filled, strict=True)]


def _summary(value: Array) -> str:
    dimensions = "×".join(map(str, value.shape))
    if value.summary is None:
        return f"a tensor of {dimensions}"
    low, high = number(value.summary.min), number(value.summary.max)
    return f"a tensor of {dimensions} from {low} to {high}, mean {number(value.summary.mean)}"


def shape(value: Array) -> str:
    """A shape in words: `a number`, `3 elements`, `a 2×3 matrix`, `an 8×3×4 tensor`."""
    if not value.shape:
        return "a number"
    if len(value.shape) == 1:
        return "1 element" if value.shape[0] == 1 else f"{value.shape[0]} elements"
    article = "an" if value.shape[0] in (11, 18) or str(value.shape[0]).startswith("8") else "a"
    return f"{article} {'×'.join(map(str, value.shape))} {'matrix' if len(value.shape) == 2 else 'tensor'}"
