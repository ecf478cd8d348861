"""J: roots of several elements, and the vector that backward was given for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch

from autograd_tutor.recording.aims import seeds, value_of
from autograd_tutor.recording.imagined.case import Case, Guess
from autograd_tutor.recording.reverse import Change, Local
from autograd_tutor.recording.straight import apply
from autograd_tutor.recording.tape import Backward
from autograd_tutor.trace import WHOLE


def jacobian(case: Case) -> Iterator[Guess]:
    """J1 to J7, for a target that one pass fills, from one root or from several of one element."""
    if len(case.backwards) != 1:
        return
    backward = case.backwards[0]
    start = seeds(case.program, backward)
    value = value_of(case.program, case.aim.tensor, backward)
    if value is None:
        return
    number = case.program.values[value].number
    if len(start) > 1:
        yield from _of_several(case, start, value)
    if len(start) != 1:
        return
    ((root, vector),) = start.items()
    if vector.numel() == 1 or vector.numel() > WHOLE or number.numel() > WHOLE:
        return
    yield Guess("seed-as-ones", _pulled(case, backward, root, torch.ones_like(vector)))
    yield Guess("seed-itself", vector)
    yield Guess("seed-twice", _pulled(case, backward, root, vector * vector))
    yield Guess("sign", _pulled(case, backward, root, vector.abs()))
    table = matrix(case, root, value, vector, number)
    yield Guess("whole-jacobian", table.reshape(*vector.shape, *number.shape))
    scaled = table * vector.reshape(-1, 1).to(table.dtype)
    yield Guess("rows-not-added", scaled.reshape(*vector.shape, *number.shape))
    if table.shape[0] == table.shape[1]:
        yield Guess("jacobian-diagonal", table.diagonal().reshape(number.shape))
        yield Guess("jacobian-diagonal", scaled.diagonal().reshape(number.shape))
        yield Guess("jacobian-times-seed", (table @ vector.reshape(-1).to(table.dtype)).reshape(number.shape))
        yield Guess("jacobian-diagonal", torch.diag(table.diagonal()))
    made = case.program.values[root].number
    if made.shape == vector.shape:
        yield Guess("value-of-root", made * vector, detail="")
        yield Guess("summed-to-one", (made * vector).sum())


def _of_several(case: Case, start: Mapping[int, torch.Tensor], value: int) -> Iterator[Guess]:
    """The roots' own weights left out, or given back; a row for each root."""
    if any(one.numel() != 1 for one in start.values()):
        return
    rows = [case.reverse.run({root: case.reverse.ones(root)}, toward=value).get(value) for root in start]
    number = case.program.values[value].number
    table = torch.stack([torch.zeros_like(number) if one is None else one for one in rows])
    weights = torch.stack([one.reshape(()) for one in start.values()])
    yield Guess("seed-as-ones", table.sum(0))
    yield Guess("whole-jacobian", table)
    yield Guess("rows-not-added", table * weights.reshape(-1, *[1] * number.dim()))
    yield Guess("seed-itself", weights)
    yield Guess("sign", (table * weights.abs().reshape(-1, *[1] * number.dim())).sum(0))


_TURNS = frozenset({"cumsum", "cumprod", "roll", "flip", "permute", "logcumsumexp", "rot90"})


def forward_at_one_step(case: Case) -> Iterator[Guess]:
    """J6 at one operation: its Jacobian times what arrives, not what arrives times its Jacobian."""
    for step in case.steps:
        if step.operation.name in _TURNS and len(step.inputs) == 1:
            change = Change(rules={step.index: _forward})
            yield Guess("jacobian-times-seed", case.mutant(change), case.nodes(step), detail=step.operation.text)


def _forward(local: Local) -> list[torch.Tensor | None]:
    arrived, given = local.upstream[0], local.inputs[0]
    if arrived is None or arrived.shape != given.shape:
        return list(local.true)
    moved = torch.autograd.functional.jvp(lambda one: apply(local.step, [one])[0], given, arrived)[1]
    return [moved]


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
