"""What the terminal face is given, so that tests and a classroom can give it something else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from autograd_tutor.course.model import Lesson
    from autograd_tutor.room.messages import FromSession, Question, ToSession
    from autograd_tutor.room.rules import Seat
    from autograd_tutor.sandbox.protocol import Job, Run
    from autograd_tutor.teaching.model import Attempt


class Runner(Protocol):
    """What runs programs: `sandbox.client.Sandbox`, or something that stands in for it."""

    def start(self) -> None:
        """Begin to warm up; returns at once."""

    def run(self, job: Job) -> Run:
        """Run one program; blocks, and never raises for what the program did."""

    def close(self) -> None:
        """Leave no process behind."""


class Where(Protocol):
    """Where one exercise stands: `records.store.Place`."""

    @property
    def exercise(self) -> str:
        """`lesson/exercise`."""

    @property
    def state(self) -> str:
        """started, solved, revealed, skipped, due."""

    @property
    def seed(self) -> int:
        """Which variant was open last."""


class Records(Protocol):
    """What keeps the learner's work. Called from one thread, in order."""

    def record(self, attempt: Attempt) -> None:
        """Save one attempt before returning."""

    def attempts(self, exercise: str) -> Sequence[Attempt]:
        """All that was done in one exercise, oldest first."""

    def places(self) -> Sequence[Where]:
        """Where each exercise stands that was ever opened, the one last touched first."""

    def visit(self, key: str, seed: int) -> None:
        """Note that a variant was opened: this is where the learner comes back to."""

    def draft(self, key: str, seed: int) -> str | None:
        """What stood in the answer field when the exercise was left."""

    def save_draft(self, key: str, seed: int, text: str) -> None:
        """Keep that; the empty text forgets it."""


class Line(Protocol):
    """In a class: the way to the front. Records and runs go over it too, but the app does not see that."""

    @property
    def seat(self) -> Seat:
        """Whose session this is."""

    def listen(self, heard: Callable[[ToSession], None]) -> None:
        """Hand over what the front says, in the app's event loop, from now on; first of all what holds (`Now`)."""

    def tell(self, message: FromSession) -> None:
        """Send one message; returns at once."""

    async def ask(self, question: Question) -> Any:
        """The front's answer, of the type that the question names. Raises RuntimeError, whose message is a sentence."""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything outside the screen. The two callables run in a worker, after the first frame."""

    sandbox: Runner
    lessons: Callable[[], Sequence[Lesson]]
    records: Callable[[], Records]
    clock: Callable[[], float]
    """Seconds; for how long an answer took."""
    seed: int | None = None
    """The variant to open exercises with; None: the one where the learner left off, at first the first."""
    variant: Callable[[str], int] | None = None
    """In a class: the variant of an exercise that is this student's own, where none was opened before."""
    line: Line | None = None
    """In a class."""
