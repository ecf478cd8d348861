"""Who sits where: one live session for each name, kept for a while when its connection is cut."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from weakref import WeakValueDictionary

import msgspec

from autograd_tutor.classroom.log import LOG
from autograd_tutor.classroom.register import Who
from autograd_tutor.classroom.session import Full, How, Session, Watcher
from autograd_tutor.classroom.sessions import Parent
from autograd_tutor.room.messages import FromSession, Leave
from autograd_tutor.room.parenting import Forked, FromParent, Over
from autograd_tutor.room.rules import Seat, Terminal

_KEPT = 300.0
"""Seconds that a session waits for its student after a cut."""
_LEAVING = 5.0
"""Seconds that a session has to save and end."""
_MOST = 400
"""Sessions at once: what a machine for two classes holds. In an open class there is no end to names."""
_BUSY = 0.02
"""Seconds until a parent that is forking is asked again."""


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
        self._taking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
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

    async def seat(
        self, who: Who, client: Watcher, terminal: Terminal, left_off: Callable[[], Awaitable[str | None]]
    ) -> Session:
        """The session of `who`, shown to `client`: the one that waits or runs elsewhere, or a new one.

        Raises:
            OSError: none can be made.
            Full: there are too many, or in an open class somebody else has the name.
        """
        async with self._taking.setdefault(who.name, asyncio.Lock()):
            while (before := self._by_name.get(who.name)) is not None and before.leaving:
                await asyncio.sleep(_BUSY)
            return self._take_over(who, client, terminal) or await self._open(who, client, terminal, await left_off())

    def _take_over(self, who: Who, client: Watcher, terminal: Terminal) -> Session | None:
        session = self._by_name.get(who.name)
        if session is None or session.over:
            return None
        before = session.watcher
        if before is not None and before.address != client.address and not who.kept:
            raise Full(f"Somebody is here as {who.name}: come under another name.")
        waiting = self._cut.pop(session, None)
        if waiting is not None:
            waiting.cancel()
        session.attach(client, terminal)
        if before is not None and before is not client:
            LOG.info("%s: taken over from another place", who.name)
            before.taken()
        return session

    async def _open(self, who: Who, client: Watcher, terminal: Terminal, start: str | None) -> Session:
        session = Session(Seat(0, who.name, who.role, self._group, terminal, start, who.kept), who, self._heard)
        session.watcher = client
        try:
            await self._fork(session)
        except (OSError, Full):
            session.abandon()
            raise
        await session.begin()
        return session

    async def _fork(self, session: Session) -> None:
        """Ask the parent, as soon as it is warm and has an ear."""
        while True:
            await self._warm.wait()
            assert self._parent is not None
            self._make_room(session)
            self._numbers += 1
            session.seat = msgspec.structs.replace(session.seat, number=self._numbers)
            try:
                self._parent.open(session.seat, session.slave, session.theirs.fileno())
            except BlockingIOError:
                await asyncio.sleep(_BUSY)
            else:
                self._by_number[self._numbers] = self._by_name[session.who.name] = session
                return

    def _make_room(self, session: Session) -> None:
        """Where there are too many sessions, the one that has waited longest for its student goes."""
        if self._closing:
            raise Full("The class is closed.")
        if len(self._by_number) >= _MOST and session.who.role == "student":
            waiting = next((one for one in self._cut if not one.leaving), None)
            if waiting is None:
                raise Full("The class is full: try again later, or ask the teacher.")
            self.leave(waiting)

    def cut(self, session: Session, client: Watcher) -> None:
        """The connection has gone; the session waits for a while."""
        if session.watcher is not client or session.over:
            return
        session.detach(client)
        self._cut[session] = asyncio.get_running_loop().call_later(_KEPT, self.leave, session)
        self._gone(session)

    def leave(self, session: Session, reason: str = "") -> None:
        """Let the session save and end; one that does not is ended."""
        session.leaving = True
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
            self._end(session, "closed")

    def _said(self, message: FromParent) -> None:
        match message:
            case Forked(number, pid):
                if number in self._by_number:
                    self._by_number[number].born(pid)
                    LOG.info("%s: process %d", self._by_number[number].who.name, pid)
            case Over(number, code):
                session = self._by_number.get(number)
                if session is not None:
                    self._end(session, self._how(session, code))
            case _:
                self._warm.set()

    def _how(self, session: Session, code: int) -> How:
        if self._closing:
            return "closed"
        return "left" if code == 0 else "hung" if session.hung else "crashed"

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
        if how not in ("left", "closed"):
            LOG.warning("%s: the session %s", session.who.name, how)
        self._gone(session)
        client, session.watcher = session.watcher, None
        if client is not None:
            client.ended(how)
