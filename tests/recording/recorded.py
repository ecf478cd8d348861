"""Recording a program in the test's own process, and short ways to look at its trace."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

from autograd_tutor.recording.record import record
from autograd_tutor.recording.tape import Recording
from autograd_tutor.sandbox.protocol import Job
from autograd_tutor.trace import Accumulation, Array, Node, Span, Tensor, Trace, named


def recording(source: str, *targets: str, **job: Any) -> Recording:
    """Of a lesson's code: torch, math, nn and F are there."""
    return record(Job(dedent(source), prelude=True, targets=targets, **job))


def trace(source: str, *targets: str, **job: Any) -> Trace:
    return recording(source, *targets, **job).trace


def numbers(array: Array | None) -> Any:
    """A number, a flat tuple of them, or None."""
    if array is None:
        return None
    assert array.data is not None
    return array.data if array.shape else array.data[0]


def cut(trace: Trace, span: Span | None) -> str | None:
    """The source that a span covers."""
    if span is None:
        return None
    lines = trace.source.splitlines()[span.line - 1 : span.end_line]
    lines[-1] = lines[-1][: span.end_column]
    return "\n".join([lines[0][span.column :], *lines[1:]])


def ghosts(trace: Trace) -> list[tuple[str, str | None]]:
    """Text and reason of each ghost."""
    return [(node.text, node.reason) for node in trace.nodes if node.kind == "ghost"]


def tensor(trace: Trace, name: str) -> Tensor:
    return named(trace)[name]


def grad(trace: Trace, name: str) -> Any:
    return numbers(tensor(trace, name).grad)


def events(trace: Trace, *kinds: str) -> list[tuple[str, str]]:
    return [(event.kind, event.text) for event in trace.events if event.kind in kinds]


def node(trace: Trace, text: str) -> Node:
    return next(node for node in trace.nodes if node.text == text)


def leaf(trace: Trace, name: str, pass_: int = -1) -> Accumulation:
    """What a pass did to one tensor's gradient."""
    id_ = tensor(trace, name).id
    return next(one for one in trace.passes[pass_].leaves if one.tensor == id_)
