"""L8: the inner slope put where the inner value belongs: 1/(2x) for the slope of 1/x²."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from autograd_tutor.recording.imagined.case import Case, Guess
from autograd_tutor.recording.imagined.local import LINEAR
from autograd_tutor.recording.pullback import pulled
from autograd_tutor.recording.straight import apply

_FEW = 16
"""Elements."""


def values(case: Case) -> Iterator[Guess]:
    """L8: the inner slope put where the inner value belongs: 1/(2x) for 1/x²; into the function, or its slope."""
    for way in case.ways if len(case.ways) == 1 else ():
        for step in way.steps:
            moving = [value for value in dict.fromkeys(step.inputs) if value in way.uses]
            number = case.program.values[step.outputs[0]].number
            if len(moving) != 1 or moving[0] == way.value or step.operation.name in LINEAR or number.numel() > _FEW:
                continue
            slope = case.reverse.run({moving[0]: case.reverse.ones(moving[0])}, toward=way.value).get(way.value)
            given = case.program.values[moving[0]].number
            arrived = case.reverse.arrived(way.seeds, step.outputs[0])
            if slope is None or arrived is None or slope.shape != given.shape or arrived.shape != number.shape:
                continue
            inputs = [
                slope.detach().clone().requires_grad_() if one == moving[0] else _held(case, one) for one in step.inputs
            ]
            with torch.enable_grad():
                outputs = apply(step, inputs)
            nodes, detail = case.nodes(step), step.operation.text
            own = [at for at, one in enumerate(step.inputs) if one == moving[0]]
            outer = pulled([inputs[own[0]]], outputs, [arrived])[0]
            for found in (arrived * outputs[0].detach(), outer, None if outer is None else outer * slope):
                if found is not None and found.shape == case.program.values[way.value].number.shape:
                    yield Guess("slope-put-inside", found, nodes, detail=detail)


def _held(case: Case, value: int) -> torch.Tensor:
    return case.program.values[value].number.detach()
