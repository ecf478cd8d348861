"""The panes of the exercise screen that show something and hold no state but what is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.widget import Widget

from autograd_tutor.tui import listing

if TYPE_CHECKING:
    from autograd_tutor.trace import Span


class CodePane(Widget):
    """A program with line numbers; the chosen spans stand out, and the first is scrolled to."""

    source = reactive("", layout=True)
    chosen: reactive[tuple[Span, ...]] = reactive(())
    marks: reactive[dict[int, str]] = reactive({})
    """One character before a line's number: where it raised."""

    def render(self) -> Content:
        """The listing at the width there is."""
        return listing.render(self.source, self.size.width, self.chosen, self.marks)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many rows as the lines take when the long ones are wrapped."""
        return self.rows(width)

    def rows(self, width: int) -> int:
        """How high it is at this width."""
        return listing.render(self.source, width).plain.count("\n") + 1

    def follow(self) -> None:
        """Bring the chosen span into view; to be called when the layout is done."""
        if self.chosen and isinstance(self.parent, Widget):
            lines = [row.line for row in listing.lay_out(self.source, listing.room(self.source, self.size.width))]
            if self.chosen[0].line in lines:
                self.parent.scroll_to_region(Region(0, lines.index(self.chosen[0].line), 1, 2), animate=False)
