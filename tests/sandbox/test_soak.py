"""Hundreds of runs leave the processes as they were."""

import os
from pathlib import Path

import pytest
from hostile import HARMLESS, PROGRAMS

from autograd_tutor.sandbox.client import Sandbox
from autograd_tutor.trace import Finished


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _open(pid: int | str) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


@pytest.mark.battery
def test_five_hundred_runs_leave_no_trace_in_the_parent():
    with Sandbox("fork") as sandbox:
        for _ in range(50):
            sandbox.run(HARMLESS)
        parent = sandbox._source._parent.pid
        before = _resident(parent), _open(parent), _open("self")
        for number in range(500):
            if number % 50 == 0:
                sandbox.run(PROGRAMS["leaves a grandchild behind that it may start"].job)
            assert sandbox.run(HARMLESS).trace.outcome == Finished()
        resident, theirs, ours = _resident(parent), _open(parent), _open("self")
        assert parent == sandbox._source._parent.pid
    assert resident - before[0] < 4 << 20
    assert theirs <= before[1] + 2
    assert ours <= before[2] + 2
