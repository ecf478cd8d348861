"""What a learner types, read as an answer: a number, a list, a formula, None, raises, yes or no.

Nothing is ever evaluated as code. The effort is bounded: by the length of the text, the number of tokens
and the depth of brackets.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from msgspec.structs import replace

from autograd_tutor import formula as formulas
from autograd_tutor import notation
from autograd_tutor.teaching import expr, imaginary, latex, writing
from autograd_tutor.teaching.model import Reading, Unreadable
from autograd_tutor.teaching.refusals import AT, PUT_IN, Ambiguous, Refused
from autograd_tutor.trace import WHOLE, Array, Complex, Scalar

if TYPE_CHECKING:
    from autograd_tutor.teaching.grammar import Item

_SYMBOLS = (math.pi, math.e)
LONGEST = 4000
"""Characters; the repr of a 64-element tensor fits well."""
TOO_LONG = f"That is longer than {LONGEST} characters. Write it more briefly."
MOST_MEANINGS = 12
"""Places with two meanings in one answer."""
EXPECTED = "Type a number, a list, a formula, None, or raises."

_NONE_ALONE = re.compile(r"[(\[]\s*none\s*,?\s*[)\]]")
_NONE = frozenset({"none", "null", "nil"})
_FLAGS = {"yes": True, "true": True, "no": False, "false": False}
_RAISES = re.compile(
    r"(?:it\s+)?(?:raises?|throws?|errors?|an?\s+error|an?\s+exception|exception)\b[\s:,]*(.*)", re.I | re.S
)
_ERROR_TYPE = re.compile(r"[A-Za-z.]*(?:Error|Exception|Warning)\b.*", re.S)
_ERROR_WORDS = re.compile(r"(?:an?|the)?\s*(?:error|exception)?\.?", re.I)
_MAKER = r"(?:torch\.|np\.|numpy\.)?(?:tensor|Tensor|FloatTensor|DoubleTensor|LongTensor|as_tensor|array|Matrix|Size)"
_COLUMNS = re.compile(r"\b(?:matrix|vector)\s*(?=\()")
_TENSOR = re.compile(rf"{_MAKER}\(\s*(.*?)\s*(?:,\s*(?:grad_fn|dtype|device|requires_grad|size)\s*=.*)?\)", re.S)
_PRINTED = re.compile(
    rf"{_MAKER}\(([^()]*?)((?:,\s*(?:grad_fn|dtype|device|requires_grad|size)\s*=[^()]*)?\))",
    re.S,
)
_QUOTED_NUMBER = re.compile(r"""\bfloat\(\s*["']([+-]?(?:nan|inf(?:inity)?))["']\s*\)""", re.I)
_PARAMETER = re.compile(r"\s*Parameter containing:")
_FIGURES = re.compile(r"(?:\d+\.?\d*|\.\d+)", re.ASCII)
_LITERAL = re.compile(r"[-+−–]?\s*((?:\d+\.?\d*|\.\d+))(?:[eE][-+−]?\d+)?", re.ASCII)


def read(text: str, names: Collection[str] = ()) -> Reading | Unreadable:
    """`text` as an answer; `names` are the program's variables, for formulas. Never raises."""
    if len(text) > LONGEST:
        return Unreadable(text[:80], TOO_LONG, LONGEST)
    body = unwrapped(text).strip()
    if not body:
        return Unreadable(text, EXPECTED)
    if said := word(text):
        return said
    try:
        return _read(text, item(text, names), body, frozenset(names))
    except Ambiguous as refused:
        return _doubtful(text, names, refused)
    except Refused as refused:
        return Unreadable(text, refused.message, refused.column)


def _doubtful(text: str, names: Collection[str], refused: Ambiguous) -> Reading | Unreadable:
    """With the usual meaning, and what to ask if that is wrong and the other is not."""

    def parse(one: str) -> Item:
        return item(one, names)

    try:
        reading = read(settled(text, parse, usual=True), names)
    except Ambiguous:
        return Unreadable(text, refused.message, refused.column)
    try:
        other = settled(text, parse, usual=False)
    except Ambiguous:
        other = ""
    if isinstance(reading, Unreadable):
        return Unreadable(text, reading.message, refused.column)
    return replace(reading, text=text, doubt=refused.message, other=other)


def settled(text: str, parse: Callable[[str], Item], *, usual: bool) -> str:
    """The text with one meaning where it may have two, the usual one or the other; raises Ambiguous if it has none."""
    for _ in range(MOST_MEANINGS):
        try:
            parse(text)
        except Ambiguous as refused:
            text = refused.usual if usual else refused.other
            if not text:
                raise
        except Refused:
            break
        else:
            break
    return text


def word(text: str) -> Reading | None:
    """`text` as None, yes or no, or raises; None if it says something else."""
    body = unwrapped(text).strip()
    said = body.lower().rstrip(".!")
    if said in _NONE or _NONE_ALONE.fullmatch(said):
        return Reading(text, "none", "None")
    if said in _FLAGS:
        return Reading(text, "flag", "yes" if _FLAGS[said] else "no", flag=_FLAGS[said])
    raised = _raises(body)
    return None if raised is None else Reading(text, "raises", f"raises {raised}".strip(), raises=raised)


def unwrapped(text: str) -> str:
    """Without what torch or NumPy prints around numbers, and signs around it all; the rest stays in its columns."""
    blank = _QUOTED_NUMBER.sub(lambda found: found[1].rjust(len(found[0])), latex.plain(text))
    for around in (_PARAMETER, _COLUMNS):
        blank = around.sub(lambda found: " " * len(found[0]), blank)
    if printed := _TENSOR.fullmatch(blank.strip()):
        start = blank.index(printed[0]) + printed.start(1)
        blank = f"{' ' * start}{printed[1]}"
    return _PRINTED.sub(_blanked, blank)


def _blanked(found: re.Match[str]) -> str:
    before, after = found.start(1) - found.start(), found.end() - found.end(1)
    return f"{' ' * before}{found[1]}{' ' * after}"


def item(text: str, names: Collection[str] = (), *, logic: bool = False) -> Item:
    """The expression or the list that `text` says; raises Refused, with the column in `text`."""
    from autograd_tutor.teaching.grammar import parse

    if len(text) > LONGEST:
        raise Refused(TOO_LONG, LONGEST)
    if put_in := PUT_IN.search(text):
        raise Refused(AT, put_in.start())
    return parse(unwrapped(text), names, logic=logic)


def _raises(text: str) -> str | None:
    """The text after `raises`, `error`…; None if it is another kind of answer."""
    if match := _RAISES.fullmatch(text):
        rest = match.group(1).strip()
        return "" if _ERROR_WORDS.fullmatch(rest) else rest
    return text if _ERROR_TYPE.fullmatch(text) else None


def _read(text: str, item: Item, body: str, names: frozenset[str]) -> Reading:
    if isinstance(item, list):
        return _tensor(text, item, body, names)
    if (number := imaginary.number(item, names)) is not None:
        whole = Array("complex128", (), (number,))
        return Reading(text, "number", notation.number(number), value=whole, digits=_fewest(body))
    if formulas.names(item):
        return Reading(text, "formula", writing.pretty(item), formula=writing.plain(item))
    value = _value(item)
    return Reading(text, "number", echo(item, value), value=Array("float64", (), (value,)), digits=digits(body))


def _value(item: formulas.Expr) -> float:
    """The value of a constant expression; Refused where it has none but does not say nan or inf itself."""
    value = expr.evaluate(item, {})
    if not math.isfinite(value) and not formulas.says_infinite(item):
        raise Refused(
            f"{_shortened(writing.pretty(item))} is {notation.number(value)} here: write that if you mean it.", 0
        )
    return value


def _shortened(text: str, longest: int = 40) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"


def echo(item: formulas.Expr, value: float) -> str:
    """`6.7`, or `cos(16) = −0.9577` for what had to be worked out."""
    shown = notation.number(value)
    literal = item.operand if isinstance(item, formulas.Negative) else item
    return (
        shown
        if isinstance(literal, formulas.Number) and literal.value not in _SYMBOLS
        else _equation(writing.pretty(item), shown)
    )


def _equation(left: str, right: str) -> str:
    return right if left == right else f"{left} = {right}"


def digits(literal: str) -> int | None:
    """Significant digits of a number typed in decimals; None for anything exact (`2/3`, `cos(16)`, nan)."""
    match = _LITERAL.fullmatch(literal.strip())
    if match is None:
        return None
    figures = match.group(1).replace(".", "")
    return len(figures.lstrip("0")) or len(figures)


def digits_of_each(body: str, count: int, *, whole: bool = True) -> tuple[int | None, ...]:
    """The digits typed for each of `count` elements; without `whole` only of those with a point."""
    body = body.strip()
    body = body[1:-1] if body[:1] == "(" else body
    typed = [part.strip() for part in re.split(r"[\[\],;]", body) if part.strip()]
    if len(typed) != count:
        return (None,) * count
    return tuple(digits(one) if whole or "." in one else None for one in typed)


def _fewest(body: str) -> int | None:
    """The significant digits of the real or the imaginary part, whichever has fewer."""
    each = [digits(part) for part in _FIGURES.findall(body)]
    return min((one for one in each if one is not None), default=None)


def _tensor(text: str, item: list[Item], body: str, names: frozenset[str]) -> Reading:
    from autograd_tutor.teaching.grammar import leaves

    size = shape(item)
    elements = leaves(item)
    if len(elements) > WHOLE:
        raise Refused(f"That list has more than {WHOLE} elements.", 0)
    numbers: list[Scalar] = []
    for element in elements:
        number = imaginary.number(element, names)
        if number is None and (unknown := sorted(formulas.names(element))):
            raise Refused(f"A list holds numbers: work out {', '.join(unknown)}.", max(text.find(unknown[0]), 0))
        numbers.append(_value(element) if number is None else number)
    dtype = "complex128" if any(isinstance(one, Complex) for one in numbers) else "float64"
    value = Array(dtype, size, tuple(numbers))
    each = digits_of_each(body, len(elements))
    return Reading(text, "tensor", f"{notation.shape(value)}: {notation.array(value)}", value=value, each=each)


def shape(item: object) -> tuple[int, ...]:
    """The lengths of nested lists; raises Refused where they differ."""
    if not isinstance(item, list):
        return ()
    shapes = {shape(inner) for inner in item}
    if len(shapes) > 1:
        raise Refused("The rows of this list do not have the same length.", 0)
    return (len(item), *next(iter(shapes), ()))
