"""The last line of every screen: the keys that act now, and no others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from textual.binding import Binding
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

if TYPE_CHECKING:
    from textual.events import Click
    from textual.screen import Screen

NAMES = {
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "escape": "esc",
    "question_mark": "?",
    "slash": "/",
    "plus": "+",
    "minus": "-",
    "pageup": "pgup/",
    "pagedown": "pgdn",
}
"""How keys are written."""


class KeyBar(Widget):
    """Reads the screen's active bindings, so it cannot promise a key that does nothing."""

    pieces: reactive[tuple[Content, ...]] = reactive(())
    """`enter check`, `esc leave the field`: no line break divides one."""
    _to_read = False

    def on_mount(self) -> None:
        """Follow the screen's bindings."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def watch_pieces(self) -> None:
        """More rows, or fewer, move what is above."""
        width, height = self.size
        if not width or len(flowed(self.pieces, width)) != height:
            self.refresh(layout=True)

    def _changed(self, screen: Screen[Any]) -> None:
        """Read the bindings once, however often they change meanwhile."""
        if not self._to_read:
            self._to_read = True
            self.call_next(self._read)

    def _read(self) -> None:
        self._to_read = False
        if self.is_attached:
            self.pieces = tuple(key_pieces(self.screen))

    def render(self) -> Content:
        """As many rows as they need."""
        return Content("\n").join(flowed(self.pieces, self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One row at least, so that nothing jumps when the keys come."""
        return max(len(flowed(self.pieces, width)), 1)

    async def on_click(self, event: Click) -> None:
        """A click on a key presses it."""
        action = event.style.meta.get("action")
        if action is not None:
            await self.screen.run_action(action)


def flowed(pieces: Iterable[Content], width: int) -> list[Content]:
    """The pieces in rows of at most `width` cells, two blanks between."""
    rows: list[Content] = []
    for piece in pieces:
        if rows and rows[-1].cell_length + 2 + piece.cell_length <= width:
            rows[-1] = Content.assemble(rows[-1], "  ", piece)
        else:
            rows.append(piece)
    return rows


def key_pieces(screen: Screen[Any]) -> list[Content]:
    """The keys that act now; while a field has the focus also, dimmer, those that act after esc."""
    active = [item.binding for item in screen.active_bindings.values() if item.enabled]
    pieces = _spelled(active)
    if screen.focused is not None and screen.focused.check_consume_key("h", "h"):
        taken = {binding.key for binding in active if binding.show}
        freed = (binding for _, binding in screen._bindings if binding.key not in taken)
        then = _spelled(one for one in freed if screen.check_action(one.action.partition("(")[0], ()))
        pieces[-1] = Content.assemble(pieces[-1], ("; then:", "$muted"))
        pieces += [piece.stylize("dim") for piece in then]
    return pieces


def _together(names: list[str]) -> str:
    """`←→`, `pgup/pgdn`, `enter esc`."""
    joined = all(len(name) == 1 or name.endswith("/") for name in names[:-1])
    return ("" if joined else " ").join(names)


def _spelled(bindings: Iterable[Binding]) -> list[Content]:
    keys: dict[str, list[str]] = {}
    actions: dict[str, str] = {}
    for binding in bindings:
        if binding.show and binding.description:
            keys.setdefault(binding.description, []).append(NAMES.get(binding.key, binding.key))
            actions[binding.description] = binding.action
    return [
        Content.assemble((_together(names), "bold $accent"), f" {what}").stylize(
            Style.from_meta({"action": actions[what]})
        )
        for what, names in keys.items()
    ]
