"""Central differences for what a transform puts together: each example's gradient, each row of a Jacobian."""

from __future__ import annotations

from itertools import product
from typing import Any

import torch

from autograd_tutor.explanation import Differences
from autograd_tutor.recording.aims import value_of
from autograd_tutor.recording.replay import Replay
from autograd_tutor.recording.slopes import Slope, between, first_used, refusal
from autograd_tutor.recording.straight import Program
from autograd_tutor.recording.tape import Backward
from autograd_tutor.recording.twice import Gradients, of_a_pass
from autograd_tutor.recording.values import array
from autograd_tutor.trace import GIVES, MAKES, REARRANGES, Operation

TWICE = (
    "A gradient that was itself recorded (create_graph) is differentiated here: running the program again does not "
    "repeat its backward passes, so there are no finite differences."
)


_TANGENT = (
    "A tangent (forward mode) is differentiated here: running the program again does not carry tangents along, so "
    "there are no finite differences."
)


class _Refused(Exception):
    """There are none; the message says why."""


def rows(program: Program, target: str, deadline: float) -> Differences:
    """The slopes behind `target`, if a transform put it together of results of autograd.grad; else none."""
    found = program.trace.find(target)
    value = None if found is None or found.tensor is None else program.value(found.tensor)
    if value is None:
        return Differences(target)
    results = {
        program.first(result): (one, tensor)
        for one in program.tape.backwards
        for tensor, result in zip(one.inputs or (), one.results, strict=False)
        if result is not None
    }
    parts = _gathered(program, value)
    if not parts or not parts <= results.keys():
        return Differences(target)
    replay = Replay(program, wide=True)
    slopes: dict[int, torch.Tensor] = {}
    note = None
    try:
        for part in parts:
            slopes[part], doubt = _slope(replay, *results[part], program.values[part].tensor, deadline)
            note = note or doubt
    except _Refused as reason:
        return Differences(target, note=str(reason))
    steps = set().union(*(between(program, part, [value]) for part in parts))
    return Differences(target, array(replay.run(slopes, held=False, only=steps)[value]), None, note)


def _gathered(program: Program, value: int) -> set[int]:
    """The values that a transform has put `value` together of, without computing anything."""
    found: set[int] = set()
    waiting = [value]
    while waiting:
        one = waiting.pop()
        maker = program.values[one].maker
        step = None if maker is None else program.steps[maker]
        if step is not None and _moves(step.operation):
            waiting += step.inputs
        else:
            found.add(one)
    return found


def _moves(operation: Operation) -> bool:
    return operation.name in REARRANGES and operation.text.startswith(f"{operation.name} in ")


def _slope(
    replay: Replay, backward: Backward, tensor: int, result: int, deadline: float
) -> tuple[torch.Tensor, str | None]:
    """What one pass returned for one tensor; for each example of its vmaps, if it ran in any."""
    program, tensors = replay.program, replay.program.trace.tensors
    value = value_of(program, tensor, backward)
    if value is None:
        raise _Refused("")
    value = first_used(program, value, (backward,))
    gradients = Gradients(replay, (backward,)) if of_a_pass(program, backward) else None
    reason = refusal(program.values[value].number)
    if reason or (gradients is not None and not gradients.known):
        raise _Refused(reason or TWICE)
    if any(program.steps[step].operation.name in (MAKES, GIVES) for step in program.dependents(value)):
        raise _Refused(_TANGENT)
    slope = Slope(replay, value, (backward,), held=True, gradients=gradients)
    number, own = program.values[value].number, tensors[tensor].batch
    places = torch.arange(number.numel()).reshape(number.shape)
    sizes = {one.id: one.size for one in backward.batch}
    kept = tensors[result].batch
    if not kept and len(program.values[program.first(result) or 0].number.shape) > number.ndim:  # is_grads_batched
        kept = tuple(sizes)
    found, note = [], None
    for place in product(*(range(sizes[one]) for one in kept)):
        index = dict(zip(kept, place, strict=True))
        slope.weights = [
            weight for root, seed in _seeds(program, backward) if (weight := _weight(program, root, seed, index))
        ]
        only = places[_at(own, index)].reshape(-1).tolist()
        one, doubt = slope.all(deadline, only)
        note = note or doubt
        if one is None:
            raise _Refused(note or "")
        found.append(one[_at(own, index)])
    return torch.stack(found).reshape((*(sizes[one] for one in kept), *found[0].shape)), note


def _seeds(program: Program, backward: Backward) -> list[tuple[int, Any]]:
    """Each root, and what the pass started from there, for all examples."""
    batch = tuple(one.id for one in backward.batch)
    found: list[tuple[int, Any]] = []
    for root, gradient in zip(backward.roots, backward.gradients, strict=False):
        found.append((root, None if gradient is None else (batch, gradient)))
    return found


def _weight(program: Program, root: int, seed: Any, index: dict[int, int]) -> tuple[int, torch.Tensor] | None:
    """How much each element of a root counts for one example."""
    value = program.value(root)
    if value is None:
        return None
    whole = torch.zeros_like(program.values[value].number, dtype=torch.float64)
    own = _at(program.trace.tensors[root].batch, index)
    whole[own] = 1.0 if seed is None else seed[1][_at(seed[0], index)].double()
    return value, whole


def _at(batch: tuple[int, ...], index: dict[int, int]) -> tuple[int, ...]:
    return tuple(index.get(one, 0) for one in batch)
