"""Central differences: the slope of what a program computes, from running it again a little to either side."""

from __future__ import annotations

import contextlib
import time
import warnings
from dataclasses import replace

import torch

from autograd_tutor.explanation import Differences
from autograd_tutor.recording.aims import Aim, aim, base, close, gradient, reaches, value_of
from autograd_tutor.recording.forwards import forwards
from autograd_tutor.recording.replay import Replay
from autograd_tutor.recording.reverse import Reverse
from autograd_tutor.recording.rows import TWICE, rows
from autograd_tutor.recording.slopes import LARGE, Slope, Slow, first_used, refusal
from autograd_tutor.recording.straight import Program, straight
from autograd_tutor.recording.tape import Backward, Recording, Reset
from autograd_tutor.recording.twice import Gradients, of_a_pass
from autograd_tutor.recording.values import array
from autograd_tutor.trace import OUT_OF_SIGHT, Array

SECONDS = 1.0
_SLOW = "There are no finite differences: running the program often enough would take too long."


_RESHAPED = "Its .data was given another shape: there are no finite differences across that."
_UNSEEN = f"Part of the graph was made {OUT_OF_SIGHT}: it can't be run again, so there are no finite differences."


def differences(recording: Recording, target: str, seconds: float = SECONDS) -> Differences:
    """The slope behind `target` (NAME.grad, or a result of autograd.grad), of the target's shape.

    It is the slope of the sum of what the passes that count started from, each weighted by its seed.
    Within `seconds` of processor time or not at all; never raises.
    """
    found = recording.trace.find(target)
    if found is None or found.kind not in ("tensor", "none") or not (found.is_grad or found.kind == "tensor"):
        return Differences(target)
    if found.value is not None and found.value.data is None:
        return Differences(target, note=LARGE)
    try:
        program = straight(recording)
        goal = aim(program, target)
        with warnings.catch_warnings(action="ignore"):
            deadline = time.process_time() + seconds
            if goal is None or any(one.batch for one in goal.passes):
                return rows(program, target, deadline)
            return _differences(program, _since(program, goal), deadline)
    except Slow:
        return Differences(target, note=_SLOW)
    except (RuntimeError, TypeError, ValueError, IndexError, LookupError) as error:
        return Differences(target, note=f"There are no finite differences: {_first_line(error)}")


def _differences(program: Program, goal: Aim, deadline: float) -> Differences:
    value = value_of(program, goal.tensor, goal.passes[-1] if goal.passes else None)
    if value is None:
        return Differences(goal.target)
    value = first_used(program, value, goal.passes)
    number = program.values[value].number
    if reason := refusal(number):
        return Differences(goal.target, note=reason)
    if any(program.trace.nodes[node].unseen for one in goal.passes for node in program.trace.passes[one.pass_].order):
        return Differences(goal.target, note=_UNSEEN)
    replay = Replay(program, wide=True)
    if any(of_a_pass(program, one) for one in goal.passes):
        gradients = Gradients(replay, goal.passes)
        if not gradients.known:
            return Differences(goal.target, note=TWICE)
        central, note = Slope(replay, value, goal.passes, held=True, gradients=gradients).all(deadline)
        return Differences(goal.target, None if central is None else array(_from(program, goal, central)), None, note)
    central, note = None, None
    if goal.truth is not None and goal.passes:
        central, note = Slope(replay, value, goal.passes, held=True).all(deadline)
        if central is not None and central.shape != goal.truth.shape:
            return Differences(goal.target, note=_RESHAPED)
        central = None if central is None else _from(program, goal, central)
    uncut = None
    every = tuple(one for one in program.tape.backwards if _could_count(program, one, goal))
    slope = Slope(replay, value, every, held=False)
    if every and slope.crosses_cut():
        uncut, doubt = slope.all(deadline)
        if doubt or (uncut is not None and central is not None and close(uncut, central, 1e-6)):
            uncut = None
    return Differences(
        goal.target,
        None if central is None else array(central),
        None if uncut is None else array(uncut),
        note,
        None if central is None or close(goal.truth, central) else _wide(program, goal),
        forwards(program, replay, goal, deadline),
    )


def _wide(program: Program, goal: Aim) -> Array | None:
    """What the passes that count give in float64; None where they can't be had."""
    with contextlib.suppress(RuntimeError, TypeError, ValueError, IndexError, LookupError):
        reverse = Reverse(program)
        plain = gradient(reverse, goal.tensor, goal.passes)
        if plain is None or not close(goal.truth, _from(program, goal, plain)):
            return None  # something else than these passes made torch's number
        total = gradient(reverse.wide, goal.tensor, goal.passes)
        return None if total is None else array(_from(program, goal, total))
    return None


def _from(program: Program, goal: Aim, slope: torch.Tensor) -> torch.Tensor:
    """The slope on top of what the program itself had put into .grad."""
    edit = _edited(program, goal)
    start = base(program, goal) if edit is None else edit.held
    return slope if start is None else slope + start


def _edited(program: Program, goal: Aim) -> Reset | None:
    """The last change of what .grad held, where a pass came after it."""
    edits = [one for one in program.tape.edits if goal.is_grad and one.tensor == goal.tensor]
    later = edits and any(one in goal.passes for one in program.tape.backwards[edits[-1].passes :])
    return edits[-1] if later else None


def _since(program: Program, goal: Aim) -> Aim:
    """The same, of the passes after the last change alone: what .grad held before is then a constant."""
    edit = _edited(program, goal)
    if edit is None:
        return goal
    later = program.tape.backwards[edit.passes :]
    return replace(goal, passes=tuple(one for one in goal.passes if one in later))


def _could_count(program: Program, backward: Backward, goal: Aim) -> bool:
    """A pass that counts, or one that raised and would have counted."""
    if backward in goal.passes:
        return True
    since = max((reset.passes for reset in program.tape.resets if reset.tensor == goal.tensor), default=0)
    index = next(at for at, one in enumerate(program.tape.backwards) if one is backward)
    return goal.is_grad and index >= since and backward.kind == "backward" and reaches(backward, goal.tensor)


def sides(
    program: Program, value: int, passes: tuple[Backward, ...], seconds: float = 0.2
) -> tuple[torch.Tensor, torch.Tensor] | None:
    """The slopes on the left and on the right of every element of a value; None if they can't be had."""
    if refusal(program.values[value].number):
        return None
    slope = Slope(Replay(program, wide=True), value, passes, held=True)
    try:
        return slope.one_sided(time.process_time() + seconds)
    except (Slow, RuntimeError, TypeError, ValueError, IndexError):
        return None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
