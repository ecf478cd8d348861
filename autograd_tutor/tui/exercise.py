"""One exercise on the screen: predict, run, see why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import BindingType

from autograd_tutor.teaching import play as playing
from autograd_tutor.teaching.apart import resume
from autograd_tutor.teaching.grading import judge
from autograd_tutor.tui.answer import AnswerField
from autograd_tutor.tui.apart import ApartScreen
from autograd_tutor.tui.class_words import TIME_IS_UP, is_over
from autograd_tutor.tui.drafts import Drafts
from autograd_tutor.tui.exercise_keys import KEYS
from autograd_tutor.tui.scene_screen import SceneScreen

if TYPE_CHECKING:
    from autograd_tutor.room.rules import Rules
    from autograd_tutor.sandbox.protocol import Run
    from autograd_tutor.teaching.model import Attempt
    from autograd_tutor.teaching.play import Play
    from autograd_tutor.tui.scene import Scene
    from autograd_tutor.tui.services import Records
    from autograd_tutor.tui.syllabus import Place


class ExerciseScreen(SceneScreen):
    """Plays the exercise: answers, hints and what else settles a question; all of it is recorded."""

    BINDINGS: ClassVar[list[BindingType]] = KEYS

    def __init__(self, place: Place, seed: int, following: Place | None) -> None:
        super().__init__(place, seed, following)
        self._drafts = Drafts(self)
        self._judged = ""
        self._since = 0.0

    def on_mount(self) -> None:
        """Come back to where one left off."""
        self._since = self.app.services.clock()
        self.app.lead_from(self.scene)
        self._open()

    def on_unmount(self) -> None:
        """What stands in the field is kept."""
        self._drafts.save()

    def watch_scene(self) -> None:
        """Show it; a teacher who leads the class shows it to all."""
        super().watch_scene()
        self.app.lead_from(self.scene)

    def obey(self, rules: Rules | None) -> None:
        """Locked: what the run left is not to be seen before the teacher unlocks it."""
        locked = rules is not None and rules.locked and not self.app.teaches
        if locked != self.scene.locked:
            scene = replace(self.scene, locked=locked)
            self.scene = scene if scene.stops else scene.walking(scene.play.question.target)
        else:
            super().obey(rules)

    @work
    async def _open(self) -> None:
        """Where one left off in this variant: its open question, its tries and hints, what stood in the field."""
        key, seed = self.variant.key, self.variant.seed

        def left(records: Records) -> tuple[Sequence[Attempt], str | None]:
            records.visit(key, seed)
            return records.attempts(key), records.draft(key, seed)

        nothing: tuple[Sequence[Attempt], str | None] = (), None
        attempts, draft = await self.app.journal.read(left, nothing)
        if attempts:
            self.scene = replace(self.scene, play=playing.resume(self.variant, attempts))
        self._drafts.kept = draft or ""
        text, apart, step = (draft or "").partition("\n")
        self.view.answer.text = text
        self.view.answer.take_focus()
        if attempts:
            self.when_run(lambda run: self._opened_apart(attempts, step if apart else None))
        self.app.release_keys()

    def _opened_apart(self, attempts: Sequence[Attempt], step: str | None) -> None:
        """What was taken apart before; with the draft of a `step`, there one was."""
        scene = self.scene.apartable()
        if scene.apart is not None:
            left = resume(scene.apart, attempts, scene.variant.seed, scene.play.index)
            self.scene = replace(scene, apart=left or scene.apart)
            if step is not None and left is not None and not scene.locked:
                self._take_apart(step)

    @on(AnswerField.Edited)
    def _edited(self, message: AnswerField.Edited) -> None:
        self._drafts.typed(message.text)

    @on(AnswerField.Given)
    def _given(self, message: AnswerField.Given) -> None:
        if is_over(self.app.rules) and not self.app.teaches:
            self.app.complain(TIME_IS_UP)
            return

        def judged(run: Run) -> None:
            play = self.scene.play
            if play.phase != "predicting" or (play.judgement is not None and message.text == self._judged):
                # Enter once more on what was judged: that is no further try.
                return
            self._judged = message.text
            judgement = judge(message.text, run, play.question.target, self.variant.mistakes)
            self._advance(*play.answer(message.text, judgement, self._milliseconds(), message.confidence))

        self.when_run(judged)

    def _advance(self, play: Play, attempt: Attempt) -> None:
        """A transition happened: save it at once, show it."""
        self._since = self.app.services.clock()
        self.app.journal.record(attempt)
        with self.app.batch_update():
            if play.phase != "predicting":
                self.view.answer.clear(given=attempt.answer or None)
            if play.phase == "settled" and play.standing.settled == "answered":
                play = play.next()
            if play.phase != "predicting":
                self.set_focus(None)
            same = play.index == self.scene.play.index
            scene = replace(self.scene, play=play, apart=self.scene.apart if same else None)
            self.scene = scene.apartable().walking(play.question.target)
        # The attempt took the draft's place in the records; what still stands in the field is one again.
        self._drafts.kept = ""
        self._drafts.typed(self.view.answer.text)

    def _milliseconds(self) -> int:
        return round(1000 * (self.app.services.clock() - self._since))

    def action_hint(self) -> None:
        """One hint more."""
        self._advance(*self.scene.play.hint(self._milliseconds()))

    def action_apart(self) -> None:
        """The derivative step by step; it is recorded."""
        if self.scene.apart is not None:
            self.app.journal.record(self.scene.play.apart("apart", self._milliseconds())[1])
            self.scene = replace(self.scene, apart=self.scene.apart.reopened())
            self._take_apart("")

    def _take_apart(self, text: str) -> None:
        self._drafts.question = self.view.answer.text
        self.app.take_apart(ApartScreen(replace(self.scene, taking_apart=True), self._drafts, text, self._put_together))

    def _put_together(self, scene: Scene, last: str) -> None:
        """Back from the steps: what the last of them gave, if it is the answer, stands in the field to be given."""
        mine, self._drafts.question = self._drafts.question or "", None
        self._since = self.app.services.clock()
        self.scene = replace(self.scene, apart=scene.apart)
        if scene.apart is not None and scene.apart.settles and last:
            self.view.answer.text = last
            self.view.answer.offer_again()
        self._drafts.typed(self.view.answer.text or mine)
        self.view.answer.take_focus()

    def action_run(self) -> None:
        """See what torch does, without an answer of one's own."""
        self.when_run(lambda run: self._advance(*self.scene.play.reveal(self._milliseconds())))

    def action_skip(self) -> None:
        """Leave this question."""
        self.when_run(lambda run: self._advance(*self.scene.play.skip(self._milliseconds())))

    def action_next(self) -> None:
        """The next question, or the next exercise."""
        if self.scene.play.phase == "settled":
            self.scene = replace(self.scene, play=self.scene.play.next(), apart=None)
            self.view.answer.take_focus()
        elif self.scene.following is not None:
            self.app.play(self.scene.following)

    def action_variant(self) -> None:
        """The same exercise with other numbers."""
        self.app.play(self.scene.place, self.variant.seed + 1)

    def action_experiment(self) -> None:
        """Change one thing and compare."""
        self.app.experiment(self.scene)

    def action_leave(self) -> None:
        """Back to the lessons."""
        self.app.go_home()
