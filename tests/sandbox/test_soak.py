"""Two thousand runs of all kinds leave the processes as they were."""

import os
import random
import statistics
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import Watched
from hostile import kind
from soak_programs import ENDS, FINISHES, MARKER, RARE, REPLAYED

from autograd_tutor.sandbox.protocol import Job, Limits
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


def _open(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def _children(pid: int) -> int:
    """How many processes it has started and not seen the end of: zombies too."""
    return sum(len((task / "children").read_text().split()) for task in Path(f"/proc/{pid}/task").iterdir())


def _held(parent: int) -> tuple[int, ...]:
    """Open files and children of the parent, and of this process."""
    return tuple(count(pid) for pid in (parent, os.getpid()) for count in (_open, _children))


def _plan(number: int, draw: random.Random) -> tuple[str, str, Job]:
    """What runs in a turn: its name, how it must end, the job."""
    if number % RARELY == 0:
        ((name, (source, expected)),) = RARE.items()
        return name, expected, Job(source, explain=False, limits=Limits(seconds=0.5))
    if number % REPLAYS == 0:
        return "explained", "finished", Job(REPLAYED)
    if draw.random() < 0.2:
        name, (source, expected) = draw.choice(sorted(ENDS.items()))
        return name, expected, Job(source, explain=False, limits=LIMITS)
    name, source = draw.choice(sorted(FINISHES.items()))
    return name, "finished", Job(source, explain=False, limits=LIMITS)


def _run(watched: Watched, plan: tuple[str, str, Job]) -> int:
    """Carry out a plan; the parent's size after it."""
    name, expected, job = plan
    run = watched.sandbox.run(job)
    assert kind(run.trace.outcome) == expected, (name, run.trace.outcome)
    assert not job.explain or run.forms is not None, run.note
    return _resident(watched.sandbox._source._parent.pid)


@pytest.mark.battery
@pytest.mark.parametrize("watched", ["fork"], indirect=True)
def test_two_thousand_runs_leave_no_trace_in_the_parent(watched: Watched):
    draw = random.Random(0)
    plans = [_plan(number, draw) for number in range(1, RUNS + 1)]
    first = watched.sandbox.run(Job(MARKER))
    with ThreadPoolExecutor(2) as two:
        list(two.map(lambda plan: _run(watched, plan), plans[:WARM]))
        assert watched.settled()
        parent = watched.sandbox._source._parent.pid
        before = _held(parent)
        sizes = list(two.map(lambda plan: _run(watched, plan), plans[WARM:]))
        assert watched.settled()
        assert parent == watched.sandbox._source._parent.pid
        assert _held(parent) == before
    assert statistics.median(sizes[-100:]) - statistics.median(sizes[:100]) < MARGIN
    last = watched.sandbox.run(Job(MARKER))
    assert encode(last.trace) == encode(first.trace)
    assert last.explanation == first.explanation
    assert last.forms == first.forms
