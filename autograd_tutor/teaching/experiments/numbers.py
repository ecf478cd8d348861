"""Edits that change an input number."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from typing import NamedTuple

from autograd_tutor.program import Edit, Place, Program
from autograd_tutor.teaching.experiments.cuts import Draft, assigned


class Input(NamedTuple):
    """A number in the program that a learner may change."""

    name: str
    """The variable it goes into."""
    place: Place
    value: float
    line: int
    whole: bool
    """Written without a point."""


def inputs(source: str) -> tuple[Input, ...]:
    """The numbers that the program puts into its variables: `4.0` in `x = torch.tensor(4.0)`."""
    return tuple(_inputs(Program(source)))


def _inputs(program: Program) -> Iterator[Input]:
    for group in program.groups:
        for statement in group.statements:
            names = assigned(statement)
            value = getattr(statement, "value", None)
            if len(names) == 1 and isinstance(statement, ast.Assign) and value is not None:
                for node in _numbers(value):
                    yield Input(names[0], program.place(node), _value(node), node.lineno, _whole(node))


def _numbers(value: ast.expr) -> list[ast.expr]:
    """The number itself, or those in the first argument of a call that makes a tensor."""
    if _is_number(value):
        return [value]
    match value:
        case ast.Call(func=ast.Attribute(attr="tensor") | ast.Name(id="tensor"), args=[first, *_]):
            return _listed(first)
    return []


def _listed(value: ast.expr) -> list[ast.expr]:
    if isinstance(value, ast.List | ast.Tuple):
        return [one for element in value.elts for one in _listed(element)]
    return [value] if _is_number(value) else []


def _is_number(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node = node.operand
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def _whole(node: ast.expr) -> bool:
    return isinstance(_value(node), int)


def _value(node: ast.expr) -> float:
    value: float = ast.literal_eval(node)
    return value


def changes(source: str) -> Iterator[Draft]:
    """Each input number, halved; 0 becomes 1."""
    for one in inputs(source):
        yield changed(source, one, one.value / 2 if one.value else 1.0)


def changed(source: str, one: Input, value: float) -> Draft:
    """Put `value` in the place of an input number. It must be finite; ValueError if not."""
    if not math.isfinite(value):
        raise ValueError("a number that torch can be given: not nan, not inf")
    text = repr(int(value)) if one.whole and value == int(value) else repr(float(value))
    title = f"Put {text} in the place of {source[slice(*one.place)]} in line {one.line}"
    return Draft("change", title, (Edit(*one.place, text),), one.name)
