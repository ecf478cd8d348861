"""L, P, S inside a call that a textbook takes apart: a softmax is powers of e, their sum, and a quotient."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from autograd_tutor.recording.finer import apart
from autograd_tutor.recording.imagined import layers, local, paths, values
from autograd_tutor.recording.imagined.case import Case, Guess
from autograd_tutor.recording.reverse import Reverse
from autograd_tutor.recording.straight import Emit, Parts, Step

_FAMILIES = (layers.statistics, paths.dropped, local.dropped, values.sign_at_one_step)
_LONGEST = 60
"""Steps; of a longer program the passes are not made again."""


def inside(case: Case) -> Iterator[Guess]:
    """A few families again, over the program with such calls in pieces."""
    if len(case.program.steps) > _LONGEST or not any(step.operation.name in PIECES for step in case.steps):
        return
    program = apart(case.program, PIECES)
    taken = Case(program, case.aim, Reverse(program))
    for family in _FAMILIES:
        yield from family(taken)


def _softmax(emit: Emit, step: Step, numbers: list[torch.Tensor]) -> int | None:
    given = step.option("dim", 1)
    if not isinstance(given, int) or len(step.inputs) != 1 or bool((numbers[0].abs() > 80).any()):
        return None
    powers = emit("exp", torch.exp, inputs=step.inputs)
    total = emit("sum", torch.sum, ..., given, True, inputs=(powers,))
    return emit("div", torch.div, inputs=(powers, total))


PIECES: dict[str, Parts] = {"softmax": _softmax}
"""As `composites.COMPOSITES`, but for what the other families should see as one."""
