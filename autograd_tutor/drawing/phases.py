"""Which operations may be drawn: all of them after the prediction, only what tells nothing before it."""

from __future__ import annotations

import ast

from autograd_tutor.trace import Operation, Raised, Span, Stopped, Trace

LATER = "The graph is drawn once you have answered."
_QUIET = frozenset({"requires_grad_", "retain_grad", "zero_grad"})
"""Methods that compute nothing, and so draw nothing, whether they raise or not."""


def may_show_before(trace: Trace) -> bool:
    """False where even the forward graph would tell how the program ends: it raised, or was stopped, on the way."""
    if any(event.kind == "backward" for event in trace.events):
        return True
    match trace.outcome:
        case Stopped():
            return False
        case Raised(span=span):
            return span is not None and _draws_no_more(trace.source, span)
    return True


def _draws_no_more(source: str, raised: Span) -> bool:
    """It raised in its last statement, which would draw nothing if it did not."""
    try:
        last = ast.parse(source).body[-1]
    except (SyntaxError, ValueError, RecursionError):
        return False
    match last:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=name, value=ast.Name()))):
            return raised.line >= last.lineno and name in _QUIET
    return False


def before_operations(trace: Trace) -> tuple[Operation, ...]:
    """The operations up to the first backward call.

    What comes later may hold gradients, or be missing because that call raised: it would tell the answer.
    """
    shown = []
    for event in trace.events:
        if event.kind == "backward":
            break
        if event.kind == "operation" and event.ref is not None:
            shown.append(trace.operations[event.ref])
    return tuple(shown)


def goes_on(trace: Trace) -> int | None:
    """The line of the first backward call, if the program computes on after it; judged by the source alone."""
    first = next((event for event in trace.events if event.kind == "backward"), None)
    if first is None or first.span is None:
        return None
    line = first.span.end_line
    try:
        tree = ast.parse(trace.source)
    except (SyntaxError, ValueError):
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign) and node.lineno > line:
            return line
        if isinstance(node, ast.For | ast.While) and node.lineno < line <= (node.end_lineno or 0):
            return line
    return None
