"""Reads and writes of .grad, and the resets that a replay needs to know of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_tutor.recording.drafts import State
from autograd_tutor.recording.source import Site
from autograd_tutor.recording.tape import Reset


def access(
    state: State,
    raw: str,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    site: Site | None,
    direct: bool,
) -> Any:
    """`x.grad`, `x.grad = …` or `del x.grad`: done, and noted as an event."""
    owner = state.tensor(args[0])
    result = function(*args, **kwargs)
    span = site.span if site else None
    text = f"{owner.label}.grad"
    if raw == "grad.__get__":
        if result is not None:
            state.tensor(result).owner = owner.id
        if direct:
            state.event("read", text, span, owner.id)
        return result
    state.event("write", text, span, owner.id)
    if len(args) < 2 or args[1] is None:
        reset(state, owner.id)
    return result


def reset(state: State, tensor: int) -> None:
    """Note on the tape that this tensor's gradient was cleared."""
    state.tape.resets.append(Reset(tensor, len(state.tape.calls), len(state.passes)))
