"""Expressions as a person writes them: rules are evaluated on `Ink` to learn how they look.

`Ink("x") ** 2 * 3` reads `3x²`. Only what textbooks leave out is left out: factors of 1, terms of 0.
"""

from __future__ import annotations

from dataclasses import dataclass

from autograd_tutor.notation import MINUS, number, superscript

SUM, PRODUCT, POWER, ATOM = range(4)
"""How tightly the outermost sign of an expression binds."""

Operand = "Ink | int | float"


@dataclass(frozen=True, slots=True)
class Ink:
    """A piece of mathematics in writing, and how tightly it holds together."""

    text: str
    level: int = ATOM

    def within(self, level: int) -> str:
        """Its text, in parentheses where it stands next to something that binds tighter."""
        return self.text if self.level >= level else f"({self.text})"

    def __add__(self, other: Ink | float) -> Ink:
        return _add(self, ink(other))

    def __radd__(self, other: float) -> Ink:
        return _add(ink(other), self)

    def __sub__(self, other: Ink | float) -> Ink:
        return _subtract(self, ink(other))

    def __rsub__(self, other: float) -> Ink:
        return _subtract(ink(other), self)

    def __mul__(self, other: Ink | float) -> Ink:
        return _multiply(self, ink(other))

    def __rmul__(self, other: float) -> Ink:
        return _multiply(ink(other), self)

    def __truediv__(self, other: Ink | float) -> Ink:
        return _divide(self, ink(other))

    def __rtruediv__(self, other: float) -> Ink:
        return _divide(ink(other), self)

    def __neg__(self) -> Ink:
        return _negate(self)

    def __pow__(self, exponent: Ink | float) -> Ink:
        return _power(self, exponent)

    def __rpow__(self, base: float) -> Ink:
        return _power(ink(base), self)


def ink(value: Ink | float) -> Ink:
    """A number in writing; Ink as it is."""
    if isinstance(value, Ink):
        return value
    text = number(value)
    if text.startswith(MINUS):
        return Ink(text, SUM)
    return Ink(text, PRODUCT if "·" in text else ATOM)


def call(name: str, *arguments: Ink | float) -> Ink:
    """A function's application: `cos(y)`."""
    return Ink(f"{name}({', '.join(ink(one).text for one in arguments)})")


def _negative(one: Ink) -> bool:
    return one.text.startswith(MINUS) and (one.level == PRODUCT or _is_number(one.text[1:]))


def _is_number(text: str) -> bool:
    return text[:1].isdigit() and all(letter in "0123456789.·⁰¹²³⁴⁵⁶⁷⁸⁹⁻" for letter in text)


def _add(left: Ink, right: Ink) -> Ink:
    if left.text == "0":
        return right
    if right.text == "0":
        return left
    if _negative(right):
        return Ink(f"{left.text} {MINUS} {right.text[1:]}", SUM)
    return Ink(f"{left.text} + {right.within(PRODUCT)}", SUM)


def _subtract(left: Ink, right: Ink) -> Ink:
    if right.text == "0":
        return left
    if left.text == "0":
        return _negate(right)
    if _negative(right):
        return Ink(f"{left.text} + {right.text[1:]}", SUM)
    return Ink(f"{left.text} {MINUS} {right.within(PRODUCT)}", SUM)


def _negate(one: Ink) -> Ink:
    if one.text == "0":
        return one
    if _negative(one):
        text = one.text[1:]
        return Ink(text, ATOM if _is_number(text) and "·" not in text else PRODUCT)
    return Ink(f"{MINUS}{one.within(PRODUCT)}", PRODUCT)


def _multiply(left: Ink, right: Ink) -> Ink:
    if "0" in (left.text, right.text):
        return Ink("0")
    if left.text == "1":
        return right
    if right.text == "1":
        return left
    if _is_number(right.text) and not _is_number(left.text):
        left, right = right, left
    if _negative(left):
        return _negate(_multiply(_negate(left), right))
    if _negative(right):
        return _negate(_multiply(left, _negate(right)))
    close = _is_number(left.text) and "·" not in left.text and _short(right)
    return Ink(f"{left.within(PRODUCT)}{'' if close else '·'}{right.within(PRODUCT)}", PRODUCT)


def _short(one: Ink) -> bool:
    """A single letter, perhaps with a power: `x`, `x²`, so that `2x` can be read."""
    return one.text[:1].isalpha() and one.text.rstrip("⁰¹²³⁴⁵⁶⁷⁸⁹")[1:] == ""


def _divide(above: Ink, below: Ink) -> Ink:
    if above.text == "0" or below.text == "1":
        return above
    if _negative(above):
        return _negate(_divide(_negate(above), below))
    return Ink(f"{above.within(PRODUCT)}/{below.within(POWER)}", PRODUCT)


def _power(base: Ink, exponent: Ink | float) -> Ink:
    if isinstance(exponent, Ink):
        return Ink(f"{base.within(ATOM)}^{exponent.within(ATOM)}", POWER)
    if exponent == 0:
        return Ink("1")
    if exponent == 1:
        return base
    if exponent == int(exponent):
        return Ink(f"{base.within(ATOM)}{superscript(int(exponent))}", POWER)
    return Ink(f"{base.within(ATOM)}^{ink(exponent).within(ATOM)}", POWER)
