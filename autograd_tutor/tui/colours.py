"""What is painted goes through here: no control character, and only so many colours.

ssh does not say what a terminal can do, so the learner may.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from rich.color import Color, ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual import color
from textual.app import App
from textual.filter import LineFilter, Monochrome, NoColor

from autograd_tutor.room.screen import harmless

Colours = Literal["all", "256", "16", "none"]
NAMES: dict[Colours, str] = {"all": "all colours", "256": "256 colours", "16": "16 colours", "none": "no colours"}
_SYSTEMS = {"all": ColorSystem.TRUECOLOR, "256": ColorSystem.EIGHT_BIT, "16": ColorSystem.STANDARD}


class Printable(LineFilter):
    """Lets no character through that a terminal would obey, whoever wrote it: a program, a lesson, a learner."""

    def apply(self, segments: list[Segment], background: color.Color) -> list[Segment]:
        """The same cells; control characters take none."""
        if all(text.isprintable() for text, _, _ in segments):
            return segments
        return [Segment(harmless(text, len(text)), style, None) for text, style, _ in segments]


class Palette(LineFilter):
    """Paints in the colours of one system, whichever the terminal was taken for."""

    def __init__(self, system: ColorSystem) -> None:
        super().__init__()
        self._system = system

    def apply(self, segments: list[Segment], background: color.Color) -> list[Segment]:
        """The same text in the colours that there are."""
        return [Segment(text, style and _within(style, self._system), None) for text, style, _ in segments]


@lru_cache(8192)
def _within(style: Style, system: ColorSystem) -> Style:
    """A style of its own for each system: one keeps the codes that it was first painted with."""
    return style + Style.from_color(_reduced(style.color, system), _reduced(style.bgcolor, system))


def _reduced(one: Color | None, system: ColorSystem) -> Color | None:
    return one and one.downgrade(system)


_PRINTABLE = Printable()


class Coloured(App[None]):
    """An app whose colours can be changed while it runs."""

    colours: Colours = "all"

    def __init__(self) -> None:
        super().__init__()
        found: dict[str | None, Colours] = {"truecolor": "all", "256": "256"}
        self.colours = "none" if self.no_color else found.get(self.console.color_system, "16")
        self._first = self.colours
        self._palette: LineFilter | None = None

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The usual ones, and ours; the colours that were found at the start need none."""
        usual = super().get_line_filters()
        if self._palette is None:
            return [*usual, _PRINTABLE]
        return [*(one for one in usual if not isinstance(one, Monochrome | NoColor)), self._palette, _PRINTABLE]

    def action_colours(self) -> None:
        """The next choice; all screens are painted anew."""
        names = list(NAMES)
        self.colours = names[(names.index(self.colours) + 1) % len(names)]
        self._palette = None
        if self.colours != self._first:
            self._palette = Palette(_SYSTEMS[self.colours]) if self.colours in _SYSTEMS else Monochrome()
            self.console._color_system = ColorSystem.TRUECOLOR
        for screen in self.screen_stack:
            for widget in screen.walk_children(with_self=True):
                widget.refresh()
        self.clear_notifications()
        self.notify(f"Now in {NAMES[self.colours]}.", timeout=4, markup=False)
