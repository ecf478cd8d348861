"""All that the teacher's room shows: heading, what a vote suggests, the bars of beliefs, the table of students."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from autograd_tutor.tui.room import spread as bars
from autograd_tutor.tui.room.rows import safe
from autograd_tutor.tui.room.table import Listing, StudentTable
from autograd_tutor.tui.room.words import advice, heading, turnout

if TYPE_CHECKING:
    from autograd_tutor.room.view import Row
    from autograd_tutor.tui.app import TutorApp
    from autograd_tutor.tui.room.order import Order


class Board(Vertical):
    """Holds no state of its own; paints the desk's view."""

    app: TutorApp

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield Static(classes="top")
        yield Static(id="advice")
        yield Static(id="spread", classes="box")
        yield StudentTable()

    def show(self, rows: tuple[Row, ...], order: Order, *, covered: bool) -> None:
        """The room now, with these students listed; `covered`: nothing of what anybody believes."""
        desk = self.app.desk
        view, rules = desk.view, desk.view.rules if desk.view else None
        self.query_one(".top", Static).update(heading(desk, self.size.width - 2), layout=False)
        self._show_notes(covered)
        self._show_spread(covered)
        self.query_one(StudentTable).listing = Listing(
            rows=tuple(msgspec.structs.replace(row, belief="", answer="") for row in rows) if covered else rows,
            order=order,
            now=desk.now,
            places=desk.places,
            polling=rules is not None and rules.poll is not None,
            assigned=len(rules.assignment.exercises) if rules and rules.assignment else 0,
            nothing=_nothing(order) if view is not None else "",
        )

    def _show_notes(self, covered: bool) -> None:
        """A message that came, and what the vote suggests."""
        view, message = self.app.desk.view, self.app.message
        notes = [Content.styled(message, "$text-warning")] if message else []
        if view is not None and view.poll is not None:
            notes.append(Content((turnout if covered else advice)(view.poll, view.spread, view.here)))
        _put(self.query_one("#advice", Static), Content("\n").join(notes))

    def _show_spread(self, covered: bool) -> None:
        box, spread = self.query_one("#spread", Static), self.app.desk.view.spread if self.app.desk.view else None
        if spread is None:
            box.display = False
            return
        title = self.app.desk.title(spread.exercise)
        box.border_title = Content(f"{title} · beliefs about {safe(spread.target)}" if spread.target else title)
        lines = bars.paint(spread, self.size.width - 6, max(self.screen.size.height // 4, 3))
        _put(box, Content.styled("covered", "$muted") if covered else Content("\n").join(lines))


def _put(static: Static, content: Content) -> None:
    """Show it, unless it is shown already; nothing takes no room."""
    static.display = bool(content.plain)
    if not (isinstance(static.content, Content) and content.is_same(static.content)):
        static.update(content)


def _nothing(order: Order) -> str:
    """Why no student is listed."""
    if order.search:
        return f"nobody's name has “{safe(order.search)}” in it"
    return {"here": "nobody is here yet", "stuck": "nobody is stuck", "everyone": "the class has no students yet"}[
        order.only
    ]
