"""The stages of one job, in the child: record, explain, close. None of them fails as a whole."""

from __future__ import annotations

import msgspec
import torch

from autograd_tutor.calculus.closed import close as close_target
from autograd_tutor.calculus.explain import explain as explain_target
from autograd_tutor.explanation import ClosedForm, ClosedForms, Explanation, ImaginedPass, TargetExplanation
from autograd_tutor.recording.differences import differences
from autograd_tutor.recording.imagine import imagine
from autograd_tutor.recording.mutations import mutated
from autograd_tutor.recording.record import record as record_program
from autograd_tutor.recording.tape import Recording
from autograd_tutor.sandbox import endings, gate
from autograd_tutor.sandbox.protocol import Job
from autograd_tutor.trace import Stopped, Trace


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
    """The account of every target, and why something of it is missing."""
    targets: list[TargetExplanation] = []
    imagined: list[ImaginedPass] = []
    note = None
    for target in (found.target for found in recording.trace.found):
        try:
            targets.append(explain_target(recording.trace, target, differences(recording, target)))
            imagined += mutated(job, target, recording)
            if job.imagine:
                imagined += imagine(recording, target, job)
        except Exception as error:
            note = f"{target} could not be explained in full: {_told(error)}."
    return Explanation(tuple(targets), tuple(imagined)), note


def close(trace: Trace, explanation: Explanation) -> tuple[ClosedForms, str | None]:
    """SymPy's part for every target, and why something of it is missing."""
    forms: list[ClosedForm] = []
    note = None
    for one in explanation.targets:
        try:
            forms.append(close_target(trace, one))
        except Exception as error:
            note = f"There is no formula for {one.target}: {_told(error)}."
    return ClosedForms(tuple(forms)), note


def bare(job: Job, outcome: Stopped) -> Trace:
    """The trace of a program of which nothing was recorded."""
    return Trace(source=job.source, torch=str(torch.__version__), outcome=outcome)


def _told(error: BaseException) -> str:
    """An exception in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
