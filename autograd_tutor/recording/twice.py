"""Differences of a gradient: what a program computes from what a pass with create_graph worked out.

A replay works such a result out anew at every point, by torch, in float64, and goes on with it from there.
"""

from __future__ import annotations

import torch

from autograd_tutor.recording.aims import seeds
from autograd_tutor.recording.replay import Override, Replay
from autograd_tutor.recording.straight import Program, Step
from autograd_tutor.recording.tape import Backward


def of_a_pass(program: Program, backward: Backward) -> bool:
    """Whether it starts from something that an earlier pass with create_graph worked out."""
    earlier = [one for one in program.tape.backwards if one.create_graph and one.pass_ < backward.pass_]
    if any(one.kind == "backward" for one in earlier):
        return True
    results = {result for one in earlier for result in one.results}
    roots = (program.value(root, backward.position) for root in backward.roots)
    waiting = [root for root in roots if root is not None]
    seen = set(waiting)
    while waiting:
        value = program.values[waiting.pop()]
        if value.tensor in results:
            return True
        fresh = () if value.maker is None else set(program.steps[value.maker].inputs) - seen
        seen.update(fresh)
        waiting.extend(fresh)
    return False


class Gradients:
    """The earlier passes whose results a pass starts from."""

    def __init__(self, replay: Replay, passes: tuple[Backward, ...]) -> None:
        self._replay = replay
        program = replay.program
        last = max(one.pass_ for one in passes)
        self._positions = {id(call): position for position, call in enumerate(program.tape.calls)}
        self._inner = [one for one in program.tape.backwards if one.create_graph and one.pass_ < last]
        self._weights = [{root: seed.double() for root, seed in seeds(program, one).items()} for one in self._inner]
        self._given = [_given(program, one) for one in self._inner]
        self._inputs = [[_variable(program, tensor, one) for tensor, _ in _worked_out(one)] for one in self._inner]
        self._results = [
            [None if tensor is None else program.first(tensor) for _, tensor in _worked_out(one)] for one in self._inner
        ]

    @property
    def known(self) -> bool:
        """Each of them can be repeated: autograd recorded what it differentiated with respect to, and it added to
        nothing that was there."""
        repeated = (one.kind == "grad" or one.left is not None for one in self._inner)
        whole = all(repeated) and not any(one.raised or one.batch for one in self._inner)
        return whole and all(index is not None for inputs in self._inputs for index in inputs)

    @property
    def sources(self) -> set[int]:
        """The values that they differentiate with respect to, and those that they made."""
        return {index for group in (*self._inputs, *self._results) for index in group if index is not None}

    @property
    def roots(self) -> set[int]:
        """The values that they start from, and those that weigh them."""
        given = {weight for weights in self._given for weight in weights.values()}
        return given.union(*self._weights)

    def values(self, changed: dict[int, torch.Tensor], steps: set[int]) -> list[torch.Tensor]:
        """The program's values with `changed` in place of the recorded ones, and the gradients that follow from it."""
        replay, program = self._replay, self._replay.program
        moved = {index: tensor - replay.recorded[index] for index, tensor in changed.items()}
        known = {index: tensor.clone().requires_grad_() for index, tensor in changed.items()}
        variables = {one for inputs in self._inputs for one in inputs if one is not None}
        for index in (one for one in variables if _leaf(program, one)):
            known[index] = known.get(index, replay.recorded[index]).clone().requires_grad_()
        left = steps
        each = zip(self._inner, self._weights, self._given, self._inputs, self._results, strict=True)
        for one, weights, given, inputs, results in each:
            due = {step for step in left if self._positions[id(program.steps[step].call)] < one.position}
            left = left - due
            values = self._run(known, due, moved)
            known |= {output: values[output] for step in due for output in program.steps[step].outputs}
            weights = weights | {root: values[weight] for root, weight in given.items()}
            total = torch.stack([(values[root] * weight).sum() for root, weight in weights.items()]).sum()
            wanted = [values[index] for index in inputs if index is not None]
            found = torch.autograd.grad(total, wanted, create_graph=True, allow_unused=True)
            known |= {
                result: gradient + moved.get(result, 0)
                for result, gradient in zip(results, found, strict=True)
                if result is not None and gradient is not None
            }
        return self._run({index: tensor.detach() for index, tensor in known.items()}, left, moved, tracked=False)

    def _run(
        self, known: dict[int, torch.Tensor], steps: set[int], moved: dict[int, torch.Tensor], tracked: bool = True
    ) -> list[torch.Tensor]:
        """The steps that are due. What is to be moved and is worked out there moves on from that."""
        program = self._replay.program
        makers = {program.values[index].maker: index for index in moved}
        otherwise = {step: self._moved(index, moved[index]) for step, index in makers.items() if step in steps}
        return self._replay.run(known, only=steps, tracked=tracked, otherwise=otherwise)

    def _moved(self, index: int, by: torch.Tensor) -> Override:
        at = self._replay.program.values[index].output

        def run(step: Step, inputs: list[torch.Tensor]) -> tuple[torch.Tensor, ...]:
            outputs = self._replay.step(step, inputs)
            return (*outputs[:at], outputs[at] + by, *outputs[at + 1 :])

        return run


def _worked_out(backward: Backward) -> tuple[tuple[int, int | None], ...]:
    """The tensors that a pass differentiates with respect to, each with the tensor of its gradient."""
    if backward.kind == "backward":
        return backward.left or ()
    return tuple(zip(backward.inputs or (), backward.results, strict=False))


def _given(program: Program, backward: Backward) -> dict[int, int]:
    """By root, the value that weighs it, where it can be differentiated by that."""
    found = {}
    for root, given in zip(backward.roots, backward.given, strict=False):
        value = program.value(root, backward.position)
        weight = None if given is None else program.value(given, backward.position)
        if value is not None and weight is not None:
            found[value] = weight
    return found


def _variable(program: Program, tensor: int, backward: Backward) -> int | None:
    """The value of a tensor that a pass differentiates with respect to; None if autograd did not record how it came."""
    value = program.value(tensor, backward.position)
    origin = None if value is None else program.origin(value)
    known = origin is not None and (_leaf(program, origin) or _recorded(program, origin))
    return origin if known else None


def _leaf(program: Program, value: int) -> bool:
    """Whether its history ends there: it was given, or cut off and then made to require grad."""
    made = program.values[value]
    return made.maker is None or (not _recorded(program, value) and program.trace.tensors[made.tensor].is_leaf)


def _recorded(program: Program, value: int) -> bool:
    maker = program.values[value].maker
    return maker is not None and program.steps[maker].call.recorded
