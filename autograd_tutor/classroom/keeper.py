"""The class's records, behind one thread: writes happen in order, and the front never waits for the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from autograd_tutor.records.classes import ClassRecords

Result = TypeVar("Result")


class Keeper:
    """Owns the class's records. `do` from the event loop; closed, it has written everything."""

    def __init__(self, open_records: Callable[[], ClassRecords]) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="keeper")
        self._records = self._thread.submit(open_records)

    def check(self) -> None:
        """Wait until the records are open. Raises what their opening raised."""
        self._records.result()

    async def do(self, act: Callable[[ClassRecords], Result]) -> Result:
        """What `act` returns, after all that was asked for before. Raises what it raises."""
        return await asyncio.wrap_future(self._thread.submit(lambda: act(self._records.result())))

    def close(self) -> None:
        """Write what is left, and let go."""
        self._thread.submit(lambda: self._records.result().close())
        self._thread.shutdown(wait=True)
