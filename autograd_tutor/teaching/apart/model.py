"""What there is to ask about one target, as plain data."""

from __future__ import annotations

from typing import Literal

from autograd_tutor.trace import Array, Record, Span

Kind = Literal["slope", "passed", "sum", "grad", "fact"]
"""slope: a local derivative. passed: what comes to a tensor along one way. sum: of the ways that meet.
grad: what .grad holds after a pass. fact: a yes or no about a graph that was cut."""
How = Literal["given", "product", "sum", "scaled"]
"""How a piece follows from its parts. given: from none. scaled: by a linear rule that is no product with a slope."""


class Piece(Record, frozen=True):
    """One quantity of the chain rule, or one fact. Pieces refer to earlier ones by their index in the plan."""

    kind: Kind
    value: Array | bool | None
    """What torch recorded; for a fact, yes or no. None: .grad is None."""
    title: str
    """What it is called: `∂z/∂y`, `x.grad`."""
    how: How = "given"
    parts: tuple[int, ...] = ()
    asked: bool = False
    question: str = ""
    """Empty where it is worded from what the learner has so far."""
    said: str = ""
    """Told in its place where it is not asked; may be empty."""
    reason: str = ""
    """A nudge after a wrong answer, without the value."""
    rule: str = ""
    """`∂z/∂y = cos(y)`."""
    symbol: str = ""
    """Its right side: `cos(y)`."""
    operation: str = ""
    """slope: as the program says it, `z = torch.sin(y)`."""
    output: Array | None = None
    """slope: the operation's own value."""
    inputs: dict[str, Array] = {}
    """The operands' values by name, as they were then."""
    node: int | None = None
    span: Span | None = None
    """The source that lights up."""


class Plan(Record, frozen=True):
    """The way from what backward started at to one target."""

    target: str
    pieces: tuple[Piece, ...]
    truth: Array | None
    """What the target holds at the program's end; never said."""

    @property
    def asked(self) -> tuple[int, ...]:
        """The pieces that are asked for, in order."""
        return tuple(at for at, piece in enumerate(self.pieces) if piece.asked)
