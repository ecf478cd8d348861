"""The mode that sees every call into torch that the program makes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from autograd_tutor.recording import backward, forward, gradients
from autograd_tutor.recording.calls import raw_name
from autograd_tutor.recording.drafts import State
from autograd_tutor.recording.source import Site

_BACKWARDS: dict[Any, str] = {
    torch.Tensor.backward: "backward",
    torch.autograd.backward: "autograd.backward",
    torch.autograd.grad: "grad",
}


class Watch(TorchFunctionMode):  # type: ignore[misc]
    """Records each call and makes it."""

    def __init__(self, state: State) -> None:
        super().__init__()
        self._state = state
        self._raw: dict[Any, str] = {}

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Called by torch in place of `func`; the mode is off in here."""
        kwargs = kwargs or {}
        state = self._state
        raw = self._raw.get(func) or self._raw.setdefault(func, raw_name(func))
        if raw in _SILENT or (raw.endswith(".__get__") and raw not in _SEEN):
            return func(*args, **kwargs)
        site, direct = locate(state, sys._getframe(1))
        if func in _BACKWARDS:
            return backward.run(state, _BACKWARDS[func], func, args, kwargs, site)
        if raw.startswith("grad.__"):
            return gradients.access(state, raw, func, args, kwargs, site, direct)
        return forward.call(state, raw, func, args, kwargs, site, direct)


_SILENT = frozenset({"__repr__", "__format__", "dim", "size", "__len__", "register_hook", "retain_grad", "__bool__"})
_SEEN = frozenset(
    {
        "grad.__get__",
        "data.__get__",
        "T.__get__",
        "mT.__get__",
        "H.__get__",
        "mH.__get__",
        "real.__get__",
        "imag.__get__",
    }
)


def locate(state: State, frame: FrameType | None) -> tuple[Site | None, bool]:
    """The program's place that led here, and whether it called torch itself and not a library's function."""
    user, inner = state.source.frame(frame)
    if user is None:
        return None, False
    site = state.source.site(user)
    if site is not None and (inner is None or inner is not site.inner):
        site.runs += 1
        site.inner = inner
    return site, inner is None or inner.f_code.co_filename.endswith(("_tensor.py", "functional.py"))
