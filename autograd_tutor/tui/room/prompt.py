"""Small boxes above the room: one line to type, or one yes to say."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static


class Prompt(ModalScreen[str | None]):
    """Asks for one line. None: left without an answer."""

    CSS_PATH: ClassVar = ["prompt.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "back")]

    def __init__(self, title: str, note: str = "", refuse: Callable[[str], str | None] | None = None) -> None:
        """`note` says what may be typed; `refuse` says in a sentence why what was typed cannot be taken."""
        super().__init__()
        self._title = title
        self._note = note
        self._refuse = refuse

    def compose(self) -> ComposeResult:
        """The line, and what may be typed there."""
        line = Input(compact=True, max_length=400)
        line.cursor_blink = False
        with Vertical(classes="box") as box:
            box.border_title = Content(self._title)
            box.border_subtitle = Content("enter send · esc back")
            yield line
            yield Static(Content.styled(self._note, "$muted"), id="note")

    @on(Input.Submitted)
    def _given(self, event: Input.Submitted) -> None:
        event.stop()
        refused = self._refuse(event.value) if self._refuse else None
        if refused is None:
            self.dismiss(event.value)
        else:
            self.query_one("#note", Static).update(Content.assemble(("! ", "bold $text-warning"), refused))


class Confirm(ModalScreen[bool]):
    """Asks once before what cannot be undone."""

    CSS_PATH: ClassVar = ["prompt.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "dismiss(True)", "yes"),
        Binding("escape", "dismiss(False)", "no"),
        Binding("n", "dismiss(False)", show=False),
    ]

    def __init__(self, question: str, yes: str) -> None:
        """`yes` says what y does."""
        super().__init__()
        self._question = question
        self._yes = yes

    def compose(self) -> ComposeResult:
        """The question and the two keys."""
        with Vertical(classes="box"):
            yield Static(Content(self._question))
            keys = (("y", "bold $accent"), f" {self._yes}   ", ("esc", "bold $accent"), " no")
            yield Static(Content.assemble(*keys), id="note")
