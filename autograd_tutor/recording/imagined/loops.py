"""L, P in loops: a slip made in every turn alike."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from autograd_tutor.recording.imagined.case import Case, Guess
from autograd_tutor.recording.pullback import Gradients
from autograd_tutor.recording.reverse import Change, Local, Rule
from autograd_tutor.recording.straight import Step


def turns(case: Case) -> Iterator[Guess]:
    """L3: the slopes of one turn taken for all; P1: one use left out in every turn."""
    found = [group for group in case.groups if len(group) > 1]
    for place in (0, -1):
        rules: dict[int, Rule] = {}
        for group in found:
            ordered = sorted(group, key=lambda step: step.index)
            rules |= {step.index: partial(_as_at, case, ordered[place]) for step in group}
        if rules:
            nodes = case.nodes(*found[0])
            yield Guess("derivative-at-wrong-point", case.mutant(Change(rules=rules)), nodes, detail=_text(found[0]))
    for group in found:
        uses = [use for use, live in enumerate(group[0].live) if live]
        for use in uses if len(uses) > 1 else ():
            change = Change(dropped=frozenset((step.index, use) for step in group))
            edges = tuple(edge for step in group for edge in case.edges(step, use))
            yield Guess("path-dropped", case.mutant(change), case.nodes(*group), edges, _text(group))


def _text(group: tuple[Step, ...]) -> str:
    return group[0].operation.text


def _as_at(case: Case, other: Step, local: Local) -> Gradients:
    there = case.reverse.local(other, local.upstream)
    alike = all(one.shape == two.shape for one, two in zip(there.inputs, local.inputs, strict=True))
    return there.true if alike else list(local.true)
