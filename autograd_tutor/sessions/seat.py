"""A session's own process, from the fork to its end: takes the terminal, plays the tutor, leaves."""

from __future__ import annotations

import asyncio
import fcntl
import gc
import os
import signal
import socket
import termios
import time
import traceback
from functools import partial
from typing import NoReturn
from zlib import crc32

from textual.css.stylesheet import Stylesheet

from autograd_tutor.room.messages import Fault, Gone
from autograd_tutor.room.rules import Seat
from autograd_tutor.sandbox import identity, processes
from autograd_tutor.sessions import confinement
from autograd_tutor.sessions.app import SeatApp
from autograd_tutor.sessions.driver import raw
from autograd_tutor.sessions.line import Line
from autograd_tutor.sessions.records import LineRecords
from autograd_tutor.sessions.runner import LineRunner
from autograd_tutor.sessions.warm import course
from autograd_tutor.tui.services import Services

BROKEN = 70
"""Exit code after a fault of ours."""


def take(seat: Seat, parent: int, terminal: int, connection: int, styles: Stylesheet) -> NoReturn:
    """In the forked child: become the session; never returns."""
    code = BROKEN
    line: Line | None = None
    try:
        processes.die_with(parent)
        line = Line(socket.socket(fileno=connection), seat)
        _sit_down(seat, terminal, connection)
        loop = asyncio.new_event_loop()
        confinement.bind()
        gc.enable()
        code = _play(seat, line, styles, loop)
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


def _sit_down(seat: Seat, terminal: int, connection: int) -> None:
    """The pty becomes this process's controlling terminal and its standard streams; no other descriptor stays."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    for standard in (0, 1, 2):
        os.dup2(terminal, standard)
    identity.close_all_but({0, 1, 2, connection})
    raw()
    identity.forget_environment()
    os.environ.update({"TERM": seat.terminal.term, "COLORTERM": seat.terminal.colorterm})
    if seat.terminal.no_color:
        os.environ["NO_COLOR"] = "1"


def _play(seat: Seat, line: Line, styles: Stylesheet, loop: asyncio.AbstractEventLoop) -> int:
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
    app = SeatApp(services, seat.start, line, styles)
    app.run(loop=loop)
    return app.return_code or 0
