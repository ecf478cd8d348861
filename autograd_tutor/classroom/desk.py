"""What students' sessions ask of the records, answered under the name that was authenticated."""

from __future__ import annotations

from typing import Any

import msgspec

from autograd_tutor.classroom.drafts import Drafts
from autograd_tutor.classroom.keeper import Keeper
from autograd_tutor.classroom.log import LOG
from autograd_tutor.classroom.plausible import LONGEST_TEXT, plausible
from autograd_tutor.classroom.register import Who
from autograd_tutor.records.classes import ClassRecords
from autograd_tutor.room.messages import (
    Ask,
    Attempts,
    Draft,
    History,
    Keep,
    Places,
    Question,
    Reply,
    SaveDraft,
    Visit,
    Voted,
    Where,
    encoder,
)
from autograd_tutor.room.rules import Poll
from autograd_tutor.teaching.model import Attempt

_SEEDS = 1 << 63
"""What the records' numbers hold."""
_MOST = 10_000
"""Attempts that a teacher gets to see at once."""


class Desk:
    """Reads and writes for all of the class."""

    def __init__(self, keeper: Keeper, exercises: frozenset[str]) -> None:
        """`exercises`: all of the course, as `lesson/exercise`."""
        self._keeper = keeper
        self._exercises = exercises
        self._drafts = Drafts(keeper)

    async def answer(self, who: Who, ask: Ask) -> Reply:
        """The reply to one question; what goes wrong becomes a sentence."""
        try:
            self._refuse(ask.question)
            if isinstance(ask.question, SaveDraft):
                draft = ask.question
                self._drafts.note(who.name, draft.exercise, draft.seed, draft.text[:LONGEST_TEXT])
                return Reply(ask.number)
            value = await self._drafts.then(lambda records: found(records, who, ask.question))
        except PermissionError as refused:
            return Reply(ask.number, error=str(refused))
        except Exception as problem:
            LOG.error("%s: %s could not be answered: %s", who.name, type(ask.question).__name__, problem)
            return Reply(ask.number, error=str(problem))
        return Reply(ask.number, msgspec.Raw(encoder.encode(value)))

    async def forget(self, who: Who) -> None:
        """Whoever had this name for the hour has gone: the next to take it starts with nothing."""
        await self._drafts.then(lambda records: records.forget(who.name))

    async def flush(self) -> None:
        """Everything is on disk."""
        await self._drafts.then(lambda records: None)

    def _refuse(self, question: Question) -> None:
        match question:
            case Keep(Attempt(exercise=exercise, seed=seed)) | Visit(exercise, seed):
                pass
            case Draft(exercise, seed) | SaveDraft(exercise, seed, _):
                pass
            case _:
                return
        if exercise not in self._exercises or not 0 <= seed < _SEEDS:
            raise PermissionError("There is no such exercise in this class.")

    async def left_off(self, who: Who) -> str | None:
        """The exercise that a learner left unfinished last."""
        places = await self._keeper.do(lambda records: records.of(who.name).places())
        return places[0].exercise if places and places[0].state == "started" else None

    async def vote(self, who: Who, poll: Poll, target: str, vote: Voted) -> None:
        """Keep a vote."""
        attempt = Attempt(
            exercise=poll.exercise,
            seed=poll.seed,
            question=poll.question,
            target=target,
            action="answer",
            state="started",
            answer=vote.answer,
            read_as=vote.read_as,
            verdict=vote.verdict,
            mistakes=vote.mistakes,
            milliseconds=vote.milliseconds,
            confidence=vote.confidence,
        )
        await self._keeper.do(lambda records: records.polls.vote(poll.number, poll.round, who.name, attempt))

    async def open_poll(self, exercise: str, seed: int, question: int, target: str) -> int:
        """The number of a new poll."""
        return await self._keeper.do(lambda records: records.polls.open(exercise, seed, question, target))

    async def reveal_poll(self, number: int) -> None:
        """Note that its answer was shown."""
        await self._keeper.do(lambda records: records.polls.reveal(number))


def found(records: ClassRecords, who: Who, question: Question) -> Any:
    """What a question finds, or does.

    Raises:
        PermissionError: a student asked for another's work.
        BadRecords: the records can't be used.
    """
    own = records.of(who.name)
    match question:
        case Keep(attempt):
            own.record(plausible(attempt))
            return None
        case Visit(exercise, seed):
            return own.visit(exercise, seed)
        case Draft(exercise, seed):
            return own.draft(exercise, seed)
        case Attempts(exercise):
            return own.attempts(exercise)
        case Places():
            return [Where(one.exercise, one.state, one.seed) for one in own.places()]
        case History(name, most):
            if who.role != "teacher":
                raise PermissionError("Only a teacher sees the work of others.")
            return [one.attempt for one in reversed(records.history(name))][: min(max(most, 0), _MOST)]
