"""The live room in the front: keeps its state, tells each screen what holds, and the teachers what they see."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from autograd_tutor.classroom.desk import Desk
from autograd_tutor.classroom.log import LOG
from autograd_tutor.classroom.register import Who
from autograd_tutor.records.model import Logged
from autograd_tutor.room.messages import (
    About,
    Attend,
    Command,
    EndClass,
    Ended,
    Follow,
    Glimpse,
    Look,
    Now,
    OpenPoll,
    Room,
    Say,
    Set,
    Shown,
    StepPoll,
    Tell,
    Voted,
)
from autograd_tutor.room.rules import Assignment, Editing, Poll, Rules
from autograd_tutor.room.screen import harmless
from autograd_tutor.room.state import Room as State
from autograd_tutor.teaching.model import Attempt

if TYPE_CHECKING:
    from autograd_tutor.classroom.session import Session

_PAUSE = 0.4
"""Seconds between two pictures of the room that a teacher gets."""
_TEXT = 500
"""Characters of a message to the class."""


class Lecture:
    """What happens in class goes in by the methods; what follows from it goes out to the sessions."""

    def __init__(self, group: str, desk: Desk, sessions: Callable[[], Iterable[Session]]) -> None:
        self.state = State(group)
        self._desk = desk
        self._sessions = sessions
        self._attending: dict[Session, str] = {}
        """The teachers' sessions that show the room, each with the student looked at (or nobody)."""
        self._due: asyncio.TimerHandle | None = None
        self._bell: asyncio.TimerHandle | None = None

    def prepare(
        self, names: Iterable[str], past: Iterable[Logged], assignment: Assignment | None, editing: Editing
    ) -> None:
        """Before the class begins: who is expected, and what they did before."""
        state = self.state.expecting(names).assigned(assignment).set(Set(editing=editing), time.time())
        for one in past:
            if one.learner in state.students:
                state = state.attempted(one.learner, one.attempt, one.at, live=False)
        self.state = state

    @property
    def rules(self) -> Rules:
        """What holds for all."""
        return self.state.rules

    # --- what happens ---------------------------------------------------------------------------------------------

    def arrived(self, session: Session) -> None:
        """Somebody is connected: they hear at once what holds."""
        self._tell_rules(session)
        if session.who.role == "student":
            self._change(self.state.arrived(session.who.name, time.time()))

    def left(self, who: Who) -> None:
        """Somebody is not connected any more."""
        if who.role == "student" and who.name in self.state.students:
            name = who.name
            self._change(self.state.left(name) if who.kept else self.state.forgotten(name))

    def over(self, session: Session) -> None:
        """A session has ended."""
        looked = self._attending.pop(session, "")
        if looked:
            self._tell_rules(*self._of(looked))
        if session.who.name in self._attending.values():
            self._glimpse(Glimpse(session.who.name))

    def opened(self, who: Who, exercise: str) -> None:
        """A variant was opened."""
        if who.role == "student":
            self._change(self.state.opened(who.name, exercise, time.time()))

    def attempted(self, who: Who, attempt: Attempt) -> None:
        """An attempt is kept."""
        if who.role == "student":
            self._change(self.state.attempted(who.name, attempt, time.time()))

    def acted(self, who: Who) -> None:
        """A key was pressed."""
        if who.role == "student":
            state = self.state.acted(who.name, time.time())
            if state is not self.state:
                self._change(state)

    def shown(self, session: Session, picture: Shown) -> None:
        """A student's screen, for those who look at it."""
        self._glimpse(Glimpse(session.who.name, picture.picture))

    async def voted(self, who: Who, vote: Voted) -> None:
        """A prediction in the poll: kept first, then counted."""
        poll = self.rules.poll
        if who.role != "student" or poll is None or self.state.voted(who.name, vote, time.time()) is self.state:
            return
        await self._desk.vote(who, poll, self.state.target, vote)
        self._change(self.state.voted(who.name, vote, time.time()))

    # --- what a teacher does -----------------------------------------------------------------------------------------

    async def command(self, session: Session, command: Command) -> None:
        """Do what a teacher's session says; anybody else's is not heard."""
        if session.who.role != "teacher":
            LOG.warning("%s: a student's session gave a command", session.who.name)
            return
        now = time.time()
        match command:
            case Attend(wanted):
                self._attend(session, wanted)
            case Look(name):
                self._look(session, name)
            case About(exercise):
                self._change(self.state.asking(exercise))
            case OpenPoll():
                await self._open_poll(command, now)
            case StepPoll(to):
                poll = self.rules.poll
                self._change(self.state.stepped(command, now))
                if poll is not None and to == "shown":
                    await self._desk.reveal_poll(poll.number)
            case Follow(lead):
                self._change(self.state.leads(lead, now))
            case Set():
                self._change(self.state.set(command, now))
            case Tell(name, text):
                self.say(harmless(text, _TEXT), session.who.name, self._of(name) if name else self._students())
            case EndClass():
                self._end(session, now)

    def say(self, text: str, by: str = "", to: Iterable[Session] | None = None) -> None:
        """A message to these screens, or to all."""
        for session in self._sessions() if to is None else to:
            session.tell(Say(text, by))

    def _attend(self, session: Session, wanted: bool) -> None:
        if wanted:
            self._attending.setdefault(session, "")
            self._show()
        else:
            self._look(session, "")
            self._attending.pop(session, None)

    def _look(self, session: Session, name: str) -> None:
        before = self._attending.get(session, "")
        self._attending[session] = name
        for one in {before, name} - {""}:
            self._tell_rules(*self._of(one))
        if name and not self._of(name):
            session.tell(Glimpse(name))

    async def _open_poll(self, asked: OpenPoll, now: float) -> None:
        if self.rules.poll is not None:
            self._change(self.state.stepped(StepPoll("over"), now))
        number = await self._desk.open_poll(asked.exercise, asked.seed, asked.question, asked.target)
        until = now + asked.seconds if asked.seconds else None
        poll = Poll(number, asked.exercise, asked.seed, asked.question, "vote", until)
        self._change(self.state.asked(poll, asked.target))

    def _end(self, session: Session, now: float) -> None:
        summary = self.state.summary(now)
        state = self.state.stepped(StepPoll("over"), now).leads(None, now)
        self._change(state.set(Set(paused=False, locked=False, minutes=0), now))
        for one in {session, *self._attending}:
            one.tell(Ended(summary))
        self.say("The lesson is over. Your work is saved; you may play on.", session.who.name, self._students())

    # --- what goes out --------------------------------------------------------------------------------------------

    def _change(self, state: State) -> None:
        before, self.state = self.state.rules, state
        if state.rules != before:
            self._tell_rules(*self._sessions())
            self._ring(state.rules.poll)
        self._show()

    def _ring(self, poll: Poll | None) -> None:
        """A first vote that has a time limit ends by itself."""
        if self._bell is not None:
            self._bell.cancel()
            self._bell = None
        if poll is not None and poll.phase == "vote" and poll.until is not None:
            self._bell = asyncio.get_running_loop().call_later(max(poll.until - time.time(), 0), self._time_up, poll)

    def _time_up(self, poll: Poll) -> None:
        if self.rules.poll == poll:
            self._change(self.state.stepped(StepPoll("talk"), time.time()))

    def _tell_rules(self, *sessions: Session) -> None:
        watched = set(self._attending.values())
        for session in sessions:
            session.tell(Now(replace(self.rules, watched=session.who.name in watched)))

    def _show(self) -> None:
        """The room to those who attend, soon: many changes make one picture."""
        if self._attending and self._due is None:
            self._due = asyncio.get_running_loop().call_later(_PAUSE, self._shown)

    def _shown(self) -> None:
        self._due = None
        now = time.time()
        for session, name in self._attending.items():
            session.tell(Room(self.state.view(now, name)))

    def _glimpse(self, glimpse: Glimpse) -> None:
        for session, name in self._attending.items():
            if name == glimpse.name:
                session.tell(glimpse)

    def _of(self, name: str) -> list[Session]:
        return [session for session in self._sessions() if session.who.name == name]

    def _students(self) -> list[Session]:
        return [session for session in self._sessions() if session.who.role == "student"]
