"""Change one thing in a program, predict what it does, and see both runs side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.reactive import var
from textual.screen import Screen

from autograd_tutor.teaching.experiments.jobs import changed_job
from autograd_tutor.teaching.grading import judge
from autograd_tutor.tui.answer import AnswerField
from autograd_tutor.tui.class_words import NO_EDITING
from autograd_tutor.tui.experiment_keys import KEYS, acts
from autograd_tutor.tui.experiment_view import ExperimentView
from autograd_tutor.tui.experiment_words import LETTERS
from autograd_tutor.tui.runs import Asked, run_all
from autograd_tutor.tui.trial import Trial

if TYPE_CHECKING:
    from textual.events import Key, Resize
    from textual.widgets import TextArea

    from autograd_tutor.course.model import Variant
    from autograd_tutor.sandbox.protocol import Run
    from autograd_tutor.teaching.model import Judgement
    from autograd_tutor.tui.app import TutorApp
    from autograd_tutor.tui.editor import Editor


class ExperimentScreen(Screen[None]):
    """Owns the trial; nothing here is graded or recorded."""

    app: TutorApp
    CSS_PATH: ClassVar = ["shared.tcss", "experiment.tcss"]
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = KEYS
    trial: var[Trial] = var(None, init=False)  # type: ignore[arg-type]

    def __init__(self, variant: Variant, run: Run) -> None:
        super().__init__()
        self.set_reactive(ExperimentScreen.trial, Trial(variant, run).choosing())
        self._asked = Asked()
        self._unfinished: str | None = None
        """What stands in the editor and was not tried yet."""

    def compose(self) -> ComposeResult:
        """One widget holds all that is seen."""
        yield ExperimentView()

    @property
    def view(self) -> ExperimentView:
        """What shows the trial."""
        return self.query_one(ExperimentView)

    def on_mount(self) -> None:
        """The list of changes."""
        for what in ("rules", "message"):
            self.watch(self.app, what, self.watch_trial, init=False)
        self.view.answer.predicts = False
        self._unfinished = self.app.unfinished.get(self._key)
        self.watch_trial()
        self.app.release_keys()

    def on_unmount(self) -> None:
        """A program that is half written waits for the learner."""
        if self._unfinished is not None:
            self.app.unfinished[self._key] = self._unfinished
        else:
            self.app.unfinished.pop(self._key, None)

    @property
    def _key(self) -> tuple[str, int]:
        return self.trial.variant.key, self.trial.variant.seed

    def on_resize(self, event: Resize) -> None:
        """The same trial at another size."""
        self.call_after_refresh(self.watch_trial)

    def watch_trial(self) -> None:
        """Show it."""
        self.view.show(self.trial)
        self.refresh_bindings()
        # What has no room is known when the layout is done.
        self.call_after_refresh(self.refresh_bindings)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what makes sense now."""
        if action == "scroll":
            shown = self.query(ExperimentView)
            return bool(shown) and shown.first().has_more_words
        if action == "graphs":
            shown = self.query(ExperimentView)
            return self.trial.phase == "seen" and bool(shown) and shown.first().hides_rows
        if action == "write" and not self._may_write:
            return False
        return acts(action, self.trial, self.has_class("-wide"))

    @property
    def _may_write(self) -> bool:
        return self.app.rules is None or self.app.rules.editing != "off"

    def on_key(self, event: Key) -> None:
        """Each change has a key."""
        if event.key == "w" and not self._may_write and acts("write", self.trial, wide=False):
            self.app.complain(NO_EDITING)
        if self.trial.phase == "choosing" and event.character and event.character in LETTERS:
            at = LETTERS.index(event.character)
            if at < len(self.trial.offers):
                event.stop()
                self._choose(at)

    def _choose(self, at: int) -> None:
        self.trial = self.trial.choose(at)
        self.view.answer.clear()
        self.view.answer.take_focus()
        self._execute()

    @work(exclusive=True)
    async def _execute(self) -> None:
        """Run the changed program while the learner thinks."""
        before, offer = self.trial.now, self.trial.offer
        assert offer is not None
        rules = self.app.rules
        gated = rules is not None and rules.editing != "open"
        sources = (before.trace.source, offer.source)
        jobs = [changed_job(self.trial.variant, offer, source, gated=gated) for source in sources]
        self.trial = replace(self.trial, runs=None, trouble=None)
        runs, trouble = await run_all(self.app.services.sandbox, jobs)
        if trouble is not None and self.trial.own:
            self.trial = self.trial.write(trouble)
            await self.view.edit()
            return
        found = (runs[0], runs[1]) if runs else None
        self.trial = replace(self.trial, runs=found, trouble=trouble, waiting=False)
        self._asked.answered(*runs)

    def _when_run(self, act: Callable[[Run, Run], None]) -> None:
        if self.trial.runs is not None:
            act(*self.trial.runs)
            return
        self._asked.wait(act)
        self.trial = replace(self.trial, waiting=True)
        if self.trial.trouble is not None:
            self._execute()

    @on(AnswerField.Given)
    def _given(self, message: AnswerField.Given) -> None:
        def judged(before: Run, after: Run) -> None:
            assert self.trial.offer is not None
            judgement = judge(message.text, after, self.trial.offer.target)
            if judgement.verdict == "invalid":
                self.trial = replace(self.trial, judgement=judgement)
            else:
                self._finish(before, after, judgement)

        self._when_run(judged)

    def action_run(self) -> None:
        """See it without a prediction."""

        def seen(before: Run, after: Run) -> None:
            self._finish(before, after, None)

        self._when_run(seen)

    def _finish(self, before: Run, after: Run, judgement: Judgement | None) -> None:
        """Both runs may be seen."""
        self.set_focus(None)
        if self.trial.own:
            self._unfinished = None
        self.trial = self.trial.finish(before, after, judgement)

    def action_retry(self) -> None:
        """The sandbox failed: once more."""
        self._execute()

    def action_go(self) -> None:
        """The change that the cursor is on."""
        self._choose(self.trial.cursor)

    async def action_write(self) -> None:
        """Change the program freely, from where it stands or from what was half written."""
        self.app.hold_keys()
        self.trial = self.trial.write()
        await self.view.write(self.trial.now.trace.source, self._unfinished)
        self.app.release_keys()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """What stands in the editor is kept."""
        text = event.text_area.text
        self._unfinished = text if text != self.trial.now.trace.source else None

    def on_editor_given(self, event: Editor.Given) -> None:
        """Predict what the program in the editor does, if it can be tried."""
        self.trial = self.trial.submit(event.text)
        if self.trial.own:
            self.view.answer.clear()
            self.view.answer.take_focus()
            self._execute()

    def action_move(self, by: int) -> None:
        """The cursor up or down."""
        last = len(self.trial.offers) - 1
        self.trial = replace(self.trial, cursor=min(max(self.trial.cursor + by, 0), last))

    def action_answer(self) -> None:
        """Type a prediction."""
        self.view.answer.take_focus()

    def action_graph(self) -> None:
        """The other of the two graphs."""
        self.trial = replace(self.trial, after_shown=not self.trial.after_shown)

    def action_graphs(self, by: int) -> None:
        """Both graphs, up or down."""
        self.view.scroll_graphs(by)

    def action_more(self) -> None:
        """Change one thing more."""
        self.trial = self.trial.choosing()

    def action_undo(self) -> None:
        """Take the last change back."""
        self.trial = self.trial.undo()

    def action_scroll(self, pages: int) -> None:
        """The words, a page up or down."""
        self.view.page(pages)

    def action_back(self) -> None:
        """To the list; from the list to the exercise."""
        if self.trial.phase == "choosing":
            self.dismiss()
        elif self.trial.own:
            self.call_next(self.action_write)
        else:
            self.set_focus(None)
            self.trial = self.trial.choosing()
