"""What the sandbox is to run for an experiment."""

from __future__ import annotations

import msgspec

from autograd_tutor.course.jobs import job
from autograd_tutor.course.model import Variant
from autograd_tutor.sandbox.protocol import Job
from autograd_tutor.teaching.experiments.model import Offer


def changed_job(variant: Variant, offer: Offer, source: str, *, gated: bool = False) -> Job:
    """The exercise's job with another program, also asked for what the offer's question is about."""
    plain = job(variant)
    targets, own = tuple(dict.fromkeys((*plain.targets, offer.target))), source == plain.source
    return msgspec.structs.replace(
        plain, source=source, targets=targets, mutations=(), own=own, gated=gated and not own
    )
