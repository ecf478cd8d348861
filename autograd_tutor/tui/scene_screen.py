"""What all screens that show an exercise have in common: the scene, its run, and how one looks around in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.reactive import var
from textual.screen import Screen

from autograd_tutor.course.jobs import job
from autograd_tutor.course.variants import variant
from autograd_tutor.tui.exercise_keys import acts, idle
from autograd_tutor.tui.exercise_view import ExerciseView
from autograd_tutor.tui.graph import GraphPane
from autograd_tutor.tui.runs import Asked, run_all
from autograd_tutor.tui.scene import Scene, opening, settled

if TYPE_CHECKING:
    from textual.events import Key, Resize

    from autograd_tutor.room.rules import Rules
    from autograd_tutor.sandbox.protocol import Run
    from autograd_tutor.tui.app import TutorApp
    from autograd_tutor.tui.syllabus import Place


class SceneScreen(Screen[None]):
    """Owns the scene: the play, the run and what is chosen. `ExerciseView` shows it."""

    app: TutorApp
    CSS_PATH: ClassVar = ["shared.tcss", "exercise.tcss"]
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = []
    scene: var[Scene] = var(None, init=False)  # type: ignore[arg-type]

    def __init__(self, place: Place, seed: int, following: Place | None = None) -> None:
        super().__init__()
        self.variant = variant(place.lesson, place.exercise, seed)
        self.set_reactive(SceneScreen.scene, opening(place, self.variant, following))
        self.view = ExerciseView(self.variant.code)
        self._asked = Asked()

    def compose(self) -> ComposeResult:
        """One widget holds all that is seen."""
        yield self.view

    def on_mount(self) -> None:
        """Show the question at once; run the program meanwhile."""
        self.watch(self.app, "rules", self.obey, init=False)
        self.watch(self.app, "message", self.watch_scene, init=False)
        self.obey(self.app.rules)
        if self.scene.run is None:
            self._execute()

    def on_resize(self, event: Resize) -> None:
        """The same scene at another size."""
        self.call_after_refresh(self.watch_scene)

    def watch_scene(self) -> None:
        """Show it."""
        self.view.show(self.scene)
        self.refresh_bindings()

    def obey(self, rules: Rules | None) -> None:
        """What holds in the class has changed; None: there is no class."""
        self.view.show(self.scene)

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
            ahead = replace(scene, play=settled(scene.play), locked=False)
            self.view.prepare(ahead.walking(ahead.play.question.target))

    def when_run(self, act: Callable[[Run], None]) -> None:
        """Do `act` now, or as soon as the program has run."""
        if self.scene.run is not None:
            act(self.scene.run)
            return
        self._asked.wait(act)
        self.scene = replace(self.scene, waiting=True)
        if self.scene.trouble is not None:
            self._execute()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what makes sense now."""
        if (action == "look" and not self.view.hides_rows) or (action == "scroll" and not self.view.has_more_words):
            return False
        return acts(action, self.scene, self.has_class("-wide"))

    def on_key(self, event: Key) -> None:
        """A key that has nothing to do now says so."""
        action = next((one.action for _, one in self._bindings if one.key == event.key), "")
        if action and event.key not in self.active_bindings:
            self.app.remark(idle(action.partition("(")[0], self.scene, self.has_class("-wide")))

    def action_go(self) -> None:
        """Type an answer."""
        self.view.answer.take_focus()

    def action_retry(self) -> None:
        """The sandbox failed: once more."""
        self._execute()

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

    def action_matrix(self) -> None:
        """The chosen step's Jacobian as a matrix, or not."""
        self.scene = self.view.turn_matrix(self.scene)

    def action_look(self, by: int) -> None:
        """What of the code, or of the graph, has no room."""
        self.view.look(by)

    def action_scroll(self, pages: int) -> None:
        """The words, a page up or down."""
        self.view.page(pages)
