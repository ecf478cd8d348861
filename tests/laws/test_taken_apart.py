"""Any program's gradients can be taken apart, and who answers each step truly ends right."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from random_programs import Program, programs, walk

from autograd_tutor.notation import nest
from autograd_tutor.sandbox import stages
from autograd_tutor.sandbox.protocol import Job, Run
from autograd_tutor.teaching.apart import Apart, carry, plan, start
from autograd_tutor.trace import Array


def exactly(value: Array | bool | None) -> str:
    """As a learner would type it."""
    if isinstance(value, Array):
        return str(nest([float(one) for one in value.data], value.shape)).replace("'", "")  # type: ignore[union-attr, arg-type]
    return {True: "yes", False: "no", None: "None"}[value]


def hold(program: Program) -> None:
    job = Job(program.source, prelude=True, targets=program.targets, imagine=False)
    recording, trace = stages.record(job)
    assert recording is not None, trace.outcome
    run = Run(trace, stages.explain(job, recording)[0])
    for target in program.targets:
        made = plan(run, target)
        if made is None:
            continue
        for piece in made.pieces:
            parts = [made.pieces[part].value for part in piece.parts]
            follows = carry.follows(piece, made.pieces, [part for part in parts if isinstance(part, Array)])
            assert follows is None or carry.same(follows, piece.value)
        done = answered(start(made, run))
        assert done.settles or made.pieces[made.asked[-1]].kind == "fact"


def answered(apart: Apart) -> Apart:
    while apart.piece is not None:
        apart = apart.answer(exactly(apart.piece.value))
        assert apart.judgement is not None
        assert apart.judgement.verdict == "right", apart.judgement
    return apart


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(program=programs())
def test_random_programs_are_taken_apart(program: Program):
    hold(program)


@pytest.mark.battery
def test_many_random_programs_are_taken_apart():
    walk(range(400), hold)
