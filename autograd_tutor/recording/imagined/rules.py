"""Local rules that several families share: what a call passes on in place of the truth."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from autograd_tutor.recording.imagined.case import Case, fit
from autograd_tutor.recording.pullback import Gradients
from autograd_tutor.recording.reverse import Local, Rule
from autograd_tutor.recording.straight import Step


def identity(local: Local) -> Gradients:
    """What arrives is passed on as it is."""
    upstream = next((one for one in local.upstream if one is not None), None)
    return [
        None if upstream is None or true is None else fit(upstream, given)
        for true, given in zip(local.true, local.inputs, strict=True)
    ]


def negated(local: Local) -> Gradients:
    """The truth with the wrong sign."""
    return [None if true is None else -true for true in local.true]


def times(factor: float, power: float = 0) -> Rule:
    """The truth times a number, and times a power of the input."""

    def scaled(local: Local) -> Gradients:
        return [
            None if true is None else true * factor * (given**power if power else 1)
            for true, given in zip(local.true, local.inputs, strict=True)
        ]

    return scaled


def only_for(use: int, rule: Rule) -> Rule:
    """`rule` for one input, the truth for the others."""

    def partly(local: Local) -> list[torch.Tensor | None]:
        both = zip(local.true, rule(local), strict=True)
        return [other if at == use else true for at, (true, other) in enumerate(both)]

    return partly


def variants(case: Case, group: tuple[Step, ...], rule: Rule) -> Iterator[tuple[Rule, tuple[int, ...]]]:
    """`rule` for all inputs of a step, and for each alone where several matter; with the graph edge it is about."""
    yield rule, ()
    on_way = [use for way in case.ways[:1] for uses in way.uses.values() for at, use in uses if at == group[0].index]
    for use in on_way if 1 < len(on_way) <= 4 else ():
        yield only_for(use, rule), case.edges(group[0], use)
