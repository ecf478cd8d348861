"""Runs of code for many screens: few at a time, fairly, and each lesson's own program once for all who ask."""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import msgspec

from autograd_tutor.room.rules import Editing
from autograd_tutor.sandbox import frames
from autograd_tutor.sandbox.client import Sandbox
from autograd_tutor.sandbox.protocol import Job, Limits, decode_end, decode_job

LIMITS = Limits(memory=1 << 30)
"""Of a run in class, whatever its screen asked for."""
_KEPT = 64 << 20
"""Bytes of finished runs kept for those who ask for the same."""
_LONGEST = 20_000
"""Characters of a program."""

_Frames = tuple[tuple[bytes, bytes], ...]
Send = Callable[[bytes, bytes], None]
"""Takes one frame's kind and payload, in the event loop."""


class Broker:
    """Passes jobs to the sandbox. A job that is a lesson's own gives everybody the same run, from one process."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._threads = ThreadPoolExecutor(max_workers=(os.cpu_count() or 2) + 1, thread_name_prefix="run")
        self._turns: dict[str, asyncio.Lock] = {}
        self._kept: OrderedDict[bytes, _Frames] = OrderedDict()
        self._size = 0
        self._under_way: dict[bytes, asyncio.Future[_Frames]] = {}

    def start(self) -> None:
        """Let the sandbox warm up."""
        self._sandbox.start()

    async def run(self, name: str, wanted: bytes, *, shared: bool, editing: Editing, send: Send) -> None:
        """Run an encoded job for `name` and send its frames; an empty kind carries the sentence why it was not run.

        Whoever asks twice at once waits for the first to end: one student can't take the whole machine.
        """
        try:
            job = bound(decode_job(wanted), shared=shared, editing=editing)
        except msgspec.MsgspecError:
            send(b"", b"The program could not be read.")
            return
        if len(job.source) > _LONGEST:
            send(b"", f"The program is longer than {_LONGEST:,} characters: shorten it.".encode())
            return
        async with self._turns.setdefault(name, asyncio.Lock()):
            try:
                if shared:
                    for kind, payload in await self._common(job):
                        send(kind, payload)
                else:
                    await self._fresh(job, send)
            except Exception as problem:
                send(b"", str(problem).encode())

    async def _common(self, job: Job) -> _Frames:
        """What is kept, or comes of the run that somebody else has begun, or of a new one."""
        key = msgspec.msgpack.encode(job)
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found
        under_way = self._under_way.get(key)
        if under_way is None:
            under_way = self._under_way[key] = asyncio.ensure_future(self._kept_run(key, job))
        return await asyncio.shield(under_way)

    async def _kept_run(self, key: bytes, job: Job) -> _Frames:
        try:
            found: list[tuple[bytes, bytes]] = []
            await self._fresh(job, lambda kind, payload: found.append((kind, payload)))
            whole = tuple(found)
            if _is_done(whole):
                self._keep(key, whole)
            return whole
        finally:
            del self._under_way[key]

    async def _fresh(self, job: Job, send: Send) -> None:
        loop = asyncio.get_running_loop()

        def pass_on(kind: bytes, payload: bytes) -> None:
            loop.call_soon_threadsafe(send, kind, payload)

        await loop.run_in_executor(self._threads, self._sandbox.relay, job, pass_on)

    def _keep(self, key: bytes, found: _Frames) -> None:
        self._kept[key] = found
        self._size += _bytes(found)
        while self._size > _KEPT:
            _, oldest = self._kept.popitem(last=False)
            self._size -= _bytes(oldest)

    def forget(self, name: str) -> None:
        """A student has gone."""
        turn = self._turns.get(name)
        if turn is not None and not turn.locked():
            del self._turns[name]

    def close(self) -> None:
        """End the sandbox; what still runs ends with it."""
        self._sandbox.close()
        self._threads.shutdown(wait=False, cancel_futures=True)


def bound(job: Job, *, shared: bool, editing: Editing) -> Job:
    """The job as it may run in class: within its limits, confined, and through the gate unless it is a lesson's own."""
    return msgspec.structs.replace(
        job,
        filename=None,
        limits=LIMITS,
        mutations=job.mutations if shared else (),
        confined=True,
        layers=Job("").layers,
        gated=not shared and editing != "open",
    )


def _is_done(found: _Frames) -> bool:
    return bool(found) and found[-1][0] == frames.END and decode_end(found[-1][1]).cause == "done"


def _bytes(found: _Frames) -> int:
    return sum(len(payload) for _, payload in found)
