"""A student's screen as it is now, to look at and nothing more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.containers import ScrollableContainer
from textual.content import Content
from textual.style import Style
from textual.widgets import Static

from autograd_tutor.room.messages import Ended, Glimpse, Look, Room
from autograd_tutor.room.screen import harmless
from autograd_tutor.tui.keybar import KeyBar
from autograd_tutor.tui.room.page import PageScreen
from autograd_tutor.tui.room.rows import MUTED, safe

if TYPE_CHECKING:
    from autograd_tutor.room.screen import Picture, Piece
    from autograd_tutor.tui.app import TutorApp

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


class LiveScreen(PageScreen):
    """Looks at the student while it is on top, and only then: the student's screen says that it is watched."""

    app: TutorApp
    CSS_PATH: ClassVar = ["../shared.tcss", "live.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "look no longer"),
    ]

    def __init__(self, name: str) -> None:
        super().__init__()
        self.student = name
        self._looking = False

    def compose(self) -> ComposeResult:
        """Whose screen it is, and the screen."""
        yield Static(classes="top")
        with ScrollableContainer(can_focus=False):
            yield Static(Content.styled("asking for the screen…", MUTED), id="picture")
        yield KeyBar()

    def on_mount(self) -> None:
        """Wait for glimpses."""
        self.app.desk.news.subscribe(self, self._news)
        self._say("its owner sees that you look")

    def on_screen_resume(self) -> None:
        """Look."""
        self._look(True)

    def on_screen_suspend(self) -> None:
        """Look no longer."""
        self._look(False)

    def on_unmount(self) -> None:
        """Look no longer."""
        self._look(False)

    def _look(self, looking: bool) -> None:
        if looking != self._looking:
            self._looking = looking
            self.app.tell(Look(self.student if looking else ""))

    def _news(self, message: Room | Glimpse | Ended) -> None:
        if not isinstance(message, Glimpse) or message.name != self.student:
            return
        seen = message.picture
        if seen is None:
            self._say("not connected")
            self.put(
                "#picture", Content.styled("There is no screen now. It comes when the student is connected.", MUTED)
            )
        else:
            self._say(f"{seen.columns}×{len(seen.rows)}, read only; its owner sees that you look")
            self.put("#picture", painted(seen))

    def _say(self, state: str) -> None:
        line = Content.assemble((f"{safe(self.student)}'s screen", "bold $accent"), (f" · {state}", MUTED))
        self.query_one(".top", Static).update(line, layout=False)


def painted(picture: Picture) -> Content:
    """The picture's rows; whatever it holds, nothing but characters and colours comes out."""
    return Content("\n").join(Content.assemble(*map(_piece, row)) for row in picture.rows)


def _piece(piece: Piece) -> tuple[str, Style]:
    style = Style(
        background=_colour(piece.background),
        foreground=_colour(piece.foreground),
        bold=piece.bold or None,
        dim=piece.dim or None,
        reverse=piece.reverse or None,
        underline=piece.underline or None,
    )
    return harmless(piece.text), style


def _colour(code: str | None) -> Color | None:
    return Color.parse(code) if code is not None and _COLOUR.fullmatch(code) else None
