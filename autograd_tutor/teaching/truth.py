"""What torch did, as one JSON value: for `diagnose --json`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autograd_tutor.sandbox.protocol import Run
from autograd_tutor.trace import Array, Complex, Found, Raised, Scalar

Json = Any


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
    return found.text if found.kind == "text" else _plain(found.value)


def _plain(value: Array | None) -> Json:
    if value is None:
        return None
    if value.data is not None:
        return _nested([_scalar(one) for one in value.data], value.shape)
    summary = value.summary
    bounds = {} if summary is None else {key: _scalar(getattr(summary, key)) for key in ("min", "max", "mean")}
    return {"summary": {**bounds, "numel": value.numel}}


def _scalar(value: Scalar) -> Json:
    if isinstance(value, Complex):
        return {"re": _scalar(value.re), "im": _scalar(value.im)}
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return value


def _nested(flat: Sequence[Json], shape: Sequence[int]) -> Json:
    if not shape:
        return flat[0]
    if not shape[0]:
        return []
    step = len(flat) // shape[0]
    return [_nested(flat[at * step : (at + 1) * step], shape[1:]) for at in range(shape[0])]
