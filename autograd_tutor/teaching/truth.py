"""What torch did, as one JSON value: for `diagnose --json`."""

from __future__ import annotations

from autograd_tutor.jsonable import Json, plain
from autograd_tutor.sandbox.protocol import Run
from autograd_tutor.trace import Found, Raised


def truth(run: Run, target: str) -> Json:
    """A number, nested lists, a flag, a text, `"None"`; for a program that raised, that, its line and what is left.

    Numbers that JSON lacks are the strings `nan`, `inf`, `-inf`; a large tensor is its summary.
    """
    found = run.trace.find(target)
    outcome = run.trace.outcome
    if isinstance(outcome, Raised):
        line = outcome.span.line if outcome.span else None
        return {"raises": f"{outcome.type}: {outcome.message}", "line": line, "left": _held(found)}
    return _held(found)


def _held(found: Found | None) -> Json:
    if found is None or found.kind == "missing":
        return None
    if found.kind == "none":
        return "None"
    if found.kind == "flag":
        return found.flag
    return found.text if found.kind == "text" else plain(found.value)
