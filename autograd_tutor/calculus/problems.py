"""The errors of a run: those that the program caught, and the one that ended it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from autograd_tutor.calculus import errors, raises
from autograd_tutor.explanation import Problem
from autograd_tutor.trace import Event, Raised, Trace


def problems(trace: Trace) -> tuple[Problem, ...]:
    """Each in a sentence or two, in order; one that comes again and again is told once."""
    counts = Counter(_caught(trace))
    told = [
        Problem(f"{words}{f' ({times} times)' if times > 1 else ''}", caught=True) for words, times in counts.items()
    ]
    if isinstance(trace.outcome, Raised):
        told.append(Problem(errors.raised(trace, trace.outcome)))
    return tuple(told)


def _caught(trace: Trace) -> Iterator[str]:
    for event in trace.events:
        if event.kind == "caught":
            line = f"Line {event.span.line}" if event.span is not None else "A line"
            yield f"{line} raised, and the program caught it: {_reason(trace, event)}"


def _reason(trace: Trace, event: Event) -> str:
    if event.ref is not None:
        return errors.failed(trace, trace.passes[event.ref])
    return raises.reason(trace, Raised("", event.text, event.span))
