"""The table of students. Only the rows that are seen are painted, so 200 cost what 15 do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from autograd_tutor.tui.room.order import Order
from autograd_tutor.tui.room.rows import MUTED, fit, header, paint, safe

if TYPE_CHECKING:
    from textual.events import Click

    from autograd_tutor.room.view import Row
    from autograd_tutor.tui.syllabus import Place


@dataclass(frozen=True, slots=True)
class Listing:
    """What the table shows at one moment."""

    rows: tuple[Row, ...] = ()
    order: Order = field(default_factory=Order)
    now: float = 0.0
    places: Mapping[str, Place] = field(default_factory=dict)
    polling: bool = False
    assigned: int = 0
    nothing: str = ""
    """What to say when there is no row."""


class StudentTable(Widget):
    """As many rows as there is room for, the cursor's among them."""

    listing: reactive[Listing] = reactive(Listing(), init=False)

    class Picked(Message):
        """A row was clicked."""

        def __init__(self, name: str) -> None:
            self.name = name
            super().__init__()

    def __init__(self) -> None:
        super().__init__()
        self._top = 0

    @property
    def page(self) -> int:
        """Rows that there is room for."""
        return max(self.size.height - 2, 1)

    @property
    def hidden(self) -> int:
        """Rows that there is no room for."""
        return max(len(self.listing.rows) - self.page, 0)

    def render(self) -> Content:
        """The names of the columns and the rows around the cursor."""
        now = self.listing
        if not now.rows:
            return Content.styled(f"{self._caption()}\n  {now.nothing}", MUTED)
        self._top = min(max(self._top, now.order.at - self.page + 1), now.order.at, self.hidden)
        shape = fit(self.size.width, now.polling, now.assigned)
        lines = [Content.styled(self._caption(), MUTED), header(shape)]
        for at, row in enumerate(now.rows[self._top : self._top + self.page], self._top):
            line = paint(row, now.places.get(row.exercise), now.now, shape, chosen=at == now.order.at)
            lines.append(line.stylize(Style.from_meta({"student": row.name})))
        return Content("\n").join(lines)

    def _caption(self) -> str:
        """Who is listed, in which order, and which of them are seen: a line across."""
        now = self.listing
        order = now.order
        said = f"── {order.only}"
        if order.search:
            said += f", “{safe(order.search)}” in the name"
        if self.hidden:
            last = min(self._top + self.page, len(now.rows))
            said += f", {self._top + 1} to {last} of {len(now.rows)}"
        return f"{said} · sorted by {order.sort} ".ljust(self.size.width, "─")

    def on_click(self, event: Click) -> None:
        """A click picks a student."""
        name = event.style.meta.get("student")
        if name is not None:
            self.post_message(self.Picked(name))
