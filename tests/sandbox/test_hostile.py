"""Whatever a program does: its sentence, in time; nothing left over; the next run works."""

import time

import pytest
from hostile import HARMLESS, PROGRAMS, QUICK, kind

from autograd_tutor.sandbox.protocol import Job
from autograd_tutor.trace import Finished, Stopped

SMOKE = ["loops for ever", "leaves a grandchild behind", "calls os._exit", "kills its parent"]


def survives(watched, name):
    program = PROGRAMS[name]
    began = time.monotonic()
    trace = watched.sandbox.run(Job(program.source, explain=False, limits=QUICK)).trace
    took = time.monotonic() - began
    assert kind(trace.outcome) in program.outcomes, trace.outcome
    if isinstance(trace.outcome, Stopped):
        assert program.words in trace.outcome.message
        assert trace.outcome.message.endswith(".")
    assert trace.source == program.source
    assert took < QUICK.seconds + 5
    assert watched.sandbox.run(HARMLESS).trace.outcome == Finished()
    assert watched.settled(), watched.processes()


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_hostile_program_harms_nobody(watched, name):
    survives(watched, name)


@pytest.mark.parametrize("watched", ["spawn"], indirect=True)
@pytest.mark.parametrize("name", SMOKE)
def test_a_hostile_program_harms_nobody_without_fork(watched, name):
    survives(watched, name)


def test_what_a_stopped_program_printed_is_known(watched):
    run = watched.sandbox.run(Job(PROGRAMS["loops for ever"].source, explain=False, limits=QUICK))
    assert run.trace.printed == "here\n"
    run = watched.sandbox.run(Job(PROGRAMS["calls os._exit"].source, explain=False, limits=QUICK))
    assert run.trace.printed == "bye\n"
