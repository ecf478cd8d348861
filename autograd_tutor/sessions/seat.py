"""A session's own process, from the fork to its end: takes the terminal, plays the tutor, leaves."""

from __future__ import annotations

import fcntl
import gc
import os
import resource
import signal
import socket
import termios
import time
import traceback
from functools import partial
from pathlib import Path
from typing import NoReturn
from zlib import crc32

from autograd_tutor.room.messages import Fault, Gone, Leave, Sit, ToSession
from autograd_tutor.room.rules import Seat
from autograd_tutor.sandbox import processes
from autograd_tutor.sessions.driver import SeatDriver
from autograd_tutor.sessions.line import Line
from autograd_tutor.sessions.records import LineRecords
from autograd_tutor.sessions.runner import LineRunner
from autograd_tutor.sessions.warm import course
from autograd_tutor.tui.app import TutorApp
from autograd_tutor.tui.services import Services

BROKEN = 70
"""Exit code after a fault of ours."""
_CUT = 71
"""After the front closed the line."""
_ROOM = 512 << 20
"""Bytes of address space beyond what the parent has."""
_DESCRIPTORS = 64


def take(seat: Seat, parent: int, terminal: int, connection: int) -> NoReturn:
    """In the forked child: become the session; never returns."""
    code = BROKEN
    line: Line | None = None
    try:
        processes.die_with(parent)
        _sit_down(seat, terminal)
        _bind()
        gc.enable()
        line = Line(socket.socket(fileno=connection), seat)
        code = _play(seat, line)
        if code == 0:
            line.tell(Gone())
    except BaseException:
        if line is not None:
            line.tell(Fault(traceback.format_exc()))
    finally:
        os._exit(code)


def own_variant(seat: Seat, exercise: str) -> int:
    """The variant of an exercise that this student gets: another than their neighbour's, always the same."""
    return crc32(f"{seat.group}/{seat.name}/{exercise}".encode()) & 0xFFFF


def _sit_down(seat: Seat, terminal: int) -> None:
    """The pty becomes this process's controlling terminal and its standard streams."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    for standard in (0, 1, 2):
        os.dup2(terminal, standard)
    os.close(terminal)
    told = {"TERM": seat.terminal.term, "COLORTERM": seat.terminal.colorterm}
    os.environ.update(told)
    os.environ.pop("NO_COLOR", None)
    if seat.terminal.no_color:
        os.environ["NO_COLOR"] = "1"


def _bind() -> None:
    """What the kernel holds this process to."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    space = pages * os.sysconf("SC_PAGE_SIZE") + _ROOM
    for kind, most in (
        (resource.RLIMIT_AS, space),
        (resource.RLIMIT_NOFILE, _DESCRIPTORS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def _play(seat: Seat, line: Line) -> int:
    """Run the app until the student leaves; the exit code."""
    records = LineRecords(line)
    services = Services(
        LineRunner(line),
        course,
        lambda: records,
        time.monotonic,
        variant=partial(own_variant, seat) if seat.role == "student" else None,
        line=line,
    )
    app = SeatApp(services, seat.start)
    app.run()
    return app.return_code or 0


class SeatApp(TutorApp):
    """The tutor at a seat: painted by `SeatDriver`, ended or taken over as the front says."""

    def __init__(self, services: Services, start: str | None) -> None:
        super().__init__(services, start)
        self.driver_class = SeatDriver

    def on_load(self) -> None:
        """Hear the front from the start."""
        line = self.services.line
        assert isinstance(line, Line)
        line.attach(self._heard, partial(os._exit, _CUT))

    def _heard(self, message: ToSession) -> None:
        match message:
            case Sit():
                if isinstance(self._driver, SeatDriver):
                    self._driver.sit()
            case Leave():
                self.exit()
