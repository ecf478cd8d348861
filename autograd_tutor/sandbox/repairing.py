"""Repairs tried in torch: one that mends the program is confirmed, one that could not be tried is a suggestion."""

from __future__ import annotations

import contextlib
import time
import warnings
from collections.abc import Iterator
from itertools import islice

import msgspec

from autograd_tutor.calculus.caveats import caveat
from autograd_tutor.calculus.places import owner
from autograd_tutor.calculus.repairs import Draft, drafts
from autograd_tutor.explanation import Repair
from autograd_tutor.program import diff, edited, valid
from autograd_tutor.recording.record import record
from autograd_tutor.sandbox import gate
from autograd_tutor.sandbox.alarm import TimeUp, alarm
from autograd_tutor.sandbox.protocol import Job
from autograd_tutor.trace import Finished, Raised, Trace

_MOST = 5
"""Drafts that are tried for one target."""
_LONGEST = 60
"""Lines of source; a longer program is not run again."""
_SECONDS = 1.0
"""For one run of a changed program."""


class Repairs:
    """The repairs of one program's targets; each changed program runs once for all of them."""

    def __init__(self, trace: Trace, job: Job, until: float) -> None:
        """No run begins after `until`, a moment of time.monotonic()."""
        self._trace = trace
        self._job = msgspec.structs.replace(job, targets=tuple(one.target for one in trace.found), mutations=())
        self._traces: dict[str, Trace | None] = {}
        self._until = until

    def of(self, target: str) -> Repair | None:
        """The first draft that torch confirms; else, as a suggestion, the first of those that it did not refute.

        Never raises for what a program did.
        """
        if self._sound(self._trace, target):
            return None
        half = first = None
        for draft in islice(_drafts(self._trace, target), _MOST):
            source = edited(self._trace.source, draft.edits)
            if not valid(source):
                continue
            lines = diff(self._trace.source, source)
            after = self._tried(source) if lines else None
            if after is None:
                first = first or Repair(draft.words, lines)
            elif self._sound(after, target):
                found = after.find(target)
                return Repair(draft.words, lines, confirmed=True, value=found.value if found is not None else None)
            elif self._goes_on(after):
                half = half or Repair(draft.words, lines, confirmed=True)
            elif (later := self._later(after)) is not None:
                first = first or Repair(draft.words, lines, later=later)
        return half or first

    def _sound(self, trace: Trace, target: str) -> bool:
        """It ran to its end, and the target is a number without a trap, or a flag that is up."""
        found = trace.find(target)
        if not isinstance(trace.outcome, Finished):
            return False
        if found is None or found.kind == "text":
            return True
        if found.kind == "flag":
            return found.flag is not False
        return found.kind == "tensor" and not caveat(trace, found, owner(target))

    def _goes_on(self, after: Trace) -> bool:
        """A line that raised goes through now, and all that follow, although the target is no number then."""
        before = self._trace.outcome
        if not isinstance(before, Raised) or not isinstance(after.outcome, Finished):
            return False
        return before.pass_ is None or self._trace.passes[before.pass_].error_kind == "unused input"

    def _later(self, after: Trace) -> int | None:
        """The line that raises now, with another error than before."""
        before, now = self._trace.outcome, after.outcome
        if not isinstance(before, Raised) or not isinstance(now, Raised) or now.span is None:
            return None
        return now.span.line if (now.span, now.message) != (before.span, before.message) else None

    def _tried(self, source: str) -> Trace | None:
        """The trace of a changed program; None if it is not to be run, or took too long."""
        if source not in self._traces:
            self._traces[source] = self._run(source) if self._may_run(source) else None
        return self._traces[source]

    def _may_run(self, source: str) -> bool:
        """A program that can do more than compute is not run a second time without being asked."""
        if len(source.splitlines()) > _LONGEST or time.monotonic() > self._until:
            return False
        return gate.check(source, prelude=self._job.prelude, targets=self._job.targets) is None

    def _run(self, source: str) -> Trace | None:
        try:
            with alarm(_SECONDS), warnings.catch_warnings():
                return record(msgspec.structs.replace(self._job, source=source)).trace
        except TimeUp:
            return None
        except Exception:  # what could not be recorded is not confirmed
            return None


def _drafts(trace: Trace, target: str) -> Iterator[Draft]:
    """None for what is no Python."""
    with contextlib.suppress(SyntaxError, ValueError, RecursionError):
        yield from drafts(trace, target)
