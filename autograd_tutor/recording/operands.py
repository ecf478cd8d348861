"""The arguments of a call, in the words of the source where it shows them."""

from __future__ import annotations

import ast
from types import FrameType
from typing import Any

import msgspec
import torch

from autograd_tutor.recording.calls import REFLECTED, Asked, tensors
from autograd_tutor.recording.drafts import LOCAL, UNNAMED, TensorDraft
from autograd_tutor.recording.state import State
from autograd_tutor.recording.values import plain
from autograd_tutor.recording.written import Arguments, Written, arguments
from autograd_tutor.trace import MAKES, WRAP, Operand

CONSTANT = frozenset({int, float, bool, complex, str, type(None), torch.dtype})

LONGEST = 64
"""Of longer lists only what the source says is kept."""

Given = list[tuple[int, TensorDraft]]
"""The number of each operand that is or holds a tensor, with the tensor."""


def operands(state: State, asked: Asked) -> tuple[tuple[Operand, ...], Given]:
    """All arguments that matter: defaults that torch's own Python code filled in are left out."""
    site, args = asked.site, asked.args
    written = arguments(state.source, site, len(args)) if site is not None and asked.direct else UNWRITTEN_ARGUMENTS
    positional = ordered(state, asked.raw, args, asked.frame, written)
    given: Given = []
    found = []
    for index, value in enumerate(args):
        found.append(_operand(state, given, index, value, None if positional is None else positional[index]))
    for key, value in asked.kwargs.items():
        if key in written.words or any(True for _ in tensors(value)) or _chosen(asked.function, key, value):
            found.append(_operand(state, given, len(found), value, written.words.get(key), key))
    if asked.function is torch.Tensor.where and len(found) > 1:  # the condition comes first, as in torch.where
        found[:2] = found[1::-1]
    return tuple(found), given


UNWRITTEN_ARGUMENTS = Arguments(None, {}, operator=False)


def _operand(
    state: State, given: Given, index: int, value: Any, written: Written | None, keyword: str | None = None
) -> Operand:
    if isinstance(value, torch.Tensor):
        draft = state.by_identity.get(id(value)) or state.tensor(value)
        given.append((index, draft))
        if draft.naming == UNNAMED and written is not None and written.text.isidentifier():
            _called(state, draft, written.text)
        label = written.text if written is not None else draft.label or "a tensor"
        if not draft.label and (label.endswith(")") or label.isidentifier()):  # nn.Parameter(…) * 2, or a local name
            draft.label = label
        return Operand(label, draft.id, state.now(draft).value, _requires(value, draft), keyword)
    if type(value) in CONSTANT:
        return constant(value, written, keyword)
    if isinstance(value, list | tuple) and any(True for _ in tensors(value)):
        parts = written.items(state.source, len(value)) if written is not None else None
        items = tuple(
            [_operand(state, given, index, one, parts[at] if parts else None) for at, one in enumerate(value)]
        )
        text = written.text if written is not None else f"[{', '.join(item.text for item in items)}]"
        return Operand(text, keyword=keyword, items=items)
    text, number = written.text if written is not None else _short(value), plain(value)
    literal = "" if number is not None else _literal(value)
    return Operand(text, None, number, False, keyword, constant="" if text in (literal, f"({literal})") else literal)


def _called(state: State, draft: TensorDraft, text: str) -> None:
    """What a transform was given without a name, as in `grad(f)(torch.tensor(0.5))`, goes by the parameter's."""
    same = [draft]
    while (source := _taken_from(state, same[-1])) is not None:
        same.append(source)
    if len(same) > 1 and all(one.naming == UNNAMED and one.batch == draft.batch for one in same):
        for one in same:
            one.label, one.naming = text, LOCAL
        taken = {one.id for one in same}
        for at, operation in enumerate(state.operations):
            if operation.name == WRAP and operation.outputs[0] in taken:
                state.operations[at] = msgspec.structs.replace(operation, text=text)


def _taken_from(state: State, draft: TensorDraft) -> TensorDraft | None:
    """The tensor that a transform made this of, to differentiate by it."""
    if draft.wraps is not None or draft.operation is None:
        return draft.wraps
    made = state.operations[draft.operation]
    primal = made.inputs[0].tensor if made.name == MAKES and draft.id in state.wrappers else None
    return None if primal is None else state.tensors[primal]


def _requires(value: torch.Tensor, draft: TensorDraft) -> bool:
    """An example in a vmap does not say so itself."""
    return value.requires_grad or (bool(draft.batch) and draft.held.requires_grad)


def constant(value: Any, written: Written | None, keyword: str | None = None) -> Operand:
    """The operand of one of `CONSTANT`."""
    if written is None:
        return Operand(_short(value), None, plain(value), False, keyword)
    if written.constant is None or written.constant[0] is not value:
        written.constant = (value, Operand(written.text, None, plain(value), False, keyword))
    return written.constant[1]


def ordered(
    state: State, raw: str, args: tuple[Any, ...], frame: FrameType | None, written: Arguments
) -> list[Written] | None:
    """What is written for each positional argument, in torch's order."""
    positional = written.positional
    if written.operator and positional is not None and _turned(state, raw, args, frame, written, *positional):
        return positional[::-1]
    return positional


def _turned(
    state: State,
    raw: str,
    args: tuple[Any, ...],
    frame: FrameType | None,
    written: Arguments,
    left: Written,
    right: Written,
) -> bool:
    """torch gets `2 * x` as `mul(x, 2)`, and `2 - x` as `__rsub__(x, 2)`: the tensor first."""
    first, second = args
    if raw in REFLECTED:
        return True
    if isinstance(second, torch.Tensor) or not isinstance(first, torch.Tensor):
        return False
    sides = written.tensors(left, right)
    if sides != (True, True):
        return not sides[0]
    if isinstance(left.node, ast.Name) and frame is not None:
        return frame.f_locals.get(left.text, frame.f_globals.get(left.text)) is not first
    label = state.tensor(first).label
    return label == right.text != left.text


def _chosen(function: Any, key: str, value: Any) -> bool:
    """A keyword that the program gave: it differs from the default of torch's Python function."""
    code = getattr(function, "__code__", None)
    if code is None or value is None:
        return value is not None
    names = code.co_varnames[: code.co_argcount]
    defaults = dict(zip(reversed(names), reversed(function.__defaults__ or ()), strict=False))
    defaults |= function.__kwdefaults__ or {}
    return key not in defaults or bool(defaults[key] != value)


def _literal(value: Any) -> str:
    """A slice, or a tuple or list of such and of numbers, as Python writes it between brackets; '' for all else."""
    if isinstance(value, slice):
        ends = [value.start, value.stop] if value.step is None else [value.start, value.stop, value.step]
        return ":".join("" if end is None else str(end) for end in ends)
    if value is Ellipsis:
        return "..."
    if isinstance(value, range) and len(value) <= LONGEST:
        value = list(value)
    if isinstance(value, tuple | list) and len(value) <= LONGEST:
        parts = [f"({_literal(one)})" if isinstance(one, tuple) else _literal(one) for one in value]
        inner = ", ".join(parts)
        if not all(parts):
            return ""
        if isinstance(value, list):
            return f"[{inner}]"
        return f"{inner}," if len(parts) == 1 else inner or "()"
    return repr(value) if type(value) in CONSTANT else ""


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"
