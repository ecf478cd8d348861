"""A front made of plain parts: the room as the real front keeps it, without a wire between it and a teacher's app."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from screenplay import Kept, seen, until
from textual.pilot import Pilot

from autograd_tutor.course.load import lessons
from autograd_tutor.room.messages import (
    About,
    Attend,
    Command,
    EndClass,
    Ended,
    Follow,
    FromSession,
    Glimpse,
    History,
    Look,
    Now,
    OpenPoll,
    Question,
    Set,
    StepPoll,
    ToSession,
    Voted,
)
from autograd_tutor.room.messages import Room as RoomMessage
from autograd_tutor.room.rules import Poll, Seat, Terminal
from autograd_tutor.room.screen import Picture
from autograd_tutor.room.state import Room
from autograd_tutor.sandbox.protocol import Job, Run
from autograd_tutor.teaching.model import Attempt
from autograd_tutor.tui.app import TutorApp
from autograd_tutor.tui.room.room import RoomScreen
from autograd_tutor.tui.services import Services

CUBE = "slopes/cube"
DETACH = "tracking/option-detach"


@dataclass
class Front:
    """The way to the front, and the front: what the teacher tells changes the room, and the view comes back."""

    room: Room = field(default_factory=lambda: Room("spring-26"))
    time: float = 1_000_000.0
    clock: float = 0.0
    """The teacher's session's own clock; it stands unless a test moves it."""
    told: list[FromSession] = field(default_factory=list)
    attempts: dict[str, list[Attempt]] = field(default_factory=dict)
    pictures: dict[str, Picture] = field(default_factory=dict)
    seat: Seat = field(default_factory=lambda: Seat(1, "teacher", "teacher", "spring-26", Terminal()))
    heard: Callable[[ToSession], None] | None = None
    watching: str = ""
    polls: int = 0

    def listen(self, heard: Callable[[ToSession], None]) -> None:
        self.heard = heard
        heard(Now(self.room.rules))

    async def ask(self, question: Question) -> Any:
        assert isinstance(question, History)
        if question.name not in self.room.students:
            raise RuntimeError(f"There is no student called {question.name}.")
        return list(reversed(self.attempts.get(question.name, [])))[: question.most]

    def tell(self, message: FromSession) -> None:
        self.told.append(message)
        if isinstance(message, Command):
            self.obey(message)

    def obey(self, command: Command) -> None:
        match command:
            case OpenPoll():
                self.polls += 1
                until = self.time + command.seconds if command.seconds else None
                poll = Poll(self.polls, command.exercise, command.seed, command.question, "vote", until)
                self.room = self.room.asked(poll, command.target)
            case StepPoll():
                self.room = self.room.stepped(command, self.time)
            case Follow():
                self.room = self.room.leads(command.lead, self.time)
            case Set():
                self.room = self.room.set(command, self.time)
            case About():
                self.room = self.room.asking(command.exercise)
            case Look():
                self.watching = command.name
                if command.name:
                    self.say(Glimpse(command.name, self.pictures.get(command.name)))
            case EndClass():
                self.say(Ended(self.room.summary(self.time)))
            case Attend(wanted=False):
                return
            case _:
                pass
        self.show()

    def say(self, message: ToSession) -> None:
        if self.heard is not None:
            self.heard(message)

    def show(self) -> None:
        """The room as it is now, to the teacher; and what holds, as to everyone."""
        self.say(Now(self.room.rules))
        self.say(RoomMessage(self.room.view(self.time, self.watching)))

    def play(self, name: str, attempt: Attempt) -> None:
        """A student did something in an exercise."""
        self.attempts.setdefault(name, []).append(attempt)
        self.room = self.room.attempted(name, attempt, self.time)

    def vote(self, name: str, verdict: str, *mistakes: str) -> None:
        """A student predicts in the poll that is on."""
        poll = self.room.rules.poll
        assert poll is not None
        vote = Voted(poll.number, poll.round, "1", "1", verdict, mistakes)  # type: ignore[arg-type]
        self.room = self.room.voted(name, vote, self.time)


def answered(exercise: str, verdict: str, *mistakes: str, read_as: str = "4", tries: int = 1) -> Attempt:
    """An answer in an exercise, as it is saved."""
    return Attempt(
        exercise=exercise,
        seed=0,
        question=0,
        target="x.grad",
        action="answer",
        state="solved" if verdict == "right" else "started",
        answer=read_as,
        read_as=read_as,
        verdict=verdict,  # type: ignore[arg-type]
        mistakes=mistakes,
        try_number=tries,
        milliseconds=12_000,
    )


class NoSandbox:
    """The teacher's room runs no program."""

    def start(self) -> None:
        pass

    def run(self, job: Job) -> Run:
        raise AssertionError("nothing is run here")

    def close(self) -> None:
        pass


@asynccontextmanager
async def teaching(front: Front, size: tuple[int, int] = (80, 24)) -> AsyncIterator[tuple[TutorApp, Pilot[None]]]:
    """A teacher's session, the room on the screen."""
    app = TutorApp(Services(NoSandbox(), lessons, Kept, lambda: front.clock, line=front))
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: isinstance(app.screen, RoomScreen) and bool(app.syllabus.lessons))
        front.show()
        await until(pilot, lambda: "here of" in seen(app))
        yield app, pilot
    assert app.return_code in (0, None)


def seat(front: Front, *names: str) -> None:
    """These students sit in the room, at the same exercise."""
    for name in names:
        front.room = front.room.arrived(name, front.time).opened(name, CUBE, front.time)


def line(app: TutorApp, word: str) -> str:
    """The first line of the screen with `word` in it."""
    return next(one for one in seen(app).splitlines() if word in one)


def told(front: Front, kind: type) -> list:
    return [one for one in front.told if isinstance(one, kind)]


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await pilot.pause()
