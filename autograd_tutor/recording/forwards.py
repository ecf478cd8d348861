"""What the forward of a torch.autograd.Function has for a slope, beside the backward that it comes with.

Each call is run again alone, in float64, a little to either side of each number that went into it: central differences
of its outputs, weighed by what arrived at them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress

import torch

from autograd_tutor.explanation import Forward
from autograd_tutor.recording.aims import Aim, tensor_of
from autograd_tutor.recording.replay import Replay
from autograd_tutor.recording.slopes import refusal, size_at
from autograd_tutor.recording.straight import Program, Step
from autograd_tutor.recording.values import array


def forwards(program: Program, replay: Replay, goal: Aim, deadline: float) -> tuple[Forward, ...]:
    """For each such call and pass what its forward's slope makes of what arrived; as many as there is time for."""
    nodes = program.trace.nodes
    steps = [one for one in program.steps if one.node is not None and nodes[one.node].own and not one.operation.inside]
    found: list[Forward] = []
    for step in steps:
        for backward in goal.passes:
            with suppress(RuntimeError, TypeError, ValueError, IndexError, LookupError):
                for one in _of(program, replay, step, backward.pass_):
                    found.append(one)
                    if time.process_time() > deadline:
                        return tuple(found)
    return tuple(found)


def _of(program: Program, replay: Replay, step: Step, pass_: int) -> Iterator[Forward]:
    trace = program.trace
    arrived = next((one for one in trace.passes[pass_].arrivals if one.node == step.node), None)
    if arrived is None:
        return
    weights = [None if one is None else tensor_of(one) for one in arrived.gradients]
    inputs = [replay.recorded[index] for index in step.inputs]
    edges = {edge.input: edge.id for edge in trace.edges if edge.tail == step.node and not edge.ghost}
    for place, live in enumerate(step.live):
        if live and place in edges and refusal(inputs[place]) is None:
            yield Forward(pass_, edges[place], array(_slope(replay, step, inputs, place, weights)))


def _slope(
    replay: Replay, step: Step, inputs: list[torch.Tensor], place: int, weights: Sequence[torch.Tensor | None]
) -> torch.Tensor:
    def total(moved: torch.Tensor) -> float:
        outputs = replay.step(step, [moved if at == place else one for at, one in enumerate(inputs)])
        pairs = zip(outputs, weights, strict=False)
        return sum(float((output * weight).sum()) for output, weight in pairs if weight is not None)

    base = inputs[place]
    found = torch.zeros(base.numel(), dtype=torch.float64)
    for index in range(base.numel()):
        size = size_at(base, index)
        sides = base.clone(), base.clone()
        sides[0].view(-1)[index] += size
        sides[1].view(-1)[index] -= size
        found[index] = (total(sides[0]) - total(sides[1])) / (2 * size)
    return found.reshape(base.shape)
