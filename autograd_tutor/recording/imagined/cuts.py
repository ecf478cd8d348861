"""D: gradients taken through a cut, or stopped where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import torch

from autograd_tutor.recording.finer import Slope
from autograd_tutor.recording.imagined.case import Case, Guess
from autograd_tutor.recording.reverse import TRUE, Change
from autograd_tutor.recording.straight import Step
from autograd_tutor.recording.tape import Backward

_MOST_CUTS = 6


def as_if_tracked(case: Case) -> Iterator[Guess]:
    """D1: nothing is cut; then each cut alone; then what a pass that raised, or only returned, would have added."""
    yield from _absent(case)
    cuts = _cuts(case)
    every = Change(everything=True)
    tag, detail = _tag(case, cuts)
    nodes = case.nodes(*cuts[:1])
    late = any(_untracked(case, step) for step in case.program.steps)
    if case.truth is not None and not cuts and not late and case.backwards == case.aim.passes:
        return  # nothing is cut: where the replay differs from torch all the same, it is for another reason
    yield Guess(tag, case.mutant(every, case.backwards), nodes, detail=detail)
    if case.backwards != case.aim.passes and case.aim.passes:
        yield Guess(tag, case.mutant(every), nodes, detail=detail)
    if 1 < len(cuts) <= _MOST_CUTS:
        for cut in cuts:
            opened = Change(opened=_opened(case, cut))
            yield Guess("as-if-tracked", case.mutant(opened, case.backwards), case.nodes(cut), detail=cut.reason or "")


def blocked(case: Case) -> Iterator[Guess]:
    """D2 and D3: a cut operand stops its neighbours too, or stops them instead of itself."""
    for step in case.steps:
        shut = [use for use in range(len(step.inputs)) if not step.live[use] and _is_cut(case, step, use)]
        live = [use for use in range(len(step.inputs)) if step.live[use]]
        if not shut or not live:
            continue
        dropped = frozenset((step.index, use) for use in live)
        edges = tuple(edge for use in live for edge in case.edges(step, use))
        yield Guess("whole-operation-cut", case.mutant(Change(dropped=dropped)), case.nodes(step), edges)
        opened = _upstream_of(case, step, shut)
        yield Guess("wrong-side-cut", case.mutant(Change(dropped=dropped, opened=opened)), case.nodes(step), edges)


def stopped(case: Case) -> Iterator[Guess]:
    """D2: a cut or a frozen weight anywhere taken to stop all: nothing arrives, or a 0."""
    if case.truth is None or not case.ways:
        return
    beside = [step for step in case.steps if any(_is_cut(case, step, use) for use in range(len(step.inputs)))]
    cuts = beside or [step for step in case.program.steps if step.cut and not step.changes]
    if cuts or _frozen(case):
        nodes = case.nodes(*cuts[:1]) or tuple(_frozen(case)[:1])
        if nodes:
            yield Guess("everything-cut", torch.zeros_like(case.truth), nodes)
            yield Guess("everything-cut", None, nodes, absent=True)


def _frozen(case: Case) -> list[int]:
    """The nodes that use a module's weight that does not require grad, and, last, nodes that item() left behind."""
    weights = {
        one.id for one in case.program.trace.tensors if not one.requires_grad and any("." in name for name in one.names)
    }
    found = [step for step in case.steps if weights & {case.program.values[index].tensor for index in step.inputs}]
    left = [node.id for node in case.program.trace.nodes if node.kind == "ghost" and node.reason == "left torch"]
    return [*case.nodes(*found), *left]


def first_order(case: Case) -> Iterator[Guess]:
    """D2: what autograd.grad returned with create_graph taken to be a constant."""
    returned = {step.index for step in case.steps if isinstance(step.call.function, Slope)}
    uses = frozenset((index, use) for index in returned for use in range(len(case.program.steps[index].inputs)))
    if uses and any(step.index not in returned for step in case.steps):
        yield Guess("first-order-only", case.mutant(Change(dropped=uses)))


def _absent(case: Case) -> Iterator[Guess]:
    """What is missing though nothing on the way was cut."""
    program, aim = case.program, case.aim
    if aim.is_grad and case.truth is None:
        if aim.passes:
            tag = "as-if-not-frozen" if program.trace.tensors[aim.tensor].is_leaf else "as-if-retained"
            yield Guess(tag, case.mutant(TRUE))
        returned = tuple(one for one in program.tape.backwards if one.kind == "grad" and not one.raised)
        for one in returned:
            yield Guess("as-if-filled", case.mutant(TRUE, (one,)))
        if len(returned) > 1:
            yield Guess("as-if-filled", case.mutant(TRUE, returned))
    for before, after in pairwise(_growing(case)):
        why = program.trace.passes[after[-1].pass_].error_kind
        if why != "untracked root" and before != after:
            yield Guess("as-if-run", case.mutant(TRUE, after), detail=why or "")


def _growing(case: Case) -> Iterator[tuple[Backward, ...]]:
    """The passes that count; then with each one that raised added."""
    passes = case.aim.passes
    yield passes
    for one in case.backwards:
        if one.raised:
            passes = (*passes, one)
            yield passes


def _cuts(case: Case) -> list[Step]:
    """The steps at which the way from the target to a root is really cut, in order."""
    program = case.program
    reached: set[int] = {index for index, value in enumerate(program.values) if value.tensor == case.aim.tensor}
    found: dict[int, Step] = {}
    for step in program.steps:
        if not reached.intersection(step.inputs):
            continue
        reached.update(step.outputs)
        if (step.cut or _kept_constant(step)) and not step.changes:
            found[step.index] = step
        elif step.reason == "downstream" and step.cause is not None:
            cause = case.step_of(step.cause)
            if cause is not None and cause.cut:
                found.setdefault(cause.index, cause)
    return list(found.values())


def _kept_constant(step: Step) -> bool:
    """A slope that autograd.grad multiplied without create_graph."""
    return isinstance(step.call.function, Slope) and not step.call.recorded


def _tag(case: Case, cuts: list[Step]) -> tuple[str, str]:
    frozen = not case.program.trace.tensors[case.aim.tensor].requires_grad
    reasons = dict.fromkeys(cut.reason for cut in cuts if cut.reason)
    if not reasons or set(reasons) == {"frozen"}:
        return ("as-if-not-frozen", "frozen") if frozen or reasons else ("as-if-tracked", "")
    return "as-if-tracked", ", ".join(reasons)


def _opened(case: Case, cut: Step) -> frozenset[int]:
    """The step of a cut, and what was left unrecorded for its sake."""
    return frozenset({cut.index}) | {
        step.index for step in case.program.steps if step.cause is not None and step.cause in cut.operation.nodes
    }


def _is_cut(case: Case, step: Step, use: int) -> bool:
    maker = case.program.values[step.inputs[use]].maker
    made_by = None if maker is None else case.program.steps[maker]
    if made_by is None or made_by.changes:
        return False
    return made_by.cut or made_by.reason == "downstream" or _untracked(case, made_by)


def _untracked(case: Case, step: Step) -> bool:
    """It used the target before that required grad."""
    early = not step.call.recorded and step.reason is None and not step.changes
    return early and any(case.owns(value) for value in step.inputs)


def _upstream_of(case: Case, step: Step, uses: list[int]) -> frozenset[int]:
    """The unrecorded steps that made these operands."""
    program = case.program
    found: set[int] = set()
    stack = [program.values[step.inputs[use]].maker for use in uses]
    while stack:
        maker = stack.pop()
        if maker is None or maker in found or program.steps[maker].call.recorded:
            continue
        found.add(maker)
        stack.extend(program.values[index].maker for index in program.steps[maker].inputs)
    return frozenset(found)
