"""Whatever a program does: its sentence, in time; nothing left over; the next run works."""

import time

import pytest
from hostile import HARMLESS, PROGRAMS, kind

from autograd_tutor.trace import Finished, Stopped

ABOVE = "kills its parent and leaves a grandchild"
"""Where nothing is forked nobody stands above a supervisor to adopt what is left; no run may start processes there."""
SMOKE = ["loops for ever", "leaves a grandchild behind that it may start", "kills its parent"]


def survives(watched, name):
    program = PROGRAMS[name]
    began = time.monotonic()
    trace = watched.sandbox.run(program.job).trace
    took = time.monotonic() - began
    assert kind(trace.outcome) in program.outcomes, trace.outcome
    if isinstance(trace.outcome, Stopped):
        assert program.words in trace.outcome.message
        assert trace.outcome.message.endswith(".")
    assert trace.source == program.source
    assert took < program.job.limits.seconds + 10
    assert watched.sandbox.run(HARMLESS).trace.outcome == Finished()
    assert watched.settled(), watched.processes()


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_hostile_program_harms_nobody(watched, name):
    if name == ABOVE and watched.mode == "spawn":
        pytest.skip("only a warm parent adopts what a killed supervisor leaves")
    survives(watched, name)


@pytest.mark.battery
@pytest.mark.parametrize("watched", ["spawn"], indirect=True)
@pytest.mark.parametrize("name", SMOKE)
def test_a_hostile_program_harms_nobody_without_fork(watched, name):
    survives(watched, name)


def test_what_a_stopped_program_printed_is_known(watched):
    run = watched.sandbox.run(PROGRAMS["loops for ever"].job)
    assert run.trace.printed == "here\n"
    run = watched.sandbox.run(PROGRAMS["calls os._exit"].job)
    assert run.trace.printed == "bye\n"
