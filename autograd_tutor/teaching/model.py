"""What the teaching core hands to a face, as plain data."""

from __future__ import annotations

from typing import Literal

from autograd_tutor.explanation import Jacobian
from autograd_tutor.trace import Array, Record, Span

Kind = Literal["number", "tensor", "formula", "none", "raises", "flag"]


class Reading(Record, frozen=True):
    """An answer as it was read. `kind` number includes nan and inf."""

    text: str
    kind: Kind
    read_as: str
    """The echo while typing: `cos(16) = −0.9577`, `None`, `a 2×2 matrix`."""
    value: Array | None = None
    """number and tensor."""
    flag: bool | None = None
    raises: str = ""
    """raises: the text given after the word, if any."""
    digits: int | None = None
    """Significant digits typed, for a number in decimals; None: exact (a fraction, `cos(16)`, nan)."""
    each: tuple[int | None, ...] = ()
    """tensor: the same for every element, row-major."""
    formula: str | None = None
    """formula: normalised text in the answers' own grammar."""
    doubt: str = ""
    """What to ask where the text may have two meanings, as `1/2x`; it was read with the one that most would see."""
    other: str = ""
    """And the text with the other one; empty if that can't be read."""

    @property
    def precision(self) -> tuple[int | None, ...]:
        """The digits typed for every element of `value`; empty for a formula, which is exact."""
        return self.each if self.kind == "tensor" else (self.digits,) if self.kind == "number" else ()


class Unreadable(Record, frozen=True):
    """An answer that cannot be read: costs nothing."""

    text: str
    message: str
    """What and where, and what to type instead."""
    column: int = 0


class Mistake(Record, frozen=True):
    """A mistake that would give just this answer."""

    tag: str
    family: str
    words: str
    """Addressed to the learner; does not tell the truth's value."""
    nodes: tuple[int, ...] = ()
    edges: tuple[int, ...] = ()
    certain: bool = False


class Judgement(Record, frozen=True):
    """The verdict on one answer."""

    verdict: Literal["right", "partly", "wrong", "invalid"]
    read_as: str
    message: str
    """What to tell the learner now: never the truth, unless it was right."""
    mistakes: tuple[Mistake, ...] = ()


class Stop(Record, frozen=True):
    """One stop of a walk through the backward passes: code, graph and words light up together."""

    kind: Literal["seed", "edge", "sum", "accumulate", "repeat", "returned", "cut", "raise", "tangent", "rest"]
    """tangent: carried forwards through one operation. repeat: a loop's rounds in one. rest: stands for all further
    stops of a walk that is too long."""
    title: str
    """What it is about, short: `∂z/∂y`, `x.grad`."""
    words: str
    """What happens here and why."""
    formula: str = ""
    """`∂z/∂y = cos(y)`, or the sum in numbers; may be empty."""
    arithmetic: str = ""
    """`1 · −0.9577 = −0.9577`; may be empty."""
    node: int | None = None
    edge: int | None = None
    span: Span | None = None
    """The source that lights up."""
    tensor: int | None = None
    """What the gradient here belongs to."""
    pass_: int | None = None
    jacobian: Jacobian | None = None
    """Of the edge's local derivative, element by element."""
    sent: Array | None = None
    """What goes along the edge then."""


Settled = Literal["open", "answered", "revealed", "skipped"]
"""How a question stands: only a right answer, a reveal or a skip settles it."""
State = Literal["new", "started", "solved", "revealed", "skipped"]
"""How an exercise stands."""


Action = Literal["answer", "hint", "reveal", "skip", "apart", "step", "keep", "tell"]
"""apart: began to take the derivative apart. step, keep, tell: answered one of its questions, went on with a wrong
answer, had it told."""


class Attempt(Record, frozen=True):
    """One thing the learner did in an exercise, as it is saved."""

    exercise: str
    """`lesson/exercise`."""
    seed: int
    """Which variant."""
    question: int
    """Its index in the variant's questions."""
    target: str
    action: Action
    state: State
    """Of the exercise, afterwards."""
    answer: str = ""
    """As typed."""
    read_as: str = ""
    verdict: Literal["right", "partly", "wrong", "invalid", ""] = ""
    """On an answer or a step; empty for any other action."""
    mistakes: tuple[str, ...] = ()
    """Tags, the likeliest first."""
    hints: int = 0
    """Taken so far in this exercise."""
    try_number: int = 0
    """Which readable answer to this question it was, from 1; 0 for anything else."""
    milliseconds: int = 0
    """Since the question was shown, or since the last attempt at it."""
    confidence: int | None = None
    """0 to 3, as the learner said; None: not said."""
