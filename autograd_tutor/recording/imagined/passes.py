"""A: several passes into one .grad."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from autograd_tutor.recording.aims import reaches
from autograd_tutor.recording.imagined.case import Case, Guess
from autograd_tutor.recording.reverse import TRUE

_MOST = 12


def accumulation(case: Case) -> Iterator[Guess]:
    """A2: the last pass alone; A3: resets forgotten; A4: any one pass alone; A5: multiplied; A7: averaged."""
    if not case.aim.is_grad:
        return
    called = [one for one in case.program.tape.backwards if one.kind == "backward"]
    every = [one for one in called if reaches(one, case.aim.tensor)]
    parts = [(one, part) for one in every if (part := case.mutant(TRUE, (one,))) is not None]
    if len(parts) == 1 and len(every) == 2 and case.truth is not None and case.truth.shape == parts[0][1].shape:
        yield Guess("last-pass-only", case.truth - parts[0][1])  # the pass through .grad, which is on no tape
    if len(parts) < 2 and case.aim.passes:
        return
    if len(parts) > 1:
        last, part = parts[-1]
        cleared = last not in case.backwards
        yield Guess("not-reset" if cleared else "last-pass-only", part, _root(case, last.roots))
    if any(one.held is None for one in case.program.tape.resets):
        yield Guess("not-reset", _total([part for _, part in parts]))
    for index, (one, part) in enumerate(parts[:_MOST], start=1):
        yield Guess("one-pass-only", part, _root(case, one.roots), detail=str(index))
    if len(parts) > 1:
        product = parts[0][1]
        for _, part in parts[1:]:
            product = product * part
        yield Guess("passes-multiplied", product)
        total = _total([part for _, part in parts])
        yield Guess("passes-averaged", None if total is None else total / len(parts))
        yield Guess("wrong-count", None if total is None else total / len(parts), detail=str(len(parts)))
        for _, part in (parts[0], parts[-1]):
            yield Guess("passes-alike", part * len(parts))
        if parts[0][1].dim() and len({part.shape for _, part in parts}) == 1:
            yield Guess("kept-apart", torch.stack([part for _, part in parts]))


def _total(parts: list[torch.Tensor]) -> torch.Tensor | None:
    total = None
    for part in parts:
        total = part if total is None else total + part
    return total


def _root(case: Case, roots: tuple[int, ...]) -> tuple[int, ...]:
    nodes = (case.program.trace.tensors[root].node for root in roots)
    return tuple(node for node in nodes if node is not None)
