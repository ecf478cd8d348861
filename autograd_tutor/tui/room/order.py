"""Which students are listed, in which order, and where the cursor stands among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from autograd_tutor.room.view import RoomView, Row
    from autograd_tutor.tui.syllabus import Place

Sort = Literal["name", "need", "idle time", "exercise"]
Only = Literal["here", "stuck", "everyone"]
SORTS: tuple[Sort, ...] = ("name", "need", "idle time", "exercise")
"""`need`: those who are stuck first, most tries first."""
ONLY: tuple[Only, ...] = ("here", "stuck", "everyone")


@dataclass(frozen=True, slots=True)
class Order:
    """What the teacher chose about the table."""

    sort: Sort = "name"
    only: Only = "here"
    search: str = ""
    """Part of a name."""
    cursor: str = ""
    """The name it stands on, whatever row that is in."""
    at: int = 0
    """The row it stood in last: where it stays when that student is not listed any more."""

    def next_sort(self) -> Order:
        """The next way of sorting."""
        return replace(self, sort=SORTS[(SORTS.index(self.sort) + 1) % len(SORTS)])

    def next_only(self) -> Order:
        """The next choice of whom to list."""
        return replace(self, only=ONLY[(ONLY.index(self.only) + 1) % len(ONLY)])

    def on(self, rows: tuple[Row, ...]) -> Order:
        """The cursor on a row that is there."""
        found = next((at for at, row in enumerate(rows) if row.name == self.cursor), None)
        at = min(self.at, max(len(rows) - 1, 0)) if found is None else found
        return replace(self, cursor=rows[at].name if rows else self.cursor, at=at)

    def moved(self, rows: tuple[Row, ...], by: int) -> Order:
        """The cursor `by` rows on."""
        if not rows:
            return self
        at = min(max(self.at + by, 0), len(rows) - 1)
        return replace(self, cursor=rows[at].name, at=at)


def listed(view: RoomView, order: Order, places: Mapping[str, Place]) -> tuple[Row, ...]:
    """The students to show, sorted; the view has them by name, and equal ones stay so."""
    looked_for = order.search.casefold()
    rows = [row for row in view.rows if _wanted(row, order.only) and looked_for in row.name.casefold()]
    if order.sort == "need":
        rows.sort(key=lambda row: (not row.stuck, -row.tries))
    elif order.sort == "idle time":
        rows.sort(key=lambda row: (not row.here, row.since))
    elif order.sort == "exercise":
        numbers = {key: at for at, key in enumerate(places)}
        rows.sort(key=lambda row: numbers.get(row.exercise, -1))
    return tuple(rows)


def _wanted(row: Row, only: Only) -> bool:
    return only == "everyone" or (row.stuck if only == "stuck" else row.here)
