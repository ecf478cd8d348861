"""Edits that cut the graph: detach a value, wrap a statement in no_grad, freeze a leaf."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from autograd_tutor.program import Edit, Place, Program, holds_long_string
from autograd_tutor.teaching.experiments.model import Kind
from autograd_tutor.trace import Operation, Trace


class Draft(NamedTuple):
    """An offer in the making."""

    kind: Kind
    title: str
    edits: tuple[Edit, ...]
    subject: str | int
    """What a lesson calls it by: a name, a line, `accumulate`, `zero`."""


_WRAPPABLE = ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Expr | ast.Return
_BARE = ast.Name | ast.Call | ast.Attribute | ast.Subscript
"""Expressions that `.detach()` may follow without brackets."""


def detaches(program: Program, trace: Trace) -> Iterator[Draft]:
    """Each use of a tensor that autograd records, all uses of a name at once, and values without a name."""
    uses = _uses(program, trace)
    for name, places in uses.items():
        for start, end in places:
            line = program.source.count("\n", 0, start) + 1
            column = f", {_nth(places, (start, end), program)}" if _on_line(program, places, line) > 1 else ""
            yield Draft("detach", f"Detach {name} in line {line}{column}", (Edit(end, end, ".detach()"),), name)
        if len(places) > 1:
            everywhere = tuple(Edit(end, end, ".detach()") for _, end in places)
            yield Draft("detach", f"Detach {name} wherever it is used", everywhere, name)
    yield from _nameless(program, trace)


def _uses(program: Program, trace: Trace) -> dict[str, list[Place]]:
    """Where each name stands as an operand that autograd follows, in order."""
    wanted: dict[str, list[Place]] = defaultdict(list)
    for operation in _recorded(trace):
        assert operation.span is not None
        for operand in operation.inputs:
            if operand.tensor is not None and operand.requires_grad and operand.text.isidentifier():
                wanted[operand.text].append(program.of_span(operation.span))
    formatted = {
        id(inner) for node in ast.walk(program.tree) if isinstance(node, ast.JoinedStr) for inner in ast.walk(node)
    }
    found: dict[str, set[Place]] = defaultdict(set)
    for node in ast.walk(program.tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in formatted:
            place = program.place(node)
            if any(start <= place[0] and place[1] <= end for start, end in wanted.get(node.id, ())):
                found[node.id].add(place)
    return {name: sorted(places) for name, places in found.items()}


def _recorded(trace: Trace) -> Iterator[Operation]:
    for operation in trace.operations:
        recorded = any(trace.nodes[node].kind == "function" for node in operation.nodes)
        own = operation.pass_ is None and operation.span is not None
        if recorded and own and not operation.in_place:
            yield operation


def _nameless(program: Program, trace: Trace) -> Iterator[Draft]:
    """Values that go straight into another operation: `x ** 2` in `torch.sin(x ** 2)`."""
    expressions = {
        program.place(node): node
        for node in ast.walk(program.tree)
        if isinstance(node, ast.BinOp | ast.UnaryOp | ast.Call)
    }
    inner = {program.place(one) for node in ast.walk(program.tree) for one in _operands(node)}
    seen: set[Place] = set()
    for operation in _recorded(trace):
        assert operation.span is not None
        place = program.of_span(operation.span)
        node = expressions.get(place)
        if node is None or place not in inner or place in seen:
            continue
        seen.add(place)
        text = " ".join(program.source[slice(*place)].split())
        yield Draft("detach", f"Detach {text} in line {operation.span.line}", _after(program, node, place), text)


def _operands(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.BinOp(left=left, right=right):
            return [left, right]
        case ast.UnaryOp(operand=operand):
            return [operand]
        case ast.Call(func=ast.Attribute(value=value, attr=attribute), args=arguments):
            return list(arguments) if attribute == "backward" else [value, *arguments]
        case ast.Call(args=arguments):
            return list(arguments)
    return []


def _after(program: Program, node: ast.expr, place: Place) -> tuple[Edit, ...]:
    """`.detach()` after an expression, in brackets of its own if it has none."""
    start, end = place
    if isinstance(node, _BARE):
        return (Edit(end, end, ".detach()"),)
    source = program.source
    before = source[: start - 1].rstrip()[-1:] if start else ""
    if source[start - 1 : start] == "(" and source[end : end + 1] == ")" and not (before.isalnum() or before in ")]_"):
        return (Edit(end + 1, end + 1, ".detach()"),)
    return (Edit(start, start, "("), Edit(end, end, ").detach()"))


def _on_line(program: Program, places: list[Place], line: int) -> int:
    return sum(program.source.count("\n", 0, start) + 1 == line for start, _ in places)


def _nth(places: list[Place], place: Place, program: Program) -> str:
    line = program.source.count("\n", 0, place[0])
    same = [one for one in places if program.source.count("\n", 0, one[0]) == line]
    return f"{nth(same.index(place))} use"


def nth(at: int) -> str:
    """`second` for 1: which of several that are alike in one line."""
    words = ("first", "second", "third", "fourth")
    if at < len(words):
        return words[at]
    ending = {1: "st", 2: "nd", 3: "rd"}.get((at + 1) % 10, "th") if at >= 20 else "th"
    return f"{at + 1}{ending}"


def no_grads(program: Program, trace: Trace, torch: str) -> Iterator[Draft]:
    """Each statement in which autograd records something, put under `with torch.no_grad():`."""
    places = [program.of_span(operation.span) for operation in _recorded(trace) if operation.span is not None]
    for group in program.groups:
        if not all(isinstance(one, _WRAPPABLE) and not holds_long_string(one) for one in group.statements):
            continue
        if any(group.start <= start and end <= group.end for start, end in places):
            yield Draft(
                "no_grad",
                f"Put line {group.line} under no_grad",
                (program.under(group, f"with {torch}.no_grad():"),),
                group.line,
            )


def freezes(program: Program, trace: Trace) -> Iterator[Draft]:
    """Each leaf that requires grad, frozen in the line after the one that makes it."""
    leaves = {name for one in trace.tensors if one.is_leaf and one.requires_grad for name in one.names}
    for group in program.groups:
        for name in (name for one in group.statements for name in assigned(one) if name in leaves):
            edit = Edit(group.end, group.end, f"{program.newline}{group.indent}{name}.requires_grad_(False)")
            yield Draft("freeze", f"Freeze {name} after line {group.line}", (edit,), name)


def assigned(statement: ast.stmt) -> list[str]:
    """The plain names that an assignment binds."""
    match statement:
        case ast.Assign(targets=targets):
            inside = [one for target in targets for one in ast.walk(target)]
        case ast.AnnAssign(target=target, value=ast.expr()) | ast.AugAssign(target=target):
            inside = list(ast.walk(target))
        case _:
            return []
    return [one.id for one in inside if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)]
