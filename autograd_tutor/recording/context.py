"""Entering and leaving no_grad, enable_grad, set_grad_enabled and inference_mode, as events."""

from __future__ import annotations

import ast
from types import FrameType
from typing import Any

import torch

from autograd_tutor.recording.source import Site
from autograd_tutor.recording.state import State
from autograd_tutor.trace import Span

_FILES = ("grad_mode.py", "_contextlib.py", "contextlib.py")


def switched(state: State, frame: FrameType | None, site: Site | None, enabled: Any) -> None:
    """Grad mode was switched; an event if the program's own `with`, decorator or call did it."""
    if site is None:
        return
    switch = None
    while frame is not None and frame.f_code.co_filename != state.source.filename:
        if not frame.f_code.co_filename.endswith(_FILES):
            return
        if _decorates(frame, state.source.filename):  # whoever calls it: nn.Module does, of a forward
            break
        if frame.f_code.co_filename.endswith("grad_mode.py"):  # no_grad works through set_grad_enabled
            switch = frame
        frame = frame.f_back
    if switch is None:
        return
    by, step = type(switch.f_locals.get("self")).__name__, switch.f_code.co_name
    text = f"set_grad_enabled({enabled})" if by == "set_grad_enabled" else by
    if step == "__exit__":
        state.event("leave", by, _context(state, site, by))
    elif step == ("__init__" if by == "set_grad_enabled" else "__enter__"):
        state.event("enter", text, _context(state, site, by))


def _decorates(frame: FrameType, filename: str) -> bool:
    """Whether this is what stands around a function of the program's that was decorated."""
    code = getattr(frame.f_locals.get("func"), "__code__", None)
    return code is not None and code.co_filename == filename


def _context(state: State, site: Site, name: str) -> Span:
    """Of a `with` statement only what it enters."""
    if isinstance(site.node, ast.With | ast.AsyncWith):
        for item in site.node.items:
            span = state.source.span(item.context_expr)
            if name in state.source.cut(span):
                return span
    return site.span


def look(state: State, site: Site | None = None) -> None:
    """Entering inference mode is no call that torch shows: ask for it."""
    inside = torch.is_inference_mode_enabled()
    if inside != state.inference:
        state.inference = inside
        state.event("enter" if inside else "leave", "inference_mode", site.span if site is not None else None)
