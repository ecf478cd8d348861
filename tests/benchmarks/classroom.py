"""The classroom's figures: a class is really served here, and real SSH clients play in it. Prints one table.

    python tests/benchmarks/classroom.py [ROW…]

Rows: join, memory, typing, idle, trouble, answers (default: all, about ten minutes). The clients run on the same
machine, in this process; trust the ratios more than the milliseconds.
"""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh

sys.path.insert(0, str(Path(__file__).parents[1] / "classroom"))
from served import QUIET, Served

GOALS = {
    "join": "connect to first frame, p50",
    "join30": "30 at once, last painted",
    "join100": "100 at once, last painted",
    "memory": "memory per further session (PSS)",
    "memory200": "200 sessions in all (PSS)",
    "typing60": "key to repaint p99, 60 x 2.5 keys/s",
    "typing200": "key to repaint p99, 200 x 0.6 keys/s",
    "idle": "CPU of an idle session",
    "trouble": "one in trouble: others lost, their p99",
    "answers": "answer to full explanation, p95 of 60",
}
LIMITS = {
    "join": "≤ 100 ms",
    "join30": "≤ 3 s",
    "join100": "≤ 9 s",
    "memory": "≤ 18 MB",
    "memory200": "≤ 4.5 GB",
    "typing60": "≤ 80 ms",
    "typing200": "≤ 100 ms",
    "idle": "0.0 %",
    "trouble": "0, ≤ 1.5x",
    "answers": "≤ 400 ms",
}


class Client:
    """A student whose screen is not kept: only when something was painted."""

    def __init__(self, served: Served, name: str) -> None:
        self.served = served
        self.name = name
        self.painted = asyncio.Event()
        self._first = asyncio.Event()
        self.last = 0.0
        self.bytes = 0
        self.lost = False

    async def connect(self, seconds: float = 120) -> float:
        """Log in and wait for the first frame; seconds that took."""
        began = time.perf_counter()
        self._first.clear()
        self.connection = await asyncssh.connect(
            "127.0.0.1",
            self.served.port,
            username=self.name,
            password=self.served.codes[self.name],
            compression_algs=["zlib@openssh.com"],
            preferred_auth="password",
            login_timeout=seconds,
            **QUIET,
        )
        self.process = await self.connection.create_process(
            term_type="xterm-256color", term_size=(80, 24), encoding=None
        )
        self._reader = asyncio.ensure_future(self._read())
        await asyncio.wait_for(self._first.wait(), seconds)
        return time.perf_counter() - began

    async def _read(self) -> None:
        try:
            while data := await self.process.stdout.read(1 << 16):
                self.last = time.perf_counter()
                self.bytes += len(data)
                self.painted.set()
                if self.bytes > 600:
                    self._first.set()
        except (asyncssh.Error, OSError):
            pass
        self.lost = True

    def type(self, keys: str) -> None:
        """Press keys."""
        self.process.stdin.write(keys.encode())

    async def repaint(self, keys: str, seconds: float = 10) -> float:
        """Press a key; seconds until something is painted."""
        self.painted.clear()
        began = time.perf_counter()
        self.type(keys)
        await asyncio.wait_for(self.painted.wait(), seconds)
        return time.perf_counter() - began

    async def settled(self, keys: str, quiet: float = 0.5, seconds: float = 10) -> float:
        """Press keys; seconds until the last of what they caused was painted."""
        self.painted.clear()
        began = time.perf_counter()
        self.type(keys)
        try:
            await asyncio.wait_for(self.painted.wait(), seconds)
        except TimeoutError:
            return seconds
        while True:
            self.painted.clear()
            try:
                await asyncio.wait_for(self.painted.wait(), quiet)
            except TimeoutError:
                return self.last - began

    async def open(self) -> None:
        """From home into an exercise's answer field: there, and only there, a letter is painted."""
        for _ in range(20):
            await self.settled("\r", quiet=0.3)
            try:
                await self.repaint("1", 1)
                await self.repaint("\x7f", 5)
            except TimeoutError:
                continue
            return
        raise AssertionError(f"{self.name} found no exercise")

    async def leave(self) -> None:
        """Cut the connection."""
        self.connection.abort()
        await self.connection.wait_closed()


def names(count: int) -> list[str]:
    return [f"student{number:03}" for number in range(count)]


@asynccontextmanager
async def classroom(count: int):
    """A served class of `count`, nobody connected."""
    with tempfile.TemporaryDirectory() as folder, Served(Path(folder), names(count), "--editing", "open") as served:
        await asyncio.sleep(5)  # what few programs need warms up
        yield served, [Client(served, name) for name in names(count)]


async def in_exercise(clients: Sequence[Client]) -> None:
    """Everybody opens the first exercise, a few at a time, and waits in its answer field."""
    for at in range(0, len(clients), 10):
        await asyncio.gather(*(client.open() for client in clients[at : at + 10]))


def pss(pids: Sequence[int]) -> int:
    """Bytes of memory of processes, shared pages divided by those that share them."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


def cpu(pids: Sequence[int]) -> float:
    """Seconds of processor time that processes have used."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms"


async def join(found: dict[str, str]) -> None:
    """One after another; then 30, then 100 at once."""
    async with classroom(100) as (_, clients):
        alone = []
        for client in clients[:21]:
            alone.append(await client.connect())
            await client.leave()
            await asyncio.sleep(0.2)
        found["join"] = (
            f"{milliseconds(statistics.median(alone[1:]))} (p95 {milliseconds(percentile(alone[1:], 0.95))})"
        )
    for count in (30, 100):
        async with classroom(count) as (_, clients):
            began = time.perf_counter()
            await asyncio.gather(*(client.connect() for client in clients))
            found[f"join{count}"] = f"{time.perf_counter() - began:.1f} s"


async def typed(clients: Sequence[Client], rate: float, seconds: float) -> list[float]:
    """Everybody types and rubs out at `rate` keys a second; the time of each repaint."""
    times: list[float] = []
    end = time.perf_counter() + seconds

    async def one(at: int, client: Client) -> None:
        await asyncio.sleep(at / len(clients) / rate)
        keys, turn = "1\x7f", 0
        while time.perf_counter() < end and not client.lost:
            began = time.perf_counter()
            times.append(await client.repaint(keys[turn % 2]))
            turn += 1
            await asyncio.sleep(max(0, 1 / rate - (time.perf_counter() - began)))

    await asyncio.gather(*(one(at, client) for at, client in enumerate(clients)))
    return times


def told(times: Sequence[float]) -> str:
    return " / ".join(f"{1000 * percentile(times, share):.0f}" for share in (0.5, 0.95, 0.99)) + " ms (p50/95/99)"


async def memory_and_typing(found: dict[str, str], wanted: Sequence[str]) -> None:
    """60 sessions, then 200, in the same class."""
    async with classroom(200) as (served, clients):
        await asyncio.gather(*(client.connect() for client in clients[:2]))
        await in_exercise(clients[:2])
        below = _all(served)
        first = pss(below)
        for at in range(2, 60, 10):
            await asyncio.gather(*(client.connect() for client in clients[at : min(at + 10, 60)]))
        await in_exercise(clients[2:60])
        await typed(clients[:60], 1, 3)
        found["memory"] = f"{(pss(_all(served)) - first) / 58 / 2**20:.1f} MB"
        if "typing" in wanted:
            found["typing60"] = told(await typed(clients[:60], 2.5, 20))
        for at in range(60, 200, 10):
            await asyncio.gather(*(client.connect() for client in clients[at : at + 10]))
        await in_exercise(clients[60:])
        found["memory200"] = f"{pss(_all(served)) / 2**30:.2f} GB"
        if "typing" in wanted:
            found["typing200"] = told(await typed(clients, 0.6, 30))
        if "idle" in wanted:
            await idle(found, served)


async def idle(found: dict[str, str], served: Served) -> None:
    """Nobody does anything for ten seconds."""
    await asyncio.sleep(3)
    sessions = served.children("sessions.parent")[1:]
    before = cpu(sessions)
    await asyncio.sleep(20)
    used = (cpu(sessions) - before) / 20 / len(sessions)
    found["idle"] = f"{100 * used:.3f} % of a core ({len(sessions)} sessions)"


def _all(served: Served) -> list[int]:
    return [served.process.pid, *served.children("autograd_tutor.")]


async def trouble(found: dict[str, str]) -> None:
    """59 type while one is in trouble, in one way after another."""
    async with classroom(60) as (served, clients):
        others, victim = clients[1:], clients[0]
        await victim.connect()
        first = served.children("sessions.parent")[1]
        for at in range(0, 59, 10):
            await asyncio.gather(*(client.connect() for client in others[at : at + 10]))
        await in_exercise(clients)
        theirs = set(served.children("sessions.parent")) - {first}
        rate = 1.0
        calm = percentile(await typed(others, rate, 15), 0.99)
        worst: list[tuple[float, str]] = []
        for name, act in TROUBLES.items():
            mine = await _other(served, theirs, victim)
            task = asyncio.ensure_future(act(mine, victim))
            worst.append((percentile(await typed(others, rate, 10), 0.99) / calm, name))
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            if victim.lost or victim.connection.is_closed():
                victim = Client(served, victim.name)
                await victim.connect()
        lost = sum(client.lost for client in others)
        ratio, name = max(worst)
        found["trouble"] = f"{lost} lost, worst {ratio:.2f}x ({name}; calm p99 {milliseconds(calm)})"
        print("  " + ", ".join(f"{name} {ratio:.2f}x" for ratio, name in worst), flush=True)


async def _other(served: Served, theirs: set[int], victim: Client) -> int:
    """The victim's session. After an accident, which may take ten seconds to be seen, enter opens the next one."""
    for _ in range(20):
        if found := set(served.children("sessions.parent")) - theirs:
            return found.pop()
        victim.type("\r")
        await asyncio.sleep(1)
    raise TimeoutError("the victim's session was not opened again")


async def crash(session: int, victim: Client) -> None:
    os.kill(session, signal.SIGSEGV)


async def hang(session: int, victim: Client) -> None:
    os.kill(session, signal.SIGSTOP)
    await asyncio.sleep(12)


async def resize(session: int, victim: Client) -> None:
    for turn in range(900):
        victim.process.change_terminal_size(80 + turn % 40, 24 + turn % 20)
        await asyncio.sleep(0.01)


async def paste(session: int, victim: Client) -> None:
    for _ in range(3):
        victim.type("1" * 1_000_000)
        await asyncio.sleep(3)


async def disconnect(session: int, victim: Client) -> None:
    for _ in range(8):
        await victim.leave()
        victim.lost = False
        victim.bytes = 0
        await victim.connect()


TROUBLES: dict[str, Callable[[int, Client], Awaitable[None]]] = {
    "crashes": crash,
    "hangs": hang,
    "resizes 100 times a second": resize,
    "pastes 3 MB": paste,
    "disconnects": disconnect,
}


async def answers(found: dict[str, str]) -> None:
    """60 students: an answer, then the run and its explanation, then the next exercise, every ten seconds."""
    async with classroom(60) as (_, clients):
        for at in range(0, 60, 10):
            await asyncio.gather(*(client.connect() for client in clients[at : at + 10]))
        await in_exercise(clients)
        judged: list[float] = []
        explained: list[float] = []

        async def one(at: int, client: Client) -> None:
            await asyncio.sleep(at / 6)
            for _ in range(4):
                began = time.perf_counter()
                judged.append(await client.settled("0.123\r"))
                client.type("\x1b")
                await asyncio.sleep(0.5)
                explained.append(await client.settled("r"))
                client.type("n")
                await asyncio.sleep(max(0, 10 - (time.perf_counter() - began)))

        await asyncio.gather(*(one(at, client) for at, client in enumerate(clients)))
        found["answers"] = (
            f"{milliseconds(percentile(explained, 0.95))} (p50 {milliseconds(statistics.median(explained))}; "
            f"verdict p95 {milliseconds(percentile(judged, 0.95))})"
        )


async def main(wanted: Sequence[str]) -> None:
    found: dict[str, str] = {}
    if "join" in wanted:
        await join(found)
    if {"memory", "typing", "idle"} & set(wanted):
        await memory_and_typing(found, wanted)
    if "trouble" in wanted:
        await trouble(found)
    if "answers" in wanted:
        await answers(found)
    width = max(map(len, GOALS.values()))
    for row, value in found.items():
        print(f"{GOALS[row]:<{width}}  {LIMITS[row]:>10}  {value}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:] or ["join", "memory", "typing", "idle", "trouble", "answers"]))
