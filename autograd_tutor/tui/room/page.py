"""A screen with one part that scrolls, by keys that are named only where there is more to see."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import ScrollableContainer
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static


class PageScreen(Screen[None]):
    """What is shown is put in with `put`."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll(0, -1)", "scroll"),
        Binding("down", "scroll(0, 1)", "scroll"),
        Binding("pageup", "scroll(0, -10)", show=False),
        Binding("pagedown", "scroll(0, 10)", show=False),
        Binding("left", "scroll(-8, 0)", "sideways"),
        Binding("right", "scroll(8, 0)", "sideways"),
    ]

    def put(self, selector: str, content: Content) -> None:
        """Show it in that part; whether there is more to see is known when it is laid out."""
        self.query_one(selector, Static).update(content)
        self.call_after_refresh(self.refresh_bindings)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Scrolling where there is something to scroll to."""
        if action != "scroll":
            return True
        parts = self.query(ScrollableContainer)
        if not parts:
            return False
        return (parts.first().max_scroll_x if parameters[0] else parts.first().max_scroll_y) > 0

    def action_scroll(self, x: int, y: int) -> None:
        """By columns and rows."""
        self.query_one(ScrollableContainer).scroll_relative(x=x, y=y, animate=False)
