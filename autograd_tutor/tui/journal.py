"""One thread through which all reading and writing of records goes, so that it happens in order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from autograd_tutor.teaching.model import Attempt
from autograd_tutor.tui.services import Records

Result = TypeVar("Result")


class Journal:
    """Opens the records on its own thread at the first use; `complain` is told, there, what went wrong."""

    def __init__(self, open_records: Callable[[], Records], complain: Callable[[str], None]) -> None:
        self._open = open_records
        self._complain = complain
        self._records: Records | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")

    def write(self, act: Callable[[Records], None]) -> Future[None]:
        """Do `act` after all that was asked for before; a failure becomes one sentence."""
        return self._thread.submit(self._try, act)

    def record(self, attempt: Attempt) -> None:
        """Save one attempt."""
        self.write(lambda records: records.record(attempt))

    async def read(self, ask: Callable[[Records], Result], default: Result) -> Result:
        """What `ask` answers after all that was asked for before; `default` if it cannot be had."""

        def asked() -> Result:
            try:
                return ask(self._opened())
            except Exception as error:
                self._complain(f"Your earlier work could not be read: {error}")
                return default

        return await asyncio.wrap_future(self._thread.submit(asked))

    def close(self) -> None:
        """Wait until everything is written."""
        self._thread.shutdown(wait=True)

    def _opened(self) -> Records:
        if self._records is None:
            self._records = self._open()
        return self._records

    def _try(self, act: Callable[[Records], None]) -> None:
        try:
            act(self._opened())
        except Exception as error:
            self._complain(f"This could not be saved: {error}")
