"""A class that is really served, and students with a real SSH client in Python, for tests and benchmarks."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

import asyncssh
import pyte

from autograd_tutor.classroom.roster import CODE, NAME, Person, issue, with_new
from autograd_tutor.classroom.roster import Roster as RosterTable
from autograd_tutor.classroom.table import Table, written
from autograd_tutor.records.classes import ClassRecords

QUIET = {"known_hosts": None, "client_keys": None, "agent_path": None, "config": []}


class Served:
    """`autograd-tutor serve` as a process of its own, with a roster of names."""

    def __init__(self, folder: Path, names: Iterable[str], *options: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.data = folder / "data"
        issued, students = issue(Person(name) for name in names)
        self.codes = {one.name: one.code for one in issued}
        self.roster = folder / "roster.csv"
        self.roster.write_bytes(written(with_new(RosterTable(Table((NAME, CODE)), ()), students)))
        self._options = options
        self.port = 0
        self.printed = ""

    def start(self) -> Self:
        """Serve, on the port of before if there was one; returns when sessions can be opened."""
        who = () if "--open" in self._options or "--keys" in self._options else ("--roster", str(self.roster))
        command = [sys.executable, "-m", "autograd_tutor", "serve", "--class", "test", *who]
        command += ["--data", str(self.data), "--port", str(self.port), "--listen", "127.0.0.1", *self._options]
        environment = {**os.environ, "AUTOGRAD_TUTOR_DATA": str(self.folder / "home")}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        )
        assert self.process.stdout
        self.printed = ""
        for line in self.process.stdout:
            self.printed += line
            if line.startswith("Ready"):
                break
        found = re.search(r"^listening on \S+ port (\d+)", self.printed, re.MULTILINE)
        assert found, self.printed
        self.port = int(found[1])
        for name, code in re.findall(r"^  (\S+): ([A-Z0-9]{4}(?:-[A-Z0-9]{4})+)$", self.printed, re.MULTILINE):
            self.codes[name] = code
        return self

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self, how: signal.Signals = signal.SIGTERM, seconds: float = 20) -> int:
        """End it; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(seconds)
        finally:
            self.process.kill()
            assert self.process.stdout
            self.process.stdout.close()

    def openssh(self, name: str, *options: str, host: str = "127.0.0.1", program: str = "ssh") -> list[str]:
        """The command line of OpenSSH's own client, up to the host; it trusts this class's key alone."""
        known = self.folder / "known_hosts"
        key = asyncssh.read_private_key(self.data / "host_key").export_public_key().decode()
        known.write_text("".join(f"[{one}]:{self.port} {key}" for one in ("127.0.0.1", "::1")))
        port = "-p" if program == "ssh" else "-P"
        command = [program, "-F", "none", port, str(self.port), "-o", "StrictHostKeyChecking=yes"]
        command += ["-o", f"UserKnownHostsFile={known}", "-o", f"User={name}", *options]
        return [*command, host] if program == "ssh" else command

    def run(self, name: str, command: Sequence[str], seconds: float = 30) -> subprocess.CompletedProcess[str]:
        """Run a client of OpenSSH without a terminal; it gets its code from a program."""
        asked = self.folder / f"askpass-{name}"
        asked.write_text(f"#!/bin/sh\necho {self.codes[name]}\n")
        asked.chmod(0o700)
        environment = {**os.environ, "SSH_ASKPASS": str(asked), "SSH_ASKPASS_REQUIRE": "force"}
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds, env=environment
        )

    @property
    def records(self) -> ClassRecords:
        """What the class keeps, as a second reader sees it."""
        return ClassRecords.at(self.data, "test")

    @property
    def descriptors(self) -> int:
        """Open in the front."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    @property
    def peak(self) -> int:
        """The most memory that the front ever had, in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) // 1024

    @property
    def log(self) -> str:
        """What the front wrote down."""
        file = self.data / "serve.log"
        return file.read_text() if file.exists() else ""

    def sessions(self, name: str) -> list[int]:
        """The processes of a student's sessions that live, as the log names them."""
        started = re.findall(rf"INFO {name}: process (\d+)$", self.log, re.MULTILINE)
        return [int(pid) for pid in started if Path(f"/proc/{pid}").exists()]

    @staticmethod
    def end(pid: int, how: signal.Signals = signal.SIGKILL) -> None:
        """Signal a process, if it still lives."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, how)

    def left_over(self) -> list[int]:
        """All living processes that came from this class."""
        mark = f"AUTOGRAD_TUTOR_DATA={self.folder}/home".encode()
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and mark in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
        return found

    def children(self, module: str) -> list[int]:
        """The processes below the front that run a module, the oldest first."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != self.process.pid:
                try:
                    command = (entry / "cmdline").read_bytes().decode()
                    if module in command and self.process.pid in _ancestors(int(entry.name)):
                        found.append(int(entry.name))
                except OSError:
                    continue
        return sorted(found)


def _ancestors(pid: int) -> list[int]:
    found = []
    while pid > 1:
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        found.append(pid)
    return found


class Student:
    """Someone with an SSH client and a screen."""

    def __init__(
        self, served: Served, name: str, *, columns: int = 80, rows: int = 24, code: str | None = None
    ) -> None:
        self.served = served
        self.name = name
        self.code = served.codes.get(name, "") if code is None else code
        self.raw = bytearray()
        self.ended = asyncio.Event()
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._news = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.connection.abort()
        await self.connection.wait_closed()

    async def connect(self, **options: object) -> None:
        """Log in and open a terminal."""
        self.connection = await asyncssh.connect(
            "127.0.0.1", self.served.port, username=self.name, password=self.code, **QUIET, **options
        )
        self.process = await self.connection.create_process(
            term_type="xterm-256color", term_size=(self._screen.columns, self._screen.lines), encoding=None
        )
        self.ended.clear()
        self._reader = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        try:
            while data := await self.process.stdout.read(1 << 16):
                self.raw += data
                self._stream.feed(data)
                self._news.set()
        except (asyncssh.Error, OSError):
            pass
        self.ended.set()
        self._news.set()

    @property
    def screen(self) -> str:
        """What the student sees."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def forget(self) -> None:
        """Wipe the screen: from now on counts what is painted anew."""
        self._screen.reset()

    def type(self, keys: str | bytes) -> None:
        """Press keys."""
        self.process.stdin.write(keys.encode() if isinstance(keys, str) else keys)

    def resize(self, columns: int, rows: int) -> None:
        """Drag the window's corner."""
        self._screen.resize(rows, columns)
        self.process.change_terminal_size(columns, rows)

    async def sees(self, *texts: str, seconds: float = 30) -> float:
        """Wait until all texts are on the screen; returns how long that took."""
        began = time.monotonic()
        while not all(text in self.screen for text in texts):
            left = began + seconds - time.monotonic()
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), max(left, 0.001))
            except TimeoutError:
                raise AssertionError(f"{self.name} waited for {texts}:\n{self.screen}") from None
        return time.monotonic() - began

    async def settles(self, seconds: float = 0.3) -> None:
        """Wait until nothing more is painted."""
        while True:
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), seconds)
            except TimeoutError:
                return


class Bystander(Student):
    """A student who types and types, one key after the other, and counts on each to appear."""

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        await self.sees("enter")
        if "enter open" in self.screen:
            self.type("\r")
            await self.sees("enter check")
        self.type("\x7f" * 30)
        self.waits: list[float] = []
        self._typing = asyncio.ensure_future(self._type_on())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._typing.cancel()
        await super().__aexit__()

    async def _type_on(self) -> None:
        while True:
            typed = ""
            for key in "314159265358979323846":
                self.type(key)
                typed += key
                self.waits.append(await self.sees(typed, seconds=20))
                await asyncio.sleep(0.03)
            self.type("\x7f" * len(typed))
            while "314" in self.screen:
                await asyncio.sleep(0.03)

    async def is_served(self, worst: float = 5) -> None:
        """All keys so far were answered, none later than `worst` seconds, and ten more are."""
        enough = len(self.waits) + 10
        async with asyncio.timeout(30):
            while len(self.waits) < enough and not self._typing.done():
                await asyncio.sleep(0.02)
        if self._typing.done():
            self._typing.result()
        waits = sorted(self.waits)
        print(f"{self.name} typed {len(waits)} keys: p50 {waits[len(waits) // 2]:.3f} s, worst {waits[-1]:.3f} s")
        assert max(self.waits) < worst, f"a key took {max(self.waits):.2f} s to appear"


async def all_of(students: Sequence[Student]) -> None:
    """Everyone connects at once."""
    await asyncio.gather(*(student.connect() for student in students))
