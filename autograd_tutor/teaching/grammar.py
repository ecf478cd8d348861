"""The grammar of answers: a formula, or a list of answers. What a formula is, is in expressions.py.

item = list | test [IF test ELSE test]
list = "[" [row {";" row}] "]" | "(" item "," ... ")"
row  = item {"," item} [","]
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise

from autograd_tutor.formula import Expr, depth
from autograd_tutor.formula import names as names_in
from autograd_tutor.teaching.conditions import is_truth
from autograd_tutor.teaching.cursor import NESTED
from autograd_tutor.teaching.expressions import Formulas
from autograd_tutor.teaching.refusals import Refused
from autograd_tutor.teaching.tokens import pieces

Item = Expr | list["Item"]
"""An answer: an expression, or a list of answers."""

DEEPEST = 200
"""Expressions within expressions: well within Python's own limit for recursion."""
_BEHIND_LIST = frozenset({"END", "COMMA", "SEMI", "IF", "ELSE", "RPAR", "RSQB", "RBRACE"})
_OPENING, _CLOSING = frozenset({"LPAR", "LSQB", "LBRACE"}), frozenset({"RPAR", "RSQB", "RBRACE"})


def parse(text: str, names: Collection[str] = (), *, logic: bool = False) -> Item:
    """What `text` says; raises Refused, with a sentence and the column, if it cannot be read.

    With `logic` a name may be a condition, as A in `A and B`.
    """
    tokens = pieces(text, names)
    item = _Answers(tokens, text, logic=logic).whole()
    bare = not any(piece.kind in ("ONE", "LPAR") for piece in tokens)
    if bare and any(is_truth(one) and not names_in(one) for one in leaves(item)):
        raise Refused("A condition between numbers alone is no answer: answer yes or no.", 0)
    if any(depth(one) > DEEPEST for one in leaves(item)):
        raise Refused(NESTED, 0)
    return item


def leaves(item: Item) -> list[Expr]:
    """The expressions in an answer, row by row."""
    return [one for inner in item for one in leaves(inner)] if isinstance(item, list) else [item]


class _Answers(Formulas):
    """One method for each rule; each starts at the next token and leaves off behind what it read."""

    def whole(self) -> Item:
        item = self.item()
        self.take("END")
        return item

    def item(self) -> Item:
        if self.kind == "LSQB" and self.is_list():
            return self.list_()
        if self.kind == "LPAR" and self.starts_sequence():
            return self.sequence()
        yes = self.test()
        return self.choice(yes) if self.kind == "IF" else yes

    def is_list(self) -> bool:
        """Whether the square bracket here stands alone: nothing that makes it part of a formula follows it."""
        inside = 0
        for token, following in pairwise(self.tokens[self.at :]):
            inside += (token.kind in _OPENING) - (token.kind in _CLOSING)
            if not inside:
                return following.kind in _BEHIND_LIST
        return True

    def starts_sequence(self) -> bool:
        """Whether the round bracket here is around a list: an empty one, or one with commas."""
        inside = 0
        if self.tokens[self.at + 1].kind == "RPAR":
            return True
        for token in self.tokens[self.at :]:
            inside += (token.kind in _OPENING) - (token.kind in _CLOSING)
            if not inside or (inside == 1 and token.kind == "COMMA"):
                return token.kind == "COMMA"
        return False

    def sequence(self) -> Item:
        """`(1, 2)`, `(6,)`; around a single list it says no more than that, as in what autograd.grad returns."""
        self.take("LPAR")
        if self.kind == "RPAR":
            self.take("RPAR")
            return []
        items = [self.item()]
        while self.kind == "COMMA":
            self.take("COMMA")
            if self.kind == "RPAR":
                break
            items.append(self.item())
        self.take("RPAR")
        return items[0] if len(items) == 1 and isinstance(items[0], list) else items

    def list_(self) -> Item:
        self.take("LSQB")
        if self.kind == "RSQB":
            self.take("RSQB")
            return []
        rows = [self.row()]
        while self.kind == "SEMI":
            self.take("SEMI")
            rows.append(self.row())
        self.take("RSQB")
        return rows[0] if len(rows) == 1 else rows  # type: ignore[return-value]

    def row(self) -> list[Item]:
        items = [self.item()]
        while self.kind == "COMMA":
            self.take("COMMA")
            if self.kind in ("RSQB", "SEMI"):
                break
            items.append(self.item())
        return items
