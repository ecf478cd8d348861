"""H for complex numbers: the conjugate forgotten at one operation."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_tutor.recording.imagined.case import Case, Guess
from autograd_tutor.recording.pullback import Gradients
from autograd_tutor.recording.reverse import Change, Local


def forgotten(case: Case) -> Iterator[Guess]:
    """H2: one local derivative in place of its conjugate."""
    if case.number is None or not case.number.is_complex():
        return
    for group in case.groups:
        change = Change(rules={step.index: _unconjugated for step in group})
        yield Guess("conjugate", case.mutant(change), case.nodes(*group), detail=group[0].operation.text)


def _unconjugated(local: Local) -> Gradients:
    return [one.conj().resolve_conj() if one is not None and one.is_complex() else one for one in local.true]
