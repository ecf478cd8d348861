"""Which `nn.Module` each operation runs in: the calls of modules, and what the program calls those modules."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from msgspec.structs import replace

from autograd_tutor.recording import names
from autograd_tutor.recording.state import State
from autograd_tutor.trace import ModuleCall, Operand


@contextmanager
def noticed(state: State) -> Iterator[None]:
    """While this lasts, `state.call` is the innermost module call that the program is in."""
    _watching[threading.get_ident()] = state
    try:
        yield
    finally:
        _watching.pop(threading.get_ident(), None)
        state.call = None


_watching: dict[int, State] = {}
"""The run that looks at module calls, by its thread."""

_original = torch.nn.Module.__call__


def _call(self: Any, *args: Any, **kwargs: Any) -> Any:
    state = _watching.get(threading.get_ident())
    if state is None or state.full:
        return _original(self, *args, **kwargs)
    outer = state.call
    state.call = len(state.calls)
    state.calls.append((self, outer))
    try:
        return _original(self, *args, **kwargs)
    finally:
        state.call = outer


torch.nn.Module.__call__ = _call
"""For good: to put it into a class with so many subclasses takes longer than a small program does."""


def _placed(module: torch.nn.Module, name: str, parameter: torch.nn.Parameter | None) -> None:
    state = _watching.get(threading.get_ident())
    if state is None or state.full or parameter is None:
        return
    site = state.source.here(sys._getframe(1))[0]
    if site is not None:
        state.placed[id(parameter)] = (parameter, (site.store or site).span)


torch.nn.modules.module.register_module_parameter_registration_hook(_placed)
"""torch shows no call that makes a parameter; this it tells."""


def calls(state: State, space: dict[str, Any]) -> tuple[ModuleCall, ...]:
    """The module calls, each module under the plainest expression that reaches it at the program's end.

    One that nothing reaches goes by its class, and what it holds by the way from there: `Net.fc1`.
    """
    known = _paths(space) if state.calls else {}
    times = Counter[int]()
    found: list[ModuleCall] = []
    for module, parent in state.calls:
        kind = type(module).__name__
        if id(module) not in known:
            known[id(module)] = kind
            for held, path in _paths({kind: module}).items():
                known.setdefault(held, path)
        found.append(ModuleCall(len(found), known[id(module)], kind, parent, times[id(module)]))
        times[id(module)] += 1
    return tuple(found)


def label(state: State, calls: tuple[ModuleCall, ...]) -> None:
    """Operations of a module's own code are told by the module that they ran in: `linear in model.fc1`."""
    told: dict[int, str] = {}
    for at, one in enumerate(state.operations if calls else ()):
        inputs = tuple([_retold(operand, told) for operand in one.inputs])
        text = one.text
        if one.call is not None and text.startswith(f"{one.name} in "):
            text = f"{one.name} in {calls[one.call].module}"
            for node in map(state.nodes.__getitem__, one.nodes):
                node.text = text if node.text == one.text else node.text
            for draft in map(state.tensors.__getitem__, one.outputs):
                if draft.label == one.text:
                    told[draft.id] = draft.label = text
        state.operations[at] = replace(one, text=text, inputs=inputs)


def _retold(operand: Operand, told: dict[int, str]) -> Operand:
    text = told.get(operand.tensor) if operand.tensor is not None else None
    return operand if text is None or " in " not in operand.text else replace(operand, text=text)


def _paths(space: dict[str, Any]) -> dict[int, str]:
    """By the identity of each module that `space` leads to, the plainest way there."""
    return {
        id(value): path for path, value in reversed(list(names.reached(space))) if isinstance(value, torch.nn.Module)
    }
