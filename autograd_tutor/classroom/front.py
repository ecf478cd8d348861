"""The front of a class: everything put together, from the port to the last goodbye."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh

from autograd_tutor.classroom.broker import Broker
from autograd_tutor.classroom.desk import Desk
from autograd_tutor.classroom.door import SERVER_OPTIONS, Desks, Door
from autograd_tutor.classroom.hall import Hall
from autograd_tutor.classroom.keeper import Keeper
from autograd_tutor.classroom.lecture import Lecture
from autograd_tutor.classroom.log import LOG
from autograd_tutor.classroom.plausible import plausible, plausible_vote
from autograd_tutor.classroom.register import Register, Who
from autograd_tutor.classroom.screen import Screen
from autograd_tutor.classroom.session import Session
from autograd_tutor.room.messages import (
    Ask,
    Execute,
    Fault,
    Frame,
    FromSession,
    Gone,
    Keep,
    Pong,
    Shown,
    Visit,
    Voted,
)
from autograd_tutor.room.rules import Assignment, Editing
from autograd_tutor.room.screen import harmless
from autograd_tutor.sandbox.client import Sandbox

_BACKLOG = 1024
CLOSING = "The class is closed. Your work is saved."


@dataclass(frozen=True, slots=True)
class Plan:
    """What a class is to be."""

    group: str
    data: Path
    register: Register
    keeper: Keeper
    exercises: frozenset[str]
    """All of the course, as `lesson/exercise`."""
    listen: Sequence[str] = ("",)
    """Addresses; the empty one: all that this machine has."""
    port: int = 2222
    host_key: asyncssh.SSHKey | None = None
    assignment: Assignment | None = None
    editing: Editing = "gated"


def bound_to(address: str, port: int) -> socket.socket:
    """A listening socket; the empty address means all that this machine has, of IPv4 and IPv6, on one port.

    Raises OSError: it can't be had.
    """
    if not address:
        if socket.has_dualstack_ipv6():
            with contextlib.suppress(OSError):
                return socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=_BACKLOG)
        return socket.create_server(("0.0.0.0", port), backlog=_BACKLOG)
    family, *_, where = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
    return socket.create_server(where, family=family, backlog=_BACKLOG)


class Front:
    """A class that is open. `start`, then `close`."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._desks = Desks(plan.register)
        self._desk = Desk(plan.keeper, plan.exercises)
        self._broker = Broker(Sandbox())
        self.hall = Hall(plan.group, plan.data / "sessions.log", self._heard, self._gone)
        self.lecture = Lecture(plan.group, self._desk, lambda: self.hall)
        self._acceptors: list[asyncssh.SSHAcceptor] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> list[tuple[str, int]]:
        """Open the doors; the addresses and ports that are listened on.

        Raises OSError: an address or the port can't be had.
        """
        self.hall.start()
        self._broker.start()
        names = self._plan.register.names()
        past = await self._plan.keeper.do(lambda records: records.history())
        self.lecture.prepare(names, past, self._plan.assignment, self._plan.editing)
        listening: list[tuple[str, int]] = []
        port = self._plan.port
        for address in self._plan.listen:
            acceptor = await asyncssh.listen(
                sock=bound_to(address, port),
                server_factory=lambda: Door(self._desks, self._screen),
                server_host_keys=[self._plan.host_key],
                **SERVER_OPTIONS,
            )
            self._acceptors.append(acceptor)
            port = acceptor.get_port()
            listening.append((address or "*", port))
        self._do(self._heartbeat())
        return listening

    async def ready(self) -> None:
        """Wait until sessions can be opened."""
        await self.hall.ready()

    async def close(self) -> None:
        """Let everyone leave; end all processes; everything is written."""
        for acceptor in self._acceptors:
            acceptor.close()
        self.lecture.say(CLOSING)
        await self.hall.close(CLOSING)
        await self._desk.flush()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._broker.close()
        self._desks.threads.shutdown(wait=False, cancel_futures=True)
        for acceptor in self._acceptors:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(acceptor.wait_closed(), 2)

    def _screen(self, who: Who) -> Screen:
        return Screen(who, self._seat, self.hall.cut)

    async def _seat(self, screen: Screen) -> Session:
        assert screen.terminal is not None
        session = await self.hall.seat(screen.who, screen, screen.terminal, lambda: self._desk.left_off(screen.who))
        if not session.over:
            self.lecture.arrived(session)
        return session

    async def _heartbeat(self) -> None:
        while True:
            await asyncio.sleep(1)
            self.hall.beat()
            for session in self.hall:
                if session.typed:
                    session.typed = False
                    self.lecture.acted(session.who)

    def _gone(self, session: Session) -> None:
        self.lecture.left(session.who)
        if session.over:
            self.lecture.over(session)
            self._broker.forget(session.who.name)
            if not session.who.kept:
                self._do(self._desk.forget(session.who))

    def _heard(self, session: Session, message: FromSession) -> None:
        match message:
            case Pong():
                session.alive()
            case Ask():
                self._do(self._answer(session, message))
            case Execute():
                self._do(self._run(session, message))
            case Shown():
                self.lecture.shown(session, message)
            case Voted():
                self._do(self.lecture.voted(session.who, plausible_vote(message)))
            case Fault(report):
                lines = [harmless(line) for line in report[-10_000:].splitlines()]
                LOG.error("%s: a fault of the tutor:\n%s", session.who.name, "\n".join(lines))
                session.kill()
            case Gone():
                pass
            case _:
                self._do(self.lecture.command(session, message))

    async def _answer(self, session: Session, ask: Ask) -> None:
        with session.busy():
            reply = await self._desk.answer(session.who, ask)
        session.tell(reply)
        if reply.error is None:
            match ask.question:
                case Keep(attempt):
                    self.lecture.attempted(session.who, plausible(attempt))
                case Visit(exercise):
                    self.lecture.opened(session.who, exercise)

    async def _run(self, session: Session, wanted: Execute) -> None:
        def send(kind: bytes, payload: bytes) -> None:
            session.tell(Frame(wanted.number, kind, payload))

        editing = self.lecture.rules.editing if session.who.role == "student" else "open"
        with session.busy():
            await self._broker.run(session.who.name, wanted.job, shared=wanted.shared, editing=editing, send=send)

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        """Let a coroutine run beside the rest; what goes wrong in it is logged."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            LOG.error("a fault of the front", exc_info=error)
