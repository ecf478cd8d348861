"""The sentence that names a Jacobian's structure, with the reason, in the learner's names."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from autograd_tutor.calculus.axes import listed
from autograd_tutor.calculus.probes import ALL_PLACES, Pairs, Probes, alike
from autograd_tutor.explanation import Structure
from autograd_tutor.notation import number

_INSIDE = re.compile(r"\([^()]*(\([^()]*\)[^()]*)*\)|\[[^\[\]]*\]")
_SIGNS = re.compile(r"[^\w.₀-₉]|[⁰¹²³⁴⁵⁶⁷⁸⁹]")
"""What holds an expression together, and the signs that would not hold in front of an index."""

Likeness = tuple[Structure, str]
"""A structure, and what to say of it after "The Jacobian is"."""


@dataclass(frozen=True)
class About:
    """What a Jacobian is about."""

    y: str
    """The output's symbol."""
    x: str
    """The operand's."""
    output: tuple[int, ...]
    """Their shapes."""
    operand: tuple[int, ...]
    parts: tuple[tuple[str, tuple[int, ...]], ...]
    """The symbol and shape of each output, where several are taken as one."""

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        """Names of the output's elements."""
        return tuple(name for symbol, shape in self.parts for name in elements(symbol, shape))

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """Names of the operand's."""
        return tuple(elements(self.x, self.operand))

    @property
    def size(self) -> tuple[int, int]:
        """Elements of both."""
        return math.prod(self.output), math.prod(self.operand)


def moved(places: Any, about: About) -> Likeness:
    """Where only numbers were moved: `places` has for each output which of the operand's it is, from 1 on; 0, none."""
    y, x = about.y, about.x
    where = np.ravel(places)
    columns = about.size[1]
    counts = np.bincount(where[where > 0] - 1, minlength=columns)
    order = np.arange(1, columns + 1)
    if not counts.any():
        return "zero", f"all zeros: nothing of {x} is in {y}"
    if len(where) == 1:
        picked = about.inputs[where[0] - 1]
        return "one row", f"one row with a single 1, at {picked}: of all of {x} only this is in {y}"
    if columns == 1:
        return _placed(np.flatnonzero(where), about)
    if len(where) == columns and np.all(where == order):
        return "identity", f"the identity: the numbers of {x} stand in {y} in the same order"
    if len(where) == columns and np.all((where == order) | (where == 0)):
        return "diagonal", f"diagonal, of ones and zeros: each element of {y} is its own element of {x}, or none of {x}"
    if np.all(where) and np.all(counts == 1):
        return (
            "permutation",
            f"a permutation, a single 1 in each row and column: the numbers of {x} stand in {y} in other places",
        )
    if np.all(where) and np.all(counts == counts[0]):
        return "stretched", (
            f"a stretched identity: each element of {x} stands in {counts[0]} places of {y},"
            f" so what arrives at all of them is summed"
        )
    if np.all(where):
        several = "; one that was picked several times gets the sum" if np.any(counts > 1) else ""
        return "selection", f"a selection, a single 1 in each row: each element of {y} is one of {x}{several}"
    if np.all(counts == 1):
        filled = f"{np.count_nonzero(where)} of the {len(where)} elements of {about.y}"
        return "placement", f"a placement, a single 1 in each column: {x} fills {filled}, and the other rows are zeros"
    return "selection", f"a selection, at most a single 1 in each row: some elements of {y} are elements of {x}"


def _placed(rows: Any, about: About) -> Likeness:
    """A single number in some of the outputs."""
    total = about.size[0]
    if len(rows) == total:
        return _column(total, total, 1.0, about)
    if len(rows) == 1:
        where = f"a single 1, at {about.outputs[rows[0]]}"
        return "one column", f"one column with {where}: the other elements of {about.y} come from elsewhere"
    return (
        "one column",
        f"one column with {len(rows)} ones: {about.x} is in so many of the {total} elements of {about.y}",
    )


def probed(probes: Probes, about: About) -> Likeness:
    """Of any other operation, by what its vector-Jacobian product answers."""
    y, x = about.y, about.x
    rows, columns = probes.size
    if not np.any(probes.answer):
        return "zero", f"all zeros: here {y} does not change with {x}"
    if rows == 1:
        return _row(probes, about)
    if columns == 1:
        return _one_column(probes, about)
    diagonal = probes.diagonal()
    if diagonal is not None:
        return _diagonal(diagonal, about)
    places = probes.places()
    if places is not None:
        return moved(places, about)
    pairs = probes.pairs()
    if pairs:
        return _blocks(probes, pairs, about)
    if (found := probes.triangle()) is not None:
        return _triangle(found, about)
    at, seen = probes.seen()
    few = f"here {about.outputs[at]} sees {seen} of the {columns} elements of {x}"
    if 2 * seen <= columns:
        return "sparse", f"sparse: {few}"
    return "dense", f"dense: {few if seen < columns else f'each element of {y} sees every element of {x}'}"


def _row(probes: Probes, about: About) -> Likeness:
    entries = probes.row(0)
    y, x = about.y, about.x
    if alike(entries, np.full(entries.shape, entries[0])):
        return "one row", f"one row, all {fraction(entries[0])}: {y} is a single number that sees all of {x} alike"
    seen = np.flatnonzero(entries)
    if seen.size == 1:
        picked = about.inputs[seen[0]]
        return (
            "one row",
            f"one row with {fraction(entries[seen[0]])} at {picked}, else zeros: of {x}, {y} sees only that",
        )
    most = "every element" if seen.size == len(entries) else f"{seen.size} of the {len(entries)} elements"
    return "one row", f"one row: {y} is a single number that sees {most} of {x}"


def _one_column(probes: Probes, about: About) -> Likeness:
    places, even, rows = probes.places(), probes.even_column(), probes.size[0]
    if places is not None:
        return _placed(np.flatnonzero(places), about)
    if even is None and rows > ALL_PLACES:
        return "one column", f"one column: {about.y} sees the one number {about.x}, so what arrives is summed"
    seeing = rows if even is not None else sum(int(probes.row(at)[0] != 0) for at in range(rows))
    return _column(seeing, rows, even, about)


def _column(seeing: int, rows: int, even: float | None, about: About) -> Likeness:
    summed = "what arrives is summed" if even == 1 else "what arrives is summed, each times its entry"
    entries = f", all {fraction(even)}" if even is not None else ""
    which = f"all {rows}" if seeing == rows else f"{seeing} of the {rows}"
    return "one column", f"one column{entries}: {which} elements of {about.y} see the one number {about.x}, so {summed}"


def _diagonal(entries: Any, about: About) -> Likeness:
    if alike(entries, np.ones(entries.shape)):
        return (
            "identity",
            f"the identity: each element of {about.y} changes one for one with its own element of {about.x}",
        )
    own = f"each element of {about.y} sees only its own element of {about.x}"
    if alike(entries, np.full(entries.shape, entries[0])):
        return "scaled identity", f"{fraction(entries[0])} times the identity: {own}, and all alike"
    return "diagonal", f"diagonal: {own}"


def _blocks(probes: Probes, pairs: Pairs, about: About) -> Likeness:
    count = int(np.prod([about.output[axis] for axis, _ in pairs]))
    rows, columns = (size // count for size in probes.size)
    if columns == 1:
        even = probes.even_column()
        kind = "identity" if even == 1 else "diagonal"
        axes = [at for at, length in enumerate(about.output) if length > 1 and at not in {axis for axis, _ in pairs}]
        summed = "what arrives is summed" if even == 1 else "what arrives is summed, each times its entry,"
        return "stretched", (
            f"a stretched {kind}: each element of {about.x} is used in {rows} places of {about.y}, along"
            f" {listed(axes)}, so {summed} over {'that axis' if len(axes) == 1 else 'those axes'}"
        )
    own = _own(pairs, about)
    if rows == 1 and (even := probes.even_row()) is not None:
        return "block diagonal", f"block diagonal: {own}; {count} blocks of one row, all {fraction(even)}"
    alike_ = ", all the same" if probes.same_blocks(pairs) else ""
    blocks = f"block diagonal: {own}; {count} blocks of {rows}×{columns}{alike_}"
    found = probes.triangle(pairs)
    if found is not None and rows == columns == about.output[found[1]]:
        return "block diagonal", f"{blocks}, each {found[0]} triangular"
    at, seen = probes.seen()
    few = f"; here {about.outputs[at]} sees {seen} of the {columns} in its block" if 2 * seen <= columns else ""
    return "block diagonal", f"{blocks}{few}"


def _triangle(found: tuple[str, int, int], about: About) -> Likeness:
    kind, axis, other = found
    part = "up to its own place" if kind == "lower" else "from its own place on"
    if about.size == (about.output[axis], about.output[axis]):
        of = f"each element of {about.y} sees those of {about.x} {part}"
        return ("lower triangular" if kind == "lower" else "upper triangular"), f"{kind} triangular: {of}"
    piece, its = _piece(about.output, axis), _piece(about.operand, other)
    return "block triangular", f"block triangular: each {piece} of {about.y} sees each {its} of {about.x} {part}"


def _own(pairs: Pairs, about: About) -> str:
    """Which pieces of the output see which of the operand."""
    if len(pairs) == 1:
        ((axis, other),) = pairs
        piece, its = _piece(about.output, axis), _piece(about.operand, other)
        return f"each {piece} of {about.y} sees only its own {its} of {about.x}"
    axes, others = (listed(list(both)) for both in zip(*pairs, strict=True))
    return f"each place along {axes} of {about.y} sees only its own along {others} of {about.x}"


def _piece(shape: tuple[int, ...], axis: int) -> str:
    """What one place along an axis is."""
    if len(shape) == 1:
        return "element"
    return ("row", "column")[axis] if len(shape) == 2 else f"slice along axis {axis}"


def fraction(value: float) -> str:
    """`1/3` for what is one over a whole number, else as any number."""
    over = round(1 / value) if value and abs(value) < 1 else 0
    if abs(over) > 1 and alike(value, 1 / over):
        return f"{'−' if over < 0 else ''}1/{abs(over)}"
    return number(value)


def elements(symbol: str, shape: tuple[int, ...]) -> Iterator[str]:
    """`x[0]`, `x[1]`…, `(p·w)[0]`; the symbol alone for a single number."""
    whole = f"({symbol})" if shape and _SIGNS.search(_INSIDE.sub("", symbol)) else symbol
    for place in np.ndindex(shape):
        yield f"{whole}[{','.join(map(str, place))}]" if place else symbol
