"""Whether an exercise's experiments can be tried on its variants."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from autograd_tutor.authoring.finding import Finding
from autograd_tutor.course.model import Experiment, Variant
from autograd_tutor.sandbox.protocol import Run
from autograd_tutor.teaching.experiments import Offer, offers


def trials(variant: Variant, run: Run) -> Iterator[tuple[int, Offer | None]]:
    """For each experiment, by its place in the list, the edit it stands for here; None if it stands for none."""
    for at, experiment in enumerate(variant.exercise.experiments):
        found = offers(run.trace, _with_only(variant, experiment))
        yield at, next((offer for offer in found if offer.own), None)


def applies(variant: Variant, run: Run) -> Iterator[Finding]:
    """Every experiment is an edit of this variant's code, and changes something."""
    for at, offer in trials(variant, run):
        if offer is None:
            problem = f"This experiment cannot be tried{_numbers(variant)}."
            yield Finding(("experiments", at), problem, "Name a value that autograd follows here, or remove it.")
        elif offer.source == variant.code:
            problem = f"This experiment changes nothing{_numbers(variant)}."
            yield Finding(("experiments", at), problem, "Give a value that no variant has.")


def _with_only(variant: Variant, experiment: Experiment) -> Variant:
    alone = msgspec.structs.replace(variant.exercise, experiments=[experiment])
    return msgspec.structs.replace(variant, exercise=alone)


def _numbers(variant: Variant) -> str:
    return "".join(f" with {name} = {value}" for name, value in list(variant.values.items())[:1])
