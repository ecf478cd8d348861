"""Programs of a class are run by the front's sandbox: the job goes over the line, the frames come back."""

from __future__ import annotations

from queue import SimpleQueue

from autograd_tutor.sandbox.client import Receiver, not_run
from autograd_tutor.sandbox.protocol import Job, Run, encoder
from autograd_tutor.sessions.line import Line, Told


class LineRunner:
    """A `tui.services.Runner`, for any thread but the line's own."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._running: set[_Frames] = set()
        self._closed = False

    def start(self) -> None:
        """The front's sandbox is warm."""

    def run(self, job: Job) -> Run:
        """Run one program; blocks, and never raises for what the program did."""
        frames = _Frames()
        self._running.add(frames)
        try:
            if self._closed:
                frames.end()
            else:
                self._line.execute(encoder.encode(job), job.own, frames.put)
            run = Receiver(job, "", None, None).receive(frames)
        finally:
            self._running.discard(frames)
        return run if frames.refusal is None else not_run(job, frames.refusal)

    def close(self) -> None:
        """Nobody waits for a run any more."""
        self._closed = True
        for frames in list(self._running):
            frames.end()


class _Frames:
    """The frames of one run, from the line's thread to the one that waits for them."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[Told | None] = SimpleQueue()
        self.put = self._queue.put
        self.refusal: str | None = None
        """Why the run could not be made."""

    def end(self) -> None:
        """There are no more."""
        self._queue.put(None)

    def receive(self) -> Told | None:
        """The next frame; None when there are no more."""
        frame = self._queue.get()
        if frame is not None and not frame[0]:
            self.refusal = frame[1].decode("utf-8", "replace")
            return None
        return frame
