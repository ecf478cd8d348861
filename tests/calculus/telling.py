"""A program that is run in the test's own process, and what calculus says about it."""

from __future__ import annotations

from autograd_tutor.calculus.closed import close
from autograd_tutor.calculus.deadline import Deadline
from autograd_tutor.calculus.derive import Derivations
from autograd_tutor.calculus.explain import Accounts
from autograd_tutor.explanation import ClosedForm, Differences, TargetExplanation
from autograd_tutor.recording.record import record
from autograd_tutor.sandbox.protocol import Job
from autograd_tutor.trace import Trace


class Told:
    """A program that torch ran here, and what calculus says about it."""

    def __init__(self, source: str, *targets: str) -> None:
        self.trace: Trace = record(Job(source=source, prelude=True, targets=targets)).trace
        self._accounts = Accounts(self.trace)
        self._derivations = Derivations(self.trace)

    def of(self, target: str, differences: Differences | None = None) -> TargetExplanation:
        told = self._accounts.explain(target)
        return told if differences is None else self._accounts.witnessed(told, differences)

    def closed(self, target: str, differences: Differences | None = None) -> ClosedForm:
        return close(self._derivations, self.of(target, differences), Deadline.within(10))
