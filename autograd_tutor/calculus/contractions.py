"""The rules for einsum and tensordot: products summed over shared indices, and so are their gradients."""

from __future__ import annotations

from string import ascii_letters
from typing import Any

import numpy as np

from autograd_tutor.calculus.broadcasting import unstretched
from autograd_tutor.calculus.rule import Rule, Slope


def _parsed(equation: str, operands: tuple[Any, ...]) -> tuple[list[str], str]:
    """The letters of each operand and of the output, the dots written out as letters of their own."""
    given, arrow, output = equation.replace(" ", "").partition("->")
    terms = given.split(",")
    spare = [letter for letter in ascii_letters if letter not in equation]
    dots = [np.ndim(one) - len(term.replace("...", "")) for term, one in zip(terms, operands, strict=True)]
    most = max((count for count, term in zip(dots, terms, strict=True) if "..." in term), default=0)
    shared = "".join(spare[:most])
    inputs = [term.replace("...", shared[most - count :]) for term, count in zip(terms, dots, strict=True)]
    if not arrow:  # the letters that stand alone, in their order
        once = sorted(one for one in set(given) - set(",.") if given.count(one) == 1)
        return inputs, shared + "".join(once)
    return inputs, output.replace("...", shared)


def contracted(equation: str, *operands: Any) -> Any:
    """What einsum computes."""
    inputs, output = _parsed(equation, operands)
    return np.einsum(f"{','.join(inputs)}->{output}", *operands)


def back(g: Any, equation: str, operands: tuple[Any, ...], position: int) -> Any:
    """The einsum with the output's gradient in the operand's place; an index that was summed alone is stretched."""
    inputs, output = _parsed(equation, operands)
    operand, letters = operands[position], inputs[position]
    sizes = dict(zip(letters, operand.shape, strict=True))
    terms = [output] + [term for at, term in enumerate(inputs) if at != position]
    factors = [g] + [np.conj(one) for at, one in enumerate(operands) if at != position]
    known = {pair for term, one in zip(terms, factors, strict=True) for pair in zip(term, one.shape, strict=True)}
    alone = {letter: size for letter, size in sizes.items() if (letter, size) not in known}
    ones = np.ones(list(alone.values()), dtype=operand.dtype)
    found = np.einsum(f"{','.join([*terms, ''.join(alone)])}->{''.join(sizes)}", *factors, ones)
    found = unstretched(found, tuple(sizes.values()))
    if len(sizes) == len(letters):
        return found
    filled = np.zeros(operand.shape, dtype=found.dtype)  # a repeated index is a diagonal: the rest gets 0
    np.einsum(f"{letters}->{''.join(sizes)}", filled)[...] = found
    return filled


def _einsum_back(position: int) -> Any:
    return lambda g, y, equation, *operands: back(g, equation, operands, position)


def _einsum_slope(position: int) -> Slope:
    return Slope(
        "The gradient of an einsum is an einsum: what arrives takes {it}'s place among the operands",
        back=_einsum_back(position),
        symbol="einsum with G for {it}",
    )


def _equation(a: Any, b: Any, dims: Any) -> str:
    """tensordot as an einsum: the axes in `dims` share their letters."""
    if isinstance(dims, int):
        first, second = list(range(a.ndim - dims, a.ndim)), list(range(dims))
    else:
        first, second = ([one] if isinstance(one, int) else list(one) for one in dims)
    one, other = list(ascii_letters[: a.ndim]), list(ascii_letters[a.ndim : a.ndim + b.ndim])
    for left, right in zip(first, second, strict=True):
        other[right] = one[left]
    free = [letter for letter in one if letter not in other] + [letter for letter in other if letter not in one]
    return f"{''.join(one)},{''.join(other)}->{''.join(free)}"


def _tensordot_slope(position: int) -> Slope:
    return Slope(
        "What arrives is contracted with the other operand, over that one's own axes",
        back=lambda g, y, a, b, dims=2: back(g, _equation(a, b, dims), (a, b), position),
        symbol=("tensordot(G, {b})", "tensordot({a}, G)")[position],
    )


RULES: tuple[Rule, ...] = (
    Rule("einsum", contracted, tuple(_einsum_slope(max(at - 1, 0)) for at in range(12))),
    Rule(
        "tensordot",
        lambda a, b, dims=2: contracted(_equation(a, b, dims), a, b),
        (_tensordot_slope(0), _tensordot_slope(1)),
    ),
)
