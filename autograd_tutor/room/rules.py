"""What holds in a class now, for each student's screen: small, whole, and sent anew at each change."""

from __future__ import annotations

from typing import Literal

from autograd_tutor.trace import Record

Editing = Literal["off", "gated", "open"]
"""Free editing of an exercise's code: not at all; through the gate; with the kernel's confinement alone."""


class Terminal(Record, frozen=True):
    """What the client's terminal said of itself, within bounds."""

    term: str = "xterm-256color"
    colorterm: str = ""
    no_color: bool = False
    columns: int = 80
    rows: int = 24


class Seat(Record, frozen=True):
    """Who sits at a session, and before what."""

    number: int
    """Of the session, for the front's own use."""
    name: str
    """As authenticated."""
    role: Literal["student", "teacher"]
    group: str
    """The class's name."""
    terminal: Terminal
    start: str | None = None
    """LESSON/EXERCISE to open at once: where the learner left off."""
    kept: bool = True
    """False: nothing of it is recorded (open mode)."""


class Assignment(Record, frozen=True):
    """What the class is asked to do until when."""

    title: str
    exercises: tuple[str, ...]
    """`lesson/exercise`, in order."""
    due: float | None = None
    """UTC seconds since 1970."""


class Poll(Record, frozen=True):
    """One question that the whole class answers: Mazur's cycle of peer instruction."""

    number: int
    """As the records know it."""
    exercise: str
    seed: int
    """The teacher's variant: everyone has the same numbers."""
    question: int
    """Its index in the exercise."""
    phase: Literal["vote", "talk", "again", "shown"]
    """First prediction; discussion; second prediction; torch has run and the explanation is there."""
    until: float | None = None
    """When the vote or the talk ends, in UTC seconds."""

    @property
    def round(self) -> int:
        """1 until the discussion has ended, then 2."""
        return 1 if self.phase in ("vote", "talk") else 2


class Lead(Record, frozen=True):
    """Where the teacher leads everyone: the same exercise, the same step."""

    exercise: str
    seed: int
    target: str = ""
    stop: int = 0
    """The step of the backward pass that is lit up."""
    shown: bool = False
    """torch's run and the explanation are on the teacher's screen, so that they may be on everyone's."""


class Rules(Record, frozen=True):
    """All that a student's screen has to obey."""

    editing: Editing = "gated"
    locked: bool = False
    """Solutions are not to be run before the teacher reveals them."""
    paused: bool = False
    watched: bool = False
    """The teacher looks at this student's screen."""
    until: float | None = None
    """When the time for free play ends, in UTC seconds."""
    poll: Poll | None = None
    lead: Lead | None = None
    assignment: Assignment | None = None
