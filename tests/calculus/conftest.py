from __future__ import annotations

from collections.abc import Callable

import pytest

from autograd_tutor.calculus.closed import close
from autograd_tutor.calculus.explain import explain
from autograd_tutor.explanation import ClosedForm, Differences, TargetExplanation
from autograd_tutor.recording.record import record
from autograd_tutor.sandbox.protocol import Job
from autograd_tutor.trace import Trace


class Told:
    """A program that torch ran here, and what calculus says about it."""

    def __init__(self, source: str, *targets: str) -> None:
        self.trace: Trace = record(Job(source=source, prelude=True, targets=targets)).trace

    def of(self, target: str, differences: Differences | None = None) -> TargetExplanation:
        return explain(self.trace, target, differences)

    def closed(self, target: str) -> ClosedForm:
        return close(self.trace, self.of(target))


@pytest.fixture
def told() -> Callable[..., Told]:
    return Told
