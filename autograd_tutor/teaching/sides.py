"""One of two answers that are compared, and how it was understood."""

from __future__ import annotations

from autograd_tutor.formula import Binary, Expr, Number, names
from autograd_tutor.teaching import answers, equations, expr, writing
from autograd_tutor.teaching.conditions import is_truth
from autograd_tutor.teaching.grammar import Item, leaves
from autograd_tutor.teaching.groups import Group, group
from autograd_tutor.teaching.model import Reading
from autograd_tutor.teaching.naming import split
from autograd_tutor.teaching.refusals import Refused
from autograd_tutor.trace import Record


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


def understood(text: str, other: str) -> Side:
    """The answer `text`, where `other` is what it is compared with."""
    reading = answers.read(text)
    if isinstance(reading, Reading) and reading.kind in ("none", "flag", "raises"):
        return Side(text, word=reading)
    try:
        item = answers.item(text, _variables(text, other))
        answers.shape(item)
    except Refused as refused:
        return Side(text, problem=refused.message)
    return Side(text, item=item)


def decided(side: Side, other: Side) -> Side:
    """Yes and no beside a condition: 1 and 0, as conditions are where they hold and where not."""
    if not side.word or side.word.kind != "flag" or isinstance(other.item, list | None) or not is_truth(other.item):
        return side
    return Side(side.text, item=Number(float(bool(side.word.flag))))


def _variables(text: str, other: str) -> frozenset[str]:
    """The names in both, without those of one side that are a product: `wx` where there are `w` and `x`."""
    own, others = _names(text), _names(other)
    return others | {name for name in own if not split(name, (own | others) - {name})}


def _names(text: str) -> frozenset[str]:
    try:
        return frozenset().union(*map(names, leaves(answers.item(text))))
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
    difference = equations.difference(side)
    found = understood(difference or side, difference or side)
    if found.problem:
        raise Refused(found.problem, 0)
    return equation(found.item) if difference and not isinstance(found.item, list | None) else found.read_as


def equation(difference: Expr) -> str:
    """An equation, from what its sides differ by, as it is shown."""
    match difference:
        case Binary("-", left, right):
            return f"{writing.pretty(left)} = {writing.pretty(right)}"
    return f"{writing.pretty(difference)} = 0"
