"""Which expressions reach which tensors."""

from __future__ import annotations

import types
from collections import deque
from collections.abc import Iterator
from typing import Any

import torch

from autograd_tutor.recording.drafts import NAMED
from autograd_tutor.recording.state import State
from autograd_tutor.recording.wrappers import wrapped
from autograd_tutor.trace import Span

MOST_VALUES = 5_000
"""Values looked at, containers' contents included."""
DEEPEST = 6


def assigned(state: State, before: dict[str, Any], after: dict[str, Any], span: Span) -> None:
    """An event for each name that a statement bound to a tensor; names become the labels of what they reach."""
    bound = {name: value for name, value in after.items() if before.get(name, before) is not value}
    for id_, found in paths(state, bound).items():
        draft = state.tensors[id_]
        if draft.naming < NAMED:
            draft.label, draft.naming = found[0], NAMED
        if draft.span is None:
            draft.span = span
    for name, value in bound.items():
        if isinstance(value, torch.Tensor) and not name.startswith("__"):
            state.event("assign", name, span, state.tensor(value).id)


def paths(state: State, space: dict[str, Any]) -> dict[int, list[str]]:
    """By tensor id, the expressions that reach it at the program's end, the plainest first."""
    found: dict[int, list[str]] = {}
    for path, value in reached(space):
        if isinstance(value, torch.Tensor) and _readable(value):
            found.setdefault(state.tensor(value, path).id, []).append(path)
    if state.source.looped:  # `for p in model.parameters()` leaves the last one with a name that tells nothing
        for several in found.values():
            several.sort(key=lambda path: path.partition(".")[0].partition("[")[0] in state.source.looped)
    return found


def reached(space: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The tensors that `space` leads to, each way there, and all else that holds any, once; the plainest first."""
    seen: set[int] = set()
    waiting = deque((name, value, 0) for name, value in space.items() if not name.startswith("__"))
    for _ in range(MOST_VALUES):
        if not waiting:
            break
        path, value, depth = waiting.popleft()
        if isinstance(value, torch.Tensor):
            yield path, value
        elif depth < DEEPEST and id(value) not in seen:
            seen.add(id(value))
            yield path, value
            waiting.extend((path + step, part, depth + 1) for step, part in _parts(value))


def _readable(tensor: torch.Tensor) -> bool:
    """Not a layer's parameter before its first use, nor what is left over from a torch.func transform."""
    if torch.nn.parameter.is_lazy(tensor):
        return False
    return not wrapped(tensor)


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    """What a container holds, each with what to write after the container's own expression."""
    if isinstance(value, list | tuple):
        yield from ((f"[{index}]", part) for index, part in enumerate(value))
    elif isinstance(value, dict):
        yield from ((f"[{key!r}]", part) for key, part in value.items() if isinstance(key, str | int))
    elif isinstance(value, torch.nn.Module):
        for parts in (value._parameters, value._buffers, value._modules):
            yield from ((_step(value, key), part) for key, part in parts.items() if part is not None)
    elif type(value).__module__ == "__main__" or isinstance(value, types.SimpleNamespace):
        attributes = getattr(value, "__dict__", None)
        if isinstance(attributes, dict):
            yield from ((f".{key}", part) for key, part in attributes.items())


def _step(module: torch.nn.Module, key: str) -> str:
    """`model[0]` where the module can be indexed, else `model.hidden`."""
    if isinstance(module, torch.nn.ModuleDict | torch.nn.ParameterDict):
        return f"[{key!r}]"
    return f"[{key}]" if key.isdigit() else f".{key}"
