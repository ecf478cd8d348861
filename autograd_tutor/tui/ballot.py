"""One student's part in a question that the whole class answers: two predictions, and the words for each phase."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from textual.content import Content

from autograd_tutor.room.screen import harmless
from autograd_tutor.tui.prose import inline

if TYPE_CHECKING:
    from autograd_tutor.room.rules import Poll
    from autograd_tutor.teaching.model import Judgement


@dataclass(frozen=True, slots=True)
class Vote:
    """One prediction that could be read, and its verdict, which is not shown before the class sees torch's run."""

    text: str
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Ballot:
    """The poll as it stands for this student."""

    poll: Poll
    votes: Mapping[int, Vote] = field(default_factory=dict)
    """By round."""
    unread: str = ""
    """Why the last thing typed can't be read."""

    @property
    def open(self) -> bool:
        """Predictions are taken."""
        return self.poll.phase in ("vote", "again")

    def cast(self, text: str, judgement: Judgement) -> Ballot:
        """With a prediction for the present round; one that can't be read leaves the earlier one."""
        if judgement.verdict == "invalid":
            return replace(self, unread=judgement.message)
        return replace(self, votes={**self.votes, self.poll.round: Vote(text, judgement)}, unread="")

    def now(self, poll: Poll) -> Ballot:
        """In another phase."""
        return replace(self, poll=poll, unread="")

    @property
    def said(self) -> tuple[Content, ...]:
        """What stands below the question; nothing of it depends on the answer before the phase `shown`."""
        return tuple(self._said())

    def _said(self) -> Iterator[Content]:
        first, second = self.votes.get(1), self.votes.get(2)
        match self.poll.phase:
            case "vote":
                yield from self._in(first, "The whole class answers this. Predict alone.")
            case "talk":
                yield Content("Discuss it with your neighbour. " + _said_first(first))
            case "again":
                kept = " Enter keeps it." if first is not None and second is None else ""
                yield Content(f"Predict once more. {_said_first(first)}{kept}")
                yield from self._in(second, "")
            case "shown":
                yield from _compared(first, second)

    def _in(self, vote: Vote | None, before: str) -> Iterator[Content]:
        """That the prediction is in, whatever it is."""
        if vote is not None:
            read = harmless(vote.judgement.read_as)
            changed = "You may change it until the vote ends."
            yield Content.assemble(("● ", "bold $accent"), "Your prediction is in: ", (read, "bold"), f". {changed}")
        elif before:
            yield Content(before)
        if self.unread:
            yield Content.assemble(("· ", "$muted"), inline(self.unread))


def _said_first(vote: Vote | None) -> str:
    return f"You said: {harmless(vote.judgement.read_as)}." if vote is not None else "You had made no prediction."


def _compared(first: Vote | None, second: Vote | None) -> Iterator[Content]:
    """Both predictions in the light of torch's run."""
    if first is not None and second is not None and first.judgement == second.judgement:
        yield _judged(second, "You predicted, before and after the discussion,")
        return
    if first is not None:
        yield _judged(first, "You predicted first" if second is not None else "You predicted")
    if second is not None:
        yield _judged(second, "After the discussion you predicted")


def _judged(vote: Vote, said: str) -> Content:
    right = vote.judgement.verdict == "right"
    mark = ("✓ ", "bold $text-success") if right else ("✗ ", "bold $text-warning")
    words = Content("right.") if right else inline(vote.judgement.message or "not so.")
    return Content.assemble(mark, f"{said} {harmless(vote.judgement.read_as)}: ", words)
