"""The records of a student in class: the front keeps them, under the name that was authenticated."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_tutor.room.messages import Attempts, Draft, Keep, Places, SaveDraft, Visit, Where
from autograd_tutor.sessions.line import Line
from autograd_tutor.teaching.model import Attempt


class LineRecords:
    """A `tui.services.Records`. Every call blocks until the front has answered; RuntimeError says why it can't."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def record(self, attempt: Attempt) -> None:
        """Save one attempt before returning."""
        self._line.call(Keep(attempt))

    def attempts(self, exercise: str) -> Sequence[Attempt]:
        """All that was done in one exercise, oldest first."""
        attempts: list[Attempt] = self._line.call(Attempts(exercise))
        return attempts

    def places(self) -> Sequence[Where]:
        """Where each exercise stands that was ever opened, the one last touched first."""
        places: list[Where] = self._line.call(Places())
        return places

    def visit(self, key: str, seed: int) -> None:
        """Note that a variant was opened."""
        self._line.call(Visit(key, seed))

    def draft(self, key: str, seed: int) -> str | None:
        """What stood in the answer field when the exercise was left."""
        draft: str | None = self._line.call(Draft(key, seed))
        return draft

    def save_draft(self, key: str, seed: int, text: str) -> None:
        """Keep that; the empty text forgets it."""
        self._line.call(SaveDraft(key, seed, text))
