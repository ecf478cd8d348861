"""P: where a value is used several times, or an operation joins several ways."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import combinations

import torch

from autograd_tutor.recording.imagined.case import Case, Guess, Way
from autograd_tutor.recording.replay import Replay
from autograd_tutor.recording.reverse import Change, Local, Reverse

_FEW = 4
"""Up to so many uses, every subset is tried; beyond, each alone left out, and each alone kept."""
_MANY = 12

_READS = frozenset({"getitem", "index_select", "embedding"})
_PRODUCTS = frozenset({"mul", "dot"})
_MULTIPLIES = _PRODUCTS | {"matmul", "rmatmul", "mm", "mv", "bmm", "inner", "outer", "einsum", "linear"}

Uses = frozenset[tuple[int, int]]


def dropped(case: Case) -> Iterator[Guess]:
    """P1: some of a value's uses left out; then single operands of operations that join several ways."""
    if not case.ways:
        return
    alike = _alike(case.ways)
    for at, (_, uses) in enumerate(alike[0]):
        if 1 < len(uses) <= _MANY:
            for subset in _subsets(len(uses)):
                yield _without(case, frozenset(way[at][1][index] for way in alike for index in subset))
    for step in case.steps:
        ways = [use for way in case.ways for uses in way.uses.values() for use in uses if use[0] == step.index]
        if len(ways) > 1:
            for use in ways[:_MANY]:
                yield _without(case, frozenset({use}))


def twice(case: Case) -> Iterator[Guess]:
    """P2: where a value is used twice, one use's contribution taken for both: 2Ax for the slope of xᵀAx."""
    alike = _alike(case.ways) if case.ways else []
    for at, (_, uses) in enumerate(alike[0] if alike else ()):
        multiplies = any(case.program.steps[step].operation.name in _MULTIPLIES for step, _ in uses)
        for index in range(2) if len(uses) == 2 and multiplies else ():
            alone = _without(case, frozenset(way[at][1][index] for way in alike))
            rest = case.mutant(Change(dropped=frozenset(use for way in alike for use in way[at][1])))
            if alone.value is not None:
                value = 2 * alone.value if rest is None else 2 * alone.value - rest
                yield replace(alone, tag="path-twice", value=value)


def multiplied(case: Case) -> Iterator[Guess]:
    """P3: contributions multiplied where they meet."""
    meeting = {value for way in case.ways for value, uses in way.uses.items() if len(uses) > 1}
    for value in sorted(meeting):
        change = Change(product=frozenset({value}))
        yield Guess("paths-multiplied", case.mutant(change), detail=case.program.label(value))


def part_by_part(case: Case) -> Iterator[Guess]:
    """P3: a product's slope taken to be the product of its factors' slopes, a quotient's their quotient."""
    if len(case.ways) != 1:
        return
    (way,) = case.ways
    for step in way.steps:
        name, uses = step.operation.name, [use for found in way.uses.values() for at, use in found if at == step.index]
        if name not in {*_PRODUCTS, "div"} or len(step.inputs) != 2 or len(uses) != 2:
            continue
        arrived = case.reverse.run(way.seeds, toward=step.outputs[0]).get(step.outputs[0])
        left, right = (_slope(case, way, value) for value in step.inputs)
        if arrived is None or left is None or right is None:
            continue
        both = arrived.sum() if arrived.numel() != left.numel() else arrived
        own = both * left * right if name in _PRODUCTS else both * left / right
        others = case.mutant(Change(dropped=frozenset((step.index, use) for use in uses)))
        total = own if others is None or others.shape != own.shape else own + others
        yield Guess("slopes-multiplied", total, case.nodes(step), detail=step.operation.text)


def _slope(case: Case, way: Way, value: int) -> torch.Tensor | None:
    number = case.program.values[value].number
    if value == way.value:
        return torch.ones_like(number)
    return case.reverse.run({value: case.reverse.ones(value)}, toward=way.value).get(way.value)


def repeats(case: Case) -> Iterator[Guess]:
    """P4: an element that an index reads several times counted once."""

    def once(local: Local) -> list[torch.Tensor | None]:
        counted = [None if one is None else torch.ones_like(one) for one in local.upstream]
        counts = case.reverse.local(local.step, counted).true
        return [
            None if true is None or count is None else true / count.clamp(min=1)
            for true, count in zip(local.true, counts, strict=True)
        ]

    for group in case.groups:
        if group[0].operation.name in ("getitem", "index_select", "gather", "embedding", "take", "take_along_dim"):
            change = Change(rules={step.index: once for step in group})
            yield Guess("repeats-not-counted", case.mutant(change), case.nodes(*group), detail=group[0].operation.text)


def unread(case: Case) -> Iterator[Guess]:
    """X3: the elements that an index did not read given the slope that they would have if it had read them."""
    for way in case.ways if len(case.ways) == 1 else ():
        for step in (case.program.steps[at] for at, use in _uses_of_own(case, way) if use == 0):
            leaf = case.program.values[step.inputs[0]].number
            made = case.program.values[step.outputs[0]].number
            lone = made.shape == leaf.shape[1:]
            if step.operation.name not in _READS or not leaf.dim() or not 1 < len(leaf) <= _MANY:
                continue
            if (not lone and made.shape[1:] != leaf.shape[1:]) or not made.numel():
                continue
            rows = []
            for row in leaf:
                instead = {step.index: lambda _step, _inputs, row=row, made=made: (row.expand(made.shape).clone(),)}
                reverse = Reverse(case.program, Replay(case.program).run({}, otherwise=instead))
                arrived = reverse.run(way.seeds, toward=step.outputs[0]).get(step.outputs[0])
                rows.append(torch.zeros_like(row) if arrived is None else arrived if lone else arrived[0])
            whole = torch.stack(rows)
            change = Change(rules={step.index: partial(_instead, whole)})
            yield Guess("unread-elements-too", case.mutant(change), case.nodes(step), detail=step.operation.text)


def _instead(passed: torch.Tensor, local: Local) -> list[torch.Tensor | None]:
    return [passed, *local.true[1:]]


def _uses_of_own(case: Case, way: Way) -> list[tuple[int, int]]:
    """Where the target is read, or what an edit in place made of it."""
    uses = list(way.uses.get(way.value, ()))
    for at, _ in tuple(uses):
        step = case.program.steps[at]
        if step.edits and not step.call.recorded:
            uses += way.uses.get(step.outputs[0], ())
    return uses


def apart(case: Case) -> Iterator[Guess]:
    """B8: what several uses bring put side by side, in place of added."""
    for way in case.ways if len(case.ways) == 1 else ():
        uses = way.uses.get(way.value, [])
        if not 1 < len(uses) <= _FEW or not case.program.values[way.value].number.dim():
            continue
        parts = [case.mutant(Change(dropped=frozenset(one for one in uses if one != kept))) for kept in uses]
        given = [part for part in parts if part is not None]
        if len(given) == len(uses):
            yield Guess("kept-apart", torch.cat(given))
            yield Guess("kept-apart", torch.stack(given))


def _subsets(count: int) -> Iterator[tuple[int, ...]]:
    if count <= _FEW:
        for size in range(1, count):
            yield from combinations(range(count), size)
        return
    for index in range(count):
        yield (index,)
        yield tuple(other for other in range(count) if other != index)


def _alike(ways: list[Way]) -> list[list[tuple[int, list[tuple[int, int]]]]]:
    """For each pass the used values, the target's own first; only the first pass where they are not alike."""
    lists = [[(value, way.uses[value]) for value in _own_first(way)] for way in ways]
    shapes = {tuple(len(uses) for _, uses in one) for one in lists}
    return lists if len(shapes) == 1 else lists[:1]


def _own_first(way: Way) -> list[int]:
    return sorted(way.uses, key=lambda value: (value != way.value, value))


def _without(case: Case, uses: Uses) -> Guess:
    steps = {index: case.program.steps[index] for index, _ in sorted(uses)}
    edges = tuple(edge for index, use in sorted(uses) for edge in case.edges(steps[index], use))
    detail = ", ".join(dict.fromkeys(step.operation.text for step in steps.values()))
    return Guess("path-dropped", case.mutant(Change(dropped=uses)), case.nodes(*steps.values()), edges, detail)
