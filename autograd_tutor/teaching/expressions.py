"""Formulas from tokens: precedence, implicit products; read from left to right, with one token to look ahead.

The parser is written here and not generated: a generator needed as many lines of glue and a grammar to compile
at each start, and could not say what is missing where.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NoReturn

from autograd_tutor.formula import Apply, Binary, Expr, Name, Negative, Number
from autograd_tutor.teaching.conditions import chain, truth
from autograd_tutor.teaching.cursor import BRACKET, PREFIX, Cursor
from autograd_tutor.teaching.naming import Piece, function_named
from autograd_tutor.teaching.refusals import Ambiguous, Refused, unexpected
from autograd_tutor.teaching.spellings import applied

_CONSTANTS = {"pi": math.pi, "e": math.e, "π": math.pi, "nan": math.nan, "inf": math.inf}
_ROOTS: dict[str, Callable[[Expr], Expr]] = {
    "√": lambda inside: Apply("sqrt", (inside,)),
    "∛": lambda inside: applied("cbrt", (inside,), 0),
    "∜": lambda inside: Binary("^", inside, Binary("/", Number(1.0), Number(4.0))),
}
_POWERS = frozenset({"NUMBER", "NAME", "CALL", "LPAR", "LSQB", "ONE", "BAR", "ROOT"})
"""What a power starts with."""
_FACTORS = _POWERS | {"FUNC"}
_GOES_ON = _POWERS - {"CALL"}
"""What follows in the argument of a function without brackets: sin x cos(x) is a product of two."""


class Formulas(Cursor):
    """One method for each rule of the grammar; each starts at the token `at` and leaves it behind what it read."""

    def choice(self, yes: Expr) -> Expr:
        """What follows `yes` in `yes if condition else no`."""
        column = self.take("IF").column
        condition = truth(self.within(self.test, BRACKET), column)
        self.take("ELSE")
        return Apply("where", (condition, yes, self.within(self.test, BRACKET)))

    def test(self) -> Expr:
        """test = both {OR both}"""
        one = self.both()
        while self.kind == "OR":
            column = self.take("OR").column
            one = Apply("max", (self.held(one, column), self.held(self.both(), column)))
        return one

    def both(self) -> Expr:
        """both = truth {AND truth}"""
        one = self.truth()
        while self.kind == "AND":
            column = self.take("AND").column
            one = Binary("*", self.held(one, column), self.held(self.truth(), column))
        return one

    def held(self, expr: Expr, column: int) -> Expr:
        """What `and`, `or` or `not` is said of."""
        return truth(expr, column, named=self.logic)

    def truth(self) -> Expr:
        """truth = NOT truth | sum {COMPARE sum}"""
        if self.kind == "NOT":
            column = self.take("NOT").column
            return Binary("-", Number(1.0), self.held(self.within(self.truth, PREFIX), column))
        one = self.sum()
        if self.kind != "COMPARE":
            return one
        sides, signs = [one], []
        while self.kind == "COMPARE":
            signs.append(self.take("COMPARE").text)
            sides.append(self.sum())
        return chain(sides, signs)

    def sum(self) -> Expr:
        """sum = product {("+" | "-") product}"""
        total = self.product()
        while self.kind in ("PLUS", "MINUS"):
            sign = self.take("PLUS", "MINUS")
            total = Binary("+" if sign.kind == "PLUS" else "-", total, self.product())
        return total

    def product(self) -> Expr:
        """product = signed {"*" signed | "/" {"+" | "-"} factor}"""
        total = self.signed()
        while self.kind in ("TIMES", "SLASH"):
            sign = self.take("TIMES", "SLASH")
            if sign.kind == "TIMES":
                total = Binary("*", total, self.signed())
                continue
            start = self.column
            total = Binary("/", total, self.signs(self.factor))
            if self.kind in _FACTORS:
                self.ambiguous(sign, start)
        return total

    def ambiguous(self, sign: Piece, start: int) -> NoReturn:
        """Refuses `1/2x`, where what stands below the bar begins at `start`, and a factor without a sign is next."""
        text, here = self.text, self.column
        self.several()
        other = f"{text[:start]}({text[start : self.column]}){text[self.column :]}"
        usual = f"{text[:here]}*{text[here:]}"
        raise Ambiguous("1/2x can be read in two ways: write (1/2)x or 1/(2x).", sign.column, usual, other)

    def signed(self) -> Expr:
        """signed = {"+" | "-"} several"""
        return self.signs(self.several)

    def signs(self, rule: Callable[[], Expr]) -> Expr:
        """What the rule reads, after any number of signs."""
        minus = False
        while self.kind in ("PLUS", "MINUS"):
            minus ^= self.take("PLUS", "MINUS").kind == "MINUS"
        found = rule()
        if not minus:
            return found
        return found.operand if isinstance(found, Negative) else Negative(found)

    def several(self) -> Expr:
        """several = factor {factor}"""
        total = self.factor()
        while self.kind in _FACTORS:
            total = Binary("*", total, self.factor())
        return total

    def factor(self) -> Expr:
        """factor = power | FUNC [raised] bare"""
        if self.kind != "FUNC":
            return self.power()
        function = self.take("FUNC")
        exponent = self.raised(function)
        return _raised(applied(function.text, (self.within(self.bare, PREFIX),), function.column), exponent)

    def bare(self) -> Expr:
        """bare = power {power} | FUNC [raised] bare, where only the first power may be of a function"""
        if self.kind == "FUNC":
            return self.factor()
        total = self.power()
        while self.kind in _GOES_ON:
            total = Binary("*", total, self.power())
        return total

    def raised(self, function: Piece) -> Expr | None:
        """raised = SUPER | "^" exponent | "^" "(" exponent ")", of a function; exponent = NUMBER | NAME"""
        if self.kind not in ("SUPER", "POW"):
            return None
        column = self.column
        minus = False
        if self.take("SUPER", "POW").kind == "SUPER":
            exponent = self.tokens[self.at - 1]
        else:
            if function.text == "exp" and self.kind != "NUMBER":
                raise Refused("exp is a function: write exp(x), or e^x.", function.column)
            bracket = self.kind == "LPAR" and bool(self.take("LPAR"))
            minus = self.kind == "MINUS" and bool(self.take("MINUS"))
            exponent = self.take("NUMBER", "NAME")
            if bracket:
                self.take("RPAR")
        if minus or exponent.text.startswith("-"):
            self.inverse(function, exponent, column)
        return Name(exponent.text) if exponent.kind == "NAME" else _number(exponent)

    def inverse(self, function: Piece, exponent: Piece, column: int) -> NoReturn:
        """Refuses `sin^-1`, where the sign for a power stands in this column."""
        name, inverse = function.text, function_named(f"a{function.text}")
        usual = f"{self.text[: function.column]} {inverse} {self.text[self.column :]}"
        if inverse is None or exponent.text.lstrip("-") != "1":
            raise Refused(f"Write a negative power of a function as a fraction: 1/{name}(x).", column)
        message = f"{name}^-1 can be read in two ways: write {inverse}(x), or 1/{name}(x)."
        raise Ambiguous(message, column, usual)

    def power(self) -> Expr:
        """power = atom [SUPER | "^" {"+" | "-"} power]"""
        base = self.atom()
        if self.kind == "SUPER":
            return Binary("^", base, _signed(self.take("SUPER").text))
        if self.kind == "POW":
            self.take("POW")
            return Binary("^", base, self.signs(lambda: self.within(self.power, PREFIX)))
        return base

    def atom(self) -> Expr:
        """atom = simple {"!" | METHOD arguments}"""
        found = self.simple()
        while self.kind in ("FACTORIAL", "METHOD"):
            token = self.take("FACTORIAL", "METHOD")
            further = self.arguments(at_least=0) if token.kind == "METHOD" else ()
            found = applied("factorial" if token.kind == "FACTORIAL" else token.text, (found, *further), token.column)
        return found

    def simple(self) -> Expr:
        """simple = NUMBER | NAME | ROOT atom | CALL [raised] arguments | LPAR test RPAR | ONE "{" test "}" | BAR sum

        A choice may stand in the round bracket as well. LSQB sum RSQB is a bracket too, but not behind a name.
        """
        token = self.take(*_POWERS)
        match token.kind:
            case "NUMBER":
                return _number(token)
            case "NAME":
                return Name(token.text)
            case "ROOT":
                return _ROOTS[token.text](self.within(self.atom, PREFIX))
            case "CALL":
                exponent = self.raised(token)
                return _raised(applied(token.text, self.arguments(), token.column), exponent)
            case "LSQB":
                return self.square(token)
            case "ONE":
                closing = "RSQB" if self.take("LBRACE", "LSQB").kind == "LSQB" else "RBRACE"
                return truth(self.closed(closing, "RPAR"), token.column)
            case "BAR":
                inside = self.within(self.sum, BRACKET)
                self.take("ENDBAR")
                return Apply("abs", (inside,))
        return self.closed("RPAR")

    def square(self, token: Piece) -> Expr:
        """What stands in a square bracket that is no list and no index. A number alone is a list: `[0.5]*2`."""
        before = self.tokens[self.at - 2].kind if self.at > 1 else ""
        inside = self.within(self.sum, BRACKET)
        if self.kind != "RSQB" or before == "NAME" or isinstance(inside, Number):
            raise Refused(unexpected(token.text, token.kind), token.column)
        self.take("RSQB")
        return inside

    def closed(self, *brackets: str) -> Expr:
        """What stands in a bracket that was opened, with a choice among it."""
        inside = self.within(self.test, BRACKET)
        if self.kind == "IF":
            inside = self.choice(inside)
        self.take(*brackets)
        return inside

    def arguments(self, at_least: int = 1) -> tuple[Expr, ...]:
        """arguments = "(" [test {"," test}] RPAR"""
        self.take("LPAR")
        self.deepen(BRACKET)
        found: list[Expr] = []
        if at_least or self.kind != "RPAR":
            found.append(self.test())
        while self.kind == "COMMA":
            self.take("COMMA")
            found.append(self.test())
        self.take("RPAR")
        self.deep -= BRACKET
        return tuple(found)


def _raised(base: Expr, exponent: Expr | None) -> Expr:
    return base if exponent is None else Binary("^", base, exponent)


def _signed(text: str) -> Expr:
    value = float(text)
    return Negative(Number(-value)) if value < 0 else Number(value)


def _number(token: Piece) -> Expr:
    value = _CONSTANTS[token.text] if token.text in _CONSTANTS else float(token.text)
    if math.isinf(value) and token.text not in _CONSTANTS:
        raise Refused("That number is too large here: write inf if you mean infinity.", token.column)
    return Number(value)
