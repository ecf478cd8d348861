"""One student: what they did, the newest first; from here to their screen, or a word to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from autograd_tutor.room.messages import Ended, Glimpse, History, Room
from autograd_tutor.tui.keybar import KeyBar
from autograd_tutor.tui.room.attempts import header, lines
from autograd_tutor.tui.room.page import PageScreen
from autograd_tutor.tui.room.rows import MUTED, idle, safe
from autograd_tutor.tui.room.talk import write_to

if TYPE_CHECKING:
    from textual.events import Resize

    from autograd_tutor.room.view import Row
    from autograd_tutor.teaching.model import Attempt
    from autograd_tutor.tui.app import TutorApp


class StudentScreen(PageScreen):
    """Asks the front for the attempts, again whenever the student went on."""

    app: TutorApp
    CSS_PATH: ClassVar = ["../shared.tcss", "student.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "live", "see their screen", tooltip="the student's screen as it is now; the student is told"),
        Binding("m", "message", "message", tooltip="a message to this student"),
        Binding("question_mark", "app.help", "help", tooltip="this page"),
        Binding("escape", "dismiss", "the class", tooltip="back to the class"),
    ]

    def __init__(self, name: str) -> None:
        super().__init__()
        self.student = name
        self._attempts: Sequence[Attempt] | None = None
        self._trouble = ""
        self._seen: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        """Heading, the attempts, keys."""
        yield Static(classes="top")
        yield Static(id="columns")
        with VerticalScroll(can_focus=False):
            yield Static(Content.styled("  asking for the attempts…", MUTED), id="attempts")
        yield KeyBar()

    def on_mount(self) -> None:
        """Ask, and hear of news."""
        self.app.desk.news.subscribe(self, self._news)
        self._news(None)

    def on_resize(self, event: Resize) -> None:
        """The lines at another width."""
        self.call_after_refresh(self._show)

    def _news(self, message: Room | Glimpse | Ended | None) -> None:
        row = self.app.desk.row(self.student)
        stamp = (row.exercise, row.since, row.tries, row.solved) if row else ()
        if stamp != self._seen or message is None:
            self._seen = stamp
            self._ask()
        self._show_heading(row)

    @work(exclusive=True)
    async def _ask(self) -> None:
        line = self.app.services.line
        if line is None:
            return
        try:
            self._attempts, self._trouble = await line.ask(History(self.student)), ""
        except RuntimeError as error:
            self._trouble = str(error)
        self._show()

    def _show_heading(self, row: Row | None) -> None:
        said = [self.app.desk.title(row.exercise)] if row and row.exercise else []
        if row is not None:
            said.append(f"{row.solved} solved")
            said.append(f"idle {idle(row, self.app.desk.now)}" if row.here else "away")
            said += ["! stuck"] if row.stuck else []
        line = Content.assemble((safe(self.student), "bold $accent"), *(f" · {one}" for one in said))
        line = line.truncate(max(self.size.width - 2, 10), ellipsis=True)
        self.query_one(".top", Static).update(line, layout=False)

    def _show(self) -> None:
        width = self.size.width - 3
        self._show_heading(self.app.desk.row(self.student))
        self.query_one("#columns", Static).update(header(width) if self._attempts else Content(""))
        if self._trouble:
            self.put("#attempts", Content.assemble(("  ! ", "bold $text-warning"), safe(self._trouble)))
        elif self._attempts is not None:
            listed = lines(self._attempts, self.app.desk, width)
            nothing = Content.styled("  nothing was answered yet", MUTED)
            self.put("#attempts", Content("\n").join(listed) if listed else nothing)

    def action_live(self) -> None:
        """Their screen."""
        from autograd_tutor.tui.room.live import LiveScreen

        self.app.push_screen(LiveScreen(self.student))

    def action_message(self) -> None:
        """A word to this student."""
        write_to(self.app, self.student)
