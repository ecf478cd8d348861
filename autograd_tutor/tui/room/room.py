"""The teacher's room: who is here, where they are, what they believe; and all that a teacher does about it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.reactive import reactive
from textual.screen import Screen

from autograd_tutor.room.messages import About, Attend, Ended, Follow, Room, Set, StepPoll
from autograd_tutor.tui.keybar import KeyBar
from autograd_tutor.tui.room import doings
from autograd_tutor.tui.room.board import Board
from autograd_tutor.tui.room.keys import KEYS, acts, situation
from autograd_tutor.tui.room.order import Order, listed
from autograd_tutor.tui.room.prompt import Prompt
from autograd_tutor.tui.room.rows import safe
from autograd_tutor.tui.room.student import StudentScreen
from autograd_tutor.tui.room.summary import SummaryScreen
from autograd_tutor.tui.room.table import StudentTable
from autograd_tutor.tui.room.talk import write_to

if TYPE_CHECKING:
    from textual.events import Resize

    from autograd_tutor.room.messages import Glimpse
    from autograd_tutor.room.view import Row
    from autograd_tutor.tui.app import TutorApp

_EDITING: dict[str, Literal["off", "gated", "open"]] = {"off": "gated", "gated": "open", "open": "off"}

STALE = 10.0
"""Seconds after which a view is asked for anew."""


class RoomScreen(Screen[None]):
    """Owns the order of the table; what it shows comes from the desk."""

    app: TutorApp
    CSS_PATH: ClassVar = ["../shared.tcss", "room.tcss"]
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = KEYS
    order: reactive[Order] = reactive(Order(), init=False)
    covered = reactive(False, init=False)
    """Nothing of what anybody believes is shown: the class may be looking at this screen."""

    def __init__(self) -> None:
        super().__init__()
        self._situation: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        """All that is seen, and the keys."""
        yield Board()
        yield KeyBar()

    def on_mount(self) -> None:
        """From now on the room's news come here; between them the seconds go on."""
        self.app.desk.news.subscribe(self, self._news)
        self.watch(self.app, "message", self.show, init=False)
        self.set_interval(1, self._tick)
        self.show()

    def on_resize(self, event: Resize) -> None:
        """Other columns, another number of rows."""
        self.call_after_refresh(self.show)

    def on_screen_resume(self) -> None:
        """What changed meanwhile."""
        self.show()

    def _news(self, message: Room | Glimpse | Ended) -> None:
        if isinstance(message, Room) and self.is_current:
            self.show()
        elif isinstance(message, Ended):
            self.app.push_screen(SummaryScreen(message.summary))

    def _tick(self) -> None:
        if self.is_current and self.app.desk.view is not None:
            self.show()
            if self.app.desk.age > STALE:
                # Nobody did anything: who is stuck in silence is for the front to say.
                self.app.tell(Attend(True))

    @property
    def rows(self) -> tuple[Row, ...]:
        """The students listed."""
        view = self.app.desk.view
        return listed(view, self.order, self.app.desk.places) if view else ()

    @property
    def chosen(self) -> Row | None:
        """The student under the cursor."""
        rows = self.query_one(StudentTable).listing.rows if self.is_mounted else ()
        return rows[self.order.at] if self.order.at < len(rows) else None

    def show(self) -> None:
        """Paint all of it from the desk's view."""
        rows = self.rows
        self.set_reactive(RoomScreen.order, self.order.on(rows))
        self.query_one(Board).show(rows, self.order, covered=self.covered)
        now = situation(self.app.desk.view, self.chosen, self.covered)
        if now != self._situation:
            self._situation = now
            self.refresh_bindings()

    def watch_order(self) -> None:
        """Sorted, chosen or moved otherwise."""
        self.show()

    def watch_covered(self) -> None:
        """The bars came or went."""
        self.show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what makes sense now."""
        return acts(action, parameters, self.app.desk.view, self.chosen, self.covered)

    @on(StudentTable.Picked)
    def _picked(self, message: StudentTable.Picked) -> None:
        if message.name == self.order.cursor:
            self.action_look_in()
        self.order = replace(self.order, cursor=message.name)

    def action_move(self, by: int) -> None:
        """The cursor up or down."""
        self.order = self.order.moved(self.rows, by)

    def action_page(self, by: int) -> None:
        """The cursor a page up or down."""
        self.action_move(by * self.query_one(StudentTable).page)

    def action_search(self) -> None:
        """List those whose name has something in it."""

        def found(text: str | None) -> None:
            if text is not None:
                self.order = replace(self.order, search=text.strip())

        self.app.push_screen(Prompt("Search", "A part of a name; nothing lists all again."), found)

    def action_look_in(self) -> None:
        """One student's work."""
        if self.chosen is not None:
            self.app.push_screen(StudentScreen(self.chosen.name))

    def action_message(self) -> None:
        """A word to the student under the cursor."""
        write_to(self.app, self.order.cursor)

    def action_message_all(self) -> None:
        """A word to everyone."""
        write_to(self.app, "")

    def action_sort(self) -> None:
        """Another order; the cursor stays on its student."""
        self.order = self.order.next_sort()

    def action_only(self) -> None:
        """List others."""
        self.order = self.order.next_only()

    def action_cover(self, on: bool) -> None:
        """Hide the bars, or show them."""
        self.covered = on

    def action_ask(self) -> None:
        """Put a question to all: the one where the student under the cursor is comes first."""
        doings.ask_all(self.app, *self._offered())

    def action_follow(self, on: bool) -> None:
        """Lead everyone, or let them go."""
        if on:
            doings.lead(self.app, *self._offered())
        else:
            self.app.tell(Follow(None))

    def _offered(self) -> tuple[str, str]:
        row = self.chosen
        return (row.exercise, f"{safe(row.name)} is here") if row and row.exercise else ("", "")

    def action_limit(self) -> None:
        """A time limit for free play."""
        doings.limit(self.app)

    def action_end_class(self) -> None:
        """The lesson is over."""
        if view := self.app.desk.view:
            doings.end_class(self.app, view.here)

    def action_step(self, to: Literal["talk", "again", "shown", "over"]) -> None:
        """On with the question to all."""
        self.app.tell(StepPoll(to))

    def action_beliefs(self) -> None:
        """The beliefs of the exercise under the cursor, or none."""
        view, row = self.app.desk.view, self.chosen
        here = row.exercise if row else ""
        shown = view.spread.exercise if view and view.spread else ""
        self.app.tell(About("" if here == shown else here))

    def action_open_here(self) -> None:
        """The exercise that all are asked about, or the chosen student's, in the lessons."""
        view, row = self.app.desk.view, self.chosen
        poll = view.poll if view else None
        place = self.app.desk.places.get(poll.exercise if poll else row.exercise if row else "")
        if place is not None:
            self.app.action_to_and_fro()
            self.app.play(place, poll.seed if poll else None)

    def action_pause(self, on: bool) -> None:
        """All screens wait, or go on."""
        self.app.tell(Set(paused=on))

    def action_lock(self, on: bool) -> None:
        """Lock the solutions, or unlock them."""
        self.app.tell(Set(locked=on))

    def action_editing(self) -> None:
        """The next way of editing: off, gated, open."""
        if view := self.app.desk.view:
            self.app.tell(Set(editing=_EDITING[view.rules.editing]))
