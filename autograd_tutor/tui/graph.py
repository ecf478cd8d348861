"""The graph of a trace, drawn by `drawing`, coloured here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

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

    picture: reactive[Picture | None] = reactive(None, layout=True)

    class Picked(Message):
        """A node was clicked."""

        def __init__(self, node: int) -> None:
            self.node = node
            super().__init__()

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

    def watch_picture(self) -> None:
        """Keep what is selected in view."""
        at = self._selected_row()
        if at is not None and isinstance(self.parent, Widget):
            self.call_after_refresh(self.parent.scroll_to_region, Region(0, max(at - 2, 0), 1, 6), animate=False)

    def on_click(self, event: Click) -> None:
        """A click on a box picks its node."""
        node = event.style.meta.get("node")
        if node is not None:
            self.post_message(self.Picked(node))

    def _selected_row(self) -> int | None:
        if self.picture is None:
            return None
        rows = enumerate(self.picture.rows)
        return next((at for at, row in rows if any(segment.role == "selected" for segment in row)), None)


def _styled(segment: Segment) -> Content:
    content = Content.styled(segment.text, _STYLES[segment.role])
    if segment.ref is not None and segment.ref.node is not None:
        content = content.stylize(Style.from_meta({"node": segment.ref.node}))
    return content
