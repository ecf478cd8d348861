"""The slope of what a program computes along each element of one value: central differences, step by step.

All in float64. The step for one element is ε^(1/3) times its size, which balances the error of the
difference quotient (third derivative times step²) against rounding (value times ε / step).
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable

import torch

from autograd_tutor.recording.aims import close, seeds
from autograd_tutor.recording.replay import Replay
from autograd_tutor.recording.straight import Program, Step
from autograd_tutor.recording.tape import Backward
from autograd_tutor.recording.twice import Gradients
from autograd_tutor.trace import WHOLE

_STEP = torch.finfo(torch.float64).eps ** (1 / 3)
_SMALLEST = 1e-2
"""Elements nearer 0 get the step of one of this size."""
_KINK = 1e-4
"""One-sided slopes that differ by more than this part of them are looked at twice."""

_KINKED = "There is a kink here: the slopes on its two sides differ, and central differences give their mean."
_OTHER = (
    "Run again in float64, the program comes to another value: the differences would not be those of its own numbers."
)
_IMPLICIT = frozenset({"standard_gamma", "sample_dirichlet"})
"""Draws whose gradient torch takes of the distribution: a number moves so that as much of it stays below."""
LARGE = f"The tensor has more than {WHOLE} elements: no finite differences were taken."


class Slow(Exception):
    """The time is up."""


class Slope:
    """The slope of the passes' roots along each element of one value."""

    def __init__(
        self,
        replay: Replay,
        value: int,
        passes: tuple[Backward, ...],
        *,
        held: bool,
        gradients: Gradients | None = None,
    ) -> None:
        self.replay = replay
        self.gradients = gradients
        self.value = value
        self.held = held
        self.weights: list[tuple[int, torch.Tensor]] = []
        program = replay.program
        for backward in passes:
            self.weights += [(root, seed.double()) for root, seed in seeds(program, backward).items()]
        roots = [root for root, _ in self.weights]
        self.steps = between(program, value, roots)
        if gradients is not None:
            for source in {value, *gradients.sources}:
                self.steps |= between(program, source, [*roots, *gradients.roots])
        self.tests = [program.steps[index] for index in program.dependents(value) if _is_test(program.steps[index])]

    def crosses_cut(self) -> bool:
        """Something on the way from the value to a root was not recorded."""
        steps = self.replay.program.steps
        return any(
            (not step.call.recorded and not step.changes) or not all(_live(step, self.steps, self.value))
            for step in (steps[index] for index in self.steps)
        )

    def all(self, deadline: float, only: Iterable[int] | None = None) -> tuple[torch.Tensor | None, str | None]:
        """The slope along every element (`only`: along these; 0 for others), and why not to trust it, if so."""
        base = self.replay.recorded[self.value]
        middle, verdicts = self._at(base)
        if note := self._strayed(base):
            return None, note
        slopes, note = torch.zeros(base.numel(), dtype=torch.float64), None
        for index in range(base.numel()) if only is None else only:
            if time.process_time() > deadline:
                raise Slow
            slopes[index], kink = self._one(base, index, middle, verdicts)
            note = note or kink
        if not math.isfinite(middle) or not torch.isfinite(slopes).all():
            return None, "The function is not finite here: finite differences give no number."
        return slopes.reshape(base.shape), note

    def one_sided(self, deadline: float) -> tuple[torch.Tensor, torch.Tensor]:
        """The slopes on the left and on the right."""
        base = self.replay.recorded[self.value]
        middle, _ = self._at(base)
        found = [torch.zeros_like(base), torch.zeros_like(base)]
        for index in range(base.numel()):
            if time.process_time() > deadline:
                raise Slow
            size = size_at(base, index)
            for side, shift in zip(found, (-size, size), strict=True):
                point = base.clone()
                point.view(-1)[index] += shift
                side.view(-1)[index] = (self._at(point)[0] - middle) / shift
        return found[0], found[1]

    def _one(
        self, base: torch.Tensor, index: int, middle: float, verdicts: list[torch.Tensor]
    ) -> tuple[float, str | None]:
        size = max(abs(float(base.reshape(-1)[index])), _SMALLEST)
        central, gap, turned = self._sides(base, index, _STEP * size, middle, verdicts)
        if turned:
            return central, "A comparison in the program turns within the step: the slope differs on its two sides."
        if gap <= _KINK * max(abs(central), 1e-3):
            return central, None
        _, nearer, _ = self._sides(base, index, _STEP * size / 16, middle, verdicts)
        if nearer < gap / 4:
            return central, None
        own = abs(float(base.reshape(-1)[index]))
        if 0 < own < _SMALLEST:  # the function may turn within its own size: 1/x near 0
            central, gap, _ = self._sides(base, index, _STEP * own, middle, verdicts)
            if gap <= _KINK * max(abs(central), 1e-3):
                return central, None
        return central, _KINKED

    def _sides(
        self, base: torch.Tensor, index: int, size: float, middle: float, verdicts: list[torch.Tensor]
    ) -> tuple[float, float, bool]:
        """The central slope, the gap between the one-sided slopes, and whether a comparison turned."""
        right, left = base.clone(), base.clone()
        right.view(-1)[index] += size
        left.view(-1)[index] -= size
        width = float(right.view(-1)[index] - left.view(-1)[index])
        above, verdicts_above = self._at(right)
        below, verdicts_below = self._at(left)
        turned = any(
            not torch.equal(one, other)
            for found in (verdicts_above, verdicts_below)
            for one, other in zip(found, verdicts, strict=True)
        )
        gap = abs((above - middle) - (middle - below)) / (width / 2)
        return (above - below) / width, gap, turned

    def _at(self, point: torch.Tensor) -> tuple[float, list[torch.Tensor]]:
        """The weighted sum of the roots, and what the comparisons on the way said."""
        values = self._values(point)
        total = sum(float((values[root] * weight).sum()) for root, weight in self.weights)
        verdicts = [
            output for step in self.tests for output in self.replay.step(step, [values[index] for index in step.inputs])
        ]
        return total, verdicts

    def _values(self, point: torch.Tensor) -> list[torch.Tensor]:
        """The program's values where the one that is moved is `point`."""
        if self.gradients is not None:
            return self.gradients.values({self.value: point}, self.steps)
        return self.replay.run({self.value: point}, held=self.held, only=self.steps)

    def _strayed(self, base: torch.Tensor) -> str | None:
        """Why the program in float64 is not the program that ran."""
        program = self.replay.program
        drawn = {program.steps[index].operation.name for index in self.steps} & _IMPLICIT
        if drawn:
            return (
                f"{drawn.pop()} draws at random, and its gradient is that of the distribution: drawn again for other "
                "numbers, it would come to another sample, so there are no finite differences."
            )
        values = self._values(base)
        if self.held or not any(not program.steps[index].call.recorded for index in self.steps):
            for root, _ in self.weights:
                if not close(values[root], self.replay.recorded[root], 1e-3):
                    if any(program.steps[index].call.rng is not None for index in self.steps):
                        return "The program draws random numbers: it cannot be run again in float64 with the same ones."
                    return _OTHER
        return None


def size_at(base: torch.Tensor, index: int) -> float:
    """The step for one element of a value."""
    size: float = _STEP * max(abs(float(base.reshape(-1)[index])), _SMALLEST)
    return size


def _live(step: Step, steps: set[int], value: int) -> Iterable[bool]:
    return (live for index, live in zip(step.inputs, step.live, strict=True) if index == value and step.index in steps)


def _is_test(step: Step) -> bool:
    return bool(step.call.results) and all(result.dtype is torch.bool for result in step.call.results)


def between(program: Program, value: int, roots: list[int]) -> set[int]:
    """The steps on some way from a value to one of the roots."""
    needed, found = set(roots), set()
    after = set(program.dependents(value))
    for step in reversed(program.steps):
        if step.index in after and any(output in needed for output in step.outputs):
            needed.update(step.inputs)
            found.add(step.index)
    return found


def first_used(program: Program, value: int, passes: tuple[Backward, ...]) -> int:
    """A weight's value after it was set up in place (fill_, copy_): before, it may be uninitialised memory."""
    steps = between(program, value, [root for one in passes for root in seeds(program, one)])
    while True:
        uses = [use for use in program.values[value].uses if use[0] in steps]
        step = program.steps[uses[0][0]] if len(uses) == 1 else None
        if step is None or not step.changes or step.call.recorded or uses[0][1] != 0:
            return value
        value = step.outputs[0]


def refusal(number: torch.Tensor) -> str | None:
    """Why no differences can be taken of such a tensor, if so."""
    if number.is_complex():
        return "Finite differences are for real numbers only; this tensor is complex."
    if not number.is_floating_point():
        return "Whole numbers have no slope: there are no finite differences."
    if number.numel() > WHOLE:
        return LARGE
    return None
