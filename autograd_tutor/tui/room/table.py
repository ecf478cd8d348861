"""The table of students. Only the rows that are seen are painted, so 200 cost what 15 do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, get_args

from rich.segment import Segment
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from autograd_tutor.tui.room.order import Order
from autograd_tutor.tui.room.rows import Kind, Piece, fit, header, pieces, safe

if TYPE_CHECKING:
    from rich.style import Style
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

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"table--{kind}" for kind in get_args(Kind)}
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

    def watch_listing(self) -> None:
        """The cursor's row is among those seen."""
        self._scroll()

    def on_resize(self) -> None:
        """Another number of rows."""
        self._scroll()

    def _scroll(self) -> None:
        at = self.listing.order.at
        self._top = min(max(self._top, at - self.page + 1), at, self.hidden)

    def render_line(self, y: int) -> Strip:
        """The caption, the names of the columns, then the rows around the cursor."""
        segments = [Segment(text, self._look(kind)) for text, kind in self._pieces(y)]
        return Strip(segments).adjust_cell_length(self.size.width, self._look("plain"))

    def _look(self, kind: Kind) -> Style:
        return self.get_component_rich_style(f"table--{kind}")

    def _pieces(self, y: int) -> list[Piece]:
        now = self.listing
        if y == 0:
            return [(self._caption(), "muted")]
        if not now.rows:
            return [(f"  {now.nothing}", "muted")] if y == 1 else []
        shape = fit(self.size.width, now.polling, now.assigned)
        if y == 1:
            return header(shape)
        at = self._top + y - 2
        if at >= len(now.rows):
            return []
        row = now.rows[at]
        return pieces(row, now.places.get(row.exercise), now.now, shape, chosen=at == now.order.at)

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
        offset = event.get_content_offset(self)
        at = self._top + offset.y - 2 if offset is not None else -1
        if offset is not None and offset.y >= 2 and at < len(self.listing.rows):
            self.post_message(self.Picked(self.listing.rows[at].name))
