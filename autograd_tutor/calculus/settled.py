"""Invented symbols in the order in which they are shown: `u₁` first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from autograd_tutor.explanation import Jacobian, Path, Repeat, Step, TangentStep, TargetExplanation

_TELLS = (TargetExplanation, Step, Jacobian, Repeat, Path, TangentStep)


def settled(account: TargetExplanation, rename: Callable[[str], str]) -> TargetExplanation:
    """An account with `rename` done to every text in it, in their order."""
    found: TargetExplanation = _renamed(account, rename)
    return found


def _renamed(one: Any, rename: Callable[[str], str]) -> Any:
    if isinstance(one, str):
        return rename(one)
    if isinstance(one, tuple):
        parts = tuple(_renamed(part, rename) for part in one)
        return one if all(part is before for part, before in zip(parts, one, strict=True)) else parts
    if not isinstance(one, _TELLS):
        return one
    new = {name: _renamed(getattr(one, name), rename) for name in one.__struct_fields__}
    changed = {name: value for name, value in new.items() if value is not getattr(one, name)}
    return msgspec.structs.replace(one, **changed) if changed else one
