"""V, L, P, A for gradients of gradients: another order, another variable, products, a term that never moves.

The program is run again with autograd recording it, its earlier passes too; so any derivative of it can be asked for.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations_with_replacement

import torch

from autograd_tutor.recording.aims import close, seeds, value_of
from autograd_tutor.recording.finer import Slope
from autograd_tutor.recording.imagined.asked import name_of
from autograd_tutor.recording.imagined.case import Case, Guess, Guesses
from autograd_tutor.recording.imagined.sources import Reruns, parsed
from autograd_tutor.recording.replay import Override, Replay
from autograd_tutor.recording.straight import Program, apply
from autograd_tutor.recording.tape import Backward, Recording
from autograd_tutor.trace import Raised

_PASSES = frozenset({"backward", "grad"})
_MOST_USES = 30
_MOST_VARIABLES = 3


def others(case: Case) -> Iterator[Guess]:
    """Of a chain of passes, each from what the one before gave: another chain, or a product of first derivatives."""
    again = _Again.of(case)
    if again is None:
        return
    whole = again.values({})
    order = again.order
    if order is None:
        return
    variables = list(dict.fromkeys((*order, *again.leaves)))[:_MOST_VARIABLES]
    base = again.base
    found = _derivatives(base, [whole[one] for one in variables], len(order) + 1)
    asked = tuple(sorted(variables.index(one) for one in order))
    for word, value in found.items():
        if word != asked:
            tag = "differentiated-once-more" if len(word) > len(asked) else "other-derivative"
            label = ", then ".join(case.program.label(variables[one]) for one in word)
            yield Guess(tag, value, detail=label if tag == "other-derivative" else "")
    product = None
    for place in asked:
        first = found.get((place,))
        if first is None or (product is not None and product.shape != first.shape):
            return
        product = first if product is None else product * first
    yield Guess("derivatives-multiplied", product)


def terms(case: Case) -> Iterator[Guess]:
    """P1: one use of a value left out in the function itself, so in its first derivative and in the next."""
    again = _Again.of(case)
    if again is None or not close(case.truth, again.gradient({})):
        return
    uses = [(step, use) for step in again.steps for use, live in enumerate(step.live) if live and len(step.inputs) > 1]
    for step, use in uses if len(uses) <= _MOST_USES else ():
        edges = case.edges(step, use)
        found = again.gradient({step.index: _still(use)})
        yield Guess("path-dropped", found, case.nodes(step), edges, step.operation.text)


def kept(recording: Recording, target: str, reruns: Reruns, guesses: Guesses) -> Iterator[Guess]:
    """D1 where a pass from an earlier gradient raises: what it would give if its graph were kept, and slips in that."""
    tree, outcome = parsed(recording), recording.trace.outcome
    if tree is None or not isinstance(outcome, Raised) or outcome.pass_ is None:
        return
    passes = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and name_of(node.func) in _PASSES]
    if len(passes) < 2 or any(one.arg == "create_graph" for node in passes for one in node.keywords):
        return
    for node in passes:
        node.keywords.append(ast.keyword("create_graph", ast.Constant(True)))
    source = ast.unparse(ast.fix_missing_locations(tree))
    value = None if reruns.of(source, target).raised else reruns.value(source, target)
    if value is not None:
        yield Guess("as-if-run", value, detail=outcome.type)
        yield from (replace(one, nodes=(), edges=()) for one in guesses(reruns.recording(source, target), target))


def returned(case: Case) -> Iterator[Guess]:
    """A9: what autograd.grad returned taken to be added to .grad as well."""
    if not case.aim.is_grad or case.truth is None:
        return
    total = case.truth
    for one in case.program.tape.backwards:
        for tensor, result in zip(one.inputs or (), one.results, strict=False):
            value = case.program.first(result) if result is not None and tensor == case.aim.tensor else None
            if value is not None and case.program.values[value].number.shape == total.shape:
                total = total + case.program.values[value].number
    if total is not case.truth:
        yield Guess("returned-added", total)


def every_argument(case: Case) -> Iterator[Guess]:
    """J1: of a function of several numbers, the slopes by all of them."""
    if case.aim.is_grad or case.value is None or case.program.values[case.value].number.dim():
        return
    for way in case.ways if len(case.ways) == 1 else ():
        leaves = [one for one in _leaves(case.program, way.seeds) if not case.program.values[one].number.dim()]
        if 1 < len(leaves) <= _MOST_VARIABLES and case.value in leaves:
            slopes = [case.imagined(case.program.values[one].tensor) for one in leaves]
            given = [one for one in slopes if one is not None and not one.dim()]
            if len(given) == len(leaves):
                yield Guess("whole-jacobian", torch.stack(given))


def _leaves(program: Program, roots: Mapping[int, torch.Tensor]) -> list[int]:
    """The leaves of numbers that some roots are made of."""
    waiting, seen, found = list(roots), set(roots), []
    while waiting:
        value = program.values[waiting.pop()]
        if value.maker is None and value.number.is_floating_point():
            found.append(value.index)
        fresh = () if value.maker is None else set(program.steps[value.maker].inputs) - seen
        seen.update(fresh)
        waiting.extend(fresh)
    return sorted(found)


def _still(use: int) -> Override:
    """The call with one operand that does not move."""
    return lambda step, inputs: apply(step, [one.detach() if at == use else one for at, one in enumerate(inputs)])


def _derivatives(
    base: torch.Tensor, variables: list[torch.Tensor], longest: int
) -> dict[tuple[int, ...], torch.Tensor]:
    """By the variables' places: all derivatives of the sum of `base` up to an order."""
    made: dict[tuple[int, ...], torch.Tensor] = {(): base}
    for length in range(1, longest + 1):
        for word in combinations_with_replacement(range(len(variables)), length):
            before = made.get(word[:-1])
            if before is None or not before.requires_grad:
                continue
            found = torch.autograd.grad(before.sum(), variables[word[-1]], create_graph=True, allow_unused=True)[0]
            if found is not None:
                made[word] = found
    return {word: value.detach() for word, value in made.items() if word}


class _Again:
    """A chain of passes that can be run again, autograd recording all of it."""

    def __init__(self, case: Case, inner: list[tuple[Backward, list[tuple[int, int]]]], last: Backward) -> None:
        self.inner = inner
        self._case, self._last = case, last
        self._replay = Replay(case.program)
        results = {result for _, pairs in inner for _, result in pairs}
        self._plain = _written(case.program, results)
        self.leaves = [
            index
            for index in _leaves(case.program, seeds(case.program, inner[0][0]))
            if case.program.trace.tensors[case.program.values[index].tensor].requires_grad
        ]
        self.steps = [case.program.steps[index] for index in self._plain]
        self.base = torch.zeros(())
        self.order: tuple[int, ...] | None = self._order()

    @classmethod
    def of(cls, case: Case) -> _Again | None:
        """None where the target's pass does not start from what an earlier one gave."""
        passes, program = case.aim.passes, case.program
        if len(passes) != 1 or case.value is None or case.truth is None:
            return None
        inner = []
        for one in program.tape.backwards:
            if one.create_graph and one.kind == "grad" and one.pass_ < passes[0].pass_ and not one.raised:
                pairs = [
                    (value_of(program, tensor, one), program.first(result))
                    for tensor, result in zip(one.inputs or (), one.results, strict=False)
                    if result is not None
                ]
                inner.append((one, [(a, b) for a, b in pairs if a is not None and b is not None]))
        return cls(case, inner, passes[0]) if inner and not any(one.batch for one, _ in inner) else None

    def _order(self) -> tuple[int, ...] | None:
        """The variables of a plain chain, the last first; None where something comes between two passes."""
        program, backward = self._case.program, self._last
        assert self._case.value is not None
        made = {result: (one, variable) for one, pairs in self.inner for variable, result in pairs}
        order = [self._case.value]
        while len(backward.roots) == 1 and (root := program.first(backward.roots[0])) in made:
            assert root is not None
            backward, variable = made[root]
            order.append(variable)
        plain = all(one is None or bool((one == 1).all()) for one in self._last.gradients)
        self._start = backward
        return tuple(order) if len(order) > 1 and plain else None

    def values(self, otherwise: Mapping[int, Override]) -> list[torch.Tensor]:
        """The program's values, with the graph behind them."""
        program = self._case.program
        moving = {one for _, pairs in self.inner for one, _ in pairs} | {self._case.value, *self.leaves}
        leaves = {
            one: program.values[one].number.detach().clone().requires_grad_()
            for one in moving
            if one is not None and program.values[one].maker is None
        }
        known: dict[int, torch.Tensor] = dict(leaves)
        for backward, pairs in self.inner:
            values = self._replay.run(known, only=self._plain, held=False, tracked=True, otherwise=otherwise)
            if backward is self._start:
                self.base = self._total(values, backward)
            wanted = [values[variable] for variable, _ in pairs]
            found = torch.autograd.grad(self._total(values, backward), wanted, create_graph=True, allow_unused=True)
            for (_, result), one, like in zip(pairs, found, wanted, strict=True):
                known[result] = torch.zeros_like(like) if one is None else one
        return self._replay.run(known, only=self._plain, held=False, tracked=True, otherwise=otherwise)

    def gradient(self, otherwise: Mapping[int, Override]) -> torch.Tensor | None:
        """What the last pass gives."""
        values = self.values(otherwise)
        total = self._total(values, self._last)
        assert self._case.value is not None
        wanted = values[self._case.value]
        if not total.requires_grad:
            return torch.zeros_like(wanted)
        found = torch.autograd.grad(total, wanted, allow_unused=True)[0]
        return torch.zeros_like(wanted) if found is None else found

    def _total(self, values: list[torch.Tensor], backward: Backward) -> torch.Tensor:
        start = seeds(self._case.program, backward)
        return torch.stack([(values[root] * seed).sum() for root, seed in start.items()]).sum()


def _written(program: Program, results: set[int]) -> list[int]:
    """The program's own steps that are not cut off, without the slopes that lead to the results of its passes."""
    slopes: set[int] = set()
    for step in program.steps:
        above = {program.values[one].maker for one in step.inputs if one not in results}
        if isinstance(step.call.function, Slope) or above & slopes:
            slopes.add(step.index)
    return [step.index for step in program.steps if step.index not in slopes and not step.cut]
