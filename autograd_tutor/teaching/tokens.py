"""From what a learner types to tokens: Unicode signs, superscripts, bars, functions without brackets.

The grammar (grammar.py) then only has to know about precedence. Every refusal is a sentence that says
what to type instead.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterator
from typing import NamedTuple, NoReturn

from autograd_tutor.teaching.expr import FUNCTIONS
from autograd_tutor.teaching.refusals import HINTS, Refused, comma, percent, two_numbers, unreadable
from autograd_tutor.teaching.spellings import ALIASES, STANDS_FOR

MOST_TOKENS = 900
DEEPEST = 40
"""Brackets within brackets."""
LONGEST_WORD = 40
"""A longer word is not taken apart into names."""

CONSTANTS = {"pi": "pi", "π": "pi", "e": "e", "nan": "nan", "inf": "inf", "infinity": "inf", "infty": "inf"}
CONSTANTS |= {"true": "1", "false": "0"}

_SUPER = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺"
_SUB = "₀₁₂₃₄₅₆₇₈₉"
_TO_PLAIN = str.maketrans(_SUPER + _SUB, "0123456789-+0123456789")
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
    "}": "RBRACE",
    "!": "FACTORIAL",
}
_COMPARISONS = {">": "gt", "<": "lt", "≥": "ge", "≤": "le", ">=": "ge", "<=": "le", "==": "eq", "!=": "ne", "≠": "ne"}
_COMPARISON = re.compile(r"[<>=!]=|[<>≥≤≠]")
_INDICATOR = re.compile(r"(?:1\s*(?:_?\{|\[)|[𝟙𝟏]\s*(?:_?\{|\[|\())")
_METHOD = re.compile(r"\.([a-z]\w*)\s*(?=\()", re.ASCII)
_FRACTIONS = "¼½¾⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
_LIBRARIES = re.compile(r"(?:torch\.nn\.functional|torch\.special|torch|math|np|numpy|nn\.functional|F)\.")
_NUMBER = re.compile(r"(?:\d+(?:_\d{3})*\.?\d*|\.\d+)(?:[eE][+\-−]?\d+)?", re.ASCII)
_LETTER = rf"(?:(?![{_SUPER}{_FRACTIONS}])[\w{_SUB}])"
_NAME = re.compile(
    rf"(?!\d)(?![{_SUB}]){_LETTER}+(?:(?:\.[^\W\d]\w*)|(?:\[\s*\d+(?:\s*,\s*\d+)*\s*\])|(?:(?<=_)\{{\w+\}}))*"
)
_INDEXED = re.compile(r"([^\W\d]+?)_?(\d+|(?<=_)[ijkn])")
_EXPONENT = rf"(?:\s*(?:(?:\^|\*\*)\s*[-−]?\d+|[{_SUPER}]+))?"
_CALLED = re.compile(_EXPONENT + r"\s*[({]")
_SUPERSCRIPT = re.compile(f"[{_SUPER}]+")
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {ord("∣"): "|"}
_COMMON = "sinh|sin|cosh|cos|tanh|tan|exp|ln|log|sqrt"
_BEFORE_FUNCTION = re.compile(rf"([^\W\d_]{{1,2}})({_COMMON})")
_AFTER_FUNCTION = re.compile(rf"({_COMMON})([^\W\d_])")

_MAXIMA = re.compile(r"%(?=(?:pi|e)\b)")


class Piece(NamedTuple):
    """One token: its kind for the grammar, its normalised text, its column in what was typed."""

    kind: str
    text: str
    column: int


def pieces(text: str, names: Collection[str] = ()) -> list[Piece]:
    """The tokens of `text`; `names` are the program's variables, so that `wx` is one name or a product."""
    return _Scanner(text.translate(_FULL_WIDTH), names).scan()


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
            self._add("METHOD", _function(method[1]) or _unknown(method[1], at), method.end())
        elif name := _NAME.match(text, at):
            self.found += _named(name.group(), at, text, name.end(), self.names)
            self.at = name.end()
        elif text.startswith("**", at):
            self._add("POW", "**", at + 2)
        elif superscript := _SUPERSCRIPT.match(text, at):
            plain = superscript.group().translate(_TO_PLAIN)
            if not re.fullmatch(r"[-+]?\d+", plain):
                raise Refused("This superscript is no number: write x^2 or x².", at)
            self._add("SUPER", plain, superscript.end())
        elif character in _FRACTIONS:
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
        elif kind := _OPERATORS.get(character):
            self._sign(kind, character)
        else:
            self._refuse(character)

    def _number(self, number: re.Match[str]) -> None:
        exponent = self._before("FUNC", "POW", "NUMBER") or self._before("CALL", "POW", "NUMBER")
        if self._before("NUMBER") and not exponent:
            raise Refused(two_numbers(len(self.open)), self.at)
        _check_zeros(self._previous, self.text, number)
        _check_exponent(self._previous, self.text, number.end(), self.at)
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
        if character == "%":
            raise Refused(percent(self.found[-1].text if self.found else ""), self.at)
        if self.text.startswith("...", self.at):
            raise Refused(HINTS["…"], self.at)
        raise Refused(HINTS.get(character) or unreadable(character), self.at)


_ENDS = frozenset({"NUMBER", "NAME", "RPAR", "RSQB", "RBRACE", "ENDBAR", "SUPER", "FACTORIAL"})


def _named(word: str, at: int, text: str, end: int, names: Collection[str]) -> Iterator[Piece]:
    """The tokens of one word: a variable, a constant, a function, or several variables written together."""
    plain = re.sub(rf"([^\W_])([{_SUB}])", r"\1_\2", word).translate(_TO_PLAIN)
    plain = re.sub(r"[\s{}]", "", plain)
    if (name := _known(word, plain, names)) is not None:
        yield Piece("NAME", name, at)
        return
    called = text[end:].lstrip().startswith("(")
    lower = _LIBRARIES.sub("", plain, count=1).lower()
    if function := _function(lower):
        yield Piece("CALL" if _CALLED.match(text, end) else "FUNC", function, at)
    elif called and "." in plain and not _LIBRARIES.match(plain):
        head, _, method = plain.rpartition(".")
        yield from _named(head, at, text, at + len(head), names)
        yield Piece("METHOD", _function(method) or _unknown(method, at), at + len(head))
    elif lower in CONSTANTS and (lower != "e" or plain != "E"):
        yield Piece("NUMBER", CONSTANTS[lower], at)
    elif lower in ("if", "else"):
        yield Piece(lower.upper(), lower, at)
    else:
        parts = (split(plain, names) or split(plain.replace("_", ""), names)) if names else None
        if not parts and (joined := (_BEFORE_FUNCTION if called else _AFTER_FUNCTION).fullmatch(plain)):
            for group in (1, 2):
                yield from _named(joined[group], at + joined.start(group), text, at + joined.end(group), names)
            return
        if not parts and len(plain) > 1 and text.startswith("(", end):
            _unknown(plain, at)
        for offset, part in parts or [(0, plain)]:
            yield Piece("NUMBER" if part in ("e", "π") and part not in names else "NAME", part, at + offset)


def _function(word: str) -> str | None:
    """The name under which a function is known, if it is."""
    name = ALIASES.get(word, word)
    return name if name in FUNCTIONS or name in STANDS_FOR else None


def _unknown(word: str, at: int) -> NoReturn:
    near = difflib.get_close_matches(word.lower(), [*FUNCTIONS, *STANDS_FOR, *ALIASES], n=1)
    meant = f"did you mean {near[0]}?" if near else "write the formula out, or a product with ·."
    raise Refused(f"I do not know a function {word}: {meant}", at)


def _known(word: str, plain: str, names: Collection[str]) -> str | None:
    """The program's name that is meant: `w₁` may be `w_1` or `w1` or `w[1]`, and `x_i` stands for `x`."""
    ways = [word, plain, plain.replace("_", "")]
    if indexed := _INDEXED.fullmatch(plain):
        ways.append(f"{indexed[1]}[{indexed[2]}]" if indexed[2].isdigit() else indexed[1])
    return next((name for name in ways if name in names), None)


def split(word: str, names: Collection[str]) -> list[tuple[int, str]] | None:
    """`wx` as `w` and `x` where both are names; None if the word is no such product."""
    if len(word) > LONGEST_WORD:
        return None
    known = {*names, "e", "π"}
    ways: list[list[tuple[int, str]] | None] = [[]] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(end):
            before = ways[start]
            if before is not None and word[start:end] in known:
                ways[end] = [*before, (start, word[start:end])]
                break
    return ways[-1]


def _check_exponent(previous: Piece | None, text: str, end: int, at: int) -> None:
    """Refuses `e^2x`, which some mean as e^(2x) and others as e²·x."""
    if previous is None or previous.kind != "POW" or end >= len(text) or not text[end].isalpha():
        return
    base = text[: previous.column].rstrip()
    if base.endswith("e") or base[-1:].isdigit():
        raise Refused("This can be read in two ways: write e^(2x), or e^2·x, with your own numbers.", at)


def _check_zeros(previous: Piece | None, text: str, number: re.Match[str]) -> None:
    """Refuses `[1,000]`: no list has an element 000."""
    if re.fullmatch(r"0\d\d", number.group()) and previous is not None and text[number.start() - 1] == ",":
        raise Refused(comma(text, number.start() - 1), number.start() - 1)


def _fraction(character: str, at: int) -> Iterator[Piece]:
    """`½` as (1/2)."""
    above, below = unicodedata.normalize("NFKC", character).split("\u2044")
    for kind, text in (("LPAR", "("), ("NUMBER", above), ("SLASH", "/"), ("NUMBER", below), ("RPAR", ")")):
        yield Piece(kind, text, at)
