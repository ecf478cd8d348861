"""The stages of one job, in the child: record, explain, close. None of them fails as a whole."""

from __future__ import annotations

import time
from collections.abc import Iterator

import msgspec
import torch

from autograd_tutor.calculus.closed import SECONDS, unclosed
from autograd_tutor.calculus.closed import close as close_target
from autograd_tutor.calculus.derive import Derivations
from autograd_tutor.calculus.explain import Accounts
from autograd_tutor.calculus.problems import problems
from autograd_tutor.calculus.symbols import SLOW, Deadline
from autograd_tutor.explanation import ClosedForm, Differences, Explanation, ImaginedPass, Problem, TargetExplanation
from autograd_tutor.recording.differences import differences
from autograd_tutor.recording.imagine import imagine
from autograd_tutor.recording.mutations import mutated
from autograd_tutor.recording.record import record as record_program
from autograd_tutor.recording.tape import Recording
from autograd_tutor.sandbox import endings, gate
from autograd_tutor.sandbox.alarm import TimeUp, alarm
from autograd_tutor.sandbox.protocol import Job
from autograd_tutor.sandbox.repairing import Repairs
from autograd_tutor.trace import Stopped, Trace

_DIFFERENCES, _STEPS, _IMAGINED, CLOSED = 0.25, 0.5, 0.65, 0.25
"""Of the time for explaining: until when differences, steps and imagined passes go on; SymPy's share after them."""
_UNIMAGINED = (
    "Working out what usual mistakes would give took too long, so not every wrong answer can be traced to its mistake."
)


def record(job: Job) -> tuple[Recording | None, Trace]:
    """Run the program; without a recording there is only the trace, which says why."""
    try:
        recording = record_program(job)
    except gate.Refused as refused:
        return None, bare(job, Stopped("refused", str(refused)))
    except MemoryError:
        return None, bare(job, endings.memory(job.limits))
    except BaseException as error:
        return None, bare(job, Stopped("crashed", f"This program could not be recorded: {_told(error)}."))
    trace = msgspec.structs.replace(recording.trace, torch=str(torch.__version__))
    overstepped = endings.overstepped(trace, job.limits)
    if overstepped is None:
        return recording, trace
    kept = trace.printed[: job.limits.output]
    return None, msgspec.structs.replace(trace, outcome=overstepped, printed=kept)


def explain(job: Job, recording: Recording) -> tuple[Explanation, str | None]:
    """The account of every target, and why something of it is missing. What was done when the time is up, stays."""
    clock = _Clock(job.limits.explain_seconds)
    trace = recording.trace
    accounts = Accounts(trace, clock.at(_STEPS))
    targets: list[TargetExplanation] = []
    imagined: list[ImaginedPass] = []
    notes: dict[str, None] = {}
    repairs = Repairs(trace, job, clock.at(_STEPS))
    for target in (found.target for found in trace.found):
        try:
            central = _differences(recording, target, min(1.0, clock.left(_DIFFERENCES)))
            told = accounts.explain(target, central)
            targets.append(msgspec.structs.replace(told, repair=repairs.of(target)))
        except Exception as error:
            notes[f"{target} could not be explained in full: {_told(error)}."] = None
    for one in targets:
        try:
            with alarm(clock.left(_IMAGINED)):
                imagined += mutated(job, one.target, recording)
                if job.imagine:
                    imagined += imagine(recording, one.target, job)
        except TimeUp:
            notes[_UNIMAGINED] = None
        except Exception as error:
            notes[f"{one.target} could not be explained in full: {_told(error)}."] = None
    return Explanation(tuple(targets), tuple(imagined), _problems(trace, targets, repairs)), " ".join(notes) or None


def _problems(trace: Trace, targets: list[TargetExplanation], repairs: Repairs) -> tuple[Problem, ...]:
    """The errors; the last with its repair, which is that of the first target, if there is one."""
    *before, last = problems(trace) or (None,)
    if last is None or last.caught:
        return problems(trace)
    repair = targets[0].repair if targets else repairs.of("")
    return (*before, msgspec.structs.replace(last, repair=repair))


def _differences(recording: Recording, target: str, seconds: float) -> Differences:
    try:
        with alarm(2 * seconds):  # it looks at the clock itself, between two runs of the program
            return differences(recording, target, seconds)
    except TimeUp:
        return Differences(target)


def close(job: Job, trace: Trace, explanation: Explanation, seconds: float) -> Iterator[ClosedForm]:
    """SymPy's part for every target as it comes, within `seconds` for all: a form, or the sentence why there is none.

    Each target may take half of what is left, so that a hard one leaves something for those after it.
    """
    derivations = Derivations(trace)
    end = time.monotonic() + seconds
    for later, one in zip(reversed(range(len(explanation.targets))), explanation.targets, strict=True):
        left = end - time.monotonic()
        most = min(SECONDS, left / 2 if later else left)
        try:
            with alarm(most):
                form = close_target(derivations, one, Deadline.within(most), job.imagine)
        except TimeUp:
            form = unclosed(trace, one, SLOW)
        except MemoryError:
            form = unclosed(trace, one, "SymPy needed more memory for a closed form than a run may use.")
        except Exception as error:
            form = unclosed(trace, one, f"There is no closed form: SymPy failed ({_told(error)}).")
        yield form


class _Clock:
    """One span of time, divided among the parts of a stage."""

    def __init__(self, seconds: float) -> None:
        self._began, self._seconds = time.monotonic(), seconds

    def at(self, part: float) -> float:
        """The moment (of time.monotonic) when this part of the span is over."""
        return self._began + part * self._seconds

    def left(self, part: float) -> float:
        """Seconds until then; 0 afterwards."""
        return max(0.0, self.at(part) - time.monotonic())


def bare(job: Job, outcome: Stopped) -> Trace:
    """The trace of a program of which nothing was recorded."""
    return Trace(source=job.source, torch=str(torch.__version__), outcome=outcome)


def _told(error: BaseException) -> str:
    """An exception in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
