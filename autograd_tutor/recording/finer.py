"""A program in smaller steps than torch's calls: fused losses taken apart, and gradients of gradients.

A learner's slip lies in the softmax or in the logarithm, where torch has one cross_entropy. And what
autograd.grad returned is a value like others once its own slopes are steps of the program.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import msgspec
import torch

from autograd_tutor.recording.aims import close, seeds, value_of
from autograd_tutor.recording.composites import COMPOSITES
from autograd_tutor.recording.mapped import Mapped
from autograd_tutor.recording.straight import Parts, Program, Step, Value, apply
from autograd_tutor.recording.tape import Backward, Call, Ref
from autograd_tutor.trace import Operation


class Slope:
    """The vector-Jacobian product of one step, as a call of its own: (inputs…, upstream) -> gradients."""

    def __init__(self, step: Step, uses: tuple[int, ...]) -> None:
        """`uses`: the inputs of `step` whose gradients are asked for."""
        self.step = step
        self.uses = uses

    def __call__(self, *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """The gradient for each of those inputs, with a graph behind it."""
        with torch.enable_grad():
            given = [
                one if one.requires_grad or not one.is_floating_point() else one.requires_grad_() for one in tensors
            ]
            output = apply(self.step, given[:-1])[0]
            wanted = [given[use] for use in self.uses]
            total = (output * given[-1]).sum()
            found = torch.autograd.grad(total, wanted, create_graph=True, allow_unused=True)
        return tuple(
            torch.zeros_like(one) if gradient is None else gradient for one, gradient in zip(wanted, found, strict=True)
        )


def finer(program: Program) -> Program:
    """`program` in smaller steps, its values under the same indices and new ones after them.

    What can't be taken apart (a loss with weights, a pass from a call with several outputs) stays as it is.
    """
    returned = [one for one in program.tape.backwards if _made(one) and not one.raised and not one.batch]
    if not returned and not any(step.operation.name in COMPOSITES for step in program.steps):
        return program
    builder = _Builder(program)
    made_at = {value: position for versions in program.versions.values() for position, value in versions}
    for step in program.steps:
        while returned and step.outputs and made_at.get(step.outputs[0], 0) > returned[0].position:
            builder.unfold(returned.pop(0))
        builder.add(step)
    for backward in returned:
        builder.unfold(backward)
    return builder.program


def apart(program: Program, composites: Mapping[str, Parts]) -> Program:
    """`program` with the calls of `composites` in pieces, its values under the same indices."""
    builder = _Builder(program, composites)
    for step in program.steps:
        builder.add(step)
    return builder.program


def _made(backward: Backward) -> tuple[tuple[int, int | None], ...]:
    """The tensors that a pass differentiates with respect to, each with the tensor that holds its gradient."""
    if backward.kind == "backward":
        return backward.left or ()
    return tuple(zip(backward.inputs or (), backward.results, strict=False)) if any(backward.results) else ()


class _Builder:
    def __init__(self, program: Program, composites: Mapping[str, Parts] = COMPOSITES) -> None:
        self._composites = composites
        values = [replace(value, uses=[]) for value in program.values]
        self.program = replace(program, steps=[], values=values)

    def add(self, step: Step) -> None:
        parts = self._composites.get(step.operation.name)
        one = step.call.recorded and not isinstance(step.call.function, Mapped)
        if parts is None or not one or not self._apart(step, parts):
            self._append(replace(step, index=len(self.program.steps)))

    def emit(
        self, function: Callable[..., Any], arguments: tuple[Any, ...], inputs: tuple[int, ...], like: Step, name: str
    ) -> tuple[int, ...]:
        """One more step, `function(*arguments)` with the inputs in the places of `Ellipsis`; its outputs."""
        values = self.program.values
        places = iter(inputs)
        filled = tuple(Ref(values[next(places)].tensor) if one is ... else one for one in arguments)
        call = Call(like.call.operation, function, filled, {}, (), like.call.recorded)
        operation: Operation = msgspec.structs.replace(like.operation, name=name)
        live = tuple(like.call.recorded and values[one].number.is_floating_point() for one in inputs)
        step = Step(len(self.program.steps), call, operation, inputs, (), live, False)
        results = apply(step, [values[one].number.detach() for one in inputs])
        tensor = values[like.outputs[0]].tensor
        outputs = []
        for slot, number in enumerate(results):
            outputs.append(len(values))
            values.append(Value(len(values), tensor, number.detach(), None, slot))
        step.outputs = tuple(outputs)
        self._append(step)
        return step.outputs

    def unfold(self, backward: Backward) -> None:
        """The slopes that a pass multiplied, as steps that lead to what it returned."""
        kept = len(self.program.steps), len(self.program.values)
        try:
            self._unfold(backward)
        except (RuntimeError, LookupError, ValueError):
            del self.program.steps[kept[0] :], self.program.values[kept[1] :]

    def _unfold(self, backward: Backward) -> None:
        program = self.program
        made = _made(backward)
        inputs = [value_of(program, tensor, backward) for tensor, _ in made]
        behind: set[int] = {index for value in inputs if value is not None for index in program.dependents(value)}
        arrived: dict[int, int] = {}
        for root, seed in seeds(program, backward).items():
            arrived[root] = len(program.values)
            program.values.append(Value(arrived[root], program.values[root].tensor, seed, None))
        below = {value for value in inputs if value is not None}
        below |= {output for index in behind for output in program.steps[index].outputs}
        for step in [program.steps[index] for index in sorted(behind, reverse=True)]:
            reached = [output for output in step.outputs if output in arrived]
            uses = tuple(use for use, value in enumerate(step.inputs) if step.live[use] and value in below)
            if not reached or not uses:
                continue
            if len(step.outputs) > 1 or step.changes:
                raise ValueError(step.operation.name)
            given = (*step.inputs, arrived[reached[0]])
            name = f"slope of {step.operation.name}"
            like = step if backward.create_graph else _unrecorded(step)
            slopes = self.emit(Slope(step, uses), (...,) * len(given), given, like, name)
            for use, part in zip(uses, slopes, strict=True):
                value = step.inputs[use]
                whole: tuple[int, ...] = (part,)
                if value in arrived:
                    whole = self.emit(torch.add, (..., ...), (arrived[value], part), like, "add")
                arrived[value] = whole[0]
        for variable, (_, result) in zip(inputs, made, strict=True):
            if variable is not None and result is not None and variable in arrived:
                self._lead(arrived[variable], result)

    def _lead(self, value: int, result: int) -> None:
        """The last of the slopes' steps makes what the pass returned."""
        program = self.program
        returned, maker = program.first(result), program.values[value].maker
        if (
            returned is None
            or maker is None
            or not close(program.values[returned].number, program.values[value].number)
        ):
            raise ValueError(result)
        step = program.steps[maker]
        step.outputs = tuple(returned if output == value else output for output in step.outputs)
        program.values[returned].maker = maker
        program.values[returned].output = program.values[value].output

    def _apart(self, step: Step, parts: Parts) -> bool:
        kept = len(self.program.steps), len(self.program.values)

        def emit(name: str, function: Callable[..., Any], *arguments: Any, inputs: tuple[int, ...]) -> int:
            return self.emit(function, arguments or (...,) * len(inputs), inputs, step, name)[0]

        try:
            numbers = [self.program.values[index].number for index in step.inputs]
            found = parts(emit, step, numbers)
            made = found if isinstance(found, tuple) else (found,)
            for value, last in zip(step.outputs, made, strict=True):
                if last is None or not close(self.program.values[value].number, self.program.values[last].number):
                    raise ValueError(step.operation.name)
        except (RuntimeError, TypeError, ValueError, IndexError):
            del self.program.steps[kept[0] :], self.program.values[kept[1] :]
            return False
        for value, last in zip(step.outputs, made, strict=True):
            assert last is not None
            self._rename(last, value, kept[0])
        return True

    def _rename(self, last: int, value: int, since: int) -> None:
        """One of the new values is the call's own output."""
        maker = self.program.values[last].maker
        assert maker is not None
        self.program.values[value].maker = maker
        for step in self.program.steps[since:]:
            if last in step.inputs:
                step.inputs = tuple(value if one == last else one for one in step.inputs)
        step = self.program.steps[maker]
        step.outputs = tuple(value if one == last else one for one in step.outputs)
        self.program.values[value].uses += self.program.values[last].uses
        self.program.values[last].uses = []

    def _append(self, step: Step) -> None:
        self.program.steps.append(step)
        for use, value in enumerate(step.inputs):
            self.program.values[value].uses.append((step.index, use))
        for output in step.outputs:
            self.program.values[output].maker = step.index


def _unrecorded(step: Step) -> Step:
    """Of a pass without create_graph, autograd recorded nothing."""
    return replace(step, call=msgspec.structs.replace(step.call, recorded=False))
