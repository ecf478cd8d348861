"""J: roots of several elements, and the vector that backward was given for them."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from autograd_tutor.recording.aims import seeds, value_of
from autograd_tutor.recording.imagined.case import Case, Guess
from autograd_tutor.recording.tape import Backward
from autograd_tutor.trace import WHOLE


def jacobian(case: Case) -> Iterator[Guess]:
    """J1 to J6, for a target that one pass from one root fills."""
    if len(case.backwards) != 1:
        return
    backward = case.backwards[0]
    start = seeds(case.program, backward)
    value = value_of(case.program, case.aim.tensor, backward)
    if len(start) != 1 or value is None:
        return
    ((root, vector),) = start.items()
    number = case.program.values[value].number
    if vector.numel() == 1 or vector.numel() > WHOLE or number.numel() > WHOLE:
        return
    yield Guess("seed-as-ones", _pulled(case, backward, root, torch.ones_like(vector)))
    yield Guess("seed-itself", vector)
    yield Guess("seed-twice", _pulled(case, backward, root, vector * vector))
    table = matrix(case, root, value, vector, number)
    yield Guess("whole-jacobian", table.reshape(*vector.shape, *number.shape))
    if table.shape[0] == table.shape[1]:
        yield Guess("jacobian-diagonal", table.diagonal().reshape(number.shape))
        yield Guess("jacobian-times-seed", (table @ vector.reshape(-1).to(table.dtype)).reshape(number.shape))
        yield Guess("jacobian-diagonal", torch.diag(table.diagonal()))


def _pulled(case: Case, backward: Backward, root: int, seed: torch.Tensor) -> torch.Tensor | None:
    value = value_of(case.program, case.aim.tensor, backward)
    return None if value is None else case.reverse.run({root: seed}, toward=value).get(value)


def matrix(case: Case, root: int, value: int, vector: torch.Tensor, number: torch.Tensor) -> torch.Tensor:
    """The slopes of each element of `root` (in the shape of `vector`) by each of `value` (that of `number`)."""
    rows = []
    for index in range(vector.numel()):
        unit = torch.zeros_like(vector).reshape(-1)
        unit[index] = 1
        found = case.reverse.run({root: unit.reshape(vector.shape)}, toward=value).get(value)
        rows.append((torch.zeros_like(number) if found is None else found).reshape(-1))
    return torch.stack(rows)
