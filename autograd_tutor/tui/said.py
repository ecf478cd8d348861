"""Words on a screen that change often, painted and laid out only as far as they do."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


class Said(Static):
    """What stands there already is not painted again; what is as high as before moves nothing."""

    _spoken: tuple[str, object] | None = None

    def say(self, words: Content) -> None:
        """Show `words` from now on."""
        spoken = words.plain, words.spans
        if spoken != self._spoken:
            self._spoken = spoken
            width, height = self.size
            self.update(words, layout=not width or rows(words, width) != height)


def rows(words: Content, width: int) -> int:
    """How many rows they take; none where there are no words."""
    return len(words.wrap(width)) if words.plain else 0
