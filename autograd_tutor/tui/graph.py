"""The graph of a trace, drawn by `drawing`, coloured here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.geometry import Region, Size, Spacing
from textual.message import Message
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from autograd_tutor.drawing.cells import columns

if TYPE_CHECKING:
    from textual.events import Click

    from autograd_tutor.drawing.cells import Picture, Segment

_STYLES = {
    "plain": "",
    "leaf": "bold $primary",
    "constant": "$muted",
    "value": "",
    "wire": "$muted",
    "gradient": "bold $success",
    "label": "$muted",
    "ghost": "$muted italic",
    "cut": "bold $warning",
    "dim": "$muted",
    "selected": "bold $accent",
}
"""Colour only repeats what the drawing's characters and words say."""


class GraphPane(Widget):
    """Shows a picture; wider than it is, its container scrolls."""

    picture: reactive[Picture | None] = reactive(None)

    class Picked(Message):
        """A node was clicked."""

        def __init__(self, node: int) -> None:
            self.node = node
            super().__init__()

    def watch_picture(self, before: Picture | None, after: Picture | None) -> None:
        """Another size moves what is around it."""
        if before is None or after is None or (before.width, before.height) != (after.width, after.height):
            self.refresh(layout=True)

    @property
    def nodes(self) -> list[int]:
        """The nodes in the drawing, in the program's order."""
        placed = self.picture.placed if self.picture else ()
        return list(dict.fromkeys(one.ref.node for one in placed if one.ref.node is not None))

    def render(self) -> Content:
        """All rows, each as it was drawn."""
        if self.picture is None:
            return Content("")
        return Content("\n").join(Content.assemble(*map(_styled, row)) for row in self.picture.rows)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """As wide as the drawing."""
        return self.picture.width if self.picture else 0

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As high as the drawing."""
        return self.picture.height if self.picture else 0

    def follow(self) -> None:
        """Bring what is selected into view; to be called when the layout is done."""
        region = self._selected()
        if region is not None and isinstance(self.parent, Widget):
            self.parent.scroll_to_region(region, spacing=Spacing(1, 1, 2, 1), animate=False)

    def on_click(self, event: Click) -> None:
        """A click on a box picks its node."""
        node = event.style.meta.get("node")
        if node is not None:
            self.post_message(self.Picked(node))

    def _selected(self) -> Region | None:
        """The cells that are drawn heavy."""
        if self.picture is None:
            return None
        cells: list[Region] = []
        for y, row in enumerate(self.picture.rows):
            x = 0
            for segment in row:
                width = columns(segment.text)
                if segment.role == "selected":
                    cells.append(Region(x, y, width, 1))
                x += width
        return Region.from_union(cells) if cells else None


def _styled(segment: Segment) -> Content:
    content = Content.styled(segment.text, _STYLES[segment.role])
    if segment.ref is not None and segment.ref.node is not None:
        content = content.stylize(Style.from_meta({"node": segment.ref.node}))
    return content
