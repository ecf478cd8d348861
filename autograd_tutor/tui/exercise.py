"""One exercise on the screen: predict, run, see why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.reactive import reactive
from textual.screen import Screen

from autograd_tutor.course.jobs import job
from autograd_tutor.course.variants import variant
from autograd_tutor.teaching.grading import judge
from autograd_tutor.teaching.play import resume
from autograd_tutor.tui.answer import AnswerField
from autograd_tutor.tui.exercise_keys import KEYS, acts
from autograd_tutor.tui.exercise_view import ExerciseView
from autograd_tutor.tui.graph import GraphPane
from autograd_tutor.tui.runs import Asked, run_all
from autograd_tutor.tui.scene import Scene, opening

if TYPE_CHECKING:
    from textual.events import Resize

    from autograd_tutor.sandbox.protocol import Run
    from autograd_tutor.teaching.model import Attempt
    from autograd_tutor.teaching.play import Play
    from autograd_tutor.tui.app import TutorApp
    from autograd_tutor.tui.services import Records
    from autograd_tutor.tui.syllabus import Place


class ExerciseScreen(Screen[None]):
    """Owns the scene: the play, the run and what is chosen. `ExerciseView` shows it."""

    app: TutorApp
    CSS_PATH: ClassVar = ["shared.tcss", "exercise.tcss"]
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = KEYS
    scene: reactive[Scene] = reactive(None, init=False)  # type: ignore[arg-type]

    def __init__(self, place: Place, seed: int, following: Place | None) -> None:
        super().__init__()
        self.variant = variant(place.lesson, place.exercise, seed)
        self.set_reactive(ExerciseScreen.scene, opening(place, self.variant, following))
        self._asked = Asked()
        self._typed = ""
        self._judged = ""
        self._since = 0.0

    def compose(self) -> ComposeResult:
        """One widget holds all that is seen."""
        yield ExerciseView(self.variant.code)

    @property
    def view(self) -> ExerciseView:
        """What shows the scene."""
        return self.query_one(ExerciseView)

    def on_mount(self) -> None:
        """Show the question at once; run the program meanwhile."""
        self._since = self.app.services.clock()
        self.view.show(self.scene)
        self._execute()
        self._open()

    def on_unmount(self) -> None:
        """What stands in the field is kept."""
        key, seed, typed = self.variant.key, self.variant.seed, self._typed
        self.app.journal.write(lambda records: records.save_draft(key, seed, typed))

    def on_resize(self, event: Resize) -> None:
        """The same scene at another size."""
        self.call_after_refresh(self.watch_scene)

    def watch_scene(self) -> None:
        """Show it."""
        self.view.show(self.scene)
        self.refresh_bindings()

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
            self.scene = replace(self.scene, play=resume(self.variant, attempts))
        self.view.answer.text = draft or ""
        self.view.answer.take_focus()
        self.app.release_keys()

    @work(exclusive=True, group="run")
    async def _execute(self) -> None:
        """Everything about the program, before the learner answers; none of it is shown before that."""
        self.scene = replace(self.scene, run=None, trouble=None)
        runs, trouble = await run_all(self.app.services.sandbox, [job(self.variant)])
        self.scene = replace(self.scene, run=runs[0] if runs else None, trouble=trouble, waiting=False)
        self._asked.answered(*runs)
        self.call_after_refresh(self._prepare)

    def _prepare(self) -> None:
        """Work ahead while the learner thinks: nothing of it is shown before the last question is settled."""
        scene = self.scene
        if not scene.done:
            play = scene.play
            while play.phase != "done":
                play = play.next() if play.phase == "settled" else play.skip()[0]
            self.view.prepare(replace(scene, play=play).walking(play.question.target))

    def _when_run(self, act: Callable[[Run], None]) -> None:
        """Do `act` now, or as soon as the program has run."""
        if self.scene.run is not None:
            act(self.scene.run)
            return
        self._asked.wait(act)
        self.scene = replace(self.scene, waiting=True)
        if self.scene.trouble is not None:
            self._execute()

    @on(AnswerField.Edited)
    def _edited(self, message: AnswerField.Edited) -> None:
        self._typed = message.text

    @on(AnswerField.Given)
    def _given(self, message: AnswerField.Given) -> None:
        def judged(run: Run) -> None:
            play = self.scene.play
            if play.phase != "predicting" or (play.judgement is not None and message.text == self._judged):
                # Enter once more on what was judged: that is no further try.
                return
            self._judged = message.text
            judgement = judge(message.text, run, play.question.target, self.variant.mistakes)
            self._advance(*play.answer(message.text, judgement, self._milliseconds(), message.confidence))

        self._when_run(judged)

    def _advance(self, play: Play, attempt: Attempt) -> None:
        """A transition happened: save it at once, show it."""
        self._since = self.app.services.clock()
        self.app.journal.write(lambda records: records.record(attempt))
        with self.app.batch_update():
            if play.phase != "predicting":
                self.view.answer.clear(given=attempt.answer or None)
            if play.phase == "settled" and play.standing.settled == "answered":
                play = play.next()
            if play.phase != "predicting":
                self.set_focus(None)
            self.scene = replace(self.scene, play=play).walking(play.question.target)

    def _milliseconds(self) -> int:
        return round(1000 * (self.app.services.clock() - self._since))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what makes sense now."""
        if action in ("look", "scroll"):
            # Asked before the view is there, and when it has gone.
            shown = self.query(ExerciseView)
            if not shown or not (shown.first().hides_rows if action == "look" else shown.first().has_more_words):
                return False
        return acts(action, self.scene, self.has_class("-wide"))

    def action_go(self) -> None:
        """Type an answer."""
        self.view.answer.take_focus()

    def action_hint(self) -> None:
        """One hint more."""
        self._advance(*self.scene.play.hint(self._milliseconds()))

    def action_run(self) -> None:
        """See what torch does, without an answer of one's own."""
        self._when_run(lambda run: self._advance(*self.scene.play.reveal(self._milliseconds())))

    def action_skip(self) -> None:
        """Leave this question."""
        self._when_run(lambda run: self._advance(*self.scene.play.skip(self._milliseconds())))

    def action_retry(self) -> None:
        """The sandbox failed: once more."""
        self._execute()

    def action_next(self) -> None:
        """The next question, or the next exercise."""
        if self.scene.play.phase == "settled":
            self.scene = replace(self.scene, play=self.scene.play.next())
            self.view.answer.take_focus()
        elif self.scene.following is not None:
            self.app.play(self.scene.following)

    def action_variant(self) -> None:
        """The same exercise with other numbers."""
        self.app.play(self.scene.place, self.variant.seed + 1)

    def action_step(self, by: int) -> None:
        """One step of the backward pass on, or back."""
        self.scene = self.scene.stepped(by)

    def action_along(self, by: int) -> None:
        """The next node of the drawing, or the one before."""
        self.scene = self.scene.along(self.view.query_one(GraphPane).nodes, by)

    @on(GraphPane.Picked)
    def _picked(self, message: GraphPane.Picked) -> None:
        self.scene = self.scene.at_node(message.node)

    def action_target(self) -> None:
        """Walk the pass of another question's target."""
        targets = self.scene.targets
        self.scene = self.scene.walking(targets[(targets.index(self.scene.target) + 1) % len(targets)])

    def action_graph(self) -> None:
        """The graph in the code's place, or the code again."""
        self.scene = replace(self.scene, graph_shown=not self.scene.graph_shown)

    def action_look(self, by: int) -> None:
        """What of the code, or of the graph, has no room."""
        self.view.look(by)

    def action_scroll(self, pages: int) -> None:
        """The words, a page up or down."""
        self.view.page(pages)

    def action_experiment(self) -> None:
        """Change one thing and compare."""
        self.app.experiment(self.scene)

    def action_leave(self) -> None:
        """Back to the lessons."""
        self.app.go_home()
