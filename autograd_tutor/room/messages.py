"""What the front and a session say to each other. Each message is a tagged MessagePack map; `wire` frames them.

The front believes nothing of a session but what its own student could do: it writes under the name that
was authenticated, and takes a teacher's commands from a teacher's session alone.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from autograd_tutor.room.rules import Editing, Lead, Rules, Terminal
from autograd_tutor.room.screen import Picture
from autograd_tutor.room.view import RoomView, Summary
from autograd_tutor.teaching.model import Attempt
from autograd_tutor.trace import Record

# --- a session asks, the front answers: the records ---------------------------------------------------------------


class Keep(Record, frozen=True, tag=True):
    """Write one attempt; answered with None when it is on disk."""

    attempt: Attempt


class Visit(Record, frozen=True, tag=True):
    """A variant was opened; None."""

    exercise: str
    seed: int


class Draft(Record, frozen=True, tag=True):
    """What stood in the answer field; str or None."""

    exercise: str
    seed: int


class SaveDraft(Record, frozen=True, tag=True):
    """Keep what stands there; None."""

    exercise: str
    seed: int
    text: str


class Attempts(Record, frozen=True, tag=True):
    """list[Attempt] in one exercise, oldest first."""

    exercise: str


class Places(Record, frozen=True, tag=True):
    """list[Where], the one last touched first."""


class History(Record, frozen=True, tag=True):
    """A teacher asks for one student's attempts, the newest first: list[Attempt]."""

    name: str
    most: int = 200


class Where(Record, frozen=True):
    """Where one exercise stands; as `tui.services.Where`."""

    exercise: str
    state: str
    seed: int


Question = Keep | Visit | Draft | SaveDraft | Attempts | Places | History


class Ask(Record, frozen=True, tag=True):
    """A question; `Reply` has the same number."""

    number: int
    question: Question


# --- a session tells the front --------------------------------------------------------------------------------------


class Execute(Record, frozen=True, tag=True):
    """Run a program (a `sandbox.protocol.Job`, encoded); `Frame`s with the same number follow, the last is END."""

    number: int
    job: bytes
    shared: bool = False
    """A lesson's own code: whoever asks for the same job may be given the same run."""


class Pong(Record, frozen=True, tag=True):
    """The screen is alive."""

    number: int


class Shown(Record, frozen=True, tag=True):
    """The student's screen, while it is watched."""

    picture: Picture


class Voted(Record, frozen=True, tag=True):
    """A prediction in a poll, judged by the session."""

    poll: int
    round: int
    answer: str
    """As typed."""
    read_as: str
    verdict: Literal["right", "partly", "wrong"]
    mistakes: tuple[str, ...] = ()
    confidence: int | None = None
    milliseconds: int = 0


class Fault(Record, frozen=True, tag=True):
    """A fault of ours ended the session: the traceback, for the front's log."""

    report: str


class Gone(Record, frozen=True, tag=True):
    """The student left; nothing more comes."""


# --- a teacher's session tells the front ---------------------------------------------------------------------------


class Attend(Record, frozen=True, tag=True):
    """The teacher's room is on the screen (`RoomView`s are wanted), or no longer."""

    wanted: bool


class Look(Record, frozen=True, tag=True):
    """Look at a student's screen (`Glimpse`s are wanted); the empty name: no longer."""

    name: str


class About(Record, frozen=True, tag=True):
    """Whose spread of beliefs is wanted: `lesson/exercise`; empty: none."""

    exercise: str


class OpenPoll(Record, frozen=True, tag=True):
    """Ask everyone this question."""

    exercise: str
    seed: int
    question: int
    target: str
    seconds: int | None = None


class StepPoll(Record, frozen=True, tag=True):
    """On with the poll."""

    to: Literal["talk", "again", "shown", "over"]
    seconds: int | None = None


class Follow(Record, frozen=True, tag=True):
    """Lead everyone there; None: free play again."""

    lead: Lead | None


class Set(Record, frozen=True, tag=True):
    """Change what holds for all; what is None stays as it is."""

    paused: bool | None = None
    locked: bool | None = None
    editing: Editing | None = None
    minutes: float | None = None
    """A time limit for free play from now; 0 takes it away."""


class Tell(Record, frozen=True, tag=True):
    """A message to one student, or (empty name) to all."""

    name: str
    text: str


class EndClass(Record, frozen=True, tag=True):
    """The lesson is over: everyone sees that, and the teacher a `Summary`."""


Command = Attend | Look | About | OpenPoll | StepPoll | Follow | Set | Tell | EndClass
FromSession = Ask | Execute | Pong | Shown | Voted | Fault | Gone | Command


# --- the front tells a session ---------------------------------------------------------------------------------------


class Reply(Record, frozen=True, tag=True):
    """The answer to an `Ask`."""

    number: int
    value: msgspec.Raw = msgspec.Raw(b"\xc0")
    """Of the type that the question names."""
    error: str | None = None
    """Why there is none, in a sentence."""


class Frame(Record, frozen=True, tag=True):
    """One frame of a run, as `sandbox.frames` names them; kind empty: the run could not be made, payload says why."""

    number: int
    kind: bytes
    payload: bytes


class Ping(Record, frozen=True, tag=True):
    """Is the screen alive?"""

    number: int


class Now(Record, frozen=True, tag=True):
    """What holds now."""

    rules: Rules


class Say(Record, frozen=True, tag=True):
    """A message from the teacher, or of the front's own."""

    text: str
    by: str = ""


class Sit(Record, frozen=True, tag=True):
    """A new connection has taken the seat: paint everything again, for its terminal."""

    terminal: Terminal


class Leave(Record, frozen=True, tag=True):
    """Save what is on the screen, and end."""

    reason: str = ""


class Room(Record, frozen=True, tag=True):
    """To a teacher: the room."""

    view: RoomView


class Glimpse(Record, frozen=True, tag=True):
    """To a teacher: the screen of the student looked at; None: there is none (not connected)."""

    name: str
    picture: Picture | None = None


class Ended(Record, frozen=True, tag=True):
    """To a teacher: what the class came to."""

    summary: Summary


ToSession = Reply | Frame | Ping | Now | Say | Sit | Leave | Room | Glimpse | Ended


encoder = msgspec.msgpack.Encoder()
from_session: msgspec.msgpack.Decoder[FromSession] = msgspec.msgpack.Decoder(FromSession)
to_session: msgspec.msgpack.Decoder[ToSession] = msgspec.msgpack.Decoder(ToSession)
