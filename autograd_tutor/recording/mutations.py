"""A lesson's own mistakes: whole programs with the mistake in them, run in torch."""

from __future__ import annotations

from autograd_tutor.explanation import ImaginedPass
from autograd_tutor.recording.aims import tensor_of
from autograd_tutor.recording.imagine import same
from autograd_tutor.recording.imagined.sources import run
from autograd_tutor.recording.tape import Recording
from autograd_tutor.sandbox.protocol import Job
from autograd_tutor.trace import Found, Raised, Trace


def mutated(job: Job, target: str, recording: Recording | None = None) -> tuple[ImaginedPass, ...]:
    """What `target` is in each of the lesson's mistaken programs, under the mistake's own tag.

    Left out: a program that raises, or whose answer is the right one. `recording` is that of the right
    program, if it is at hand.
    """
    if not job.mutations:
        return ()
    right = (recording or run(job.source, target, job)).trace.find(target)
    found: list[ImaginedPass] = []
    for mutation in job.mutations:
        wrong = _answer(run(mutation.source, target, job).trace, target)
        if wrong is not None and not _equal(right, wrong):
            found.append(ImaginedPass(target, mutation.tag, "own", wrong.value))
    return tuple(found)


def _answer(trace: Trace, target: str) -> Found | None:
    """What a program that ran to its end left at the target: numbers, or None."""
    found = trace.find(target)
    if isinstance(trace.outcome, Raised) or found is None or found.kind not in ("tensor", "none"):
        return None
    return found


def _equal(right: Found | None, wrong: Found) -> bool:
    if right is None:
        return False
    if right.value is None or wrong.value is None:
        return right.kind == wrong.kind
    one, other = tensor_of(right.value), tensor_of(wrong.value)
    return one is not None and other is not None and same(one, other)
