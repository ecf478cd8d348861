"""A real terminal for tests: a program on a pty, its screen kept by pyte."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Sequence
from functools import partial

import pyte


class Terminal:
    """Runs a program on a pty of the given size; `screen` is what a person would see."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 80,
        rows: int = 24,
        env: dict[str, str] | None = None,
        controlling: bool = False,
    ) -> None:
        """`controlling`: as the process's own terminal, which `ssh` asks for a password on."""
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.master, slave = pty.openpty()
        self._set_size(slave, columns, rows)
        own = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}  # the pty says
        environment = {**own, "TERM": "xterm-256color", "LANG": "C.UTF-8", **(env or {})}
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
            preexec_fn=partial(fcntl.ioctl, 0, termios.TIOCSCTTY, 0) if controlling else None,
        )
        os.close(slave)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self.master)

    @property
    def screen(self) -> str:
        """The lines on the screen, without trailing blanks."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def send(self, keys: str) -> None:
        """Type."""
        os.write(self.master, keys.encode())

    def resize(self, columns: int, rows: int) -> None:
        """Change the window's size, as dragging its corner does."""
        self._screen.resize(rows, columns)
        self._set_size(self.master, columns, rows)
        self.process.send_signal(signal.SIGWINCH)

    def wait_for(self, *texts: str, seconds: float = 20) -> float:
        """Read until all texts are on the screen; returns the seconds that took.

        Raises:
            AssertionError: they did not appear; the message shows the screen.
        """
        began = time.perf_counter()
        while not all(text in self.screen for text in texts):
            if time.perf_counter() - began > seconds:
                raise AssertionError(f"{texts} did not appear in {seconds} s on:\n{self.screen}")
            if not self.read(0.05) and self.process.poll() is not None:
                raise AssertionError(f"the program ended with {self.process.returncode} on:\n{self.screen}")
        return time.perf_counter() - began

    def read(self, seconds: float) -> bool:
        """Take in what the program wrote; False if nothing came in that time."""
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.master, 1 << 16)
        except OSError:  # Linux's word for the end of a pty
            return False
        self._stream.feed(data)
        return bool(data)

    def appears(self, *texts: str, within: float) -> float:
        """When all texts stood on the screen, on the clock of `time.perf_counter`.

        Takes in everything for `within` seconds before any of it is drawn, as fast as a terminal would: pyte
        needs longer to draw a frame than the program does to send it.

        Raises:
            AssertionError: they did not appear.
        """
        chunks = []
        end = time.perf_counter() + within
        while (left := end - time.perf_counter()) > 0:
            if select.select([self.master], [], [], left)[0]:
                data = os.read(self.master, 1 << 16)
                chunks.append((time.perf_counter(), data))
        for at, data in chunks:
            self._stream.feed(data)
            if all(text in self.screen for text in texts):
                return at
        raise AssertionError(f"{texts} did not appear in {within} s on:\n{self.screen}")

    def settle(self, quiet: float = 0.3, seconds: float = 10) -> str:
        """Read until nothing has come for `quiet` seconds; returns the screen."""
        began = time.perf_counter()
        while self.read(quiet) and time.perf_counter() - began < seconds:
            pass
        return self.screen

    @staticmethod
    def _set_size(descriptor: int, columns: int, rows: int) -> None:
        fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
