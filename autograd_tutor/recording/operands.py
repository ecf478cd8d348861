"""The arguments of a call, in the words of the source where it shows them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import torch

from autograd_tutor.recording.drafts import State
from autograd_tutor.recording.source import Site
from autograd_tutor.recording.values import array, plain
from autograd_tutor.trace import Operand


def operands(
    state: State,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    site: Site | None,
    direct: bool,
) -> tuple[Operand, ...]:
    """All arguments that matter: defaults that torch filled in itself are left out."""
    written = _written(state, site, len(args)) if direct else None
    words = dict[str, str]()
    if direct and site is not None and isinstance(site.node, ast.Call):
        words = {word.arg: _text(state, word.value) for word in site.node.keywords if word.arg}
    found = [_operand(state, arg, written[index] if written else None) for index, arg in enumerate(args)]
    for key, value in kwargs.items():
        if key in words or isinstance(value, torch.Tensor):
            found.append(_operand(state, value, words.get(key), key))
    return tuple(found)


def _operand(state: State, value: Any, text: str | None, keyword: str | None = None) -> Operand:
    if isinstance(value, torch.Tensor):
        draft = state.tensor(value)
        return Operand(text or draft.label or "a tensor", draft.id, array(value), value.requires_grad, keyword)
    if isinstance(value, list | tuple) and any(isinstance(item, torch.Tensor) for item in value):
        return Operand(text or "[…]", keyword=keyword)
    return Operand(text or _short(value), None, plain(value), False, keyword)


def _written(state: State, site: Site | None, count: int) -> list[str] | None:
    """The source text of each positional argument, if the syntax shows exactly `count` of them."""
    node = site.node if site else None
    parts: list[ast.expr]
    match node:
        case ast.BinOp(left=left, right=right):
            parts = [left, right]
        case ast.AugAssign(target=target, value=value):
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
            if any(isinstance(part, ast.Starred) for part in parts):
                return None
        case _:
            return None
    return [_text(state, part) for part in parts] if len(parts) == count else None


def _text(state: State, node: ast.expr) -> str:
    return state.source.cut(state.source.span(node))


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"
