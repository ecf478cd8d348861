"""Where the program read a `.grad` and found None, and why it was None at that moment."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autograd_tutor.calculus.absent import absent
from autograd_tutor.calculus.places import on, owner, piece, short, source_line
from autograd_tutor.explanation import EmptyRead
from autograd_tutor.trace import Event, Pass, Raised, Span, Tensor, Trace

MOST = 12
"""Of more such readings, the first are told."""
_ASKED = re.compile(r"\bis\b|\bnot\b|\bif\b")
"""On such a line the program reckons with None itself."""
_ALWAYS = frozenset({"not a leaf", "retained late", "no requires_grad", "frozen later", "left out", "required late"})
"""Reasons that hold whenever the gradient is read."""


def empty(trace: Trace) -> tuple[EmptyRead, ...]:
    """Each reading once, but those that a target's own account tells, or the error that it led to."""
    told = {found.tensor for found in trace.found if found.is_grad and found.kind == "none"}
    failed = trace.outcome.span.line if isinstance(trace.outcome, Raised) and trace.outcome.span is not None else None
    known: dict[EmptyRead, None] = {}
    for at, event in enumerate(trace.events):
        if event.empty and event.ref is not None and event.span is not None and event.span.line != failed:
            tensor = trace.tensors[event.ref]
            name = _name(trace, event.span, tensor)
            reason = _reason(trace, at, event.span.line, tensor, name, tensor.id in told)
            if reason:
                line = event.span.line
                known[EmptyRead(line, f"{name}.grad", f"Line {line} finds {name}.grad None. {reason}")] = None
        if len(known) == MOST:
            break
    return tuple(known)


def _name(trace: Trace, span: Span, tensor: Tensor) -> str:
    """What the tensor is called at the end, else where it is read."""
    written = piece(trace, span)
    here = owner(written) if written.endswith(".grad") else tensor.label
    return tensor.names[0] if tensor.names else here


def _reason(trace: Trace, at: int, line: int, tensor: Tensor, name: str, told: bool) -> str:
    """Empty where it is told already, or where the program itself asks after it."""
    if tensor.absent in _ALWAYS:
        return "" if told else absent(trace, tensor, name)
    cleared = _cleared(trace, at, tensor)
    later = next((one for one in _passes(trace, at, after=True) if _fills(one, tensor)), None)
    if _ASKED.search(source_line(trace, line)) or (told and later is None):
        return ""
    filled = "" if later is None else f" backward(){on(later.span)} fills it {'again' if cleared else 'only'} later."
    if cleared is not None:
        what = short(source_line(trace, cleared.span.line)) if cleared.span is not None else ""
        return f"It was cleared{on(cleared.span)} ({what}).{filled}"
    if not any(True for _ in _passes(trace, at, after=False)):
        return f"No backward() has gone through by then.{filled}"
    if tensor.absent not in (None, "cleared"):
        return absent(trace, tensor, name)
    return f"What backward() has run by then did not come to it.{filled}"


def _passes(trace: Trace, at: int, *, after: bool) -> Iterator[Pass]:
    """Those that went through before or after an event."""
    for event in trace.events[at:] if after else trace.events[:at]:
        if event.kind == "backward" and event.ref is not None and trace.passes[event.ref].error is None:
            yield trace.passes[event.ref]


def _fills(one: Pass, tensor: Tensor) -> bool:
    return any(leaf.tensor == tensor.id and leaf.after is not None for leaf in one.leaves)


def _cleared(trace: Trace, at: int, tensor: Tensor) -> Event | None:
    """What has cleared it, if a pass had filled it before and none has since."""
    write = None
    for event in reversed(trace.events[:at]):
        if event.kind == "write" and event.ref == tensor.id and write is None:
            write = event
        if event.kind == "backward" and event.ref is not None and _fills(trace.passes[event.ref], tensor):
            return write
    return None
