"""One target of one run, prepared for all families of mistakes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import torch

from autograd_tutor.recording.aims import Aim, base, close, gradient, held, reaches, seeds, tensor_of, value_of
from autograd_tutor.recording.reverse import TRUE, Change, Reverse
from autograd_tutor.recording.straight import Program, Step
from autograd_tutor.recording.tape import Backward, Recording


@dataclass(frozen=True, slots=True)
class Guess:
    """What a target would be after one mistake. Tags are those of `autograd_tutor.mistakes`."""

    tag: str
    value: torch.Tensor | None
    nodes: tuple[int, ...] = ()
    edges: tuple[int, ...] = ()
    detail: str = ""
    absent: bool = False
    """Of a value of None: it is meant, there would be no gradient."""
    also: Guess | None = None
    """A second slip, made together with this one; its own value does not matter."""


@dataclass(slots=True)
class Way:
    """How one pass leads from its roots down to the target's value."""

    backward: Backward
    seeds: Mapping[int, torch.Tensor]
    value: int
    steps: list[Step]
    """On some way, in forward order."""
    uses: dict[int, list[tuple[int, int]]]
    """By value on some way: its uses (step, input) on some way, in order."""
    waists: list[int]
    """Values that every way passes through, from the root (if there is one root) down to the target's own."""


@dataclass
class Case:
    """A target whose gradient is on the tape."""

    program: Program
    aim: Aim
    reverse: Reverse
    _steps_of: dict[int, Step] = field(default_factory=dict)
    _valued: dict[tuple[int, int], torch.Tensor | None] = field(default_factory=dict)

    @property
    def truth(self) -> torch.Tensor | None:
        """What torch left at the target."""
        return self.aim.truth

    @cached_property
    def backwards(self) -> tuple[Backward, ...]:
        """The passes that count, or would if they had not raised; all of autograd.grad where nothing else is."""
        if not self.aim.is_grad:
            return self.aim.passes
        since = max((reset.passes for reset in self.program.tape.resets if reset.tensor == self.aim.tensor), default=0)
        later = self.program.tape.backwards[since:]
        return tuple(one for one in later if one.kind == "backward" and reaches(one, self.aim.tensor))

    @cached_property
    def sound(self) -> bool:
        """The tape's own backward pass gives what torch gave."""
        try:
            return self._sound()
        except RuntimeError:  # a call that can't be differentiated by all it was given (batch_norm's running mean)
            return False

    def _sound(self) -> bool:
        if self.truth is None or self.unchanged is None:
            return self.truth is not None and not bool(self.truth.any())
        return close(self.truth, self.unchanged, 1e-3)

    @cached_property
    def unchanged(self) -> torch.Tensor | None:
        """What the tape's own backward passes give."""
        return self.mutant(TRUE)

    @cached_property
    def value(self) -> int | None:
        """The target tensor's value, at the last pass."""
        return value_of(self.program, self.aim.tensor, self.aim.passes[-1] if self.aim.passes else None)

    @cached_property
    def number(self) -> torch.Tensor | None:
        """What the target's tensor held then."""
        return None if self.value is None else self.program.values[self.value].number

    @cached_property
    def used(self) -> torch.Tensor | None:
        """What it held at the last pass that counts, after all changes before it."""
        last = self.aim.passes[-1].position if self.aim.passes else None
        value = self.program.value(self.aim.tensor, last)
        return None if value is None else self.program.values[value].number

    @cached_property
    def point(self) -> torch.Tensor | None:
        """What a learner would put in for it: what the only pass used; of several passes, what it was at first."""
        return self.used if len(self.ways) == 1 else self.number

    @cached_property
    def final(self) -> torch.Tensor | None:
        """What the target's tensor held at the program's end."""
        return tensor_of(self.program.trace.tensors[self.aim.tensor].value)

    @cached_property
    def ways(self) -> list[Way]:
        """One for each pass that counts and reaches the target."""
        found = (self._way(backward) for backward in self.aim.passes)
        return [way for way in found if way is not None and way.steps]

    @cached_property
    def steps(self) -> list[Step]:
        """All steps on some way in some pass, from the root down."""
        found = {step.index: step for way in self.ways for step in way.steps}
        return [found[index] for index in sorted(found, reverse=True)]

    @cached_property
    def groups(self) -> list[tuple[Step, ...]]:
        """The same steps, those of one place in the source (a loop's body) together; where few, also one by one."""
        places: dict[object, list[Step]] = {}
        for step in self.steps:
            if step.edits and not step.call.recorded:
                continue  # autograd did not see it: it has no slope
            places.setdefault((step.operation.span or step.index, step.operation.name), []).append(step)
        together = [tuple(steps) for steps in places.values()]
        apart = [(step,) for steps in together if 1 < len(steps) <= 4 for step in steps]
        return together + apart

    def mutant(self, change: Change, passes: tuple[Backward, ...] | None = None) -> torch.Tensor | None:
        """The target's gradient after `change`, over the passes that count or others."""
        added = gradient(self.reverse, self.aim.tensor, self.aim.passes if passes is None else passes, change)
        start = base(self.program, self.aim) if passes is None else None
        return added if added is None or start is None else start + added

    def of(self, tensor: int) -> torch.Tensor | None:
        """The gradient of another tensor, over the passes that its own .grad would hold."""
        return gradient(self.reverse, tensor, held(self.program, tensor) or self.aim.passes)

    def imagined(self, tensor: int) -> torch.Tensor | None:
        """The gradient that another tensor would have if everything were tracked."""
        return gradient(self.reverse, tensor, self.aim.passes, Change(everything=True))

    def valued(self, way: Way, value: int) -> torch.Tensor | None:
        """What reaches a value in a pass, times its number."""
        key = id(way), value
        if key not in self._valued:
            arrived = self.reverse.arrived(way.seeds, value)
            self._valued[key] = None if arrived is None else arrived * self.program.values[value].number
        return self._valued[key]

    def step_of(self, node: int) -> Step | None:
        """The step that made a graph node."""
        if not self._steps_of:
            self._steps_of = {index: step for step in self.program.steps for index in step.operation.nodes}
        return self._steps_of.get(node)

    def owns(self, value: int) -> bool:
        """Whether it is the target's own, also after edits in place that autograd did not see."""
        return self.program.origin(value) == self.value

    def nodes(self, *steps: Step) -> tuple[int, ...]:
        """The graph nodes of some steps, those nearest the root first."""
        return tuple(node for step in steps for node in reversed(step.operation.nodes))

    def edges(self, step: Step, use: int) -> tuple[int, ...]:
        """The graph edge that one use of a value is."""
        value = self.program.values[step.inputs[use]]
        if value.maker is None:
            heads = {self.program.trace.tensors[value.tensor].node}
        else:
            heads = set(self.program.steps[value.maker].operation.nodes)
        found = [
            edge.id for edge in self.program.trace.edges if edge.tail in step.operation.nodes and edge.head in heads
        ]
        place = [at for at, index in enumerate(step.inputs) if index == step.inputs[use]].index(use)
        return (found[place],) if place < len(found) else ()

    def _way(self, backward: Backward) -> Way | None:
        value, start = value_of(self.program, self.aim.tensor, backward), seeds(self.program, backward)
        if value is None or not start:
            return None
        return way(self.program, backward, start, value)


def way(program: Program, backward: Backward, start: Mapping[int, torch.Tensor], value: int) -> Way:
    """The recorded uses that lead from `value` to a root, and the values that all of them pass through."""
    below: dict[int, int] = {value: 1}
    for step in program.steps:
        number = sum(below.get(index, 0) for use, index in enumerate(step.inputs) if flows(step, use))
        for output in step.outputs if number else ():
            below[output] = below.get(output, 0) + number
    above: dict[int, int] = {root: 1 for root in start if root in below}
    steps: list[Step] = []
    uses: dict[int, list[tuple[int, int]]] = {}
    for step in reversed(program.steps):
        number = sum(above.get(output, 0) for output in step.outputs)
        inputs = [(use, index) for use, index in enumerate(step.inputs) if flows(step, use) and index in below]
        if number and inputs:
            steps.append(step)
            for use, index in reversed(inputs):
                above[index] = above.get(index, 0) + number
                uses.setdefault(index, []).insert(0, (step.index, use))
    total = above.get(value, 0)
    waists = [index for index, number in above.items() if number * below[index] == total]
    waists.sort(key=lambda index: _made(program, index), reverse=True)
    return Way(backward, start, value, steps[::-1], uses, waists)


def flows(step: Step, use: int) -> bool:
    """Gradients go along this use in torch's own backward pass."""
    return step.live[use] or (step.changes and use == 0 and not step.call.recorded)


def _made(program: Program, value: int) -> int:
    maker = program.values[value].maker
    return -1 if maker is None else maker


def fit(gradient: torch.Tensor, like: torch.Tensor) -> torch.Tensor | None:
    """`gradient` brought to the shape of `like` as plainly as can be: spread, or summed back; None if neither works."""
    if gradient.shape == like.shape:
        return gradient
    both = broadcast(gradient.shape, like.shape)
    if both is None:
        return gradient.reshape(like.shape) if gradient.numel() == like.numel() else None
    if both == like.shape:
        return gradient.expand(like.shape)
    if both == gradient.shape:
        return gradient.sum_to_size(like.shape)
    return None


def broadcast(*shapes: Sequence[int]) -> torch.Size | None:
    """The shape that all of these broadcast to; None if they don't. (torch's own imports SymPy at its first call.)"""
    found = [1] * max(map(len, shapes), default=0)
    for shape in shapes:
        for axis, length in enumerate(reversed(shape), start=1):
            if length != 1 and found[-axis] not in (1, length):
                return None
            found[-axis] = length if found[-axis] == 1 else found[-axis]
    return torch.Size(found)


Family = Callable[[Case], Iterator[Guess]]
Guesses = Callable[[Recording, str], Iterator[Guess]]
"""What mistakes give for a target of a recording."""
