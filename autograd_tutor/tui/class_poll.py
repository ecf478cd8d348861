"""A question to the whole class: everyone predicts alone, discusses, predicts again, then sees torch run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual import on
from textual.binding import BindingType

from autograd_tutor.room.messages import Voted
from autograd_tutor.teaching.grading import judge
from autograd_tutor.tui.answer import AnswerField
from autograd_tutor.tui.ballot import Ballot
from autograd_tutor.tui.exercise_keys import TOGETHER
from autograd_tutor.tui.scene import settled
from autograd_tutor.tui.scene_screen import SceneScreen

if TYPE_CHECKING:
    from autograd_tutor.room.rules import Poll, Rules
    from autograd_tutor.sandbox.protocol import Run
    from autograd_tutor.tui.syllabus import Place


class PollScreen(SceneScreen):
    """One question of an exercise, without hints and reveals; the phase is the teacher's."""

    BINDINGS: ClassVar[list[BindingType]] = TOGETHER

    def __init__(self, place: Place, poll: Poll) -> None:
        super().__init__(place, poll.seed)
        self.ballot = Ballot(poll)
        self._since = 0.0
        asked = self.variant.questions[min(poll.question, len(self.variant.questions) - 1)]
        self.set_reactive(PollScreen.scene, self.scene.about(msgspec.structs.replace(self.variant, questions=(asked,))))

    def on_mount(self) -> None:
        """The clock of the first prediction begins."""
        self._since = self.app.services.clock()
        if self.ballot.open:
            self.view.answer.take_focus()
        self.app.release_keys()

    def obey(self, rules: Rules | None) -> None:
        """The phase, as the teacher has it."""
        poll = rules.poll if rules is not None else None
        if poll is None or poll.number != self.ballot.poll.number:
            super().obey(rules)
            return
        if poll.phase != self.ballot.poll.phase:
            self._since = self.app.services.clock()
            self._turn(poll)
        self.ballot = self.ballot.now(poll)
        self._show()
        if poll.phase == "shown" and self.scene.play.phase != "done":
            self.when_run(lambda run: self._reveal())

    def _turn(self, poll: Poll) -> None:
        """To another phase: the field comes back with what was said first, or goes."""
        if poll.phase == "again":
            first = self.ballot.votes.get(1)
            self.view.answer.clear()
            self.view.answer.text = first.text if first is not None else ""
            self.view.answer.display = True
            self.view.answer.take_focus()
            self.view.answer.offer_again()
        else:
            self.set_focus(None)

    def _show(self) -> None:
        self.scene = replace(self.scene, told=self.ballot.said, asks=self.ballot.open)

    def _reveal(self) -> None:
        play = settled(self.scene.play)
        self.scene = replace(self.scene, play=play).walking(play.question.target)

    @on(AnswerField.Given)
    def _given(self, message: AnswerField.Given) -> None:
        poll = self.ballot.poll

        def judged(run: Run) -> None:
            if self.ballot.poll.phase != poll.phase:
                # The program ran so long that the vote is over.
                return
            judgement = judge(message.text, run, self.scene.play.question.target, self.variant.mistakes)
            self.ballot = self.ballot.cast(message.text, judgement)
            self._show()
            if judgement.verdict != "invalid":
                self.app.tell(
                    Voted(
                        poll=poll.number,
                        round=poll.round,
                        answer=message.text,
                        read_as=judgement.read_as,
                        verdict=judgement.verdict,
                        mistakes=tuple(mistake.tag for mistake in judgement.mistakes),
                        confidence=message.confidence,
                        milliseconds=round(1000 * (self.app.services.clock() - self._since)),
                    )
                )

        self.when_run(judged)
