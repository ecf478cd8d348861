"""The class is paused: what was typed stays to be seen, and no key does anything."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from autograd_tutor.tui.class_words import PAUSED


class PausedScreen(ModalScreen[None]):
    """Lies over the screen that was there; keys come here and end here."""

    DEFAULT_CSS = """
    PausedScreen { align: center top; background: $background 40%; }
    PausedScreen Static {
        width: auto; max-width: 90%; height: auto; padding: 1 3;
        border: round $accent; background: $surface; text-align: center;
    }
    """

    def compose(self) -> ComposeResult:
        """One sentence."""
        yield Static(Content(f"{PAUSED}\nWhat you typed is kept. Keys do nothing until it goes on."))
