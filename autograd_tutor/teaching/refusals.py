"""What is said to a learner whose answer can't be read: what is wrong, and what to type instead."""

from __future__ import annotations

import re
import unicodedata

_PLAIN_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_SIGNS = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤", "eq": "==", "ne": "≠"}
DERIVATIVE = "Derivatives are not worked out here: write what it is."
IN_WORDS = "Write signs in place of words: -3, 2x, x^2, x/2."
CHOICE = "A choice is written so: 2x if x > 0 else 0."
AT = "Numbers are not put in for names here: write the formula alone, or the number that it gives."
PUT_IN = re.compile(r"(?<=[\w)\]]) +(?:at|where|with|when) +[^\W\d]\w*\s*=")
"""As in `3x^2 at x = 2`."""
HINTS = {
    "\\": "This LaTeX is not read: write 1/2, sin(x), x^2, √x, [[1, 2], [3, 4]].",
    "@": "Matrix products are not worked out: write the numbers.",
    "&": "Write one answer only.",
    "=": "Write only the right-hand side, without =.",
    "∂": "Write what the slope is (2x), not its name.",
    "'": "Quotes are not needed: write the answer alone.",
    '"': "Quotes are not needed: write the answer alone.",
    "{": "Use round brackets in formulas and square brackets for lists; 1{x > 0} is 1 where x > 0, else 0.",
    "‖": "Norms are not worked out: write √(x_1² + x_2²).",
    "ᵀ": "Transposes are not worked out: write the numbers.",
    "?": f"Leave the question mark out. {CHOICE}",
    ":": f"A ratio is written 1/2. {CHOICE}",
    "±": "Write one number, with one sign.",
    "∑": "Sums are not worked out: write the result.",
    "∫": "Integrals are not worked out: write the result.",
    "°": "Angles are in radians here: write π/2 for 90°.",
    "…": "Write every element of a list.",
}
"""What to type in place of a sign."""


class Refused(Exception):
    """The text cannot be read: a sentence for the learner, and where (columns count from 0)."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(message)
        self.message = message
        self.column = column


class Ambiguous(Refused):
    """The text can be read in two ways."""

    def __init__(self, message: str, column: int, usual: str, other: str = "") -> None:
        super().__init__(message, column)
        self.usual = usual
        """The text written so that it has one meaning: the one that most would see in it."""
        self.other = other
        """And with the other one; empty if that is not worked out."""


def comma(text: str, at: int) -> str:
    """What to write for `1,000`, for `1,5`, and for `1, 2`."""
    if re.search(r"\b(?:if|when|otherwise|for)\b", text):
        return CHOICE
    before, after = re.search(r"\d*$", text[:at]), re.match(r",(\d+(?:,\d{3})*)(\.\d+)?", text[at:])
    if before is None or after is None or not before.group():
        return "Write numbers with a point (1.5), and a list in square brackets: [1, 2]."
    whole, rest = before.group(), after[1].replace(",", "")
    refused = "Commas are not read in a number: write"
    if after[2]:
        return f"{refused} {whole}{rest}{after[2]}."
    if len(after[1]) % 4 == 3 and not whole.startswith("0"):
        return f"{refused} {whole}{rest}, or {whole}.{rest}; a list has brackets: [1, 2]."
    return f"{refused} {whole}.{rest} for a decimal, with a point, and [{whole}, {rest}] for a list."


def percent(previous: str) -> str:
    """What to write for `5 %`, where 5 is what stands before the sign."""
    if not _PLAIN_NUMBER.fullmatch(previous):
        return "Percent signs are not read: write 0.5 for 50 %."
    return f"Percent signs are not read: write {float(previous) / 100:.12g} for {previous} %."


def two_numbers(one: str, other: str, depth: int, rest: str = "") -> str:
    """Of two numbers side by side, within so many brackets; `rest` is what follows."""
    if depth:
        return f"Put a comma between the numbers: [{one}, {other}]."
    if below := re.match(r"\s*/\s*(\d+)", rest):
        return f"Write a mixed number as a sum: {one} + {other}/{below[1]}."
    if re.fullmatch(r"0\d\d", other):
        return f"Write {one}{other} without a space."
    ways = f"[{one}, {other}] for a list, {one}·{other} for a product"
    if re.fullmatch(r"\d{3}", other) and one.isdigit() and not one.startswith("0"):
        ways += f", {one}{other} for one number"
    return f"Two numbers stand side by side: write {ways}."


def unreadable(character: str) -> str:
    """Of a character that no answer has."""
    alone = character.isprintable() and not unicodedata.combining(character)
    shown = character if alone else f"({unicodedata.name(character, 'a control character').lower()})"
    return f"I cannot read the character {shown} here."


def unfinished(text: str, function: str, missing: str) -> str:
    """Of a text that breaks off: after `text`, a function's name if it is one; `missing` is a bracket still open."""
    if not text:
        return "Type a number, a list, a formula, None, or raises."
    if missing:
        return f"A closing {missing} is missing at the end."
    if function:
        return f"{function} of what? Write {function}(x)."
    return f"Something is missing after {_SIGNS.get(text, text)}."


def unexpected(text: str, kind: str) -> str:
    """Of a token, of this kind for the grammar, that cannot stand where it stands."""
    match kind:
        case "RPAR" | "RSQB":
            return f"Something is missing before this {text}, or it closes another kind of bracket."
        case "LSQB":
            return "A list stands alone: write its elements worked out, [2, 4], without an operator beside it."
        case "COMMA" | "SEMI":
            return f"I do not expect {text} here: lists are written [1, 2, 3], matrices [[1, 2], [3, 4]]."
        case "MINUS" | "PLUS" | "TIMES" | "SLASH" | "POW" | "SUPER":
            return f"Something is missing before {text}."
        case "COMPARE" | "AND" | "OR":
            return f"Something is missing before {_SIGNS.get(text, text)}."
        case "IF" | "ELSE":
            return CHOICE
    return f"I do not expect {text} here: an operator or a comma may be missing before it."
