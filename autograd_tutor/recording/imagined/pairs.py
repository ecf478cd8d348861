"""Two slips at once: a slope left out and 1/n forgotten, a sign and a factor, one pass only and a slope left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, islice
from typing import NamedTuple

import torch

from autograd_tutor.recording.aims import close
from autograd_tutor.recording.imagined import confused, local, passes, paths, products
from autograd_tutor.recording.imagined.case import Case, Family, Guess
from autograd_tutor.recording.imagined.rules import identity
from autograd_tutor.recording.reverse import Change

_MOST = 24
"""Slips of each kind, of which pairs are made."""
_MOST_STEPS = 8

_FIRST: tuple[Family, ...] = (
    local.dropped,
    paths.dropped,
    local.power,
    local.not_differentiated,
    products.own_factor,
    products.transposes,
    products.unreduced,
    products.uses,
    passes.accumulation,
    confused.of_loss,
)


class _Scale(NamedTuple):
    """A slip that only multiplies the whole gradient."""

    guess: Guess
    factor: float


def both(case: Case) -> Iterator[Guess]:
    """Pairs of the commonest slips; each must lie at another operation than its partner."""
    if case.truth is None or not case.truth.is_floating_point() or not case.ways:
        return
    scales = list(_scales(case, case.truth))
    for one, other in combinations(scales, 2):
        if one.guess.tag != other.guess.tag and one.guess.value is not None:
            yield replace(one.guess, value=one.guess.value * other.factor, also=other.guess)
    for family in _FIRST if scales else ():
        for guess in islice(family(case), _MOST):
            for scale in scales:
                if guess.value is not None and not _same_place(guess, scale.guess):
                    yield replace(guess, value=guess.value * scale.factor, also=scale.guess)
    yield from _slopes(case)


def _scales(case: Case, truth: torch.Tensor) -> Iterator[_Scale]:
    yield _Scale(Guess("sign", -truth), -1.0)
    known: set[tuple[str, float]] = set()
    for guess in (*products.means(case), *local.power(case)):
        if guess.value is None or guess.tag not in ("mean-count-forgotten", "power-factor-forgotten"):
            continue
        factor = _factor(truth, guess.value)
        if factor is not None and (guess.tag, round(factor, 4)) not in known:
            known.add((guess.tag, round(factor, 4)))
            yield _Scale(guess, factor)


def _factor(truth: torch.Tensor, wrong: torch.Tensor) -> float | None:
    """By what the whole gradient was multiplied; None if by more than one number."""
    at = int(truth.abs().reshape(-1).argmax())
    largest = float(truth.reshape(-1)[at])
    if not largest or wrong.shape != truth.shape:
        return None
    factor = float(wrong.reshape(-1)[at]) / largest
    return factor if close(wrong, truth * factor) else None


def _slopes(case: Case) -> Iterator[Guess]:
    """Two slopes left out with others between them; one left out, and only the last pass counted."""
    changes = []
    for group in [one for one in case.groups if _bends(one[0].operation.name)][:_MOST_STEPS]:
        guess = Guess("local-derivative-dropped", None, case.nodes(*group), detail=group[0].operation.text)
        changes.append((guess, {step.index: identity for step in group}))
    for (one, first), (other, second) in combinations(changes, 2):
        if not first.keys() & second.keys():
            yield replace(one, value=case.mutant(Change(rules={**first, **second})), also=other)
    last = case.backwards[-1:] if len(case.ways) > 1 and case.aim.is_grad else ()
    for one, first in changes if last else ():
        yield replace(one, value=case.mutant(Change(rules=first), last), also=Guess("last-pass-only", None))


def _bends(name: str) -> bool:
    return name not in ("sum", "mean", "add", "sub", "neg", "radd", "rsub", "view", "reshape", "getitem", "t")


def _same_place(one: Guess, other: Guess) -> bool:
    return one.tag == other.tag or bool(one.nodes and one.nodes[:1] == other.nodes[:1])
