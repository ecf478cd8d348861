"""A screen as plain cells, for somebody else's screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.color import Color
from textual._context import visible_screen_stack

from autograd_tutor.room.screen import Picture, Piece, harmless

if TYPE_CHECKING:
    from textual.app import App
    from textual.strip import Strip


def picture(app: App[Any]) -> Picture:
    """What stands on the app's screen now, whether or not it has been painted."""
    visible_screen_stack.set(app._background_screens)
    strips = app.screen._compositor.render_strips()
    return Picture(app.size.width, tuple(map(_row, strips)))


def _row(strip: Strip) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    for text, style, _ in strip:
        if style is None:
            pieces.append(Piece(harmless(text)))
        else:
            pieces.append(
                Piece(
                    harmless(text),
                    _hex(style.color),
                    _hex(style.bgcolor),
                    bool(style.bold),
                    bool(style.dim),
                    bool(style.reverse),
                    bool(style.underline),
                )
            )
    return tuple(pieces)


def _hex(color: Color | None) -> str | None:
    return None if color is None or color.is_default else color.get_truecolor().hex
