"""Reading a program's syntax tree for the first thing in it that may not be used in class."""

from __future__ import annotations

import ast

from autograd_tutor.sandbox.gate import python
from autograd_tutor.sandbox.gate.bindings import bindings
from autograd_tutor.sandbox.gate.reader import Reader
from autograd_tutor.sandbox.gate.refusal import Refusal, Refused, refuse
from autograd_tutor.sandbox.protocol import Job

_DEEP = "this is nested too deep for a class; give its parts names"


def admit(job: Job) -> None:
    """Raise Refused if anything that `job` would run, its targets too, may not be used in class."""
    refusal = check(job.source, prelude=job.prelude, targets=job.targets)
    if refusal is not None:
        raise Refused(refusal.message)


def check(source: str, *, prelude: bool, targets: tuple[str, ...] = ()) -> Refusal | None:
    """The first thing in `source`, or in the expressions `targets` at its end, that is refused; None if all may run.

    `prelude`: torch, math, nn and F are there without an import. What has no syntax is not refused: Python
    can't run it either, and the run tells why.
    """
    nowhere = ast.Module([], [])
    if len(source) > python.LONGEST_SOURCE:
        return refuse(nowhere, f"a program may have {python.LONGEST_SOURCE:,} characters in class, not more")
    try:
        tree = ast.parse(source)
    except (RecursionError, MemoryError):
        return refuse(nowhere, _DEEP)
    except (SyntaxError, ValueError):
        return None
    tree.body += [ast.Expr(one) for one in map(_expression, targets) if one is not None]
    deep = _too_deep(tree)
    if deep is not None:
        return refuse(deep, _DEEP)
    bound, refusals = bindings(tree, prelude=prelude)
    return min([*refusals, *Reader(bound).read(tree)], default=None)


def _expression(target: str) -> ast.expr | None:
    """The syntax of a target; None if it has none, and so can't be evaluated."""
    try:
        return ast.parse(target.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return None


def _too_deep(tree: ast.Module) -> ast.AST | None:
    """A node that lies deeper than the reader goes. (Found level by level, not by recursion.)"""
    level: list[ast.AST] = [tree]
    for _ in range(python.DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return level[0] if level else None
