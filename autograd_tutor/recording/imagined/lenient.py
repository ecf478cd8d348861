"""A target that holds nothing, as if all were tracked, kept and run: slips are made in that imagined gradient too."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from autograd_tutor.recording.aims import Aim
from autograd_tutor.recording.finer import finer
from autograd_tutor.recording.imagined.case import Case
from autograd_tutor.recording.reverse import Reverse
from autograd_tutor.recording.straight import Program, Step, straight
from autograd_tutor.recording.tape import Recording


def imagined(recording: Recording, goal: Aim) -> Case | None:
    """The case of a learner for whom no line raises, nothing is cut and every tensor keeps what reaches it.

    None where even then nothing arrives.
    """
    program = finer(_tracked(straight(recording)))
    reverse = Reverse(program)
    case = Case(program, goal, reverse)
    passes = case.backwards or tuple(one for one in program.tape.backwards if one.kind == "grad")
    aim = replace(goal, passes=passes)
    truth = Case(program, aim, reverse).unchanged
    return None if truth is None else Case(program, replace(aim, truth=truth), reverse)


def _tracked(program: Program) -> Program:
    return replace(program, steps=[_recorded(program, step) for step in program.steps])


def _recorded(program: Program, step: Step) -> Step:
    """But for an update in place that is none of autograd's business."""
    if step.changes and not step.call.recorded:
        return step
    numbers = [program.values[index].number for index in step.inputs]
    live = tuple(one.is_floating_point() or one.is_complex() for one in numbers)
    return replace(step, call=msgspec.structs.replace(step.call, recorded=True), live=live)
