"""Whether two answers say the same, judged as the tutor does, but without a program.

Numbers are judged by the tolerance, lists element by element, formulas as functions of their variables.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import NamedTuple, cast

from autograd_tutor import notation
from autograd_tutor.formula import Binary, Expr, names, says_infinite
from autograd_tutor.teaching import answers, closeness, constants, differing, equations, imaginary, labels, latex
from autograd_tutor.teaching.grammar import Item, leaves
from autograd_tutor.teaching.groups import MOST, Group, Verdict, group, too_many, verdict
from autograd_tutor.teaching.refusals import HINTS, Ambiguous, Refused
from autograd_tutor.teaching.sameness import EFFORT, compare
from autograd_tutor.teaching.sides import Side, decided, equation, read, settled, sketch, understood, written
from autograd_tutor.trace import Record

Prove = Callable[[Expr, Expr], bool | None]
"""Asks SymPy, under a time limit, whether two formulas are the same; None: it does not know."""

UNITS = frozenset(
    ["mm", "cm", "km", "kg", "mg", "ms", "sec", "min", "Hz", "kHz", "MHz", "GHz", "kB", "MB", "GB", "px", "rad", "deg"]
)
"""Of measurement; single letters are taken for variables."""
SHARED = 2 * EFFORT
"""Operations in comparing all the elements of a list, or all pairs of two sets."""
PATIENCE = 0.4
"""Seconds of processor time for a set or a system."""
UNSETTLED = "They have a value together at too few points to compare them by."
TOO_MUCH = "That is too much to compare at once: compare fewer at a time."
FEW_DIGITS = "ANSWER has too few digits: three, or an exact number such as 2/3 or cos(16)."
ROUNDED = "If {} is rounded in EXPECTED, write more of its digits there."


BothDigits = tuple[closeness.Digits, closeness.Digits]
"""Significant digits typed in ANSWER and in EXPECTED, where a whole number is exact."""


class Equality(Record, frozen=True):
    """The verdict on two answers, or on two of their elements."""

    verdict: Verdict
    """unread: one of them can't be read. unsettled: nothing is known to compare them by."""
    message: str
    read_as: tuple[str, str] = ("", "")


class Means(NamedTuple):
    """What may be spent."""

    prove: Prove
    effort: int
    """Operations in comparing two formulas."""


def judge(answer: str, expected: str, prove: Prove, effort: int = EFFORT) -> Equality:
    """Whether `answer` would be right where `expected` is the truth; `prove` is asked where numbers settle nothing."""
    answer, expected = latex.plain(answer), latex.plain(expected)
    means = Means(prove, effort)
    found = _judge(answer, expected, means)
    return _settled(found, answer, expected, means) if found.verdict == "unread" else found


def _settled(found: Equality, answer: str, expected: str, means: Means) -> Equality:
    """What is `found`, if not by two meanings that one of the answers may have.

    EXPECTED has the usual one. ANSWER is right with that, wrong if it is with both, and else has to be asked about.
    """
    wanted, usual = settled(expected, answer, usual=True), settled(answer, expected, usual=True)
    if (usual, wanted) == (answer, expected):
        return found
    again = _judge(usual, wanted, means)
    if usual == answer or again.verdict != "different":
        return again
    try:
        other = settled(answer, expected, usual=False)
    except Ambiguous:
        return found
    return again if _judge(other, wanted, means).verdict == "different" else found


def _judge(answer: str, expected: str, means: Means) -> Equality:
    for side, name in ((answer, "ANSWER"), (expected, "EXPECTED")):
        if too_many(side):
            return Equality("unread", f"{name} can't be read: it has more than {MOST + 1} parts.")
    ours, theirs = group(answer), group(expected)
    kinds = {one.kind for one in (ours, theirs) if one}
    if (ours and theirs) or kinds - {"system"}:
        return _groups(ours or answer, theirs or expected, means.effort)
    (label, value), (asked, wanted) = labels.parted(answer), labels.parted(expected)
    one, other = equations.difference(answer), equations.difference(expected)
    only_labels = label and label == asked and not any(len(equations.parts(rest, "=")) > 1 for rest in (value, wanted))
    if one is not None and other is not None and not only_labels:
        found = _equations(one, other)
        if found.verdict != "unread" or not (label and asked):
            return found
        return _different(f"ANSWER speaks of {label}, EXPECTED of {asked}.")
    if (one is None) != (other is None):
        found = _one_equation(answer, expected, means)
        if found.verdict == "equal" or not (label or asked):
            return found
    return _values(value, wanted, means)


def _one_equation(answer: str, expected: str, means: Means) -> Equality:
    """Of an equation and something else: the same if this is a condition that holds just where the equation does."""
    which = "ANSWER" if equations.difference(answer) else "EXPECTED"
    given, truth = (equations.condition(one) if equations.difference(one) else one for one in (answer, expected))
    sides = understood(given, truth), understood(truth, given)
    for side, name in zip(sides, ("ANSWER", "EXPECTED"), strict=True):
        if side.problem:
            return Equality("unread", f"{name} can't be read: {HINTS['='] if name == which else side.problem}")
    if all(side.holds for side in sides):
        return _values(given, truth, means)
    if which == "ANSWER":
        return _different(f"Different: ANSWER is an equation, EXPECTED is none. {HINTS['=']}")
    return _different("Different: EXPECTED is an equation, ANSWER is none.")


def _values(answer: str, expected: str, means: Means) -> Equality:
    """Of numbers, formulas, lists and words."""
    given, truth = understood(answer, expected), understood(expected, answer)
    read_as = given.read_as, truth.read_as
    for side, name in ((given, "ANSWER"), (truth, "EXPECTED")):
        if side.problem:
            return Equality("unread", f"{name} can't be read: {side.problem}", read_as)
    given, truth = decided(given, truth), decided(truth, given)
    found = _words(given, truth) if given.item is None or truth.item is None else _items(given, truth, means)
    return Equality(found.verdict, found.message, read_as)


def _groups(answer: Group | str, expected: Group | str, effort: int) -> Equality:
    """Of sets, systems, and lists that hold them; one of the two may be none."""
    texts: list[str] = []
    for side, name in ((answer, "ANSWER"), (expected, "EXPECTED")):
        try:
            texts.append(read(side))
        except Refused as refused:
            return Equality("unread", f"{name} can't be read: {refused.message}")
    read_as = texts[0], texts[1]
    if not (isinstance(answer, Group) and isinstance(expected, Group) and answer.kind == expected.kind):
        return Equality("different", f"Different: {texts[0]} and {texts[1]} are answers of two kinds.", read_as)
    if answer.label and expected.label and answer.label != expected.label:
        return Equality("different", f"ANSWER speaks of {answer.label}, EXPECTED of {expected.label}.", read_as)
    pairs = len(answer.elements) * (1 if answer.kind == "list" else len(expected.elements))
    each = min(effort, SHARED // max(pairs, 1))
    until = time.process_time() + PATIENCE

    def judged(one: str, other: str) -> Verdict:
        if time.process_time() > until:
            raise TimeoutError
        return judge(one, other, lambda *_: None, each).verdict

    try:
        found, element = verdict(answer, expected, judged, sketch)
    except TimeoutError:
        return Equality("unsettled", TOO_MUCH, read_as)
    if found == "equal":
        return Equality("equal", "Equal in every element.", read_as)
    where = f"{read(group(element) or element)} has nothing equal to it." if element else "the lengths differ."
    return Equality(found, UNSETTLED if found == "unsettled" else f"Different: {where}", read_as)


def _equations(answer: str, expected: str) -> Equality:
    """Of two equations, each as what its sides differ by."""
    given, truth = understood(answer, expected), understood(expected, answer)
    for side, name in ((given, "ANSWER"), (truth, "EXPECTED")):
        if not isinstance(side.item, Binary):
            return Equality("unread", f"{name} can't be read: {side.problem or HINTS['=']}")
    one, other = cast(Binary, given.item), cast(Binary, truth.item)
    read_as = equation(one), equation(other)
    variables = names(one) | names(other)
    units = variables & imaginary.UNITS
    match equations.same(one, other):
        case True:
            return Equality("equal", "Equal: the equations are the same, or one is the other times a factor.", read_as)
        case _ if units and variables - units and equations.same(one, other, units):
            return Equality("equal", _imagined(units), read_as)
        case False:
            return Equality("different", "Different: neither equation is the other times a number.", read_as)
    return Equality("unsettled", UNSETTLED, read_as)


def _words(given: Side, truth: Side) -> Equality:
    """At least one of them is None, yes, no or raises."""
    one, other = given.word, truth.word
    if one is None or other is None or one.kind != other.kind:
        return _different(f"{given.read_as} is not {truth.read_as}.")
    if one.kind == "raises":
        same = other.raises.casefold() in one.raises.casefold() or not one.raises
    else:
        same = one.read_as == other.read_as
    return _equal("Equal.") if same else _different(f"{given.read_as} is not {truth.read_as}.")


def _items(given: Side, truth: Side, means: Means) -> Equality:
    """Numbers, formulas, or lists of them; brackets around a single one are no difference."""
    ours, theirs = answers.shape(given.item), answers.shape(truth.item)
    left, right = leaves(cast(Item, given.item)), leaves(cast(Item, truth.item))
    if ours != theirs and not (len(left) == len(right) == 1):
        return _different(f"ANSWER has the shape {_shape(ours)}, EXPECTED {_shape(theirs)}.")
    digits = list(zip(given.digits(len(left)), truth.digits(len(right), whole=False), strict=True))
    means = means._replace(effort=min(means.effort, SHARED // max(len(left), 1)), prove=_once(means.prove))
    unsettled = None
    found = _equal("Equal: both are empty.")
    for number, (one, other) in enumerate(zip(left, right, strict=True)):
        found = _elements(one, other, digits[number], means)
        if found.verdict == "different":
            where = "" if len(left) == 1 else f"Element {number + 1}: "
            return _different(f"{where}{found.message}")
        unsettled = unsettled if found.verdict == "equal" else found
    if unsettled is not None:
        return unsettled
    return found if len(left) <= 1 else _equal("Equal in every element.")


def _once(prove: Prove) -> Prove:
    """Asks only the first time: algebra takes long."""
    once = iter([prove])
    return lambda one, other: next(once, lambda *_: None)(one, other)


def _elements(given: Expr, truth: Expr, digits: BothDigits, means: Means) -> Equality:
    if given == truth:
        return _equal("Equal: both say the same.")
    for item, name in ((given, "ANSWER"), (truth, "EXPECTED")):
        if near := constants.pole(item):
            return Equality("unread", f"{name} can't be read: it is {near} here: write that if you mean it.")
    if imaginary.meant(given) or imaginary.meant(truth):
        variables = (names(given) | names(truth)) & imaginary.UNITS
        same = imaginary.same(given, truth)
        return _equal(_imagined(variables)) if same else _different("Different, as complex numbers.")
    if names(given) | names(truth):
        found = _formulas(given, truth, means)
        if found.verdict != "equal" and imaginary.same(given, truth):
            return _equal(_imagined((names(given) | names(truth)) & imaginary.UNITS))
        return found
    return _numbers(given, truth, digits, means)


def _imagined(units: frozenset[str]) -> str:
    return f"Equal, with {' and '.join(sorted(units))} as the imaginary unit."


def _numbers(given: Expr, truth: Expr, digits: BothDigits, means: Means) -> Equality:
    one, other = constants.value(given), constants.value(truth)
    if math.isinf(one) and math.isinf(other) and not (says_infinite(given) or says_infinite(truth)):
        return _formulas(given, truth, Means(lambda *_: None, means.effort))
    if math.isnan(one) and math.isnan(other) and not (says_infinite(given) or says_infinite(truth)):
        return Equality("unsettled", "Neither has a real value to compare them by.")
    for value, item, name in ((one, given, "ANSWER"), (other, truth, "EXPECTED")):
        if math.isnan(value) and not says_infinite(item):
            return _different(f"{name} has no real value.")
    shown = _shown(given, one), _shown(truth, other)
    if says_infinite(given) != says_infinite(truth) and math.isinf(one) and math.isinf(other):
        return _different(f"Different: {shown[0]} is not {shown[1]}.")
    ours, theirs = digits
    rounded = closeness.equal(other, one, theirs)
    if closeness.equal(one, other, ours) or (rounded and ours is None):
        return _equal(f"Equal: {shown[0]} is {shown[1]}, within the tolerance.")
    if closeness.coarse(one, other, ours):
        return _different(FEW_DIGITS)
    why = f" {ROUNDED.format(shown[1])}" if rounded or closeness.coarse(other, one, theirs) else ""
    return _different(f"Different: {shown[0]} is not {shown[1]}.{why}")


def _shown(item: Expr, value: float) -> str:
    return "a number too large to write" if math.isinf(value) and not says_infinite(item) else notation.number(value)


def _formulas(given: Expr, truth: Expr, means: Means) -> Equality:
    if names(given) and names(given) <= UNITS and not names(truth):
        return Equality("unread", "ANSWER can't be read: write the number alone, without a unit.")
    found = compare(given, truth, effort=means.effort)
    if says_infinite(given) != says_infinite(truth):
        finite = truth if says_infinite(given) else given
        if compare(finite, finite).same:
            return _different(f"{written(given)} is not {written(truth)}.")
    if found.same:
        if not names(given) | names(truth):
            return _equal("Equal: both have the same value.")
        points = f"at {found.points} points where both have a value"
        return _equal(f"Equal: both give the same {points}.{differing.beyond(found)}")
    if found.same is False:
        return _different(
            f"Different: at {differing.place(found.at)} {differing.values(found)}.{differing.hint(given, truth)}"
        )
    if found.points == 0 and (same := imaginary.same_beyond(given, truth)) is not None:
        return _equal("Equal, as complex numbers.") if same else _different("Different, as complex numbers.")
    proof = means.prove(given, truth)
    if proof is not None:
        return _equal("Equal: algebra takes one into the other.") if proof else _different("Different, by algebra.")
    return Equality("unsettled", UNSETTLED)


def _shape(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) if shape else "of a single number"


def _equal(message: str) -> Equality:
    return Equality("equal", message)


def _different(message: str) -> Equality:
    return Equality("different", message)
