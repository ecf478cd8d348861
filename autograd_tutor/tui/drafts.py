"""What is typed and not yet sent is kept: soon after the first key that was not, and when the screen goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.timer import Timer

    from autograd_tutor.tui.scene_screen import SceneScreen

SOON = 0.7
"""Seconds; with what the way to the disk takes, less than one is lost if the tutor is killed."""


class Drafts:
    """The draft of one exercise's answer field; a second line is that of a step taken apart."""

    def __init__(self, screen: SceneScreen) -> None:
        self._screen = screen
        self._text: str | None = None
        """None: it is saved."""
        self._timer: Timer | None = None
        self.kept = ""
        """What the records hold."""
        self.question: str | None = None
        """While the derivative is taken apart: what stands in the question's own field, kept on a line before."""

    def typed(self, text: str) -> None:
        """The field holds `text` now."""
        self._text = text
        if self._timer is None:
            self._timer = self._screen.set_timer(SOON, self.save)

    def save(self) -> None:
        """Keep what stands there, if it is not kept yet."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        text, self._text = self._text, None
        if text is not None and self.question is not None:
            text = f"{self.question}\n{text}"
        if text is not None and text != self.kept:
            self.kept = text
            key, seed = self._screen.variant.key, self._screen.variant.seed
            self._screen.app.journal.write(lambda records: records.save_draft(key, seed, text))
