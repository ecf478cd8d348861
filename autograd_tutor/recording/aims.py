"""What a target asks for, in terms of the tape: whose gradient, summed over which passes."""

from __future__ import annotations

import cmath
from collections.abc import Mapping
from dataclasses import dataclass

import torch

from autograd_tutor.recording.reverse import TRUE, Change, Reverse
from autograd_tutor.recording.straight import Program
from autograd_tutor.recording.tape import Backward
from autograd_tutor.trace import Array, Complex

RELATIVE, ABSOLUTE = 5e-4, 1e-6
"""Within these, two gradients are the same to a learner."""


@dataclass(frozen=True, slots=True)
class Aim:
    """A target, found on the tape."""

    target: str
    tensor: int
    """The tensor whose gradient it is."""
    truth: torch.Tensor | None
    """What torch left there; None for a .grad of None."""
    passes: tuple[Backward, ...]
    """The passes whose contributions it holds."""
    is_grad: bool = True
    """It is a .grad; else it was returned by autograd.grad."""


def aim(program: Program, target: str) -> Aim | None:
    """The gradient that `target` asks for; None where it asks for something else, or was not found."""
    found = program.trace.find(target)
    if found is None or found.tensor is None or found.kind not in ("tensor", "none"):
        return None
    truth = None if found.value is None else tensor_of(found.value)
    if found.value is not None and truth is None:
        return None
    if found.is_grad:
        return Aim(target, found.tensor, truth, held(program, found.tensor))
    for one in program.trace.passes:
        for captured in one.captured:
            if captured.result == found.tensor:
                passes = tuple(backward for backward in program.tape.backwards if backward.pass_ == one.id)
                return Aim(target, captured.of, truth, passes, is_grad=False)
    return None


def held(program: Program, tensor: int) -> tuple[Backward, ...]:
    """The passes whose contributions the .grad of `tensor` holds at the end: those since the last reset."""
    since = max((reset.passes for reset in program.tape.resets if reset.tensor == tensor), default=0)
    return tuple(
        backward
        for index, backward in enumerate(program.tape.backwards)
        if index >= since
        and backward.kind == "backward"
        and reaches(backward, tensor)
        and _added(program, backward, tensor)
    )


def base(program: Program, aim: Aim) -> torch.Tensor | None:
    """What the program itself had put into the target's .grad before those passes; None for nothing."""
    resets = [one for one in program.tape.resets if aim.is_grad and one.tensor == aim.tensor]
    return resets[-1].held if resets else None


def _added(program: Program, backward: Backward, tensor: int) -> bool:
    """A pass that raised may have reached some leaves before it did."""
    leaves = program.trace.passes[backward.pass_].leaves
    return not backward.raised or any(leaf.tensor == tensor and leaf.added is not None for leaf in leaves)


def reaches(backward: Backward, tensor: int) -> bool:
    """`inputs=` did not leave `tensor` out."""
    return backward.inputs is None or tensor in backward.inputs


def value_of(program: Program, tensor: int, backward: Backward | None = None) -> int | None:
    """The value whose gradient in a pass is that of `tensor`."""
    value = program.value(tensor, None if backward is None else backward.position)
    return None if value is None else program.origin(value)


def seeds(program: Program, backward: Backward) -> Mapping[int, torch.Tensor]:
    """Where a pass starts, and with what; ones where nothing was given, whatever the shape."""
    if id(backward) not in program.seeded:
        program.seeded[id(backward)] = backward, _seeds(program, backward)
    return program.seeded[id(backward)][1]


def _seeds(program: Program, backward: Backward) -> dict[int, torch.Tensor]:
    found: dict[int, torch.Tensor] = {}
    given = (*backward.gradients, *[None] * len(backward.roots))
    for tensor, gradient in zip(backward.roots, given, strict=False):
        value = program.value(tensor, backward.position)
        if value is None:
            continue
        number = program.values[value].number
        if not (number.is_floating_point() or number.is_complex()):
            continue
        seed = torch.ones_like(number) if gradient is None else gradient.detach()
        found[value] = found[value] + seed if value in found else seed
    return found


def gradient(reverse: Reverse, tensor: int, passes: tuple[Backward, ...], change: Change = TRUE) -> torch.Tensor | None:
    """What those passes add to the gradient of `tensor`; None if none of them reaches it."""
    total = None
    for backward in passes:
        value = value_of(reverse.program, tensor, backward)
        start = seeds(reverse.program, backward)
        if value is None or not start:
            continue
        added = reverse.run(start, change, value).get(value)
        if added is not None:
            total = added if total is None else total + added
    return total


def tensor_of(value: Array) -> torch.Tensor | None:
    """An `Array` as a tensor; None for a summary."""
    if value.data is None:
        return None
    numbers = [complex(one.re, one.im) if isinstance(one, Complex) else one for one in value.data]
    dtype = None if value.dtype == "python" else getattr(torch, value.dtype, None)
    return torch.tensor(numbers, dtype=dtype).reshape(value.shape)


def close(one: torch.Tensor | None, other: torch.Tensor | None, relative: float = RELATIVE) -> bool:
    """The same to a learner: shape, and every element within the tolerance (nan equals nan)."""
    if one is None or other is None:
        return one is other
    return one.shape == other.shape and near(numbers(one), numbers(other), relative)


def numbers(tensor: torch.Tensor) -> list[complex]:
    """All elements, row-major, as Python numbers."""
    found: list[complex] = tensor.detach().reshape(-1).tolist()
    return found


def near(ones: list[complex], others: list[complex], relative: float = RELATIVE) -> bool:
    """Every number of `others` is within the tolerance of its partner in `ones`; nan equals nan."""
    return len(ones) == len(others) and all(
        one == other or _near(one, other, relative) for one, other in zip(ones, others, strict=True)
    )


def _near(one: complex, other: complex, relative: float) -> bool:
    if cmath.isfinite(one):
        return abs(other - one) <= ABSOLUTE + relative * abs(one)
    return cmath.isnan(one) and cmath.isnan(other)
