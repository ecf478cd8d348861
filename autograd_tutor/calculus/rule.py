"""What a rule of differentiation is: one entry of the table in `rules.py`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd_tutor.calculus.functions import Value
from autograd_tutor.calculus.ink import ATOM, POWER, PRODUCT, SUM, Ink, ink

Numbers = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Slope:
    """How an operation's output answers to one of its operands.

    Exactly one of `local` and `back` is given; or neither, when the forward alone says how a gradient
    goes back: the operation only moves numbers about (`Rule.moves`), or is linear in the operand.
    """

    words: str
    """Why, as the start of a sentence; `{y}` is the output, `{a}`, `{b}`… are the operands, `{it}` is this one."""
    local: Callable[..., Value] | None = None
    """Elementwise: `local(y, *operands)` is the derivative, in numbers and in writing alike."""
    back: Callable[..., Numbers] | None = None
    """Otherwise the vector-Jacobian product: `back(upstream, y, *operands)`, of the operand's shape. Of an operation
    with several outputs (`max(dim)`) `y` and `upstream` are tuples; 0 where nothing arrived."""
    terms: Callable[..., Numbers] | None = None
    """Where what `back` adds up may cancel (softmax, layer_norm): the terms, from the same arguments. What is left
    when they cancel is rounding."""
    factors: Callable[..., tuple[Numbers, Numbers]] | None = None
    """Where `back` is the product of two matrices: those, from the same arguments."""
    symbol: str = ""
    """How it is written, with the same places as `words`, where `local` cannot tell."""
    tied: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The words and the symbol instead, by what `Rule.where` says where elements tie, or by `Rule.form`."""
    picks: bool = False
    """torch picks elements instead of multiplying: where `local` is 0, 0 goes back, even from inf or nan."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One operation: what it computes, and how its output answers to each operand."""

    name: str
    forward: Callable[..., Value]
    """From the operands to the output, over numbers and over SymPy expressions alike."""
    slopes: tuple[Slope, ...]
    """One for each operand it can be differentiated by; the last serves all further ones (`stack`)."""
    where: Callable[..., str] | None = None
    """Where the derivative jumps, `where(*operands)` on numbers says what torch does there, else ''."""
    form: Callable[..., str] | None = None
    """For an operation whose slope is told in other words by its settings (a length by its p), `form(*operands)`: the
    key of those in `Slope.tied`."""
    branch: Callable[..., Value] | None = None
    """For an operation in pieces, `branch(numbers, *operands)`: the piece that holds at these numbers."""
    moves: bool = False
    """Each number of the output is one of an operand's as it was, or none of them: its gradient goes where it came
    from. The forward must keep complex numbers as they are."""
    parameters: dict[str, Any] = field(default_factory=dict, init=False)
    """What `forward` takes, in order, with the defaults; torch's own names where a call may use them as keywords."""
    rest: str = field(default="", init=False)
    """The name under which it takes any number of operands, `*parts`."""
    behind: tuple[str, ...] = field(default=(), init=False)
    """Where it takes a list of tensors as `*parts`: the names of what may follow the list. Empty for others."""

    def __post_init__(self) -> None:
        taken = inspect.signature(self.forward).parameters.values()
        object.__setattr__(self, "parameters", {one.name: one.default for one in taken})
        object.__setattr__(self, "rest", "".join(one.name for one in taken if one.kind is one.VAR_POSITIONAL))
        object.__setattr__(self, "behind", tuple(one.name for one in taken if one.kind is one.KEYWORD_ONLY))

    @property
    def lists(self) -> bool:
        """Whether it takes any number of operands."""
        return bool(self.rest)

    def slope(self, position: int) -> Slope:
        """How the output answers to the operand at `position`."""
        return self.slopes[min(position, len(self.slopes) - 1)]


def elementwise(
    name: str, forward: Callable[..., Value], *slopes: tuple[Callable[..., Value], str], **more: Any
) -> Rule:
    """A rule for an operation that treats every element alike: a local derivative and its words per operand."""
    return Rule(name, forward, tuple(Slope(words, local=local) for local, words in slopes), **more)


def written(slope: Slope, output: Ink, operands: list[Ink | float], places: dict[str, str], **options: Any) -> str:
    """The local derivative in symbols: `cos(y)`."""
    if slope.symbol or slope.local is None:
        inks = dict(zip("abcdefgh", operands, strict=False)) | {"y": output}
        return _bare(_bound(slope.symbol, inks).format_map(places))
    return ink(slope.local(output, *operands, **options)).text


_PLACE = re.compile(r"(?<!\{)\{([a-hy])\}(?!\})")
_BEFORE = {"·": PRODUCT, "−": PRODUCT, "/": POWER}
_AFTER = {"·": PRODUCT, "/": PRODUCT, "²": ATOM, "ᵀ": ATOM, "⁻": ATOM}
"""What binds a place beside it, and how tightly."""


def _bound(symbol: str, inks: Mapping[str, Ink | float]) -> str:
    """The symbol with parentheses round the places where an operand would fall apart."""

    def place(found: re.Match[str]) -> str:
        letter = found[1]
        one = inks.get(letter)
        before, after = symbol[: found.start()].rstrip()[-1:], symbol[found.end() :][:1]
        level = max(_BEFORE.get(before, SUM), _AFTER.get(after, SUM))
        return f"({{{letter}}})" if isinstance(one, Ink) and one.level < level else f"{{{letter}}}"

    return _PLACE.sub(place, symbol)


def _bare(text: str) -> str:
    """Without parentheses round the whole."""
    if not (text.startswith("(") and text.endswith(")")):
        return text
    depth = 0
    for at, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if not depth and at < len(text) - 1:
            return text
    return text[1:-1]


FIXED = Slope("{it} is a setting: nothing goes back to it")
"""For an operand that stands between others and is never differentiated by."""
