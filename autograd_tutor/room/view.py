"""What the teacher's screens show, as plain data made by `room.state`."""

from __future__ import annotations

from autograd_tutor.room.rules import Poll, Rules
from autograd_tutor.trace import Record

RIGHT = "right"
UNKNOWN = "unknown"
"""A wrong answer behind which no mistake was found that the tutor knows."""

Belief = str
"""What an answer stands for: a mistake's tag, `right` or `unknown`. Empty: no answer yet."""


class Row(Record, frozen=True):
    """One student."""

    name: str
    here: bool = False
    exercise: str = ""
    """`lesson/exercise`; empty: at home, or never here."""
    tries: int = 0
    """Readable answers to the question that is up."""
    belief: Belief = ""
    """Behind the last answer there."""
    answer: str = ""
    """That answer as it was read, fit for any screen."""
    since: float = 0.0
    """When the student last did anything, in UTC seconds; 0: never."""
    stuck: bool = False
    solved: int = 0
    """Exercises solved in all."""
    done: int = 0
    """Exercises of the assignment that are solved."""
    voted: bool = False
    """In the round of the poll that is on."""


class Bar(Record, frozen=True):
    """How many hold one belief."""

    belief: Belief
    count: int


class Spread(Record, frozen=True):
    """What the class believes about one question of an exercise, each student's last answer counted once."""

    exercise: str
    target: str
    bars: tuple[Bar, ...] = ()
    """Most first."""
    before: tuple[Bar, ...] = ()
    """Of a poll: the first vote, once there is a second."""

    @property
    def count(self) -> int:
        """How many answered."""
        return sum(bar.count for bar in self.bars)


class RoomView(Record, frozen=True):
    """The whole room at one moment."""

    group: str
    now: float
    """UTC seconds, by the front's clock."""
    rows: tuple[Row, ...]
    """Every student of the class, by name."""
    rules: Rules
    """What holds for all; `watched` does not."""
    spread: Spread | None = None
    """Of the poll that is on, else of the exercise that the teacher asked about."""
    watching: str = ""
    """The student whose screen this teacher looks at."""

    @property
    def here(self) -> int:
        """How many are connected."""
        return sum(row.here for row in self.rows)

    @property
    def poll(self) -> Poll | None:
        """The poll that is on."""
        return self.rules.poll


class Summary(Record, frozen=True):
    """What a lesson in class came to, at its end."""

    students: int
    attempts: int
    solved: int
    mistakes: tuple[Bar, ...]
    """The most frequent, by students."""
    stuck: tuple[str, ...]
    """Names of those who were stuck at the end."""
    polls: tuple[Spread, ...]
    """Each with what was believed before and after the discussion."""
