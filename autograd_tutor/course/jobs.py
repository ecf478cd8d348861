"""What the sandbox is to run for a variant."""

from __future__ import annotations

from autograd_tutor.course.model import Mistake, Variant
from autograd_tutor.course.variants import fill_code
from autograd_tutor.sandbox.protocol import Job, Limits, Mutation


def job(variant: Variant, *, limits: Limits | None = None) -> Job:
    """The job that finds out all about `variant`: its targets, and what each of its own mistakes would give."""
    return Job(
        source=variant.code,
        prelude=True,
        targets=tuple(dict.fromkeys(question.target for question in variant.questions)),
        mutations=tuple(Mutation(mistake.tag, mistaken(variant, mistake)) for mistake in variant.exercise.mistakes),
        limits=limits or Limits(),
        own=True,
        confined=True,
    )


def mistaken(variant: Variant, mistake: Mistake) -> str:
    """The variant's program as one who makes `mistake` (as written, with $names) sees it."""
    return fill_code(variant.exercise.code.replace(mistake.replace, mistake.by, 1), variant.values)
