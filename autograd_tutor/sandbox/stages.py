"""The stages of one job, in the child: record, explain, close. None of them fails as a whole."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import msgspec
import torch

from autograd_tutor.calculus.closed import SECONDS as FORM_SECONDS
from autograd_tutor.calculus.closed import close as close_target
from autograd_tutor.calculus.closed import unclosed
from autograd_tutor.calculus.deadline import SLOW, Deadline
from autograd_tutor.calculus.derive import Derivations
from autograd_tutor.calculus.empty import empty
from autograd_tutor.calculus.explain import Accounts
from autograd_tutor.calculus.lengths import TOO_LONG
from autograd_tutor.calculus.problems import problems
from autograd_tutor.calculus.results import named_besides, results
from autograd_tutor.explanation import ClosedForm, Differences, Explanation, ImaginedPass, Problem, TargetExplanation
from autograd_tutor.recording.differences import differences
from autograd_tutor.recording.imagine import SECONDS, Imagination
from autograd_tutor.recording.imagined.sources import Reruns
from autograd_tutor.recording.mutations import mutated
from autograd_tutor.recording.record import record as record_program
from autograd_tutor.recording.tape import Recording
from autograd_tutor.sandbox import endings, gate
from autograd_tutor.sandbox.alarm import TimeUp, alarm
from autograd_tutor.sandbox.protocol import Job
from autograd_tutor.sandbox.repairing import Repairs
from autograd_tutor.trace import Stopped, Trace

_STEPS, _DIFFERENCES, _IMAGINED, CLOSED = 0.4, 0.5, 0.65, 0.25
"""Of the time for explaining: until when steps, differences and imagined passes go on; SymPy's share after them."""
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
    if not job.targets:
        trace = _with_results(trace)
        recording = dataclasses.replace(recording, trace=trace)
    overstepped = endings.overstepped(trace, job.limits)
    if overstepped is None:
        return recording, trace
    kept = trace.printed[: job.limits.output]
    return None, msgspec.structs.replace(trace, outcome=overstepped, printed=kept)


def _with_results(trace: Trace) -> Trace:
    """Where no target is named: what torch.func and autograd.grad gave, if there is no .grad; else a note of them."""
    others = results(trace)
    if not any(found.kind == "tensor" for found in trace.found):
        return msgspec.structs.replace(trace, found=(*trace.found, *others))
    note = named_besides(others)
    return msgspec.structs.replace(trace, notes=(*trace.notes, note)) if note else trace


def explain(job: Job, recording: Recording) -> tuple[Explanation, str | None]:
    """The account of every target, and why something of it is missing. What was done when the time is up, stays."""
    clock = _Clock(job.limits.explain_seconds)
    trace = recording.trace
    accounts = Accounts(trace, clock.at(_STEPS))
    repairs = Repairs(trace, job, clock.at(_STEPS))
    notes: dict[str, None] = {}
    told: list[TargetExplanation] = []
    for target in (found.target for found in trace.found):
        with _noted(target, notes):
            told.append(msgspec.structs.replace(accounts.explain(target), repair=repairs.of(target)))
    targets: list[TargetExplanation] = []
    for later, one in zip(reversed(range(len(told))), told, strict=True):
        central = _differences(recording, one.target, clock, 1 / (later + 1))
        targets.append(accounts.witnessed(one, central))
    imagined = _imagined(job, recording, [one.target for one in targets], clock, notes)
    explanation = Explanation(tuple(targets), tuple(imagined), _problems(trace, targets, repairs), empty(trace))
    return explanation, " ".join(notes) or None


def _imagined(
    job: Job, recording: Recording, targets: list[str], clock: _Clock, notes: dict[str, None]
) -> list[ImaginedPass]:
    """What the lesson's own and the usual mistakes would give; each target has its share of the time that is left."""
    found: list[ImaginedPass] = []
    reruns = Reruns(recording, job)
    imagination = Imagination(recording, reruns)
    for later, target in zip(reversed(range(len(targets))), targets, strict=True):
        left = clock.left(_IMAGINED)
        try:
            with _noted(target, notes), alarm(left):
                found += mutated(recording, target, job.mutations, reruns)
                for one in imagination.of(target, min(SECONDS, left / (later + 1))) if job.imagine else ():
                    found.append(one)
        except TimeUp:
            notes[_UNIMAGINED] = None
    return found


@contextmanager
def _noted(target: str, notes: dict[str, None]) -> Iterator[None]:
    """An error in the block becomes a note."""
    try:
        yield
    except Exception as error:
        notes[f"{target} could not be explained in full: {_told(error)}."] = None


def _problems(trace: Trace, targets: list[TargetExplanation], repairs: Repairs) -> tuple[Problem, ...]:
    """The errors; the last with its repair, which is that of the first target, if there is one."""
    *before, last = problems(trace) or (None,)
    if last is None or last.caught:
        return problems(trace)
    repair = targets[0].repair if targets else repairs.of("")
    return (*before, msgspec.structs.replace(last, repair=repair))


def _differences(recording: Recording, target: str, clock: _Clock, share: float) -> Differences:
    """In this share of the time that is left for them; its processor time, so that other processes take none of it."""
    left = clock.left(_DIFFERENCES)
    try:
        with alarm(left):  # it looks at the clock itself, between two runs of the program
            return differences(recording, target, min(1.0, share * left))
    except TimeUp:
        return Differences(target)


def close(
    job: Job, trace: Trace, explanation: Explanation, seconds: float, until: float = math.inf
) -> Iterator[ClosedForm]:
    """SymPy's part for every target as it comes, within `seconds` for all: a form, or the sentence why there is none.

    Those with few elements come first, and each may take half of what is left: a hard one leaves something for the
    others. The seconds are processor time, so that a busy machine finds the same forms; `until` is the moment (of
    time.monotonic) at which it ends all the same.
    """
    derivations = Derivations(trace)
    targets = sorted(explanation.targets, key=lambda one: _size(trace, one.target))
    end = time.process_time() + seconds
    for later, one in zip(reversed(range(len(targets))), targets, strict=True):
        left = end - time.process_time()
        most = min(FORM_SECONDS, left / 2 if later else left)
        try:
            with alarm(until - time.monotonic()) if until < math.inf else nullcontext(), alarm(most, processor=True):
                form = close_target(derivations, one, Deadline.within(most), job.imagine)
        except TimeUp:
            form = unclosed(trace, one, SLOW)
        except RecursionError:
            form = unclosed(trace, one, TOO_LONG)
        except MemoryError:
            form = unclosed(trace, one, "SymPy needed more memory for a closed form than a run may use.")
        except Exception as error:
            form = unclosed(trace, one, f"There is no closed form: SymPy failed ({_told(error)}).")
        yield form


def _size(trace: Trace, target: str) -> int:
    """How many elements it has."""
    found = trace.find(target)
    return found.value.numel if found is not None and found.value is not None else 0


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
