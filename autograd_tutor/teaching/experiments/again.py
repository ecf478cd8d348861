"""Edits that run backward once more: on a new graph, on the same one, with and without zeroing."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autograd_tutor.program import Edit, Group, Program
from autograd_tutor.teaching.experiments.cuts import Draft, assigned
from autograd_tutor.trace import Finished, Tensor, Trace, named


def repeats(program: Program, trace: Trace) -> Iterator[Draft]:
    """A further backward at the program's end, if its last one stands at the top level and all went well."""
    groups = [group for group in program.groups if group.block == 0]
    last = next((at for at in reversed(range(len(groups))) if _call(groups[at]) is not None), None)
    if last is None or not isinstance(trace.outcome, Finished):
        return
    call = _call(groups[last])
    assert call is not None
    forward = _forward(program, groups[:last], call, trace)
    backward = program.source[slice(*program.place(call))]
    if forward is not None:
        lines = [*forward, backward]
        yield _appended(program, "Do it all again: forward and backward", lines, "accumulate")
        if zeros := _zeros(trace):
            yield _appended(program, "Zero the gradients, then forward and backward again", [*zeros, *lines], "zero")
    yield _appended(
        program, "Backward again through the same graph", [backward], "accumulate" if forward is None else "same"
    )
    if not any(keyword.arg == "retain_graph" for keyword in call.keywords):
        kept = program.with_argument(call, "retain_graph=True")
        yield _appended(program, "Keep the graph, then backward again", [backward], "retain", kept)


def _call(group: Group) -> ast.Call | None:
    """The call of backward() that a single statement is."""
    match group.statements:
        case (ast.Expr(value=ast.Call(func=ast.Attribute(attr="backward")) as call),):
            return call
    return None


def _appended(program: Program, title: str, lines: list[str], subject: str, *more: Edit) -> Draft:
    end = len(program.source)
    before = "" if not program.source or program.source.endswith(("\n", "\r")) else program.newline
    text = before + program.newline.join(lines) + program.newline
    return Draft("again", title, (*more, Edit(end, end, text)), subject)


def _zeros(trace: Trace) -> list[str]:
    """A line for each named leaf that holds a gradient."""
    return [
        f"{name}.grad.zero_()" for name, one in named(trace).items() if one.grad is not None and name == one.names[0]
    ]


def _forward(program: Program, groups: list[Group], call: ast.Call, trace: Trace) -> list[str] | None:
    """The lines that made what backward starts from, without those that make its leaves.

    Empty if backward's own line holds all of it; None if it can't be repeated as it stands.
    """
    computed = {name for name, one in named(trace).items() if _is_computed(one, trace)}
    needed = _loaded(call)
    lines: list[str] = []
    for group in reversed(groups):
        bound = {name for one in group.statements for name in assigned(one)} & needed
        if not bound & computed:
            if any(_rebinds(one, needed & computed) for one in group.statements):
                return None
            continue
        if any(_has_backward(one) for one in group.statements):
            return None
        needed = (needed - bound) | {name for one in group.statements for name in _loaded(one) | _augmented(one)}
        lines.insert(0, program.source[group.start : group.end])
    itself = any(isinstance(one, ast.Call | ast.BinOp) and one is not call for one in ast.walk(call.func))
    return lines if lines or itself else None


def _is_computed(one: Tensor, trace: Trace) -> bool:
    """Made from other tensors, recorded or not."""
    if one.operation is None:
        return not one.is_leaf
    return any(operand.tensor is not None or operand.items for operand in trace.operations[one.operation].inputs)


def _augmented(statement: ast.stmt) -> set[str]:
    """What `y += 1` reads by writing to it."""
    return set(assigned(statement)) if isinstance(statement, ast.AugAssign) else set()


def _loaded(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)}


def _has_backward(statement: ast.stmt) -> bool:
    return any(isinstance(one, ast.Attribute) and one.attr == "backward" for one in ast.walk(statement))


def _rebinds(statement: ast.stmt, names: set[str]) -> bool:
    """Whether a compound statement (a loop, a with) binds one of the names."""
    if not hasattr(statement, "body") or isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return False
    inner = (one for one in ast.walk(statement) if isinstance(one, ast.stmt))
    return any(set(assigned(one)) & names for one in inner)
