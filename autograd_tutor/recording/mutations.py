"""A lesson's own mistakes: whole programs with the mistake in them, run in torch."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_tutor.explanation import ImaginedPass
from autograd_tutor.recording.aims import tensor_of
from autograd_tutor.recording.imagine import same
from autograd_tutor.recording.imagined.sources import Ended, Reruns
from autograd_tutor.recording.tape import Recording
from autograd_tutor.sandbox.protocol import Mutation
from autograd_tutor.trace import Found


def mutated(recording: Recording, target: str, mutations: Sequence[Mutation], reruns: Reruns) -> list[ImaginedPass]:
    """What `target` is in each of the lesson's mistaken programs, under the mistake's own tag.

    Left out: a program that raises, or whose answer is the right one, that of `recording`.
    """
    right = recording.trace.find(target)
    found: list[ImaginedPass] = []
    for mutation in mutations:
        wrong = _answer(reruns.of(mutation.source), target)
        if wrong is not None and not _equal(right, wrong):
            found.append(ImaginedPass(target, mutation.tag, "own", wrong.value))
    return found


def _answer(ended: Ended, target: str) -> Found | None:
    """What a program that ran to its end left at the target: numbers, or None."""
    found = ended.found.get(target)
    return None if ended.raised or found is None or found.kind not in ("tensor", "none") else found


def _equal(right: Found | None, wrong: Found) -> bool:
    if right is None:
        return False
    if right.value is None or wrong.value is None:
        return right.kind == wrong.kind
    one, other = tensor_of(right.value), tensor_of(wrong.value)
    return one is not None and other is not None and same(one, other)
