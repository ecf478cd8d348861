"""One of two answers that are compared, and how it was understood."""

from __future__ import annotations

import math
import zlib
from functools import lru_cache

from autograd_tutor.formula import Binary, Expr, Name, Number, names
from autograd_tutor.teaching import answers, equations, expr, imaginary, writing
from autograd_tutor.teaching.conditions import is_truth
from autograd_tutor.teaching.grammar import Item, leaves
from autograd_tutor.teaching.groups import Group, group
from autograd_tutor.teaching.model import Reading
from autograd_tutor.teaching.naming import split
from autograd_tutor.teaching.refusals import Refused
from autograd_tutor.trace import Record

REMEMBERED = 100
"""Texts."""
SHORT = 3
"""Letters that a product of variables without signs has at most, where nothing else says that it is one."""


class Side(Record, frozen=True):
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
        return self.word.read_as if self.word else "" if self.item is None else written(self.item)

    def digits(self, count: int, *, whole: bool = True) -> tuple[int | None, ...]:
        """The significant digits typed for each of `count` elements; None where it is exact."""
        return answers.digits_of_each(answers.unwrapped(self.text), count, whole=whole)

    @property
    def holds(self) -> bool:
        """Whether it says where something holds: a condition; yes or all, no or none."""
        return self.always is not None or (not isinstance(self.item, list | None) and is_truth(self.item))

    @property
    def always(self) -> bool | None:
        """Whether it says of a condition that it always holds, or never."""
        if self.word:
            return False if self.word.kind == "none" else self.word.flag
        return True if self.item == Name("all") else None


def understood(text: str, other: str) -> Side:
    """The answer `text`, where `other` is what it is compared with."""
    if len(text) <= answers.LONGEST and (word := answers.word(text)):
        return Side(text, word=word)
    try:
        item = _item(text, _variables(text, other))
        answers.shape(item)
    except Refused as refused:
        return Side(text, problem=refused.message)
    return Side(text, item=item)


def decided(side: Side, other: Side) -> Side:
    """Yes and no beside a condition, all and none: 1 and 0, as conditions are where they hold and where not."""
    if side.always is None or isinstance(other.item, list | None) or not is_truth(other.item):
        return side
    return Side(side.text, item=Number(float(side.always)))


def _variables(text: str, other: str) -> frozenset[str]:
    """The names in both, without those of one side that are a product: `wx` where there are `w` and `x`."""
    own, others = _names(text), _names(other)
    if own != others and (letters := _letters(own)) == _letters(others):
        return letters
    single = {part for name in own for part in _product(name, (own | others) - {name}) or (name,)}
    return others | single


def _letters(words: frozenset[str]) -> frozenset[str]:
    """The letters that short names may be products of: `ab` beside `ba`."""
    return frozenset().union(*(word if word.isalpha() and len(word) <= SHORT else (word,) for word in words))


def _product(word: str, known: frozenset[str]) -> list[str]:
    """The names that are written together here, among them perhaps the imaginary unit; or joined by a point."""
    together = [part for _, part in split(word, known | imaginary.UNITS) or ()]
    if any(part in known for part in together):
        return [part for part in together if part in known | imaginary.UNITS]
    return word.split(".") if known.issuperset(word.split(".")) else []


def settled(text: str, other: str, usual: bool) -> str:
    """The text with one meaning where it may have two, the usual one or the other; raises Ambiguous if it has none."""
    cut = equations.cut(text, "=", "or", "and", "∨", "∧")
    return "".join(_settled(part, other, usual) if at % 2 == 0 else part for at, part in enumerate(cut))


def _settled(text: str, other: str, usual: bool) -> str:
    return answers.settled(text, lambda one: _item(one, _variables(one, other)), usual=usual)


@lru_cache(maxsize=REMEMBERED)
def _item(text: str, known: frozenset[str]) -> Item:
    """Of a set each element is compared with many."""
    return answers.item(text, known, logic=True)


@lru_cache(maxsize=REMEMBERED)
def _names(text: str) -> frozenset[str]:
    try:
        return frozenset().union(*map(names, leaves(answers.item(text, logic=True))))
    except Refused:
        return frozenset()


def written(item: Item) -> str:
    """An expression or a list as it is shown; a constant with its value."""
    if isinstance(item, list):
        return f"[{', '.join(map(written, item))}]"
    if names(item):
        return writing.pretty(item)
    return answers.echo(item, expr.evaluate(item, {}))


def read(side: Group | str) -> str:
    """How it was understood; raises Refused."""
    if isinstance(side, Group):
        return side.written(read(group(one) or one) for one in side.elements)
    side = settled(side, side, usual=True)
    difference = equations.difference(side)
    found = understood(difference or side, difference or side)
    if found.problem:
        raise Refused(found.problem, 0)
    return equation(found.item) if difference and not isinstance(found.item, list | None) else found.read_as


def sketch(text: str) -> float:
    """A number that is the same for what is equal, as a rule: its value somewhere; of an equation, a ratio of two."""
    difference = equations.difference(text)
    item = understood(difference or text, difference or text).item
    if item is None or isinstance(item, list):
        return 0.0
    first, second = ({name: _somewhere(name, turn) for name in names(item)} for turn in (0, 1))
    value = expr.evaluate(item, first)
    if difference:
        other = expr.evaluate(item, second)
        value = value / other if other else 0.0
    return value if math.isfinite(value) else 0.0


def _somewhere(name: str, turn: int) -> float:
    return 0.3 + zlib.crc32(f"{turn}{name}".encode()) % 1000 / 500


def equation(difference: Expr) -> str:
    """An equation, from what its sides differ by, as it is shown."""
    match difference:
        case Binary("-", left, right):
            return f"{writing.pretty(left)} = {writing.pretty(right)}"
    return f"{writing.pretty(difference)} = 0"
