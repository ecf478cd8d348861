"""From what a learner types to tokens: Unicode signs, superscripts, bars, functions without brackets.

The grammar (grammar.py) then only has to know about precedence. Every refusal is a sentence that says
what to type instead.
"""

from __future__ import annotations

import difflib
import math
import re
import unicodedata
from collections.abc import Collection, Iterator
from typing import NamedTuple, NoReturn

from autograd_tutor.teaching.expr import FUNCTIONS
from autograd_tutor.teaching.spellings import ALIASES, STANDS_FOR

MOST_TOKENS = 900
DEEPEST = 40
"""Brackets within brackets."""
LONGEST_WORD = 40
"""A longer word is not taken apart into names."""

CONSTANTS = {"pi": "pi", "π": "pi", "e": "e", "nan": "nan", "inf": "inf", "infinity": "inf"}
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
_CALLED = re.compile(_EXPONENT + r"\s*\(")

_MAXIMA = re.compile(r"%(?=(?:pi|e)\b)")
_HINTS = {
    "&": "Write one answer only.",
    "=": "Write only the right-hand side, without =.",
    "∂": "Write what the slope is (2x), not its name.",
    "'": "Quotes are not needed: write the answer alone.",
    '"': "Quotes are not needed: write the answer alone.",
    "{": "Use round brackets in formulas and square brackets for lists; 1{x > 0} is 1 where x > 0, else 0.",
    "…": "Write every element of a list.",
}


class Piece(NamedTuple):
    """One token: its kind for the grammar, its normalised text, its column in what was typed."""

    kind: str
    text: str
    column: int


class Refused(Exception):
    """The text cannot be read: a sentence for the learner, and where (columns count from 0)."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(message)
        self.message = message
        self.column = column


def pieces(text: str, names: Collection[str] = ()) -> list[Piece]:
    """The tokens of `text`; `names` are the program's variables, so that `wx` is one name or a product."""
    found: list[Piece] = []
    for piece in _scan(text, names):
        found.append(piece)
        if len(found) > MOST_TOKENS:
            raise Refused("That is longer than any answer here needs to be. Write it more briefly.", piece.column)
    return found


def _scan(text: str, names: Collection[str]) -> Iterator[Piece]:
    at, depth, bars = 0, 0, [0]
    previous: Piece | None = None
    while at < len(text):
        character = text[at]
        if character.isspace():
            at += 1
            continue
        ended = previous is not None and previous.kind in _ENDS
        if indicator := _INDICATOR.match(text, at):
            depth, at = depth + 1, indicator.end()
            bars.append(0)
            opening = "LSQB" if text[at - 1] == "[" else "LBRACE"
            found = [Piece("ONE", "1", indicator.start()), Piece(opening, text[at - 1], at - 1)]
        elif number := _NUMBER.match(text, at):
            if previous is not None and previous.kind == "NUMBER":
                raise Refused(_two_numbers(depth), at)
            found = [Piece("NUMBER", number.group().replace("−", "-").replace("_", ""), at)]
            _check_zeros(previous, text, number)
            _check_exponent(previous, text, number.end(), at)
            at = number.end()
        elif ended and (method := _METHOD.match(text, at)):
            found = [Piece("METHOD", _function(method[1]) or _unknown(method[1], at), at)]
            at = method.end()
        elif name := _NAME.match(text, at):
            found = list(_named(name.group(), at, text, name.end(), names))
            at = name.end()
        elif text.startswith("**", at):
            found, at = [Piece("POW", "**", at)], at + 2
        elif character in _SUPER:
            end = at
            while end < len(text) and text[end] in _SUPER:
                end += 1
            plain = text[at:end].translate(_TO_PLAIN)
            if not re.fullmatch(r"[-+]?\d+", plain):
                raise Refused("This superscript is no number: write x^2 or x².", at)
            found, at = [Piece("SUPER", plain, at)], end
        elif character in _FRACTIONS:
            if previous is not None and previous.kind == "NUMBER":
                raise Refused(f"Write {previous.text}{character} as one number: 2.5 for 2½.", at)
            found, at = list(_fraction(character, at)), at + 1
        elif character == "∞":
            found, at = [Piece("NUMBER", "inf", at)], at + 1
        elif character == "|":
            opens = not ended or not bars[-1]
            bars[-1] += 1 if opens else -1
            found, at = [Piece("BAR" if opens else "ENDBAR", "|", at)], at + 1
        elif comparison := _COMPARISON.match(text, at):
            found, at = [Piece("COMPARE", _COMPARISONS[comparison.group()], at)], comparison.end()
        elif character == "%":
            if not _MAXIMA.match(text, at):
                raise Refused(_percent(previous), at)
            found, at = [], at + 1
        elif kind := _OPERATORS.get(character):
            if kind in ("LPAR", "LSQB"):
                depth += 1
                bars.append(0)
            elif kind in ("RPAR", "RSQB", "RBRACE"):
                depth -= 1
                if depth < 0:
                    raise Refused(f"There is no opening bracket for this {character}.", at)
                bars.pop()
            if depth > DEEPEST:
                raise Refused("There are too many brackets within brackets. Write it more plainly.", at)
            if kind == "COMMA" and depth == 0:
                raise Refused(_comma(text, at), at)
            found, at = [Piece(kind, character, at)], at + 1
        elif text.startswith("...", at):
            raise Refused(_HINTS["…"], at)
        else:
            raise Refused(_HINTS.get(character) or f"I cannot read the character {_shown(character)} here.", at)
        yield from found
        previous = found[-1] if found else previous


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
        raise Refused(_comma(text, number.start() - 1), number.start() - 1)


def _comma(text: str, at: int) -> str:
    """What to write for `1,000`, for `1,5`, and for `1, 2`."""
    before, after = re.search(r"\d*$", text[:at]), re.match(r",(\d+(?:,\d{3})*)", text[at:])
    if before is None or after is None or not before.group():
        return "Write numbers with a point (1.5), and a list in square brackets: [1, 2]."
    whole, rest = before.group(), after[1].replace(",", "")
    decimal = f"write {whole}.{rest} for a decimal"
    if len(after[1]) % 4 == 3 and not whole.startswith("0"):
        return f"Commas are not read in a number: write {whole}{rest}, or {whole}.{rest}; a list has brackets: [1, 2]."
    return f"Commas are not read in a number: {decimal}, with a point, and [{whole}, {rest}] for a list."


def _percent(previous: Piece | None) -> str:
    if previous is None or previous.kind != "NUMBER" or not math.isfinite(float(previous.text)):
        return "Percent signs are not read: write 0.5 for 50 %."
    return f"Percent signs are not read: write {float(previous.text) / 100:.12g} for {previous.text} %."


def _fraction(character: str, at: int) -> Iterator[Piece]:
    """`½` as (1/2)."""
    above, below = unicodedata.normalize("NFKC", character).split("\u2044")
    for kind, text in (("LPAR", "("), ("NUMBER", above), ("SLASH", "/"), ("NUMBER", below), ("RPAR", ")")):
        yield Piece(kind, text, at)


def _two_numbers(depth: int) -> str:
    if depth:
        return "Put a comma between the numbers: [1, 2, 3]."
    return "Two numbers stand side by side: join them with an operator, or write a list: [1, 2]. 1 000 is 1000."


def _shown(character: str) -> str:
    return character if character.isprintable() else f"({unicodedata.name(character, 'a control character').lower()})"
