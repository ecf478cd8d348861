"""The answer field, with the echo of how it is read."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Paste
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Input

from autograd_tutor.teaching.answers import read
from autograd_tutor.teaching.model import Unreadable
from autograd_tutor.tui.said import Said

HINT = "a number, [1, 2] or [[1, 2], [3, 4]], a formula, None, yes/no or raises"
"""The same for every question, so that it tells nothing."""


class Line(Input):
    """One line in which only enter, tab and esc act; all else is typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "check"),
        Binding("tab", "sure", "how sure?", tooltip="how sure you are, from ○○○ to ●●●, if you like to say it"),
        Binding("escape", "leave", "leave the field", tooltip="leave the field; then single letters act"),
    ]

    class Surer(Message):
        """The learner says how sure they are."""

    @property
    def content_width(self) -> int:
        """As wide as the field, where that is enough: a key then changes no size, and nothing is laid out again."""
        return max(super().content_width, self.scrollable_content_region.width)

    def on_paste(self, event: Paste) -> None:
        """As much of it as there is room for, where Textual would take none."""
        if self.max_length is not None:
            event.text = event.text[: self.max_length - len(self.value)]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """How sure one is belongs to a prediction, not to a step of one."""
        return action != "sure" or not isinstance(self.parent, AnswerField) or self.parent.predicts

    def action_leave(self) -> None:
        """Give the keys back to the screen."""
        self.screen.set_focus(None)

    async def action_submit(self) -> None:
        """What was given is selected: what is typed next takes its place."""
        await super().action_submit()
        self.select_all()

    def action_sure(self) -> None:
        """One more dot, or none again."""
        self.post_message(self.Surer())


class AnswerField(Vertical):
    """Reads what is typed as it is typed; enter sends it."""

    names: reactive[Collection[str]] = reactive(frozenset)
    """The program's variables, which a formula may use."""

    predicts: reactive[bool] = reactive(True)
    """What is typed is a prediction that is kept, and one may say how sure one is."""

    confidence: reactive[int | None] = reactive(None)
    """0 to 3; None: not said."""

    class Given(Message):
        """The learner pressed enter on something."""

        def __init__(self, text: str, confidence: int | None) -> None:
            self.text = text
            self.confidence = confidence
            super().__init__()

    class Edited(Message):
        """What stands in the field is another text now."""

        def __init__(self, text: str) -> None:
            self.text = text
            super().__init__()

    def compose(self) -> ComposeResult:
        """The line, and below it the echo."""
        line = Line(compact=True, select_on_focus=False, max_length=4100)
        line.cursor_blink = False
        line.disable_messages(Input.Changed)
        yield line
        yield Said(id="echo")

    @property
    def text(self) -> str:
        """What stands in the field."""
        return self.query_one(Line).value

    @text.setter
    def text(self, value: str) -> None:
        line = self.query_one(Line)
        line.value = value
        line.cursor_position = len(value)

    def on_mount(self) -> None:
        """The empty field says what may be typed. The echo changes with the line, so that both are painted at once."""
        self._echo()
        self.watch(self.query_one(Line), "value", self._changed, init=False)

    def take_focus(self) -> None:
        """What is typed goes here."""
        self.screen.set_focus(self.query_one(Line))

    def offer_again(self) -> None:
        """What stands there is selected: enter gives it once more, what is typed takes its place."""
        self.query_one(Line).select_all()

    def clear(self, given: str | None = None) -> None:
        """For the next question; where `given` was already typed over, what was typed stays."""
        self.text, self.confidence = "" if given in (None, self.text) else self.text, None

    def _changed(self, value: str) -> None:
        self._echo()
        self.post_message(self.Edited(value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip():
            self.post_message(self.Given(event.value, self.confidence))

    @on(Line.Surer)
    def _surer(self, event: Line.Surer) -> None:
        event.stop()
        self.confidence = {None: 1, 1: 2, 2: 3, 3: 0, 0: None}[self.confidence]

    def watch_confidence(self) -> None:
        """Dots in the border."""
        said = self.confidence
        dots = "not said" if said is None else "●" * said + "○" * (3 - said)
        self.border_subtitle = Content(f"how sure? {dots}") if said is not None else None

    def watch_names(self) -> None:
        """More names are known: the same text may read otherwise."""
        if self.is_mounted:
            self._echo()

    def _echo(self) -> None:
        self.query_one("#echo", Said).say(echo(self.text, self.names))


def echo(text: str, names: Collection[str] = ()) -> Content:
    """`read as cos(16) = −0.9577`, or a mark below the character that cannot be read, and what to do."""
    if not text.strip():
        return Content.styled(HINT, "$muted")
    reading = read(text, names)
    if not isinstance(reading, Unreadable):
        return Content.assemble(("read as ", "$muted"), reading.read_as)
    return Content.assemble(" " * min(reading.column, 40), ("▴ ", "bold $warning"), (reading.message, "$text-warning"))
