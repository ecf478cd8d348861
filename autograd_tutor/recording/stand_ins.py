"""Forward mode on stand-ins for tensors: torch.func.linearize writes down what happens to them, to do it again later,
and torch.autograd.functional.jacobian, by its forward strategy, has all columns in one of an older kind."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch.autograd import functional

from autograd_tutor.recording.state import State

_LINEARIZE = (
    "{} has torch run the function once as it is written, and once more on stand-ins for tensors, to note down how "
    "tangents go along. Neither that nor the function it returns is recorded, only what that gives: the tangents that "
    "torch.func.jvp gives too, and there they are told step by step."
)
_COLUMNS = (
    "{} carries the tangents for all columns in stand-ins for tensors: those are not recorded, only what it returns. "
    "torch.func.jacfwd gives the same, and there they are told step by step."
)


@contextmanager
def noticed(state: State) -> Iterator[None]:
    """While this lasts, both are said, and nothing of the stand-ins is recorded."""
    linearize, mapped = getattr(torch.func, "linearize", None), getattr(functional, "_vmap", None)

    def unrecorded(function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            with _unrecorded(state):
                return function(*args, **kwargs)

        return run

    def linear(function: Callable[..., Any], *primals: Any) -> Any:
        state.note(_LINEARIZE.format(state.source.subject(sys._getframe(1))))
        with ExitStack() as after:

            def first(*args: Any) -> Any:
                """Only the first run is of the program's own tensors."""
                result = function(*args)
                after.enter_context(_unrecorded(state))
                return result

            value, along = linearize(first, *primals)  # type: ignore[misc]
        return value, unrecorded(along)

    def columns(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Callable[..., Any]:
        state.note(_COLUMNS.format(state.source.subject(sys._getframe(1))))
        return unrecorded(mapped(function, *args, **kwargs))  # type: ignore[misc]

    if linearize is not None:
        torch.func.linearize = linear
    if mapped is not None:
        functional._vmap = columns
    try:
        yield
    finally:
        if linearize is not None:
            torch.func.linearize = linearize
        if mapped is not None:
            functional._vmap = mapped


@contextmanager
def _unrecorded(state: State) -> Iterator[None]:
    state.settle()
    before, state.full = state.full, True
    try:
        yield
    finally:
        state.full = before
