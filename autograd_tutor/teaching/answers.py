"""What a learner types, read as an answer: a number, a list, a formula, None, raises, yes or no.

Nothing is ever evaluated as code. The effort is bounded: by the length of the text, the number of tokens
and the depth of brackets.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from autograd_tutor import notation
from autograd_tutor.teaching import expr, writing
from autograd_tutor.teaching.model import Reading, Unreadable
from autograd_tutor.teaching.tokens import Refused
from autograd_tutor.trace import WHOLE, Array

LONGEST = 4000
"""Characters; the repr of a 64-element tensor fits well."""
EXPECTED = "Type a number, a list, a formula, None, or raises."

_NONE = frozenset({"none", "null", "nil"})
_FLAGS = {"yes": True, "true": True, "no": False, "false": False}
_RAISES = re.compile(
    r"(?:it\s+)?(?:raises?|throws?|errors?|an?\s+error|an?\s+exception|exception)\b[\s:,]*(.*)", re.I | re.S
)
_ERROR_TYPE = re.compile(r"[A-Za-z.]*(?:Error|Exception|Warning)\b.*", re.S)
_ERROR_WORDS = re.compile(r"(?:an?|the)?\s*(?:error|exception)?\.?", re.I)
_TENSOR = re.compile(
    r"(?:torch\.)?tensor\(\s*(.*?)\s*(?:,\s*(?:grad_fn|dtype|device|requires_grad|size)\s*=.*)?\)", re.S
)
_LITERAL = re.compile(r"[-+−–]?\s*((?:\d+\.?\d*|\.\d+))(?:[eE][-+−]?\d+)?", re.ASCII)


def read(text: str, names: Collection[str] = ()) -> Reading | Unreadable:
    """`text` as an answer; `names` are the program's variables, for formulas. Never raises."""
    stripped = text.strip()
    if len(stripped) > LONGEST:
        return Unreadable(text[:80], f"That is longer than {LONGEST} characters. Write it more briefly.", LONGEST)
    word = stripped.lower().rstrip(".!")
    if not stripped:
        return Unreadable(text, EXPECTED)
    if word in _NONE:
        return Reading(text, "none", "None")
    if word in _FLAGS:
        return Reading(text, "flag", "yes" if _FLAGS[word] else "no", flag=_FLAGS[word])
    raised = _raises(stripped)
    if raised is not None:
        return Reading(text, "raises", f"raises {raised}".strip(), raises=raised)
    try:
        return _read(text, names)
    except Refused as refused:
        return Unreadable(text, refused.message, refused.column)


def _raises(text: str) -> str | None:
    """The text after `raises`, `error`…; None if it is another kind of answer."""
    if match := _RAISES.fullmatch(text):
        rest = match.group(1).strip()
        return "" if _ERROR_WORDS.fullmatch(rest) else rest
    return text if _ERROR_TYPE.fullmatch(text) else None


def _read(text: str, names: Collection[str]) -> Reading:
    from autograd_tutor.teaching.grammar import parse

    tensor = _TENSOR.fullmatch(text.strip())
    body = tensor.group(1) if tensor else text
    offset = text.index(body) if tensor else 0
    try:
        item = parse(body, names)
    except Refused as refused:
        raise Refused(refused.message, refused.column + offset) from None
    if isinstance(item, list):
        return _tensor(text, item, body)
    if expr.names(item):
        return Reading(text, "formula", writing.pretty(item), formula=writing.plain(item))
    value = expr.evaluate(item, {})
    return Reading(text, "number", _echo(item, value), value=_number(value), digits=digits(body))


def _echo(item: expr.Expr, value: float) -> str:
    """`6.7`, or `cos(16) = −0.9577` for what had to be worked out."""
    shown = notation.number(value)
    literal = item.operand if isinstance(item, expr.Negative) else item
    return shown if isinstance(literal, expr.Number) and value != 0 else _equation(writing.pretty(item), shown)


def _equation(left: str, right: str) -> str:
    return right if left == right else f"{left} = {right}"


def digits(literal: str) -> int | None:
    """Significant digits of a number typed in decimals; None for anything exact (`2/3`, `cos(16)`, nan)."""
    match = _LITERAL.fullmatch(literal.strip())
    if match is None:
        return None
    figures = match.group(1).replace(".", "")
    return len(figures.lstrip("0")) or len(figures)


def _number(value: float) -> Array:
    return Array("float64", (), (value,))


def _tensor(text: str, item: Sequence[object], body: str) -> Reading:
    shape = _shape(item)
    elements = list(_flatten(item))
    if len(elements) > WHOLE:
        raise Refused(f"That list has more than {WHOLE} elements.", 0)
    for element in elements:
        if unknown := sorted(expr.names(element)):
            raise Refused(f"A list holds numbers: work out {', '.join(unknown)}.", max(body.find(unknown[0]), 0))
    value = Array("float64", shape, tuple(expr.evaluate(element, {}) for element in elements))
    typed = [part.strip() for part in re.split(r"[\[\],;]", body) if part.strip()]
    each = tuple(map(digits, typed)) if len(typed) == len(elements) else (None,) * len(elements)
    size = notation.shape(value)
    return Reading(text, "tensor", f"{size}: {notation.array(value)}", value=value, each=each)


def _shape(item: object) -> tuple[int, ...]:
    """The lengths of nested lists; raises Refused where they differ."""
    if not isinstance(item, list):
        return ()
    shapes = {_shape(inner) for inner in item}
    if len(shapes) > 1:
        raise Refused("The rows of this list do not have the same length.", 0)
    return (len(item), *next(iter(shapes), ()))


def _flatten(item: object) -> list[expr.Expr]:
    if isinstance(item, list):
        return [leaf for inner in item for leaf in _flatten(inner)]
    return [item]  # type: ignore[list-item]
