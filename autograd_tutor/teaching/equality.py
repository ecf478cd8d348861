"""Whether two answers say the same, judged as the tutor does, but without a program.

Numbers are judged by the tolerance, lists element by element, formulas as functions of their variables.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Literal, cast

from autograd_tutor import notation
from autograd_tutor.formula import Binary, Expr, names, says_infinite
from autograd_tutor.teaching import answers, closeness, equations, expr, imaginary, labels, precise, writing
from autograd_tutor.teaching.grammar import Item, leaves
from autograd_tutor.teaching.model import Reading
from autograd_tutor.teaching.naming import split
from autograd_tutor.teaching.refusals import HINTS, Refused
from autograd_tutor.teaching.sameness import compare
from autograd_tutor.trace import Record

Prove = Callable[[Expr, Expr], bool | None]
"""Asks SymPy, under a time limit, whether two formulas are the same; None: it does not know."""

UNITS = frozenset(
    ["mm", "cm", "km", "kg", "mg", "ms", "sec", "min", "Hz", "kHz", "MHz", "GHz", "kB", "MB", "GB", "px", "rad", "deg"]
)
"""Of measurement; single letters are taken for variables."""
UNSETTLED = "They have a value together at too few points to compare them by."
FEW_DIGITS = "ANSWER has too few digits: three, or an exact number such as 2/3 or cos(16)."


class Equality(Record, frozen=True):
    """The verdict on two answers, or on two of their elements."""

    verdict: Literal["equal", "different", "unread", "unsettled"]
    """unread: one of them can't be read. unsettled: nothing is known to compare them by."""
    message: str
    read_as: tuple[str, str] = ("", "")


class _Side(Record, frozen=True):
    """One answer."""

    text: str
    word: Reading | None = None
    """None, yes or no, raises."""
    item: Item | None = None
    """A number, a formula, a list."""
    problem: str = ""
    """Why it can't be read."""

    @property
    def read_as(self) -> str:
        """How it was understood."""
        return self.word.read_as if self.word else "" if self.item is None else _written(self.item)


def judge(answer: str, expected: str, prove: Prove) -> Equality:
    """Whether `answer` would be right where `expected` is the truth; `prove` is asked where numbers settle nothing."""
    (label, value), (asked, wanted) = labels.parted(answer), labels.parted(expected)
    one, other = equations.difference(answer), equations.difference(expected)
    if one is not None and other is not None and not (label and label == asked):
        found = _equations(one, other)
        if found.verdict != "unread" or not (label and asked):
            return found
        return _different(f"ANSWER speaks of {label}, EXPECTED of {asked}.")
    answer, expected = value, wanted
    given, truth = _side(answer, expected), _side(expected, answer)
    read_as = given.read_as, truth.read_as
    for side, name in ((given, "ANSWER"), (truth, "EXPECTED")):
        if side.problem:
            return Equality("unread", f"{name} can't be read: {side.problem}", read_as)
    if given.item is None or truth.item is None:
        found = _words(given, truth)
    else:
        found = _items(given.item, truth.item, given.text, prove)
    return Equality(found.verdict, found.message, read_as)


def _equations(answer: str, expected: str) -> Equality:
    """Of two equations, each as what its sides differ by."""
    given, truth = _side(answer, expected), _side(expected, answer)
    for side, name in ((given, "ANSWER"), (truth, "EXPECTED")):
        if not isinstance(side.item, Binary):
            return Equality("unread", f"{name} can't be read: {side.problem or HINTS['=']}")
    one, other = cast(Binary, given.item), cast(Binary, truth.item)
    read_as = _equation(one), _equation(other)
    match equations.same(one, other):
        case True:
            return Equality("equal", "Equal: the equations are the same, or one is the other times a number.", read_as)
        case False:
            return Equality("different", "Different: neither equation is the other times a number.", read_as)
    return Equality("unsettled", UNSETTLED, read_as)


def _equation(difference: Binary) -> str:
    return f"{writing.pretty(difference.left)} = {writing.pretty(difference.right)}"


def _side(text: str, other: str) -> _Side:
    reading = answers.read(text)
    if isinstance(reading, Reading) and reading.kind in ("none", "flag", "raises"):
        return _Side(text, word=reading)
    try:
        item = answers.item(text, _variables(text, other))
        answers.shape(item)
    except Refused as refused:
        return _Side(text, problem=refused.message)
    return _Side(text, item=item)


def _variables(text: str, other: str) -> frozenset[str]:
    """The names in both, without those of one side that are a product: `wx` where there are `w` and `x`."""
    own, others = _names(text), _names(other)
    return others | {name for name in own if not split(name, (own | others) - {name})}


def _names(text: str) -> frozenset[str]:
    try:
        return frozenset().union(*map(names, leaves(answers.item(text))))
    except Refused:
        return frozenset()


def _written(item: Item) -> str:
    if isinstance(item, list):
        return f"[{', '.join(map(_written, item))}]"
    if names(item):
        return writing.pretty(item)
    return answers.echo(item, expr.evaluate(item, {}))


def _words(given: _Side, truth: _Side) -> Equality:
    """At least one of them is None, yes, no or raises."""
    one, other = given.word, truth.word
    if one is None or other is None or one.kind != other.kind:
        return _different(f"{given.read_as} is not {truth.read_as}.")
    if one.kind == "raises":
        same = other.raises.casefold() in one.raises.casefold() or not one.raises
    else:
        same = one.read_as == other.read_as
    return _equal("Equal.") if same else _different(f"{given.read_as} is not {truth.read_as}.")


def _items(given: Item, truth: Item, text: str, prove: Prove) -> Equality:
    """Numbers, formulas, or lists of them; brackets around a single one are no difference."""
    ours, theirs = answers.shape(given), answers.shape(truth)
    left, right = leaves(given), leaves(truth)
    if ours != theirs and not (len(left) == len(right) == 1):
        return _different(f"ANSWER has the shape {_shape(ours)}, EXPECTED {_shape(theirs)}.")
    digits = answers.digits_of_each(answers.unwrapped(text), len(left))
    unsettled = None
    found = _equal("Equal: both are empty.")
    for number, (one, other) in enumerate(zip(left, right, strict=True)):
        found = _elements(one, other, digits[number], prove)
        if found.verdict == "different":
            where = "" if len(left) == 1 else f"Element {number + 1}: "
            return _different(f"{where}{found.message}")
        unsettled = found if found.verdict == "unsettled" else unsettled
    if unsettled is not None:
        return unsettled
    return found if len(left) <= 1 else _equal("Equal in every element.")


def _elements(given: Expr, truth: Expr, digits: int | None, prove: Prove) -> Equality:
    if given == truth:
        return _equal("Equal: both say the same.")
    if names(given) | names(truth):
        found = _formulas(given, truth, prove)
        if found.verdict != "equal" and imaginary.same(given, truth):
            units = sorted((names(given) | names(truth)) & imaginary.UNITS)
            return _equal(f"Equal, with {' and '.join(units)} as the imaginary unit.")
        return found
    return _numbers(given, truth, digits)


def _numbers(given: Expr, truth: Expr, digits: int | None) -> Equality:
    one, other = _number(given), _number(truth)
    if math.isinf(one) and math.isinf(other) and not (says_infinite(given) or says_infinite(truth)):
        return _formulas(given, truth, lambda *_: None)
    if math.isnan(one) and math.isnan(other) and not (says_infinite(given) or says_infinite(truth)):
        return Equality("unsettled", "Neither has a real value to compare them by.")
    for value, item, name in ((one, given, "ANSWER"), (other, truth, "EXPECTED")):
        if math.isnan(value) and not says_infinite(item):
            return _different(f"{name} has no real value.")
    shown = notation.number(one), notation.number(other)
    if closeness.equal(one, other, digits):
        return _equal(f"Equal: {shown[0]} is {shown[1]}, within the tolerance.")
    if closeness.coarse(one, other, digits):
        return _different(FEW_DIGITS)
    return _different(f"Different: {shown[0]} is not {shown[1]}.")


def _number(item: Expr) -> float:
    """The value of a constant; where floating point has none on the way, from exact arithmetic."""
    value = expr.evaluate(item, {})
    if math.isfinite(value) or says_infinite(item):
        return value
    try:
        return float(precise.evaluate(item, {}, 45))
    except precise.Undefined:
        return math.nan


def _formulas(given: Expr, truth: Expr, prove: Prove) -> Equality:
    if names(given) and names(given) <= UNITS and not names(truth):
        return Equality("unread", "ANSWER can't be read: write the number alone, without a unit.")
    found = compare(given, truth)
    if says_infinite(given) != says_infinite(truth):
        finite = truth if says_infinite(given) else given
        if compare(finite, finite).same:
            return _different(f"{_written(given)} is not {_written(truth)}.")
    if found.same:
        points = f"at {found.points} points, the only value" if found.points == 1 else f"at {found.points} points"
        return _equal(f"Equal: both give the same {points} where both have a value.")
    if found.same is False:
        place = ", ".join(f"{name} = {notation.number(value)}" for name, value in found.at.items())
        values = f"ANSWER gives {_shown(found.left)}, EXPECTED {_shown(found.right)}"
        return _different(f"Different: at {place} {values}.{_hint(given, truth)}")
    proof = prove(given, truth)
    if proof is not None:
        return _equal("Equal: algebra takes one into the other.") if proof else _different("Different, by algebra.")
    return Equality("unsettled", UNSETTLED)


def _shown(value: Decimal | None) -> str:
    """A number, also one beyond floating point."""
    if value is None or not value.is_finite():
        return "more than can be written"
    near = float(value)
    if math.isfinite(near) and bool(near) == bool(value):
        return notation.number(near)
    sign, digits, _ = value.as_tuple()
    mantissa = float(Decimal((sign, digits, 1 - len(digits))))
    return f"{notation.number(round(mantissa, 4))}·10{notation.superscript(value.adjusted())}"


def _hint(given: Expr, truth: Expr) -> str:
    """Of names that differ in nothing but capitals, and of names that only the answer has."""
    ours, theirs = names(given), names(truth)
    for name in sorted(ours - theirs):
        for other in sorted(theirs - ours):
            if name.casefold() == other.casefold():
                return f" {name} and {other} are two variables."
    return f" EXPECTED has no {' and no '.join(sorted(ours - theirs)[:3])}." if ours - theirs else ""


def _shape(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) if shape else "of a single number"


def _equal(message: str) -> Equality:
    return Equality("equal", message)


def _different(message: str) -> Equality:
    return Equality("different", message)
