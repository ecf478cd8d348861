"""`equal ANSWER EXPECTED`: judge two answers as the tutor would: formulas, numbers, tensors, None, yes or no."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from autograd_tutor.commands.common import print_json, say
from autograd_tutor.teaching.equality import judge

if TYPE_CHECKING:
    from autograd_tutor.formula import Expr

EXIT = {"equal": 0, "different": 1, "unread": 2, "unsettled": 2}


def options(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument(
        "answer", metavar="ANSWER", help="what somebody answered: 2x, 0.333, [2, 4], {1, 2}, x + y = 1, None"
    )
    parser.add_argument("expected", metavar="EXPECTED", help="what is right")
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(given: argparse.Namespace) -> int:
    """Print how both were read and whether they are equal; 1 if they are not, 2 if that can't be said."""
    found = judge(given.answer, given.expected, _prove)
    if given.json:
        print_json({"equal": found.verdict == "equal", "read_as": found.read_as, "message": found.message})
    else:
        for name, read_as in zip(("ANSWER", "EXPECTED"), found.read_as, strict=True):
            if read_as:
                say(f"{name:<8} read as {read_as}")
        say(found.message)
    return EXIT[found.verdict]


def _prove(left: Expr, right: Expr) -> bool | None:
    """Asks SymPy; few answers need it, so that only those wait for its import."""
    from autograd_tutor.sandbox.proof import prove

    return prove(left, right)
