"""Who sits where: one live session for each name, kept for a while when its connection is cut."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from autograd_tutor.classroom.log import LOG
from autograd_tutor.classroom.register import Who
from autograd_tutor.classroom.session import How, Session, Watcher
from autograd_tutor.classroom.sessions import Parent
from autograd_tutor.room.messages import Forked, FromParent, FromSession, Leave, Over
from autograd_tutor.room.rules import Seat, Terminal

_KEPT = 300.0
"""Seconds that a session waits for its student after a cut."""
_LEAVING = 5.0
"""Seconds that a session has to save and end."""


class Hall:
    """Opens, hands over and ends sessions. `heard` gets what they say, `gone` is told when one is over or cut."""

    def __init__(
        self,
        group: str,
        errors: Path,
        heard: Callable[[Session, FromSession], None],
        gone: Callable[[Session], None],
    ) -> None:
        self._group = group
        self._errors = errors
        self._heard = heard
        self._gone = gone
        self._numbers = 0
        self._by_number: dict[int, Session] = {}
        self._by_name: dict[str, Session] = {}
        self._cut: dict[Session, asyncio.TimerHandle] = {}
        self._taking: dict[str, asyncio.Lock] = {}
        self._parent: Parent | None = None
        self._starts: list[float] = []
        self._warm = asyncio.Event()
        self._closing = False

    def __iter__(self) -> Iterator[Session]:
        return iter(list(self._by_number.values()))

    def start(self) -> None:
        """Begin to warm up the sessions' parent."""
        self._warm.clear()
        self._parent = Parent(self._errors, self._said, self._lost)

    async def ready(self) -> None:
        """Wait until it is warm."""
        await self._warm.wait()

    def sitting(self, name: str) -> Session | None:
        """The live session of that name."""
        return self._by_name.get(name)

    async def seat(
        self, who: Who, client: Watcher, terminal: Terminal, left_off: Callable[[], Awaitable[str | None]]
    ) -> Session:
        """The session of `who`, shown to `client`: the one that waits or runs elsewhere, or a new one.

        Raises OSError if none can be made.
        """
        async with self._taking.setdefault(who.name, asyncio.Lock()):
            return self._take_over(who, client, terminal) or await self._open(who, client, terminal, await left_off())

    def _take_over(self, who: Who, client: Watcher, terminal: Terminal) -> Session | None:
        session = self._by_name.get(who.name)
        if session is None or session.over:
            return None
        before = session.watcher
        waiting = self._cut.pop(session, None)
        if waiting is not None:
            waiting.cancel()
        session.attach(client, terminal)
        if before is not None and before is not client:
            LOG.info("%s: taken over from another place", who.name)
            before.taken()
        return session

    async def _open(self, who: Who, client: Watcher, terminal: Terminal, start: str | None) -> Session:
        await self._warm.wait()
        self._numbers += 1
        seat = Seat(self._numbers, who.name, who.role, self._group, terminal, start, who.kept)
        session = Session(seat, who, self._heard)
        session.watcher = client
        assert self._parent is not None
        try:
            self._parent.open(seat, session.slave, session.theirs.fileno())
        except OSError:
            session.abandon()
            raise
        self._by_number[seat.number] = self._by_name[who.name] = session
        await session.begin()
        return session

    def cut(self, session: Session, client: Watcher) -> None:
        """The connection has gone; the session waits for a while."""
        if session.watcher is not client or session.over:
            return
        session.detach(client)
        self._cut[session] = asyncio.get_running_loop().call_later(_KEPT, self.leave, session)
        self._gone(session)

    def leave(self, session: Session, reason: str = "") -> None:
        """Let the session save and end; one that does not is ended."""
        session.tell(Leave(reason))
        asyncio.get_running_loop().call_later(_LEAVING, session.kill)

    def beat(self) -> None:
        """Once a second."""
        now = asyncio.get_running_loop().time()
        for session in self:
            session.beat(now)

    async def close(self, reason: str) -> None:
        """Let everyone save and leave, then end all processes."""
        self._closing = True
        for session in self:
            self.leave(session, reason)
        deadline = asyncio.get_running_loop().time() + _LEAVING
        while self._by_number and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.05)
        if self._parent is not None:
            self._parent.close()
        for session in self:
            self._end(session, "left")

    def _said(self, message: FromParent) -> None:
        match message:
            case Forked(number, pid):
                if number in self._by_number:
                    self._by_number[number].pid = pid
                    LOG.info("%s: process %d", self._by_number[number].who.name, pid)
            case Over(number, code):
                session = self._by_number.get(number)
                if session is not None:
                    self._end(session, "left" if code == 0 else "hung" if session.hung else "crashed")
            case _:
                self._warm.set()

    def _lost(self, parent: Parent) -> None:
        """The parent died, and with it all its sessions: they are opened again on the same connections."""
        if self._closing:
            return
        LOG.error("the sessions' parent ended (%s); starting another", parent.process.returncode)
        sessions = list(self)
        loop = asyncio.get_running_loop()
        self._starts = [at for at in self._starts if loop.time() - at < 60]
        self._starts.append(loop.time())
        self._warm.clear()
        loop.call_later(0 if len(self._starts) < 4 else 10, self.start)
        for session in sessions:
            session.kill()
            self._end(session, "lost")

    def _end(self, session: Session, how: How) -> None:
        session.finish()
        self._by_number.pop(session.seat.number, None)
        if self._by_name.get(session.who.name) is session:
            del self._by_name[session.who.name]
        waiting = self._cut.pop(session, None)
        if waiting is not None:
            waiting.cancel()
        if how != "left":
            LOG.warning("%s: the session %s", session.who.name, how)
        self._gone(session)
        client, session.watcher = session.watcher, None
        if client is not None:
            client.ended(how)
