"""Values as JSON can hold them: what it lacks as strings and `{"re", "im"}`, a large tensor as its summary."""

from __future__ import annotations

import math
from typing import Any

from autograd_tutor.notation import nest
from autograd_tutor.trace import Array, Complex, Scalar

Json = Any


def plain(value: Array | None) -> Json:
    """A number or nested lists, doubles exact; None as null."""
    if value is None:
        return None
    if value.data is not None:
        return nest([_scalar(one) for one in value.data], value.shape)
    summary = value.summary
    bounds = {} if summary is None else {key: _scalar(getattr(summary, key)) for key in ("min", "max", "mean")}
    return {"summary": {**bounds, "numel": value.numel}}


def _scalar(value: Scalar) -> Json:
    if isinstance(value, Complex):
        return {"re": _scalar(value.re), "im": _scalar(value.im)}
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return value
