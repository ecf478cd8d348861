"""The play of one exercise, for every face alike: an immutable state machine.

Each question is predicted, and then settled: answered right, revealed, or skipped. Nothing else
settles it. Each transition returns the next `Play` and the `Attempt` to save.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from autograd_tutor.course.model import Question, Variant
from autograd_tutor.teaching.model import Action, Attempt, Judgement, Settled, State
from autograd_tutor.trace import Record


class Standing(Record, frozen=True):
    """How one question stands."""

    settled: Settled = "open"
    tries: int = 0
    """Answers that could be read."""


class Play(Record, frozen=True):
    """One exercise being played. Make one with `start`."""

    key: str
    seed: int
    questions: tuple[Question, ...]
    standings: tuple[Standing, ...]
    clues: tuple[str, ...]
    """All hints, in order."""
    index: int = 0
    """The question that is up."""
    hints: int = 0
    """How many hints were taken."""
    touched: bool = False
    """Something was done: a readable answer, a hint, a reveal or a skip."""
    judgement: Judgement | None = None
    """On the last answer to this question."""

    @property
    def question(self) -> Question:
        """The question that is up; once done, the last one."""
        return self.questions[self.index]

    @property
    def standing(self) -> Standing:
        """How the question that is up stands."""
        return self.standings[self.index]

    @property
    def phase(self) -> Literal["predicting", "settled", "done"]:
        """predicting: an answer is awaited. settled: look, then `next`. done: every question is settled."""
        if all(standing.settled != "open" for standing in self.standings):
            return "done"
        return "predicting" if self.standing.settled == "open" else "settled"

    @property
    def may_show_answer(self) -> bool:
        """Whether the truth of the question that is up may be on the screen."""
        return self.standing.settled != "open"

    @property
    def may_show_run(self) -> bool:
        """Whether all that depends on the run may be shown: gradients, ghosts, warnings, prints, errors."""
        return self.phase == "done"

    @property
    def shown_hints(self) -> tuple[str, ...]:
        """The hints taken so far."""
        return self.clues[: self.hints]

    @property
    def state(self) -> State:
        """Of the whole exercise. One revealed question makes it revealed, never solved."""
        settled = {standing.settled for standing in self.standings}
        if "open" in settled:
            return "started" if self.touched else "new"
        if "revealed" in settled:
            return "revealed"
        return "skipped" if "skipped" in settled else "solved"

    def answer(
        self, text: str, judgement: Judgement, milliseconds: int = 0, confidence: int | None = None
    ) -> tuple[Play, Attempt]:
        """After an answer was judged. An invalid one changes nothing but the message; ValueError if none is awaited."""
        self._must_be_open()
        valid = judgement.verdict != "invalid"
        tries = self.standing.tries + valid
        settled: Settled = "answered" if judgement.verdict == "right" else "open"
        after = self._with(Standing(settled, tries), judgement=judgement, touched=self.touched or valid)
        return after, msgspec.structs.replace(
            after._attempt("answer", milliseconds),
            answer=text,
            read_as=judgement.read_as,
            verdict=judgement.verdict,
            mistakes=tuple(mistake.tag for mistake in judgement.mistakes),
            try_number=tries if valid else 0,
            confidence=confidence,
        )

    def hint(self, milliseconds: int = 0) -> tuple[Play, Attempt]:
        """Take the next hint; ValueError when there is none left."""
        self._must_be_open()
        if self.hints >= len(self.clues):
            raise ValueError("there is no further hint")
        after = msgspec.structs.replace(self, hints=self.hints + 1, touched=True)
        return after, after._attempt("hint", milliseconds)

    @property
    def may_take_apart(self) -> bool:
        """The question is open, and was answered, though not right."""
        return self.standing.settled == "open" and self.standing.tries > 0

    def apart(
        self,
        action: Literal["apart", "step", "keep", "tell"],
        milliseconds: int = 0,
        *,
        text: str = "",
        judgement: Judgement | None = None,
    ) -> tuple[Play, Attempt]:
        """While the derivative is taken apart: this question stays as it stands. ValueError if it may not be."""
        if not self.may_take_apart:
            raise ValueError("there is no wrong answer to take apart")
        attempt = self._attempt(action, milliseconds)
        if judgement is not None:
            attempt = msgspec.structs.replace(
                attempt, answer=text, read_as=judgement.read_as, verdict=judgement.verdict
            )
        return self, attempt

    def reveal(self, milliseconds: int = 0) -> tuple[Play, Attempt]:
        """Run it without answering: recorded as revealed, never as solved."""
        return self._settle("revealed", milliseconds)

    def skip(self, milliseconds: int = 0) -> tuple[Play, Attempt]:
        """Leave this question; afterwards its answer may be shown."""
        return self._settle("skipped", milliseconds)

    def next(self) -> Play:
        """On to the first question that is still open; ValueError while this one is."""
        if self.phase != "settled":
            raise ValueError("this question is still open" if self.phase == "predicting" else "all is answered")
        index = next(at for at, standing in enumerate(self.standings) if standing.settled == "open")
        return msgspec.structs.replace(self, index=index, judgement=None)

    def _settle(self, how: Literal["revealed", "skipped"], milliseconds: int) -> tuple[Play, Attempt]:
        self._must_be_open()
        after = self._with(Standing(how, self.standing.tries), judgement=None, touched=True)
        return after, after._attempt("reveal" if how == "revealed" else "skip", milliseconds)

    def _must_be_open(self) -> None:
        if self.standing.settled != "open":
            raise ValueError("this question is settled")

    def _with(self, standing: Standing, *, judgement: Judgement | None, touched: bool) -> Play:
        standings = (*self.standings[: self.index], standing, *self.standings[self.index + 1 :])
        return msgspec.structs.replace(self, standings=standings, judgement=judgement, touched=touched)

    def _attempt(self, action: Action, milliseconds: int) -> Attempt:
        return Attempt(
            exercise=self.key,
            seed=self.seed,
            question=self.index,
            target=self.question.target,
            action=action,
            state=self.state,
            hints=self.hints,
            milliseconds=milliseconds,
        )


def start(variant: Variant) -> Play:
    """A fresh play of `variant`."""
    return Play(
        key=variant.key,
        seed=variant.seed,
        questions=variant.questions,
        standings=(Standing(),) * len(variant.questions),
        clues=variant.hints,
    )


def resume(variant: Variant, attempts: Iterable[Attempt]) -> Play:
    """The play of `variant` that these attempts, oldest first, left unfinished; a fresh one if there is none.

    Attempts at other variants do not count. The message on the last answer is not kept, so `judgement` is None.
    """
    play = start(variant)
    for attempt in attempts:
        if (attempt.exercise, attempt.seed) == (play.key, play.seed) and attempt.question < len(play.questions):
            play = _after(play, attempt, start(variant))
    if play.phase == "done":
        return start(variant)
    return play.next() if play.phase == "settled" else play


_SETTLED: dict[str, Settled] = {"reveal": "revealed", "skip": "skipped"}


def _after(play: Play, attempt: Attempt, fresh: Play) -> Play:
    """`play` after one attempt of before; one at a question that is settled began a new play."""
    if play.standings[attempt.question].settled != "open":
        play = fresh
    right = attempt.action == "answer" and attempt.verdict == "right"
    settled = _SETTLED.get(attempt.action, "answered" if right else "open")
    tries = max(play.standings[attempt.question].tries, attempt.try_number)
    play = msgspec.structs.replace(play, index=attempt.question, hints=min(attempt.hints, len(play.clues)))
    touched = play.touched or attempt.verdict != "invalid"
    return play._with(Standing(settled, tries), judgement=None, touched=touched)


__all__ = ["Attempt", "Play", "Standing", "resume", "start"]
