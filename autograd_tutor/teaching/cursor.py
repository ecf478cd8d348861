"""Where a parser is in its tokens, and how deep in its own rules; what is said of a token that cannot stand there."""

from __future__ import annotations

from collections.abc import Callable

from autograd_tutor.formula import Expr
from autograd_tutor.teaching.naming import Piece
from autograd_tutor.teaching.refusals import Refused, unexpected, unfinished

NESTED = "That is longer or more nested than any answer here needs to be. Write it more briefly."
FRAMES = 640
"""Calls within calls: well within Python's own limit for recursion."""
BRACKET, PREFIX = 15, 4
"""So many of them for what stands in a bracket, and for an exponent, a root or a bare function."""


class Cursor:
    """The token that is next is at `at`."""

    def __init__(self, tokens: list[Piece], text: str, *, logic: bool = False) -> None:
        self.logic = logic
        """Whether a name may be a condition, as A in `A and B`."""
        self.text = text
        self.tokens = [*tokens, Piece("END", "", len(text))]
        self.at = 0
        self.deep = 0
        """Calls within calls, about."""

    @property
    def kind(self) -> str:
        """Of the next token."""
        return self.tokens[self.at].kind

    @property
    def column(self) -> int:
        """Of the next token."""
        return self.tokens[self.at].column

    def take(self, *kinds: str) -> Piece:
        """The next token, which has to be one of these."""
        token = self.tokens[self.at]
        if token.kind not in kinds:
            self.fail()
        self.at += 1
        return token

    def fail(self) -> None:
        """Refuses the next token."""
        token = self.tokens[self.at]
        last = self.tokens[self.at - 1] if self.at else token
        if token.kind != "END" and last.kind == "FUNC":
            raise Refused(unfinished(last.text, last.text, ""), token.column)
        if token.kind != "END":
            raise Refused(unexpected(token.text, token.kind), token.column)
        kinds = [piece.kind for piece in self.tokens]
        missing = ")" * (kinds.count("LPAR") > kinds.count("RPAR"))
        missing = "|" if kinds.count("BAR") > kinds.count("ENDBAR") else missing
        missing = "]" if kinds.count("LSQB") > kinds.count("RSQB") else missing
        raise Refused(unfinished(last.text, last.text * (last.kind in ("FUNC", "CALL")), missing), token.column)

    def within(self, rule: Callable[[], Expr], frames: int) -> Expr:
        """A rule within itself, which takes so many calls within calls."""
        self.deepen(frames)
        found = rule()
        self.deep -= frames
        return found

    def deepen(self, frames: int) -> None:
        """Counts calls within calls."""
        self.deep += frames
        if self.deep > FRAMES:
            raise Refused(NESTED, 0)
