"""From what a learner types to tokens: Unicode signs, superscripts, bars, functions without brackets.

The grammar (grammar.py) then only has to know about precedence. Every refusal is a sentence that says
what to type instead.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from typing import NoReturn

from autograd_tutor.teaching import letters
from autograd_tutor.teaching.letters import ACCENTS, FRACTIONS, LOWERED, RAISED
from autograd_tutor.teaching.naming import Piece, function_named, named, unknown
from autograd_tutor.teaching.refusals import (
    DERIVATIVE,
    HINTS,
    Ambiguous,
    Refused,
    comma,
    percent,
    two_numbers,
    unreadable,
)

MOST_TOKENS = 900
DEEPEST = 40
"""Brackets within brackets."""
_OPERATORS = {
    "+": "PLUS",
    "-": "MINUS",
    "−": "MINUS",
    "–": "MINUS",  # en dash, as word processors make of a hyphen
    "*": "TIMES",
    "·": "TIMES",
    "⋅": "TIMES",
    "×": "TIMES",
    "∙": "TIMES",
    "/": "SLASH",
    "÷": "SLASH",
    "∕": "SLASH",
    "^": "POW",
    "(": "LPAR",
    ")": "RPAR",
    "[": "LSQB",
    "]": "RSQB",
    ",": "COMMA",
    ";": "SEMI",
    "√": "ROOT",
    "∛": "ROOT",
    "∜": "ROOT",
    "⌋": "RPAR",
    "⌉": "RPAR",
    "∧": "AND",
    "∨": "OR",
    "¬": "NOT",
    "}": "RBRACE",
    "!": "FACTORIAL",
}
_COMPARISONS = {">": "gt", "<": "lt", "≥": "ge", "≤": "le", ">=": "ge", "<=": "le", "==": "eq"}
_COMPARISONS |= dict.fromkeys(("!=", "≠", "=/=", "#"), "ne")
_COMPARISON = re.compile(r"=/=|[<>=!]=|[<>≥≤≠]|(?<=\S)#(?=[^\s#])")
_INDICATOR = re.compile(r"1\s*(?:_?\{|\[)|[𝟙𝟏]\s*(?:_?\{|\[|\()|(?<!\w)I\((?=[^()]*[<>≤≥≠])")
_METHOD = re.compile(r"\.([a-z]\w*)\s*(?=\()", re.ASCII)
_NUMBER = re.compile(r"(?:\d+(?:_\d{3})*\.?\d*|\.\d+)(?:[eE][+\-−]?\d+)?", re.ASCII)
_LETTER = rf"(?:(?![{RAISED}{FRACTIONS}])[\w{LOWERED}{ACCENTS}])"
_NAME = re.compile(
    rf"(?!\d)(?![{LOWERED}{ACCENTS}]){_LETTER}+(?:(?:\.[^\W\d]\w*)|(?:\[\s*\d+(?:\s*,\s*\d+)*\s*\])|(?:(?<=_)\{{\s*[-−]?\w+(?:[\s,]+\w+)*\s*\}}))*"
)
_PRINTED = re.compile(r"\s[-−]\d")
"""As NumPy prints the second of two numbers: [1 -2]."""
_SLOPE = re.compile(r"(d[^\W\d_]?)\s*/\s*d[^\W\d_](?!\w|\s*=)")
_SUPERSCRIPT = re.compile(f"[{RAISED}]+")
_WHOLE = re.compile(r"[-+]?\d+")
_RAISED_SUM = re.compile(r"[-+(]*[\da-z)]+(?:[-+(]+[\da-z)]+)*")
_ROUNDED = {"⌊": "floor", "⌈": "ceil"}
_MAXIMA = re.compile(r"%(?=(?:pi|e|i)\b)")


def pieces(text: str, names: Collection[str] = ()) -> list[Piece]:
    """The tokens of `text`; `names` are the program's variables, so that `wx` is one name or a product."""
    return _Scanner(letters.plain_forms(text), names).scan()


class _Scanner:
    """Goes through a text from left to right; what a sign means may depend on what stands before it."""

    def __init__(self, text: str, names: Collection[str]) -> None:
        self.text = text
        self.names = names
        self.at = 0
        self.found: list[Piece] = []
        self.open: list[str] = []
        """The brackets that are open, by the kind of the bracket that closes them."""
        self.bars = [0]
        """How many bars are open, in each of these brackets."""

    def scan(self) -> list[Piece]:
        """All tokens."""
        while self.at < len(self.text):
            if self.text[self.at].isspace():
                self.at += 1
                continue
            self._next()
            if len(self.found) > MOST_TOKENS:
                raise Refused("That is longer than any answer here needs to be. Write it more briefly.", self.at)
        return self.found

    @property
    def _previous(self) -> Piece | None:
        return self.found[-1] if self.found else None

    def _before(self, *kinds: str) -> bool:
        """Whether the last tokens are of these kinds."""
        return tuple(piece.kind for piece in self.found[len(self.found) - len(kinds) :]) == kinds

    def _before_any(self, *kinds: str) -> bool:
        """Whether the last token is of one of these kinds."""
        return bool(self.found) and self.found[-1].kind in kinds

    def _add(self, kind: str, text: str, end: int) -> None:
        self.found.append(Piece(kind, text, self.at))
        self.at = end

    def _next(self) -> None:
        text, at = self.text, self.at
        character = text[at]
        ended = self._before_any(*_ENDS)
        if indicator := _INDICATOR.match(text, at):
            self._add("ONE", "1", indicator.end() - 1)
            self._open("LSQB" if text[self.at] == "[" else "LBRACE")
        elif number := _NUMBER.match(text, at):
            self._number(number)
        elif ended and (method := _METHOD.match(text, at)):
            self._add("METHOD", function_named(method[1]) or unknown(method[1], at), method.end())
        elif (slope := _SLOPE.match(text, at)) and slope[1] not in self.names:
            raise Refused(DERIVATIVE if slope[1] == "d" else HINTS["∂"], at)
        elif name := _NAME.match(text, at):
            parts = list(named(name.group(), at, text, name.end(), self.names))
            if len(parts) > 1 and all(part.kind == "NAME" for part in parts):
                _check_exponent(self._previous, text, at, parts[1].column)
            self.found += parts
            self.at = name.end()
        elif text.startswith("**", at):
            self._add("POW", "**", at + 2)
        elif superscript := _SUPERSCRIPT.match(text, at):
            self._superscript(superscript)
        elif character in FRACTIONS:
            if self._before("NUMBER"):
                raise Refused(f"Write {self.found[-1].text}{character} as one number: 2.5 for 2½.", at)
            self.found += _fraction(character, at)
            self.at += 1
        elif character == "∞":
            self._add("NUMBER", "inf", at + 1)
        elif character == "|":
            opens = not ended or not self.bars[-1]
            self.bars[-1] += 1 if opens else -1
            self._add("BAR" if opens else "ENDBAR", "|", at + 1)
        elif comparison := _COMPARISON.match(text, at):
            self._add("COMPARE", _COMPARISONS[comparison.group()], comparison.end())
        elif character == "{" and self._before_any("POW", "FUNC", "CALL", "ROOT"):
            self._open("LPAR")
        elif character == "%" and _MAXIMA.match(text, at):
            self.at += 1
        elif character in _ROUNDED:
            self.found.append(Piece("CALL", _ROUNDED[character], at))
            self._open("LPAR")
        elif kind := _OPERATORS.get(character):
            self._sign(kind, character)
        else:
            self._refuse(character)

    def _superscript(self, found: re.Match[str]) -> None:
        """A number in superscripts, or a short sum: xⁿ⁺¹."""
        plain = letters.raised(found.group())
        if _WHOLE.fullmatch(plain):
            self._add("SUPER", plain, found.end())
        elif _RAISED_SUM.fullmatch(plain):
            inside = [piece._replace(column=piece.column + found.start()) for piece in pieces(plain, self.names)]
            self.found += [Piece("POW", "^", self.at), Piece("LPAR", "(", self.at), *inside]
            self._add("RPAR", ")", found.end())
        else:
            raise Refused("This superscript is no number: write x^2 or x².", self.at)

    def _number(self, number: re.Match[str]) -> None:
        exponent = self._before("FUNC", "POW", "NUMBER") or self._before("CALL", "POW", "NUMBER")
        if self._before("NUMBER") and not exponent:
            rest = self.text[number.end() :]
            raise Refused(two_numbers(self.found[-1].text, number.group(), len(self.open), rest), self.at)
        _check_zeros(self._previous, self.text, number)
        _check_exponent(self._previous, self.text, self.at, number.end())
        self._add("NUMBER", number.group().replace("−", "-").replace("_", ""), number.end())

    def _sign(self, kind: str, character: str) -> None:
        if kind in ("LPAR", "LSQB"):
            self._open(kind)
            return
        if kind in ("RPAR", "RSQB", "RBRACE"):
            if not self.open:
                raise Refused(f"There is no opening bracket for this {character}.", self.at)
            opened = self.open.pop()
            self.bars.pop()
            if kind == "RBRACE" and opened == "LPAR":
                kind, character = "RPAR", ")"
        if (
            kind == "MINUS"
            and self.open[-1:] == ["LSQB"]
            and self._before("NUMBER")
            and _PRINTED.match(self.text, self.at - 1)
        ):
            second = _NUMBER.match(self.text, self.at + 1)
            raise Refused(two_numbers(self.found[-1].text, f"-{second.group() if second else ''}", 1), self.at)
        if kind == "COMMA" and not self.open:
            raise Refused(comma(self.text, self.at), self.at)
        self._add(kind, character, self.at + 1)

    def _open(self, kind: str) -> None:
        self.open.append(kind)
        self.bars.append(0)
        if len(self.open) > DEEPEST:
            raise Refused("There are too many brackets within brackets. Write it more plainly.", self.at)
        self._add(kind, self.text[self.at], self.at + 1)

    def _refuse(self, character: str) -> NoReturn:
        if character == "'" and self._before_any("RSQB"):
            raise Refused(HINTS["ᵀ"], self.at)
        if character == "'" and self._before_any("NAME", "FUNC", "CALL", "RPAR"):
            raise Refused(DERIVATIVE, self.at)
        if character == "%":
            raise Refused(percent(self.found[-1].text if self.found else ""), self.at)
        if self.text.startswith("...", self.at):
            raise Refused(HINTS["…"], self.at)
        raise Refused(HINTS.get(character) or unreadable(character), self.at)


_ENDS = frozenset({"NUMBER", "NAME", "RPAR", "RSQB", "RBRACE", "ENDBAR", "SUPER", "FACTORIAL"})


def _check_exponent(previous: Piece | None, text: str, at: int, split: int) -> None:
    """Refuses `e^2x` and `e^xy`, which some mean as e^(2x) and others as e²·x; `split` is where the x begins."""
    if previous is None or previous.kind != "POW":
        return
    base = text[: previous.column].rstrip()
    rest = _NAME.match(text, split)
    if rest and (base.endswith("e") or base[-1:].isdigit()):
        usual = f"{text[:split]}*{text[split:]}"
        other = f"{text[:at]}({text[at : rest.end()]}){text[rest.end() :]}"
        hint = "This can be read in two ways: write e^(2x), or e^2·x, with your own numbers and names."
        raise Ambiguous(hint, at, usual, other)


def _check_zeros(previous: Piece | None, text: str, number: re.Match[str]) -> None:
    """Refuses `[1,000]`: no list has an element 000."""
    if re.fullmatch(r"0\d\d", number.group()) and previous is not None and text[number.start() - 1] == ",":
        raise Refused(comma(text, number.start() - 1), number.start() - 1)


def _fraction(character: str, at: int) -> Iterator[Piece]:
    """`½` as (1/2)."""
    above, below = unicodedata.normalize("NFKC", character).split("\u2044")
    for kind, text in (("LPAR", "("), ("NUMBER", above), ("SLASH", "/"), ("NUMBER", below), ("RPAR", ")")):
        yield Piece(kind, text, at)
