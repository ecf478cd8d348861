"""What the gate says no to, and where."""

from __future__ import annotations

import ast
from typing import NamedTuple


class Refusal(NamedTuple):
    """The first thing in a program that may not be used in class."""

    line: int
    """From 1."""
    column: int
    """From 0, in bytes of UTF-8, as Python's syntax trees count."""
    message: str
    """One sentence, with the line and what is refused. Only identifiers of the program are quoted in it."""


class Refused(ValueError):
    """A program that may not run; `str()` gives the sentence."""


def refuse(node: ast.AST, what: str) -> Refusal:
    """`what` is wrong at `node`, a sentence without its end; parts that have no place of their own stand at line 1."""
    line: int = getattr(node, "lineno", 1)
    column: int = getattr(node, "col_offset", 0)
    return Refusal(line, column, f"Line {line}: {what}.")
