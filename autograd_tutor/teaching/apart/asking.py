"""How a piece is asked for when what the learner has so far is known, and what is said to a wrong answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from autograd_tutor.formula import names as names_in
from autograd_tutor.notation import array
from autograd_tutor.teaching import expr, formulas
from autograd_tutor.teaching.apart import carry
from autograd_tutor.teaching.apart.model import Piece, Plan
from autograd_tutor.teaching.apart.words import shown
from autograd_tutor.teaching.closeness import real
from autograd_tutor.trace import Array

Own = Callable[[int], Array | None]
"""What the learner has for a piece, by its index."""


def question(plan: Plan, at: int, own: Own) -> str:
    """The question about one piece, with the learner's own numbers where it builds on them."""
    piece = plan.pieces[at]
    if piece.question and piece.how == "scaled":
        came = own(piece.parts[0])
        called = ", G," if re.search(r"\bG\b", piece.rule) else ""
        return f"{piece.question} What arrives{called} is {shown(came)}." if came is not None else piece.question
    if piece.question:
        return piece.question
    name = _below(piece.title)
    numbers = [shown(own(part)) if piece.how == "sum" else _term(own(part)) for part in factors(plan, at)]
    if piece.kind == "grad":
        before, added = (array(own(part)) for part in piece.parts)
        return f"{piece.title} holds {before}, and this pass brings {added}. What does {piece.title} hold after it?"
    if piece.how == "sum":
        listed = ", ".join(numbers[:-1])
        return (
            f"{_count(len(numbers))} ways meet at {name}: they bring {listed} and {numbers[-1]}. What arrives in all?"
        )
    return f"The slopes along this way multiply: {' · '.join(numbers)}. What comes to {name}?"


def factors(plan: Plan, at: int) -> list[int]:
    """What a product is made of, those products that were not asked for taken apart in turn; a sum's parts."""
    piece = plan.pieces[at]
    if piece.how != "product":
        return list(piece.parts)
    found: list[int] = []
    for part in piece.parts:
        inner = plan.pieces[part]
        found += factors(plan, part) if inner.how == "product" and not inner.asked else [part]
    return [part for part in found if not _nothing(plan.pieces[part])] or found


def nudge(plan: Plan, at: int, typed: Array, own: Own, names: formulas.Scope) -> str:
    """What a wrong number looks like, or where to look; never the value itself."""
    piece = plan.pieces[at]
    true = piece.value if isinstance(piece.value, Array) else None
    if carry.same(typed, _negative(true)):
        return f"Mind the sign. {piece.reason}".strip()
    if piece.kind == "slope":
        return _of_slope(plan, at, typed, names) or piece.reason
    parts = [value for part in factors(plan, at) if (value := own(part)) is not None]
    if piece.how == "product" and carry.same(typed, carry.joined(carry.plus, parts)):
        return "That adds them up. Along one way the slopes are multiplied."
    if piece.how == "sum" and carry.same(typed, carry.joined(carry.times, parts)):
        return f"That multiplies them. {_ADDS[piece.kind]}"
    if piece.how in ("product", "sum") and any(carry.same(typed, part) for part in parts):
        return f"That is one of them alone. {_ADDS.get(piece.kind, 'Along one way the slopes are multiplied.')}"
    return _ADDS.get(piece.kind, piece.reason or "Multiply the slopes along the way once more.")


_ADDS = {
    "sum": "Where ways meet, what they bring is added.",
    "grad": "backward() adds to what .grad holds already.",
}


def _of_slope(plan: Plan, at: int, typed: Array, names: formulas.Scope) -> str:
    piece = plan.pieces[at]
    if carry.same(typed, piece.output):
        return f"That is the value of {piece.operation} itself. Asked is how fast it changes: its slope."
    gone = next((one for one in plan.pieces[at:] if one.how == "product" and at in one.parts), None)
    if gone is not None and carry.same(typed, gone.value if isinstance(gone.value, Array) else None):
        return "That is what goes on from here already. Asked is this operation's own slope."
    elsewhere = _elsewhere(piece, typed, names)
    return f"That is its slope at {elsewhere}. Which value goes into this operation?" if elsewhere else ""


def _elsewhere(piece: Piece, typed: Array, names: formulas.Scope) -> str:
    """The name of another value at which the slope would be what was typed: of an operation on one named value."""
    formula = formulas.read(piece.symbol, names.names)
    variable = _below(piece.title)
    if formula is None or names_in(formula) != {variable} or typed.shape or typed.data is None:
        return ""
    others: Mapping[str, Array] = {
        name: value for name, value in names.values.items() if not value.shape and name != variable
    }
    for name, value in others.items():
        if value.data is None:
            continue
        there = Array("float64", (), (expr.evaluate(formula, {variable: real(value.data[0])}),))
        if carry.same(typed, there):
            return name
    return ""


def _negative(value: Array | None) -> Array | None:
    return carry.times(value, Array("float64", (), (-1.0,))) if value is not None else None


def _nothing(piece: Piece) -> bool:
    """A factor that changes nothing and that nobody was asked for."""
    return not piece.asked and isinstance(piece.value, Array) and not piece.value.shape and carry.even(piece.value, 1)


def _term(value: Array | None) -> str:
    text = shown(value)
    return f"({text})" if text.startswith("−") else text


def _below(title: str) -> str:
    below = title.partition("/∂")[2].removesuffix(" along one way")
    return below[1:-1] if below.startswith("(") else below or title


def _count(ways: int) -> str:
    words = ("", "", "Two", "Three", "Four", "Five", "Six")
    return words[ways] if ways < len(words) else str(ways)
