"""Questions about a shape: how it may be typed, and the mistake behind a wrong one."""

from __future__ import annotations

import re
from collections.abc import Iterator

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


def mistaken(value: Array | None, scene: Scene) -> tuple[Mistake, ...]:
    """What a wrong shape comes from: another tensor's, rows for columns, a Jacobian's, something kept or summed away.

    One of each family, the likeliest first; certain where it is the only one.
    """
    held = scene.found.value if scene.found is not None else None
    if value is None or held is None or not asked(scene.target):
        return ()
    typed, truth = _sizes(value), _sizes(held)
    if any(size != int(size) or size < 0 for size in typed):
        return ()
    of = _ASKS.sub("", scene.target).removeprefix("tuple(").removeprefix("list(")
    shape = "Which shape does a gradient have?" if of.endswith(".grad") else "Go through the operations that make it."
    found = [Mistake(tag, family, f"{words} {shape}") for tag, family, words in _beliefs(typed, truth, of, scene)]
    return tuple({one.family: one for one in reversed(found)}.values())[::-1]


def _beliefs(
    typed: tuple[float, ...], truth: tuple[float, ...], of: str, scene: Scene
) -> Iterator[tuple[str, str, str]]:
    """Tag, family and words of each way to come to a shape."""
    tensors = sorted(scene.trace.tensors, key=lambda one: not one.names)
    if len(typed) == len(truth) and sorted(typed) == sorted(truth):
        yield "shape-transposed", "T", f"The sizes of {of} are these, but in another order."
    for other in (one for one in tensors if one.value.shape == typed and len(typed) == len(truth)):
        yield "shape-of-other", "V", f"That is the shape of {called(other)}."
        if other.node is not None and not other.is_leaf:
            yield "shape-kept", "B", f"That is the shape of {called(other)}, which an operation made."
    for other in (one for one in tensors if typed and typed == (*one.value.shape, *truth) and one.value.shape):
        yield "shape-of-jacobian", "J", f"That is one slope for each element of {called(other)} and each of {of}."
    if len(typed) > len(truth):
        yield "shape-kept", "B", f"That has an axis more than {of}. Is something summed over?"
    if len(typed) < len(truth):
        yield "shape-reduced", "B", f"That has an axis less than {of}. Is anything summed away?"
    for other in (one for one in tensors if len(typed) > 1 and one.value.shape == typed[::-1]):
        yield "shape-transposed", "T", f"That is the shape of {called(other)} with its axes swapped."


def _sizes(value: Array) -> tuple[float, ...]:
    return tuple(real(one) for one in value.data or ())
