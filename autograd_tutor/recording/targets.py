"""What the targets were at the program's end."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy
import torch

from autograd_tutor.recording.drafts import TensorDraft
from autograd_tutor.recording.state import State
from autograd_tutor.recording.streams import plain
from autograd_tutor.recording.values import whole
from autograd_tutor.trace import Found

_GRAD = re.compile(r"\.grad\s*$")


def evaluate(
    state: State, space: dict[str, Any], paths: dict[int, list[str]], asked: tuple[str, ...]
) -> tuple[Found, ...]:
    """Each target in the program's final namespace, which it can't change."""
    found = []
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        for target in asked or _all(state, paths):
            given.clear()
            found.append(_found(state, dict(space), target.strip(), given))
    return tuple(found)


def _all(state: State, paths: dict[int, list[str]]) -> tuple[str, ...]:
    """`.grad` of every named leaf that requires grad, and of every name that such a leaf has lost to another tensor.

    If there is none, of the leaves that ever did; if none of those has a name, of what was computed of them.
    """
    named = [(state.tensors[id_], names[0]) for id_, names in paths.items()]
    leaves = [(draft, name) for draft, name in named if draft.is_leaf]
    now = [name for draft, name in leaves if draft.held.requires_grad]
    now += _rebound(state, paths)
    if not now:
        now = [name for draft, name in leaves if draft.required]
    if not now:
        roots = {root for one in state.passes for root in one.root}
        now = [name for draft, name in named if draft.required and draft.id not in roots]
    return tuple(f"{name}.grad" for name in now)


def _rebound(state: State, paths: dict[int, list[str]]) -> list[str]:
    """Names that stood for a leaf which has none now, and stand for a tensor that no gradient comes to."""
    plain = {name: state.tensors[id_] for id_, names in paths.items() for name in names}
    found = []
    for event in state.events:
        if event.kind == "assign" and event.ref is not None and event.ref not in paths:
            leaf, now = state.tensors[event.ref], plain.get(event.text)
            if leaf.is_leaf and leaf.held.requires_grad and now is not None and not _takes(now):
                found.append(event.text)
    return list(dict.fromkeys(found))


def _takes(tensor: TensorDraft) -> bool:
    return tensor.is_leaf and tensor.held.requires_grad


def _found(state: State, space: dict[str, Any], target: str, given: list[warnings.WarningMessage]) -> Found:
    """One target; `given` has the warnings that looking at it gives."""
    is_grad = _GRAD.search(target) is not None
    try:
        name = _GRAD.sub("", target)
        owner = space[name] if name in space else eval(compile(name, "<target>", "eval"), space)
        value = owner.grad if is_grad else owner
    except Exception as problem:
        return Found(target, "missing", text=f"{type(problem).__name__}: {problem}", is_grad=is_grad)
    _warn(state, [plain(one.message) for one in given])
    if not is_grad and isinstance(value, tuple | list) and len(value) == 1:
        owner = value = value[0]  # what autograd.grad returns for one input
    tensor = state.by_identity.get(id(owner)) if isinstance(owner, torch.Tensor) else None
    id_ = tensor.id if tensor is not None else None
    if value is None:
        return Found(target, "none", tensor=id_, is_grad=is_grad)
    if isinstance(value, bool | numpy.bool_):
        return Found(target, "flag", flag=bool(value), is_grad=is_grad)
    numbers = whole(value)
    if numbers is not None:
        return Found(target, "tensor", numbers, tensor=id_, is_grad=is_grad)
    return Found(target, "text", text=_shown(value), is_grad=is_grad)


def _warn(state: State, texts: list[str]) -> None:
    """A warning that looking at the target gives, unless the program gave it already. It has no span."""
    for text in texts:
        if not any(event.kind == "warning" and event.text == text for event in state.events):
            state.event("warning", text)


def _shown(value: Any) -> str:
    try:
        return repr(value)[:1000]
    except Exception as problem:
        return f"<{type(value).__name__}, whose repr raises {type(problem).__name__}>"
