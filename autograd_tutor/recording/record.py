"""`record`: run one program under the eyes of the recorder, and return what it left behind."""

from __future__ import annotations

import torch

from autograd_tutor.recording import names, runner, targets
from autograd_tutor.recording.assemble import assemble
from autograd_tutor.recording.drafts import State
from autograd_tutor.recording.source import PSEUDO, Source
from autograd_tutor.recording.tape import Recording
from autograd_tutor.sandbox.protocol import Job


def record(job: Job) -> Recording:
    """Run `job.source` and return its trace and tape. Never raises for what the program did."""
    state = State(Source(job.source, job.filename or PSEUDO))
    namespace = runner.namespace(job)
    runner.seed(job.seed)
    ran = runner.run(state, namespace, job)
    found = targets.evaluate(state, namespace, job.targets)
    trace = assemble(state, names.paths(state, namespace), ran.outcome, found, ran.printed, torch.__version__)
    return Recording(trace, state.tape, namespace)
