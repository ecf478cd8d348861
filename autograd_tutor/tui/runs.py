"""Programs sent to the sandbox from the screen's event loop, which goes on meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from autograd_tutor.trace import Stopped

if TYPE_CHECKING:
    from autograd_tutor.sandbox.protocol import Job, Run
    from autograd_tutor.tui.services import Runner


class Asked:
    """What the learner asked for while the programs still ran: the last such thing is done when they have."""

    def __init__(self) -> None:
        self._act: Callable[..., None] | None = None

    def wait(self, act: Callable[..., None]) -> None:
        """Do `act` with the runs, once they are there."""
        self._act = act

    def answered(self, *runs: Run) -> None:
        """The runs are there, or none, because they failed: then nothing is done."""
        act, self._act = self._act, None
        if act is not None and runs:
            act(*runs)


async def run_all(sandbox: Runner, jobs: Sequence[Job]) -> tuple[list[Run], str | None]:
    """All runs and None; or no run, and why not in a sentence."""
    runs: list[Run] = []
    for one in jobs:
        try:
            run = await asyncio.to_thread(sandbox.run, one)
        except Exception as error:
            return [], f"The program could not be run: {error}"
        if isinstance(run.trace.outcome, Stopped):
            return [], run.trace.outcome.message
        runs.append(run)
    return runs, None
