"""Judges an answer against what torch did: readable, then kind, shape, value, mistakes, a general word."""

from __future__ import annotations

import math

from autograd_tutor.course import model as course
from autograd_tutor.sandbox.protocol import Run
from autograd_tutor.teaching import answers
from autograd_tutor.teaching.model import Judgement, Reading, Unreadable
from autograd_tutor.trace import Array, Found, Raised, Stopped

RELATIVE = 5e-4
ABSOLUTE = 1e-6
FEWEST = 3
"""Digits; with fewer a decimal number does not say which of two close ones is meant."""


def judge(text: str, run: Run, target: str, own: tuple[course.Mistake, ...] = ()) -> Judgement:
    """The verdict on `text` as a prediction of `target` in `run`; `own` are the lesson's own mistakes."""
    reading = answers.read(text, names(run))
    if isinstance(reading, Unreadable):
        return Judgement("invalid", "", reading.message)
    found = run.trace.find(target)
    if isinstance(run.trace.outcome, Stopped):
        return Judgement("invalid", reading.read_as, run.trace.outcome.message)
    if isinstance(run.trace.outcome, Raised):
        return _raised(reading, run, found)
    if found is None or found.kind == "missing":
        return Judgement("invalid", reading.read_as, f"{target} does not exist at the program's end.")
    return Judgement("right", reading.read_as, "Right.") if _same(reading, found) else _wrong(reading)


def _wrong(reading: Reading) -> Judgement:
    return Judgement("wrong", reading.read_as, "Not yet.")


def _raised(reading: Reading, run: Run, found: Found | None) -> Judgement:
    outcome = run.trace.outcome
    assert isinstance(outcome, Raised)
    if reading.kind == "raises":
        right = reading.raises.lower() in f"{outcome.type}: {outcome.message}".lower()
        return Judgement("right" if right else "partly", reading.read_as, "Right." if right else "It raises.")
    if found is not None and _same(reading, found):
        return Judgement("partly", reading.read_as, "That is what is left, but the program raises.")
    return _wrong(reading)


def _same(reading: Reading, found: Found) -> bool:
    if found.kind == "none":
        return reading.kind == "none"
    if found.kind == "flag":
        return reading.flag is not None and reading.flag == found.flag
    if reading.value is None or found.value is None or found.value.data is None:
        return False
    return reading.value.shape == found.value.shape and all(
        math.isclose(float(a), float(b), rel_tol=RELATIVE, abs_tol=ABSOLUTE)  # type: ignore[arg-type]
        for a, b in zip(reading.value.data or (), found.value.data, strict=True)
    )


def names(run: Run) -> frozenset[str]:
    """The names that a formula about this program may use."""
    trace = run.trace
    known = {name for tensor in trace.tensors for name in tensor.names}
    for one in run.whole.targets:
        known |= {*one.definitions, *one.inputs}
    return frozenset(known)


__all__ = ["Array", "judge", "names"]
