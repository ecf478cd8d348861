"""What is typed and not yet sent, on its way to the disk: a class's drafts cost one write together, not hundreds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from autograd_tutor.classroom.keeper import Keeper
from autograd_tutor.classroom.log import LOG
from autograd_tutor.records.classes import ClassRecords

_SOON = 0.15
"""Seconds that a draft may wait."""

Result = TypeVar("Result")


class Drafts:
    """The drafts that wait. Whatever else is done with the records comes after them."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._waiting: dict[tuple[str, str, int], str] = {}
        self._writing: asyncio.Task[None] | None = None

    def note(self, learner: str, exercise: str, seed: int, text: str) -> None:
        """Keep this, soon."""
        self._waiting[learner, exercise, seed] = text
        if self._writing is None or self._writing.done():
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def then(self, act: Callable[[ClassRecords], Result]) -> Result:
        """Write the drafts that wait, then do `act`.

        Raises what it raises, and BadRecords; drafts that can't be written wait on.
        """
        if self._waiting:
            drafts, self._waiting = self._waiting, {}
            rows = [(*key, text) for key, text in drafts.items()]
            try:
                await self._keeper.do(lambda records: records.save_drafts(rows))
            except Exception:
                self._waiting = {**drafts, **self._waiting}
                raise
        return await self._keeper.do(act)

    async def _write(self) -> None:
        await asyncio.sleep(_SOON)
        try:
            await self.then(lambda records: None)
        except Exception as problem:
            LOG.error("drafts could not be kept: %s", problem)
