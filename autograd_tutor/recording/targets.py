"""What the targets were at the program's end."""

from __future__ import annotations

import re
import warnings
from typing import Any

import torch

from autograd_tutor.recording.drafts import State
from autograd_tutor.recording.values import whole
from autograd_tutor.trace import Found


def evaluate(state: State, space: dict[str, Any], asked: tuple[str, ...]) -> tuple[Found, ...]:
    """Each target in the program's final namespace."""
    if not asked:
        asked = tuple(
            f"{name}.grad"
            for name, value in space.items()
            if isinstance(value, torch.Tensor) and value.is_leaf and value.requires_grad
        )
    return tuple(_found(state, space, target) for target in asked)


def _found(state: State, space: dict[str, Any], target: str) -> Found:
    is_grad = re.search(r"\.grad\s*$", target) is not None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            value = eval(compile(target.strip(), "<target>", "eval"), dict(space))
            owner = eval(target.strip()[: -len(".grad")], dict(space)) if is_grad else value
        except Exception as problem:
            return Found(target, "missing", text=f"{type(problem).__name__}: {problem}", is_grad=is_grad)
    tensor = state.tensor(owner).id if isinstance(owner, torch.Tensor) else None
    if value is None:
        return Found(target, "none", tensor=tensor, is_grad=is_grad)
    if isinstance(value, bool):
        return Found(target, "flag", flag=value, is_grad=is_grad)
    numbers = whole(value)
    if numbers is not None:
        return Found(target, "tensor", numbers, tensor=tensor, is_grad=is_grad)
    return Found(target, "text", text=repr(value), is_grad=is_grad)
