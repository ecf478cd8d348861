"""The arguments of a call, in the words of the source where it shows them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Any

import torch

from autograd_tutor.recording.calls import REFLECTED, Asked, tensors
from autograd_tutor.recording.source import Source
from autograd_tutor.recording.state import State
from autograd_tutor.recording.values import plain
from autograd_tutor.trace import Operand


def operands(state: State, asked: Asked) -> tuple[Operand, ...]:
    """All arguments that matter: defaults that torch's own Python code filled in are left out."""
    node = asked.site.node if asked.site is not None and asked.direct else None
    written = _positional(node, len(asked.args))
    if written is not None and isinstance(node, ast.BinOp) and _turned(state, asked, *written):
        written.reverse()
    words = {word.arg: word.value for word in node.keywords} if isinstance(node, ast.Call) else {}
    found = [_operand(state, value, written[index] if written else None) for index, value in enumerate(asked.args)]
    found += [
        _operand(state, value, words.get(key), key)
        for key, value in asked.kwargs.items()
        if key in words or any(True for _ in tensors(value)) or _chosen(asked.function, key, value)
    ]
    return tuple(found)


def given(operands: Iterable[Operand]) -> Iterator[tuple[int, int]]:
    """The number of each operand that is or holds a tensor, with the tensor's id."""
    for index, operand in enumerate(operands):
        if operand.tensor is not None:
            yield index, operand.tensor
        for _, tensor in given(operand.items):
            yield index, tensor


def _operand(state: State, value: Any, node: ast.expr | None, keyword: str | None = None) -> Operand:
    text = _text(state.source, node)
    if isinstance(value, torch.Tensor):
        draft = state.tensor(value)
        label = text or draft.label or "a tensor"
        return Operand(label, draft.id, state.value(draft), value.requires_grad, keyword)
    if isinstance(value, list | tuple) and any(True for _ in tensors(value)):
        parts = node.elts if isinstance(node, ast.List | ast.Tuple) and len(node.elts) == len(value) else None
        items = tuple(_operand(state, item, parts[index] if parts else None) for index, item in enumerate(value))
        return Operand(text or f"[{', '.join(item.text for item in items)}]", keyword=keyword, items=items)
    return Operand(text or _short(value), None, plain(value), False, keyword)


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


def _turned(state: State, asked: Asked, left: ast.expr, right: ast.expr) -> bool:
    """torch gets `2 * x` as `mul(x, 2)`, and `2 - x` as `__rsub__(x, 2)`: the tensor first."""
    first, second = asked.args
    if asked.raw in REFLECTED:
        return True
    if isinstance(second, torch.Tensor) or not isinstance(first, torch.Tensor):
        return False
    if isinstance(left, ast.Name) and asked.frame is not None:
        return asked.frame.f_locals.get(left.id, asked.frame.f_globals.get(left.id)) is not first
    if not any(isinstance(part, ast.Name) for part in ast.walk(left)):
        return True
    label = state.tensor(first).label
    return label == _text(state.source, right) != _text(state.source, left)


def _chosen(function: Any, key: str, value: Any) -> bool:
    """A keyword that the program gave: it differs from the default of torch's Python function."""
    code = getattr(function, "__code__", None)
    if code is None or value is None:
        return value is not None
    names = code.co_varnames[: code.co_argcount]
    defaults = dict(zip(reversed(names), reversed(function.__defaults__ or ()), strict=False))
    defaults |= function.__kwdefaults__ or {}
    return key not in defaults or bool(defaults[key] != value)


def _text(source: Source, node: ast.expr | None) -> str | None:
    return source.cut(source.span(node)) if node is not None else None


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"
