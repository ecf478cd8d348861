"""Answers put together from answers: sets, equations joined by `and`, and lists in which there is one of these."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from itertools import accumulate, chain
from typing import Literal

from autograd_tutor.teaching import answers, equations, labels
from autograd_tutor.trace import Record

Kind = Literal["set", "list", "system", "(]", "[)"]
_HALF_OPEN: dict[str, Kind] = {"(]": "(]", "[)": "[)"}
_CLOSING = {"{": "}", "[": "]", "(": ")"}
DEEPEST = 8
"""Brackets within brackets."""
MOST = 20
"""Commas in a group, and equations in a system."""

Verdict = Literal["equal", "different", "unread", "unsettled"]


class Group(Record, frozen=True):
    """Answers and how they are kept together."""

    kind: Kind
    """An interval that is open at one end has its brackets for a kind."""
    elements: tuple[str, ...]
    label: str = ""
    """What stands before the group, as in `S = {1, 2}`."""

    def written(self, elements: Iterable[str]) -> str:
        """The group, with its elements written so."""
        if self.kind == "system":
            return " and ".join(elements)
        inside = ", ".join(elements)
        around = {"set": "{}", "list": "[]"}.get(self.kind, self.kind)
        return f"{around[0]}{inside}{around[1]}"


def too_many(text: str) -> bool:
    """Whether it is a set or a system of more than can be judged."""
    text = answers.unwrapped(text).strip()
    if len(text) > answers.LONGEST:
        return False
    return (text[:1] == "{" and text.count(",") > MOST) or len(equations.parts(text, "and", "∧")) > MOST + 1


def group(text: str) -> Group | None:
    """None if the text is none; one with too much in it is none either."""
    text = answers.unwrapped(text).strip()
    if len(text) > answers.LONGEST or text.count(",") > MOST or max(_open(text), default=0) > DEEPEST:
        return None
    joined = tuple(equations.parts(text, "and", "∧"))
    if len(joined) > 1:
        return Group("system", joined) if any(map(equations.difference, joined)) else None
    label, text = labels.parted(text)
    text = text.strip()
    half_open = _HALF_OPEN.get(text[:1] + text[-1:])
    if not (half_open or text[-1:] == _CLOSING.get(text[:1])) or 0 in _open(text[:-1]):
        return None
    elements = tuple(equations.parts(text[1:-1], ","))
    if half_open:
        return Group(half_open, elements, label) if len(elements) == 2 else None
    if text[0] == "{":
        return Group("set", elements if text[1:-1].strip() else (), label)
    single = text[0] == "(" and len(elements) == 1
    held = not single and any(equations.difference(one) or group(one) for one in elements)
    return Group("list", elements, label) if held else None


def _open(text: str) -> list[int]:
    """How many brackets are open behind each character."""
    return list(accumulate((one in "([{") - (one in ")]}") for one in text))


def verdict(
    ours: Group, theirs: Group, judged: Callable[[str, str], Verdict], sketch: Callable[[str], float]
) -> tuple[Verdict, str]:
    """On two groups of a kind, and the element that tells; pairs of elements are judged until this is known.

    What is alike in its `sketch` is tried first.
    """
    judged, sketch = cache(judged), cache(sketch)
    found: Iterable[tuple[Verdict, str]]
    if ours.kind not in ("set", "system"):
        if len(ours.elements) != len(theirs.elements):
            return "different", ""
        found = ((judged(one, other), one) for one, other in zip(ours.elements, theirs.elements, strict=True))
    else:
        found = chain(
            ((_among(one, _by_likeness(theirs, one, sketch), judged), one) for one in ours.elements),
            ((_among(one, _by_likeness(ours, one, sketch), lambda a, b: judged(b, a)), one) for one in theirs.elements),
        )
    worst: tuple[Verdict, str] = "equal", ""
    for one in found:
        if one[0] == "different":
            return one
        worst = worst if one[0] == "equal" else one
    return worst


def _by_likeness(others: Group, one: str, sketch: Callable[[str], float]) -> list[str]:
    return sorted(others.elements, key=lambda other: abs(sketch(one) - sketch(other)))


def _among(one: str, others: Iterable[str], judged: Callable[[str, str], Verdict]) -> Verdict:
    found = set()
    for other in others:
        found.add(judged(one, other))
        if "equal" in found:
            return "equal"
    return "unsettled" if "unsettled" in found else "different"
