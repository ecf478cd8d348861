"""What a lesson in class came to."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from autograd_tutor.teaching.beliefs import belief
from autograd_tutor.tui.keybar import KeyBar
from autograd_tutor.tui.room import spread as bars
from autograd_tutor.tui.room.page import PageScreen
from autograd_tutor.tui.room.rows import MUTED, safe

if TYPE_CHECKING:
    from textual.events import Resize

    from autograd_tutor.room.view import Spread, Summary
    from autograd_tutor.tui.app import TutorApp
    from autograd_tutor.tui.room.desk import Desk


class SummaryScreen(PageScreen):
    """One page; it scrolls."""

    app: TutorApp
    CSS_PATH: ClassVar = ["../shared.tcss", "summary.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "the class"),
        Binding("q", "app.quit", "quit"),
    ]

    def __init__(self, summary: Summary) -> None:
        super().__init__()
        self._summary = summary

    def compose(self) -> ComposeResult:
        """The page and its keys."""
        yield Static(Content.styled("The class is over", "bold $accent"), classes="top")
        with VerticalScroll(can_focus=False):
            yield Static(id="page")
        yield KeyBar()

    def on_resize(self, event: Resize) -> None:
        """The bars at another width."""
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        line = self.app.services.line
        group = line.seat.group if line is not None else ""
        page = lines(self._summary, self.app.desk, group, min(self.size.width - 6, 110))
        self.put("#page", Content("\n").join(page))


def lines(summary: Summary, desk: Desk, group: str, width: int) -> Iterator[Content]:
    """The whole page."""
    counts = ((summary.students, "student"), (summary.attempts, "answer"), (summary.solved, "exercise"))
    yield Content(" · ".join(f"{count} {what}{'' if count == 1 else 's'}" for count, what in counts) + " solved in all")
    if summary.mistakes:
        yield _title("Most frequent mistakes, by students")
        for bar in summary.mistakes:
            yield Content(f"{bar.count:>4}  {safe(belief(bar.belief))}")
    yield _title("Stuck at the end")
    yield Content("  " + (", ".join(map(safe, summary.stuck)) or "nobody"))
    for poll in summary.polls:
        yield _title(f"{desk.title(poll.exercise)} · beliefs about {poll.target}")
        yield from bars.paint(poll, width, 12)
        yield Content.styled(_shares(poll), MUTED)
    yield _title("The report, on the machine that serves")
    yield Content(f"  autograd-tutor report --class {shlex.quote(safe(group))} --markdown")
    yield Content.styled("  and --data DIRECTORY, if the class was served with one", MUTED)


def _title(text: str) -> Content:
    return Content.assemble("\n", (text, "bold $accent"))


def _shares(poll: Spread) -> str:
    """`29% right, after the discussion 71% right: normalised gain 0.59`."""
    shares = [f"{share:.0%} right" for share in (bars.right(poll.before), bars.right(poll.bars)) if share is not None]
    gained = bars.gain(poll.before, poll.bars)
    told = f": normalised gain {gained:.2f}".replace("-", "−") if gained is not None else ""
    return ", after the discussion ".join(shares) + told
