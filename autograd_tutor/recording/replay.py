"""A recorded program run forwards again: with other leaf values, in another dtype, with some values held."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

import msgspec
import torch

from autograd_tutor.recording.straight import Program, Step, apply

_DOUBLE = {torch.complex64: torch.complex128, torch.complex32: torch.complex128}
_CASTS = frozenset({"float", "half", "bfloat16"})

Override = Callable[[Step, list[torch.Tensor]], tuple[torch.Tensor, ...]]


def widened(tensor: torch.Tensor) -> torch.Tensor:
    """`tensor` in float64 or complex128; integers and booleans as they are."""
    if tensor.is_floating_point():
        return tensor.double()
    return tensor.to(_DOUBLE.get(tensor.dtype, tensor.dtype))


class Replay:
    """One program, ready to be run forwards in float64 (`wide`) or in its own dtypes."""

    def __init__(self, program: Program, *, wide: bool = False) -> None:
        self.program = program
        self.wide = wide
        convert = widened if wide else (lambda tensor: tensor)
        self.recorded = [convert(value.number) for value in program.values]
        self.drifts = _drifts(program, convert)
        """Where a use saw another value than the last known one, changed through shared memory: the difference."""

    def run(
        self,
        leaves: Mapping[int, torch.Tensor],
        *,
        held: bool = True,
        only: Collection[int] | None = None,
        otherwise: Mapping[int, Override] | None = None,
        tracked: bool = False,
    ) -> list[torch.Tensor]:
        """The program's values with `leaves` (by value index) in place of the recorded ones.

        `held`: what autograd did not record keeps its recorded values. `only`: the steps that matter, in order;
        the others' outputs stay as recorded. `otherwise`: steps to be computed in another way. `tracked`: autograd
        records the replay.
        Raises whatever a call raises on the new numbers.
        """
        values = list(self.recorded)
        for index, tensor in leaves.items():
            values[index] = tensor
        otherwise = otherwise or {}
        chosen = self.program.steps if only is None else [self.program.steps[index] for index in sorted(only)]
        with torch.set_grad_enabled(tracked):
            for step in chosen:
                if step.index in otherwise:
                    outputs = otherwise[step.index](step, self._inputs(step, values))
                elif not step.call.recorded and (held or step.changes):
                    self._hold(step, values)
                    continue
                elif not step.inputs:
                    continue
                else:
                    outputs = self.step(step, self._inputs(step, values))
                for index, tensor in zip(step.outputs, outputs, strict=False):
                    values[index] = tensor
        return values

    def step(self, step: Step, inputs: list[torch.Tensor]) -> tuple[torch.Tensor, ...]:
        """The outputs of one call on `inputs`."""
        if not self.wide:
            return apply(step, inputs)
        if step.operation.name in _CASTS or getattr(step.call.function, "__name__", "") in _CASTS:
            return (inputs[0].double(),)
        outputs = apply(_widened_call(step), inputs)
        return tuple(widened(tensor) for tensor in outputs)

    def _inputs(self, step: Step, values: list[torch.Tensor]) -> list[torch.Tensor]:
        inputs = [values[index] for index in step.inputs]
        for use, drift in self.drifts.get(step.index, ()):
            inputs[use] = inputs[use] + drift
        return inputs

    def _hold(self, step: Step, values: list[torch.Tensor]) -> None:
        """An edit in place that autograd did not see shifts a leaf by a constant; all else is one."""
        if step.edits and step.outputs:
            made, read = step.outputs[0], step.inputs[0]
            if self.recorded[made].shape == self.recorded[read].shape and values[read] is not self.recorded[read]:
                values[made] = self.recorded[made] + (values[read] - self.recorded[read])


def _drifts(
    program: Program, convert: Callable[[torch.Tensor], torch.Tensor]
) -> dict[int, list[tuple[int, torch.Tensor]]]:
    found: dict[int, list[tuple[int, torch.Tensor]]] = {}
    for step in program.steps:
        for use, index in enumerate(step.inputs):
            value = program.values[index]
            before = step.call.before.get(value.tensor)
            if before is None or before is value.number or not before.is_floating_point():
                continue
            if before.shape == value.number.shape and not torch.equal(before, value.number):
                difference = torch.nan_to_num(convert(before) - convert(value.number))
                if difference.any():
                    found.setdefault(step.index, []).append((use, difference))
    return found


def _widened_call(step: Step) -> Step:
    """The step with float32 in its arguments replaced by float64."""
    if not any(isinstance(one, torch.dtype) for one in (*step.call.args, *step.call.kwargs.values())):
        return step
    call = msgspec.structs.replace(
        step.call,
        args=tuple(map(_wide_dtype, step.call.args)),
        kwargs={name: _wide_dtype(one) for name, one in step.call.kwargs.items()},
    )
    return replace(step, call=call)


def _wide_dtype(argument: Any) -> Any:
    if not isinstance(argument, torch.dtype):
        return argument
    return torch.float64 if argument.is_floating_point else _DOUBLE.get(argument, argument)
