"""A derivative taken apart: code and graph as in the exercise, and one step of the chain rule asked after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import on
from textual.binding import BindingType

from autograd_tutor.tui.answer import AnswerField
from autograd_tutor.tui.class_words import TIME_IS_UP, is_over
from autograd_tutor.tui.exercise_keys import APART
from autograd_tutor.tui.scene_screen import SceneScreen

if TYPE_CHECKING:
    from autograd_tutor.room.rules import Rules
    from autograd_tutor.teaching.apart import Apart
    from autograd_tutor.tui.drafts import Drafts
    from autograd_tutor.tui.scene import Scene


class ApartScreen(SceneScreen):
    """Lies above the exercise and hands back what the learner has when it is left."""

    BINDINGS: ClassVar[list[BindingType]] = APART

    def __init__(self, scene: Scene, drafts: Drafts, text: str, left: Callable[[Scene, str], None]) -> None:
        """`text` stands in the field; `left` is told the scene and the last answer when the learner goes back."""
        super().__init__(scene.place, scene.variant.seed)
        self.set_reactive(ApartScreen.scene, scene)
        self._drafts = drafts
        self._left = left
        self._text = text
        self._last = ""
        self._since = 0.0

    def on_mount(self) -> None:
        """The field waits; what was typed into it before stands there."""
        self._since = self.app.services.clock()
        self.view.answer.predicts = False
        self.view.answer.text = self._text
        self._drafts.typed(self._text)
        if self.scene.asking:
            self.view.answer.take_focus()
        self.app.release_keys()

    def obey(self, rules: Rules | None) -> None:
        """Locked: back to the question."""
        super().obey(rules)
        if rules is not None and rules.locked and not self.app.teaches:
            self.call_next(self.action_back)

    @on(AnswerField.Edited)
    def _edited(self, message: AnswerField.Edited) -> None:
        self._drafts.typed(message.text)

    @on(AnswerField.Given)
    def _given(self, message: AnswerField.Given) -> None:
        apart = self.scene.apart
        if is_over(self.app.rules) and not self.app.teaches:
            self.app.complain(TIME_IS_UP)
        elif apart is not None and apart.at is not None and (not apart.may_keep or message.text != self._last):
            # Enter once more on what was judged wrong is no further try.
            self._last = message.text
            self._moved("step", apart.answer(message.text), message.text)

    def action_keep(self) -> None:
        """On with what was answered."""
        if self.scene.apart is not None:
            self._moved("keep", self.scene.apart.keep())

    def action_tell(self) -> None:
        """Have this step told."""
        if self.scene.apart is not None:
            self._moved("tell", self.scene.apart.tell())

    def action_back(self) -> None:
        """To the question again."""
        if self.is_current:
            self.dismiss()
            self._left(self.scene, self._last)

    def _moved(self, move: Literal["step", "keep", "tell"], apart: Apart, text: str = "") -> None:
        """Save it at once, show it; the field is empty for another step."""
        now = self.app.services.clock()
        milliseconds, self._since = round(1000 * (now - self._since)), now
        judgement = apart.judgement if move == "step" else None
        self.app.journal.record(self.scene.play.apart(move, milliseconds, text=text, judgement=judgement)[1])
        on = self.scene.apart is None or apart.at != self.scene.apart.at
        self.scene = replace(self.scene, apart=apart)
        if on:
            self.view.answer.clear(given=text or None)
        if apart.at is None:
            self.set_focus(None)
        elif move != "step":
            self.view.answer.take_focus()
        # The attempt took the drafts' place in the records.
        self._drafts.kept = ""
        self._drafts.typed(self.view.answer.text)
