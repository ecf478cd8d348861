"""The grammar of answers: precedence, implicit products, lists. Built once, on first use (LALR)."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from functools import cache
from typing import TYPE_CHECKING, Any

from autograd_tutor.formula import Apply, Binary, Expr, Name, Negative, Number, depth
from autograd_tutor.formula import names as names_in
from autograd_tutor.teaching.conditions import chain, is_truth, truth
from autograd_tutor.teaching.expr import ARGUMENTS
from autograd_tutor.teaching.naming import Piece
from autograd_tutor.teaching.refusals import Refused
from autograd_tutor.teaching.spellings import STANDS_FOR, WITHOUT_SECOND
from autograd_tutor.teaching.tokens import pieces

if TYPE_CHECKING:
    from lark import Lark

Item = Expr | list["Item"]
"""An answer: an expression, or a list of answers."""

_GRAMMAR = r"""
start: item
?item: test | list | test IF test ELSE test -> conditional
?test: both | test OR both -> either
?both: truth | both AND truth -> both
?truth: NOT truth -> negation | sum | sum (COMPARE sum)+ -> compared
list: LSQB RSQB -> empty
    | LPAR item COMMA RPAR -> sequence
    | LPAR item (COMMA item)+ COMMA? RPAR -> sequence
    | LSQB row RSQB -> vector
    | LSQB row (SEMI row)+ RSQB -> matrix
row: item (COMMA item)* COMMA?

?sum: product
    | sum PLUS product -> binary
    | sum MINUS product -> binary
?product: signed
    | product TIMES signed -> binary
    | product SLASH divisor -> binary
    | product SLASH crowd -> crowded
?signed: factor | several | MINUS signed -> negative | PLUS signed -> positive
?divisor: factor | MINUS divisor -> negative | PLUS divisor -> positive
?crowd: several | MINUS crowd -> negative
several: factor factor -> times
    | several factor -> times
?factor: power
    | FUNC bare -> call
    | FUNC raised bare -> call_raised
?bare: power | FUNC bare -> call | bare power -> times
?power: atom | atom POW exponent -> binary | atom SUPER -> raised_super
?exponent: power | MINUS exponent -> negative | PLUS exponent -> positive
?atom: NUMBER -> number
    | NAME -> name
    | CALL LPAR arguments RPAR -> call
    | CALL raised LPAR arguments RPAR -> call_raised
    | LPAR test RPAR -> group
    | LPAR test IF test ELSE test RPAR -> conditional_group
    | ONE LBRACE test RBRACE -> indicator
    | ONE LBRACE test RPAR -> indicator
    | ONE LSQB test RSQB -> indicator
    | atom METHOD LPAR RPAR -> method
    | atom METHOD LPAR arguments RPAR -> method
    | atom FACTORIAL -> factorial
    | BAR sum ENDBAR -> bars
    | ROOT atom -> root
?raised: POW NUMBER -> exponent_plain | POW MINUS NUMBER -> exponent_minus | SUPER -> exponent_super
arguments: test (COMMA test)*
%declare NUMBER NAME FUNC CALL PLUS MINUS TIMES SLASH POW SUPER LPAR RPAR LSQB RSQB COMMA SEMI BAR ENDBAR ROOT
%declare COMPARE AND OR NOT IF ELSE ONE LBRACE RBRACE METHOD FACTORIAL
"""
_SIGNS = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤", "eq": "==", "ne": "≠"}
DEEPEST = 200
"""Expressions within expressions: well within Python's own limit for recursion."""
_CONSTANTS = {"pi": math.pi, "e": math.e, "π": math.pi, "nan": math.nan, "inf": math.inf}
_ROOTS: dict[str, Callable[[Expr], Expr]] = {
    "√": lambda inside: Apply("sqrt", (inside,)),
    "∛": lambda inside: _applied("cbrt", (inside,), 0),
    "∜": lambda inside: Binary("^", inside, Binary("/", Number(1.0), Number(4.0))),
}
_OPERATORS = {"PLUS": "+", "MINUS": "-", "TIMES": "*", "SLASH": "/", "POW": "^"}


@cache
def _parser() -> Lark:
    """The parser; importing lark and building it take about 0.1 s together, so only when needed."""
    from lark import Lark, Token, Transformer, v_args
    from lark.lexer import Lexer

    class Tokens(Lexer):
        """Hands lark the tokens that `pieces` has made."""

        def __init__(self, _conf: object) -> None: ...

        def lex(self, data: list[Piece]) -> Any:  # type: ignore[override]
            """One lark token for each piece."""
            for piece in data:
                yield Token(piece.kind, piece.text, start_pos=piece.column)

    @v_args(inline=True)
    class Build(Transformer):  # type: ignore[type-arg]
        """Reduces straight to `Item`, without a tree in between."""

        def start(self, item: Item) -> Item:
            return item

        def empty(self, *_: Token) -> Item:
            return []

        def vector(self, _open: Token, row: Item, _close: Token) -> Item:
            return row

        def sequence(self, *parts: Any) -> Item:
            rows = [part for part in parts if not isinstance(part, Token)]
            return rows[0] if len(rows) == 1 and isinstance(rows[0], list) else rows  # as autograd.grad gives it

        def matrix(self, *parts: Any) -> Item:
            return [part for part in parts if isinstance(part, list)]

        def row(self, *parts: Any) -> Item:
            return [part for part in parts if not isinstance(part, Token)]

        def binary(self, left: Expr, operator: Token, right: Expr) -> Expr:
            return Binary(_OPERATORS[operator.type], left, right)  # type: ignore[arg-type]

        def crowded(self, _left: Expr, slash: Token, _right: Expr) -> Expr:
            raise Refused("1/2x can be read in two ways: write (1/2)x or 1/(2x).", slash.start_pos or 0)

        def negative(self, _minus: Token, operand: Expr) -> Expr:
            return operand.operand if isinstance(operand, Negative) else Negative(operand)

        def positive(self, _plus: Token, operand: Expr) -> Expr:
            return operand

        def times(self, left: Expr, right: Expr) -> Expr:
            return Binary("*", left, right)

        def number(self, token: Token) -> Expr:
            value = _CONSTANTS[token] if token in _CONSTANTS else float(token)
            if math.isinf(value) and token not in _CONSTANTS:
                raise Refused("That number is too large here: write inf if you mean infinity.", token.start_pos or 0)
            return Number(value)

        def name(self, token: Token) -> Expr:
            return Name(str(token))

        def group(self, _open: Token, inside: Expr, _close: Token) -> Expr:
            return inside

        def compared(self, *parts: Any) -> Expr:
            return chain(parts)

        def both(self, one: Expr, sign: Token, other: Expr) -> Expr:
            return Binary("*", truth(one, sign.start_pos or 0), truth(other, sign.start_pos or 0))

        def either(self, one: Expr, sign: Token, other: Expr) -> Expr:
            return Apply("max", (truth(one, sign.start_pos or 0), truth(other, sign.start_pos or 0)))

        def negation(self, sign: Token, one: Expr) -> Expr:
            return Binary("-", Number(1.0), truth(one, sign.start_pos or 0))

        def conditional(self, yes: Expr, sign: Token, condition: Expr, _else: Token, no: Expr) -> Expr:
            return Apply("where", (truth(condition, sign.start_pos or 0), yes, no))

        def conditional_group(self, _open: Token, *parts: Any) -> Expr:
            return self.conditional(*parts[:-1])

        def indicator(self, one: Token, _open: Token, condition: Expr, _close: Token) -> Expr:
            return truth(condition, one.start_pos or 0)

        def method(self, operand: Expr, method: Token, _open: Token, *parts: Any) -> Expr:
            further = next((part for part in parts if isinstance(part, tuple)), ())
            return _applied(method, (operand, *further), method.start_pos or 0)

        def factorial(self, operand: Expr, _sign: Token) -> Expr:
            return Apply("factorial", (operand,))

        def bars(self, _open: Token, inside: Expr, _close: Token) -> Expr:
            return Apply("abs", (inside,))

        def root(self, sign: Token, inside: Expr) -> Expr:
            return _ROOTS[sign](inside)

        def raised_super(self, base: Expr, exponent: Token) -> Expr:
            return Binary("^", base, _signed(exponent))

        def exponent_plain(self, _pow: Token, number: Token) -> Expr:
            return _signed(number)

        def exponent_minus(self, _pow: Token, minus: Token, _number: Token) -> Expr:
            raise Refused("sin^-1 can be read in two ways: write asin(x), or 1/sin(x).", minus.start_pos or 0)

        def exponent_super(self, exponent: Token) -> Expr:
            if exponent.startswith("-"):
                raise Refused("sin⁻¹ can be read in two ways: write asin(x), or 1/sin(x).", exponent.start_pos or 0)
            return _signed(exponent)

        def arguments(self, *parts: Any) -> tuple[Expr, ...]:
            return tuple(part for part in parts if not isinstance(part, Token))

        def call(self, function: Token, *parts: Any) -> Expr:
            arguments = next((part for part in parts if isinstance(part, tuple)), None) or (parts[-1],)
            return _applied(function, arguments, function.start_pos or 0)

        def call_raised(self, function: Token, exponent: Expr, *parts: Any) -> Expr:
            return Binary("^", self.call(function, *parts), exponent)

    return Lark(_GRAMMAR, parser="lalr", lexer=Tokens, transformer=Build())


def _signed(text: str) -> Expr:
    value = float(text)
    return Negative(Number(-value)) if value < 0 else Number(value)


def _applied(function: str, arguments: tuple[Expr, ...], column: int) -> Expr:
    if function in WITHOUT_SECOND and len(arguments) == 1:
        return Apply(WITHOUT_SECOND[function], arguments)
    if function == "log" and len(arguments) == 2:
        function = "lg"
    if function.startswith("log_") and len(arguments) == 1:
        base = function.removeprefix("log_")
        function, arguments = "lg", (*arguments, Number(float(base)) if base.isdigit() else Name(base))
    count, meaning = STANDS_FOR.get(function, (1, None))
    least, most = ARGUMENTS.get(function, count if isinstance(count, tuple) else (count, count))
    if not least <= len(arguments) <= most:
        wanted = ("one argument", "two arguments", "three arguments")[least - 1]
        example = ("x", "a, b", "condition, a, b")[least - 1]
        raise Refused(f"{function} takes {wanted}: write {function}({example}).", column)
    return meaning(*arguments) if meaning is not None else Apply(str(function), arguments)


def parse(text: str, names: Collection[str] = ()) -> Item:
    """What `text` says; raises Refused, with a sentence and the column, if it cannot be read."""
    from lark.exceptions import UnexpectedInput, UnexpectedToken

    tokens = pieces(text, names)
    try:
        item: Item = _parser().parse(tokens)  # type: ignore[assignment]
    except UnexpectedToken as error:
        if error.token.type == "$END":
            raise Refused(_unfinished(tokens), len(text)) from None
        raise Refused(_unexpected(str(error.token), error.token.type), error.token.start_pos or 0) from None
    except UnexpectedInput:
        raise Refused("I cannot read this.", 0) from None
    bare = not any(piece.kind in ("ONE", "LPAR") for piece in tokens)
    if bare and any(is_truth(one) and not names_in(one) for one in leaves(item)):
        raise Refused("A condition between numbers alone is no answer: answer yes or no.", 0)
    if any(depth(one) > DEEPEST for one in leaves(item)):
        raise Refused("That is longer or more nested than any answer here needs to be. Write it more briefly.", 0)
    return item


def leaves(item: Item) -> list[Expr]:
    """The expressions in an answer, row by row."""
    return [one for inner in item for one in leaves(inner)] if isinstance(item, list) else [item]


def _unfinished(tokens: list[Piece]) -> str:
    opened = sum((piece.kind == "LPAR") - (piece.kind == "RPAR") for piece in tokens)
    lists = sum((piece.kind == "LSQB") - (piece.kind == "RSQB") for piece in tokens)
    if not tokens:
        return "Type a number, a list, a formula, None, or raises."
    if lists > 0 or opened > 0:
        return f"A closing {']' if lists > 0 else ')'} is missing at the end."
    if tokens[-1].kind in ("FUNC", "CALL"):
        return f"{tokens[-1].text} of what? Write {tokens[-1].text}(x)."
    return f"Something is missing after {tokens[-1].text}."


def _unexpected(text: str, kind: str) -> str:
    match kind:
        case "RPAR" | "RSQB":
            return f"Something is missing before this {text}, or it closes another kind of bracket."
        case "LSQB":
            return "A list stands alone: write its elements worked out, [2, 4], without an operator before it."
        case "COMMA" | "SEMI":
            return f"I do not expect {text} here: lists are written [1, 2, 3], matrices [[1, 2], [3, 4]]."
        case "MINUS" | "PLUS" | "TIMES" | "SLASH" | "POW" | "SUPER":
            return f"Something is missing before {text}."
        case "COMPARE" | "AND" | "OR":
            return f"Something is missing before {_SIGNS.get(text, text)}."
        case "IF" | "ELSE":
            return "A choice is written so: 2x if x > 0 else 0."
    return f"I do not expect {text} here: an operator or a comma may be missing before it."
