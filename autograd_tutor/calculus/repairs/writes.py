"""Repairs of writes in place: a new tensor in the old one's stead, or the write at another time."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autograd_tutor.calculus.repairs.editor import Draft, Editor, attribute
from autograd_tutor.program import Group
from autograd_tutor.trace import Pass, Span

_SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**", ast.MatMult: "@"}


def anew(editor: Editor, pass_: Pass) -> Iterator[Draft]:
    """What backward needs left as it was."""
    group, backward = editor.statement(pass_.culprit), editor.statement(pass_.span)
    if group is None:
        yield Draft("Write a new tensor, in place of changing the old one.")
        return
    if any(one.span == pass_.culprit for one in editor.trace.passes):
        yield Draft("Take a copy of the .grad, with clone(), where it is read: backward adds to the one that is there.")
        return
    later = _later(editor, group, backward)
    if later is not None:
        yield later
    statement = group.statements[0] if len(group.statements) == 1 else None
    match statement:
        case ast.AugAssign(target=ast.Name(id=name), op=op, value=value) if type(op) in _SIGNS:
            simple = isinstance(value, ast.Name | ast.Constant | ast.Call)
            right = editor.text(value) if simple else f"({editor.text(value)})"
            words = f"Write a new {name}, in place of changing the old one."
            yield Draft(words, (editor.instead(group, f"{name} = {name} {_SIGNS[type(op)]} {right}"),))
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name))) as call):
            method = attribute(call)
            if method.endswith("_") and not method.startswith("_"):
                arguments = editor.text(call)[len(editor.text(call.func)) :]
                words = f"Write a new {name}, in place of changing the old one."
                yield Draft(words, (editor.instead(group, f"{name} = {name}.{method[:-1]}{arguments}"),))
    match statement:
        case (
            ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name))])
            | ast.AugAssign(target=ast.Subscript(value=ast.Name(id=name)))
        ):
            words = f"Change a copy: clone {name} before you write into it."
            yield Draft(words, (editor.before(group, f"{name} = {name}.clone()"),))
    yield Draft("Write a new tensor, in place of changing the old one.")


def _later(editor: Editor, group: Group, backward: Group | None) -> Draft | None:
    """An update under no_grad, moved to after the backward that still needs the old value."""
    if backward is None:
        return None
    blocks = [
        one for one in editor.program.groups if one.block == backward.block and one.start <= group.start < one.end
    ]
    outer = next((one for one in blocks if isinstance(one.statements[0], ast.With)), None)
    if outer is None or outer.end > backward.start:
        return None
    words = "Call backward() first, and change the value after it."
    return Draft(words, editor.moved(outer, below=backward))


def unrecorded(editor: Editor, span: Span | None) -> Iterator[Draft]:
    """A write into a leaf that torch does not record."""
    group = editor.statement(span)
    words = f"Do it inside `with {editor.torch}.no_grad():`, so that it is no part of the graph."
    yield Draft(words, (editor.program.under(group, f"with {editor.torch}.no_grad():"),) if group is not None else ())
