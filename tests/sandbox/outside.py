"""What stands around a run and must stay as it is: files, listeners, a neighbour, secrets."""

from __future__ import annotations

import os
import platform
import socket
import sqlite3
import subprocess
import sysconfig
import time
import uuid
from pathlib import Path
from string import Template

VARIABLE = "AUTOGRAD_TUTOR_SECRET"


class Outside:
    """A folder like the classroom's data, listeners and a sleeping process, all watched."""

    def __init__(self, folder: Path, token: str) -> None:
        self.token = token
        self.folder = folder / "data"
        self.folder.mkdir(mode=0o700)
        (self.folder / "empty").mkdir()
        for name in ("secret", "mine", "host_key"):
            (self.folder / name).write_text(token)
            (self.folder / name).chmod(0o600)
        with sqlite3.connect(self.folder / "records.db") as records:
            records.execute("create table t (code)")
            records.execute("insert into t values (?)", [token])
        records.close()
        self.abstract = f"autograd-tutor-{uuid.uuid4().hex}"
        self.listeners = [
            self._listen(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            self._listen(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            self._listen(socket.AF_UNIX, socket.SOCK_STREAM, str(self.folder / "path")),
            self._listen(socket.AF_UNIX, socket.SOCK_DGRAM, str(self.folder / "path.dgram")),
            self._listen(socket.AF_UNIX, socket.SOCK_STREAM, f"\0{self.abstract}"),
        ]
        self.sibling = subprocess.Popen(["sleep", "1000"])
        self.before = self._seen()

    @staticmethod
    def _listen(family: int, kind: int, address: object) -> socket.socket:
        listener = socket.socket(family, kind)
        listener.bind(address)
        if kind == socket.SOCK_STREAM:
            listener.listen()
        listener.setblocking(False)
        return listener

    def fill(self, source: str) -> str:
        """The program with the addresses and paths of this world."""
        tcp, udp, path, *_ = (listener.getsockname() for listener in self.listeners)
        return Template(source).safe_substitute(
            token=self.token,
            variable=VARIABLE,
            folder=self.folder,
            secret=self.folder / "secret",
            mine=self.folder / "mine",
            records=self.folder / "records.db",
            home=Path.home(),
            lib=sysconfig.get_path("stdlib"),
            port=tcp[1],
            udp=udp[1],
            path=path,
            abstract=self.abstract,
            sibling=self.sibling.pid,
        )

    def changes(self) -> str:
        """What a run changed or reached, in words; empty if nothing."""
        seen = self._seen()
        return ", ".join(name for name, what in seen.items() if what != self.before[name])

    def _seen(self) -> dict[str, object]:
        return {
            "files": sorted((str(path), *_state(path)) for path in [self.folder, *self.folder.rglob("*")]),
            "connections": [_reached(listener) for listener in self.listeners],
            "sibling": self._sibling(),
            "leftovers": self._leftovers(),
            "objects": [Path(f"/proc/sysvipc/{kind}").read_text().count("\n") for kind in ("shm", "sem", "msg")],
            "host": platform.node(),
        }

    def _leftovers(self) -> list[Path]:
        """What was written elsewhere."""
        places = ("/tmp", "/dev/shm", "/var/tmp", "/", ".", str(Path.home()), sysconfig.get_path("stdlib"))
        return [path for place in places for path in Path(place).glob(f"autograd-tutor-{self.token}")]

    def _sibling(self) -> tuple[object, ...]:
        pid = self.sibling.pid
        if self.sibling.poll() is not None:
            return ("gone",)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        limits = Path(f"/proc/{pid}/limits").read_text()
        return (
            "stopped" if state in "Tt" else "alive",
            os.getpriority(os.PRIO_PROCESS, pid),
            os.sched_getaffinity(pid),
            limits,
        )

    def close(self) -> None:
        """End what was started, and take away what an unconfined run has left."""
        for path in self._leftovers():
            path.unlink()
        for listener in self.listeners:
            listener.close()
        self.sibling.kill()
        self.sibling.wait()


def _state(path: Path) -> tuple[object, ...]:
    found = path.lstat()
    content = path.read_bytes() if path.is_file() and not path.name.startswith("records") else b""
    return found.st_mode, found.st_uid, found.st_size, found.st_mtime_ns * path.is_file(), content


def _reached(listener: socket.socket) -> bool:
    """Whether someone called since the last look."""
    try:
        if listener.type == socket.SOCK_STREAM:
            listener.accept()[0].close()
        else:
            listener.recv(64)
    except BlockingIOError:
        return False
    return True


def gone(pid: int, seconds: float = 5.0) -> bool:
    """Whether a process ends within some seconds."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.02)
    return False
