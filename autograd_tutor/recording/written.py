"""How the source writes a call's arguments: worked out once for each place, however often a loop comes by."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from autograd_tutor.recording.source import Site, Source
from autograd_tutor.trace import Operand


@dataclass(slots=True)
class Written:
    """One argument as the source has it."""

    text: str
    node: ast.expr
    constant: tuple[Any, Operand] | None = None
    """What it was at the last call, if that was a number, a string…: such a value can't change."""

    def items(self, source: Source, count: int) -> list[Written] | None:
        """Of a list or tuple that is written out, the parts, if there are `count` of them."""
        if isinstance(self.node, ast.List | ast.Tuple) and len(self.node.elts) == count:
            return [_written(source, part) for part in self.node.elts]
        return None


@dataclass(slots=True)
class Arguments:
    """What one place gives to a call that gets a certain number of arguments by position."""

    positional: list[Written] | None
    """None where the source does not show exactly that many."""
    words: dict[str | None, Written]
    """Those given by keyword."""
    operator: bool
    """It stands between two operands."""
    _tensors: tuple[bool, bool] | None = None

    def tensors(self, left: Written, right: Written) -> tuple[bool, bool]:
        """Whether its left and its right operand could be a tensor: none is written without a name."""
        if self._tensors is None:
            self._tensors = _has_name(left.node), _has_name(right.node)
        return self._tensors


def arguments(source: Source, site: Site, count: int) -> Arguments:
    """What is written at `site`, for a call with `count` positional arguments."""
    known: Arguments | None = site.arguments.get(count)
    if known is None:
        site.arguments[count] = known = _arguments(source, site.node, count)
    return known


def _arguments(source: Source, node: ast.AST | None, count: int) -> Arguments:
    parts = _positional(node, count)
    keywords = node.keywords if isinstance(node, ast.Call) else []
    return Arguments(
        None if parts is None else [_written(source, part) for part in parts],
        {word.arg: _written(source, word.value) for word in keywords},
        isinstance(node, ast.BinOp),
    )


def _written(source: Source, node: ast.expr) -> Written:
    return Written(source.cut(source.span(node)), node)


def _has_name(node: ast.expr) -> bool:
    if isinstance(node, ast.Name | ast.Constant):  # as most are
        return isinstance(node, ast.Name)
    return any(isinstance(part, ast.Name) for part in ast.walk(node))


def _positional(node: ast.AST | None, count: int) -> list[ast.expr] | None:
    """The syntax of each positional argument, if the source shows exactly `count` of them."""
    parts: list[ast.expr]
    match node:
        case ast.BinOp(left=left, right=right):
            parts = [left, right]
        case ast.AugAssign(target=target, value=value):
            parts = [target, value]
        case ast.Assign(targets=[ast.Subscript(value=target, slice=index)], value=value):
            parts = [target, index, value]
        case ast.Assign(targets=[ast.Attribute(value=target)], value=value):
            parts = [target, value]
        case ast.UnaryOp(operand=operand):
            parts = [operand]
        case ast.Compare(left=left, comparators=[right]):
            parts = [left, right]
        case ast.Subscript(value=value, slice=index):
            parts = [value, index]
        case ast.Attribute(value=value):
            parts = [value]
        case ast.Call(func=called, args=given):
            parts = list(given)
            if isinstance(called, ast.Attribute) and len(parts) == count - 1:
                parts.insert(0, called.value)
        case _:
            return None
    if len(parts) != count or any(isinstance(part, ast.Starred) for part in parts):
        return None
    return parts
