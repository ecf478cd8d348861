"""The first screen: where to go on, the lessons, and how far one is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Region
from textual.reactive import var
from textual.screen import Screen
from textual.style import Style

from autograd_tutor.tui.class_line import ClassLine
from autograd_tutor.tui.home_rows import Row, paint, rows
from autograd_tutor.tui.keybar import KeyBar
from autograd_tutor.tui.said import Said
from autograd_tutor.tui.syllabus import Syllabus

if TYPE_CHECKING:
    from textual.events import Click, Key, Resize

    from autograd_tutor.tui.app import TutorApp


class HomeScreen(Screen[None]):
    """Owns the syllabus, the cursor, the unfolded lesson and the search."""

    app: TutorApp
    CSS_PATH = "home.tcss"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "open"),
        Binding("up", "move(-1)", "move"),
        Binding("down", "move(1)", "move"),
        Binding("k", "letter_move(-1)", show=False),
        Binding("j", "letter_move(1)", show=False),
        Binding("home", "move(-9999)", show=False),
        Binding("end", "move(9999)", show=False),
        Binding("pageup", "move(-10)", show=False),
        Binding("pagedown", "move(10)", show=False),
        Binding("slash", "search", "search"),
        Binding("escape", "stop_search", "end the search"),
        Binding("c", "colours", "colours", tooltip="more or fewer colours, or none: what the terminal can show"),
        Binding("question_mark", "help", "help"),
        Binding("q", "quit", "quit"),
    ]
    syllabus: var[Syllabus | None] = var(None, init=False)
    """None until it is loaded."""
    cursor = var(0, init=False)
    unfolded: var[str | None] = var(None, init=False)
    """The id of the lesson whose exercises are listed."""
    trouble = ""
    """Why there are no lessons, in a sentence."""
    search: var[str | None] = var(None, init=False)
    """What was typed after `/`; None: not searching."""

    def compose(self) -> ComposeResult:
        """The heading, the list, the keys."""
        yield ClassLine()
        yield Said(_heading(None, None), id="heading")
        with VerticalScroll(id="scroll", can_focus=False):
            yield Said(Content("  opening the lessons…"), id="rows")
        yield KeyBar()

    @property
    def rows(self) -> list[Row]:
        """What is listed now."""
        if self.syllabus is None:
            return []
        rules = self.app.rules
        assignment = rules.assignment if rules is not None else None
        return rows(self.syllabus, self.unfolded, self.search or "", assignment, time.time())

    def on_mount(self) -> None:
        """What the class is asked to do may change."""
        self.watch(self.app, "rules", self._list, init=False)

    def watch_syllabus(self) -> None:
        """New progress: the list again, the cursor where it stood."""
        self._list()
        self.refresh_bindings()

    def watch_unfolded(self) -> None:
        """Exercises came or went."""
        self._list()

    def watch_search(self) -> None:
        """What matches is listed, from the top."""
        self.cursor = 0
        self._list()
        self.refresh_bindings()

    def watch_cursor(self) -> None:
        """The cursor moved."""
        self._list()

    def on_resize(self, event: Resize) -> None:
        """The rows are as wide as the screen."""
        self._list()

    def _list(self) -> None:
        if self.syllabus is None:
            return
        listed, width = self.rows, max(self.size.width - 6, 20)
        self.query_one("#heading", Said).say(_heading(self.syllabus, self.search))
        lines = [paint(row, at == self.cursor, width).stylize(_click(at)) for at, row in enumerate(listed)]
        nothing = "  nothing matches" if self.search else self.trouble or "  there are no lessons"
        self.query_one("#rows", Said).say(Content("\n").join(lines) if lines else Content(nothing))
        scroll = self.query_one("#scroll", VerticalScroll)
        scroll.scroll_to_region(Region(0, self.cursor, 1, 1), animate=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While one searches, letters are typed; before the lessons are there, nothing opens."""
        if action in ("letter_move", "search", "colours", "help", "quit") and self.search is not None:
            return False
        if action == "stop_search":
            return self.search is not None
        return self.syllabus is not None or action in ("colours", "help", "quit")

    def on_key(self, event: Key) -> None:
        """Letters of a search."""
        if self.search is None:
            return
        if event.key == "backspace":
            self.search = self.search[:-1]
        elif event.is_printable and event.character:
            self.search += event.character

    def on_click(self, event: Click) -> None:
        """A click chooses a row, a click on the chosen one opens it."""
        at = event.style.meta.get("row")
        if at == self.cursor:
            self.action_open()
        elif at is not None:
            self.cursor = at

    def action_move(self, by: int) -> None:
        """The cursor up or down."""
        self.cursor = min(max(self.cursor + by, 0), len(self.rows) - 1)

    action_letter_move = action_move

    def action_open(self) -> None:
        """Play the exercise, or fold the lesson open or shut."""
        listed = self.rows
        if not listed:
            return
        row = listed[self.cursor]
        if row.kind != "lesson":
            self.app.open(row.key)
            return
        self.unfolded = None if self.unfolded == row.key else row.key
        self.cursor = next(at for at, one in enumerate(self.rows) if one.kind == "lesson" and one.key == row.key)

    def action_search(self) -> None:
        """What is typed from now on is looked for in the titles."""
        self.search = ""

    def action_stop_search(self) -> None:
        """All lessons again."""
        self.search = None

    def action_help(self) -> None:
        """The keys of all screens."""
        self.app.action_help()

    def action_colours(self) -> None:
        """More or fewer colours."""
        self.app.action_colours()

    def action_quit(self) -> None:
        """Leave the tutor."""
        self.app.exit()


def _click(at: int) -> Style:
    return Style.from_meta({"row": at})


def _heading(syllabus: Syllabus | None, search: str | None) -> Content:
    if search is not None:
        return Content.assemble((" search ", "bold $accent"), f" {search}▏")
    title = Content.assemble((" autograd-tutor", "bold $accent"))
    if syllabus is None:
        return title
    states = [syllabus.state(place.key) for place in syllabus.places]
    due = f"due again {states.count('due')} · " if "due" in states else ""
    return Content.assemble(title, (f"   {due}solved {states.count('solved')} of {len(states)}", "$muted"))
