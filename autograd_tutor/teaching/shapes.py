"""Questions about a shape: how it may be typed, and the mistake behind a wrong one."""

from __future__ import annotations

import re

from autograd_tutor.teaching.closeness import real
from autograd_tutor.teaching.model import Mistake
from autograd_tutor.teaching.scene import Scene, called
from autograd_tutor.trace import Array

_ASKS = re.compile(r"\.(shape|size\(\))\)?$")
_SIZE = re.compile(r"^(?:torch\.)?Size\((.*)\)$")


def asked(target: str) -> bool:
    """Whether a target asks for a shape."""
    return _ASKS.search(target) is not None


def listed(text: str) -> str:
    """A shape as Python writes it (`(2, 3)`, `(4,)`, `torch.Size([2, 3])`) as a list."""
    bare = text.strip()
    if size := _SIZE.match(bare):
        bare = size.group(1).strip()
    if bare.startswith("(") and bare.endswith(")"):
        bare = f"[{bare[1:-1].strip().rstrip(',')}]"
    return bare


def mistaken(value: Array | None, scene: Scene) -> Mistake | None:
    """What a wrong shape comes from: rows for columns, a batch kept, something summed away."""
    held = scene.found.value if scene.found is not None else None
    if value is None or held is None or not asked(scene.target):
        return None
    typed, truth = _sizes(value), _sizes(held)
    if any(size != int(size) or size < 0 for size in typed):
        return None
    of = _ASKS.sub("", scene.target).removeprefix("tuple(").removeprefix("list(")
    shape = "Which shape does a gradient have?" if of.endswith(".grad") else "Go through the operations that make it."
    if len(typed) == len(truth) and sorted(typed) == sorted(truth):
        return Mistake("shape-transposed", "T", f"The sizes of {of} are these, but in another order. {shape}")
    if len(typed) > len(truth):
        return Mistake("shape-kept", "B", f"That has an axis more than {of}. Is something summed over? {shape}")
    if len(typed) < len(truth):
        return Mistake("shape-reduced", "B", f"That has an axis less than {of}. Is anything summed away? {shape}")
    others = [one for one in scene.trace.tensors if one.value.shape == typed]
    others.sort(key=lambda one: not one.names)
    if others:
        return Mistake("shape-of-other", "V", f"That is the shape of {called(others[0])}. {shape}")
    return None


def _sizes(value: Array) -> tuple[float, ...]:
    return tuple(real(one) for one in value.data or ())
