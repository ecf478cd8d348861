"""The mode that sees every call into torch that the program makes, and hands each to its recorder."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from autograd_tutor.recording import backward, context, flags, forward, functions, gradients
from autograd_tutor.recording.calls import Asked, canonical, raw_name
from autograd_tutor.recording.state import State

_BACKWARDS: dict[Any, backward.Spelling] = {
    torch.Tensor.backward: "method",
    torch.autograd.backward: "function",
    torch.autograd.grad: "grad",
}

_SILENT = frozenset(
    {
        *("__repr__", "__format__", "__bool__", "__len__", "__hash__", "__contains__", "__reversed__", "__dir__"),
        *("dim", "size", "numel", "stride", "is_floating_point", "is_complex", "element_size", "data_ptr", "nelement"),
    }
)
"""Nothing to record: no tensor comes out and nothing is cut."""

_SHOWN = frozenset({f"{name}.__get__" for name in ("data", "T", "mT", "H", "mH", "real", "imag")})
"""Attributes that are operations. All others (`x.shape`, `y.grad_fn`) are only looked at."""

_WRAPPERS = frozenset(
    {
        module.__file__
        for module in (torch._tensor, torch.autograd, torch.functional, torch.nn.functional, torch.overrides, functions)
    }
)
"""torch's Python files that stand between a program and the call it wrote, with the same arguments."""


class Watch(TorchFunctionMode):  # type: ignore[misc]
    """Records each call and makes it. Whatever goes wrong in recording never reaches the program."""

    def __init__(self, state: State) -> None:
        super().__init__()
        self._state = state
        self._names: dict[Any, tuple[str, str, bool]] = {}

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Called by torch in place of `func`; the mode itself is off in here."""
        kwargs = kwargs or {}
        raw, name, in_place = self._names.get(func) or self._learn(func)
        skip = raw in _SILENT or (raw.endswith(".__get__") and raw not in _SHOWN and raw != "grad.__get__")
        if skip or self._state.full or _transforming():
            return func(*args, **kwargs)
        frame = sys._getframe(1)
        site, user, inner = self._state.source.here(frame)
        if site is not None and raw != "grad.__get__":
            site.enter(inner)
            if site.store is not None and raw.endswith(("__setitem__", ".__set__")):
                site = site.store
        direct = site is not None and (inner is None or inner.f_code.co_filename in _WRAPPERS)
        asked = Asked(raw, name, in_place, func, args, kwargs, site, direct, user)
        try:
            return self._record(asked, frame)
        except BaseException as error:
            if self._state.raised is None or self._state.raised[0] is not error:
                self._state.raised = (error, None)
            raise

    def _record(self, asked: Asked, frame: FrameType) -> Any:
        state = self._state
        context.look(state, asked.site)
        if asked.function in _BACKWARDS:
            return backward.run(state, asked, _BACKWARDS[asked.function])
        if asked.raw == "_set_grad_enabled":
            result = asked.make()
            context.switched(state, frame, asked.site, asked.args[0])
            return result
        if asked.raw.startswith("grad.__"):
            result = asked.make()
            state.safely(lambda: gradients.accessed(state, asked, result))
            return result
        if asked.raw in flags.SILENT:
            result = asked.make()
            state.safely(lambda: flags.after(state, asked, []))
            return result
        begun = state.safely(lambda: forward.begin(state, asked))
        result = asked.make()
        if begun is not None:
            state.safely(lambda: forward.end(state, begun, result))
        return result

    def _learn(self, function: Callable[..., Any]) -> tuple[str, str, bool]:
        raw = raw_name(function)
        self._names[function] = known = (raw, *canonical(raw))
        return known


def _transforming() -> bool:
    """Inside torch.func.grad, vmap and their like tensors are wrappers that can't be looked into."""
    peek = getattr(torch._C._functorch, "peek_interpreter_stack", None)
    return peek is not None and peek() is not None
