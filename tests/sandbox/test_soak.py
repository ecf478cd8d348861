"""Two thousand runs of all kinds leave the processes as they were."""

import os
import random
import statistics
from pathlib import Path

import pytest
from conftest import Watched
from hostile import kind
from soak_programs import ENDS, FINISHES, MARKER, RARE, REPLAYED

from autograd_tutor.sandbox.protocol import Job, Limits, Run
from autograd_tutor.trace import encode

RUNS = 2000
WARM = 200
"""Runs after which the parent's memory is looked at."""
MARGIN = 1 << 20
"""Bytes; 1,800 runs that kept 600 bytes each would pass it."""
REPLAYS, RARELY = 100, 500
"""Every so many runs one is explained, one runs into its time limit."""
LIMITS = Limits(seconds=10, memory=1 << 29, output=1 << 17)


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _open(pid: int | str) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def _children(pid: int) -> list[str]:
    """Zombies too."""
    return [one for task in Path(f"/proc/{pid}/task").iterdir() for one in (task / "children").read_text().split()]


def _one(watched: Watched, number: int, draw: random.Random) -> None:
    """Run one program, and see that it ends as it should."""
    if number % RARELY == 0:
        ((name, (source, expected)),) = RARE.items()
        job = Job(source, explain=False, limits=Limits(seconds=0.5))
    elif number % REPLAYS == 0:
        name, expected, job = "explained", "finished", Job(REPLAYED)
    elif draw.random() < 0.2:
        name, (source, expected) = draw.choice(sorted(ENDS.items()))
        job = Job(source, explain=False, limits=LIMITS)
    else:
        name, source = draw.choice(sorted(FINISHES.items()))
        expected, job = "finished", Job(source, explain=False, limits=LIMITS)
    run = watched.sandbox.run(job)
    assert kind(run.trace.outcome) == expected, (name, run.trace.outcome)
    assert not job.explain or run.forms is not None, run.note


@pytest.mark.battery
@pytest.mark.parametrize("watched", ["fork"], indirect=True)
def test_two_thousand_runs_leave_no_trace_in_the_parent(watched: Watched):
    draw = random.Random(0)
    first = _marker(watched)
    for number in range(1, WARM):
        _one(watched, number, draw)
    assert watched.settled()
    parent = watched.sandbox._source._parent.pid
    before = _open(parent), _open("self"), len(_children(parent)), len(_children(os.getpid()))
    sizes = []
    for number in range(WARM, RUNS):
        _one(watched, number, draw)
        sizes.append(_resident(parent))
    assert watched.settled()
    assert parent == watched.sandbox._source._parent.pid
    assert (_open(parent), _open("self"), len(_children(parent)), len(_children(os.getpid()))) == before
    assert statistics.median(sizes[-100:]) - statistics.median(sizes[:100]) < MARGIN
    last = _marker(watched)
    assert encode(last.trace) == encode(first.trace)
    assert last.explanation == first.explanation
    assert last.forms == first.forms


def _marker(watched: Watched) -> Run:
    return watched.sandbox.run(Job(MARKER))
