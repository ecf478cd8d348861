"""`record`: run one program under the eyes of the recorder, and return what it left behind."""

from __future__ import annotations

import gc

from autograd_tutor.recording import modules, names, runner, targets, transforms, values
from autograd_tutor.recording.assemble import assemble
from autograd_tutor.recording.source import PSEUDO, Source
from autograd_tutor.recording.state import State
from autograd_tutor.recording.tape import Recording
from autograd_tutor.sandbox import gate
from autograd_tutor.sandbox.protocol import Job

_RARELY = 250_000
"""New objects between two garbage collections, of the many that a recording keeps and none is garbage."""


def record(job: Job) -> Recording:
    """Run `job.source` in this process and return its trace and tape. Never raises for what the program did.

    Raises gate.Refused if the job is gated and its program, or that of a mistake, may not run.
    """
    if job.gated:
        gate.admit(job)
    threshold = gc.get_threshold()
    gc.set_threshold(_RARELY, *threshold[1:])
    try:
        return _record(job)
    finally:
        gc.set_threshold(*threshold)


def _record(job: Job) -> Recording:
    values.allowance.renew()
    state = State(Source(job.source, job.filename or PSEUDO), job.limits.seconds)
    namespace, outcome, printed = runner.run(state, job)
    state.settle(last=not any("(" in target for target in job.targets))  # a call in one could write
    paths = names.paths(state, namespace)
    found = targets.evaluate(state, namespace, paths, job.targets)
    calls = modules.calls(state, namespace)
    modules.label(state, calls)
    transforms.dress(state, paths)
    trace = assemble(state, paths, calls, outcome, found, printed)
    state.settle(last=True)
    tape = state.finished()
    state.release()
    return Recording(trace, tape, namespace)
