"""torch.compile: left out while a program is recorded, so that each operation is seen where it is written."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from autograd_tutor.recording.state import State


@contextmanager
def left_out(state: State) -> Iterator[None]:
    """While this lasts, `torch.compile` and `Module.compile` leave what they get as it is, and a note says so."""
    original, method = torch.compile, torch.nn.Module.compile

    def unchanged(model: Callable[..., Any] | None = None, **options: Any) -> Any:
        _note(state)
        return model if model is not None else lambda function: function

    def nothing(module: torch.nn.Module, *args: Any, **options: Any) -> None:
        _note(state)

    torch.compile, torch.nn.Module.compile = unchanged, nothing
    try:
        yield
    finally:
        torch.compile, torch.nn.Module.compile = original, method


def _note(state: State) -> None:
    place = state.source.subject(sys._getframe(2))
    state.note(
        f"{place} would have the function translated to faster code. Here it runs as it is written, operation by "
        "operation; translated, its numbers could differ by rounding."
    )
