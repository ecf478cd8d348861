"""The keys of all screens, read from the screens' own bindings, and what the signs mean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from autograd_tutor.tui.answer import HINT, Line
from autograd_tutor.tui.class_line import ClassLine
from autograd_tutor.tui.exercise import ExerciseScreen
from autograd_tutor.tui.experiment import ExperimentScreen
from autograd_tutor.tui.home import HomeScreen
from autograd_tutor.tui.keybar import NAMES, KeyBar
from autograd_tutor.tui.syllabus import WORDS

_SIGNS = (
    ("▸", "chosen; what is chosen also stands out in reverse"),
    ("┆ ghost", "an operation that torch did not record, with the reason"),
    ("✗ 4", "the program raised in line 4"),
)


class HelpScreen(Screen[None]):
    """One page; it scrolls."""

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "back"),
        Binding("q", "close", show=False),
        Binding("question_mark", "close", show=False),
        Binding("up", "scroll(-1)", "scroll"),
        Binding("down", "scroll(1)", "scroll"),
        Binding("k", "scroll(-1)", show=False),
        Binding("j", "scroll(1)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
        Binding("pagedown", "scroll(10)", show=False),
    ]

    def compose(self) -> ComposeResult:
        """The page and its keys."""
        yield ClassLine()
        with VerticalScroll(can_focus=False):
            yield Static(page())
        yield KeyBar()

    def action_scroll(self, by: int) -> None:
        """Up or down by rows."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)

    def action_close(self) -> None:
        """Back to where one was."""
        self.dismiss()


def page() -> Content:
    """All of the help as one text."""
    sections: list[tuple[str, list[tuple[str, str]]]] = [
        ("Lessons", list(_keys(HomeScreen))),
        ("In the answer field", [*_keys(Line), ("any other", f"is typed; it may be {HINT}")]),
        ("Exercise, when the answer field has been left", list(_keys(ExerciseScreen))),
        ("Experiment", list(_keys(ExperimentScreen))),
        ("Signs", [*_SIGNS, *((word.split()[0], word.split(maxsplit=1)[1]) for word in WORDS.values())]),
    ]
    lines = [
        Content.styled("Help", "bold"),
        Content("Predict, run, see why, try something else. ctrl+c leaves at any time."),
    ]
    for title, pairs in sections:
        lines += [Content(""), Content.styled(title, "bold $accent")]
        lines += [Content.assemble("  ", (f"{left:<14}", "bold"), right) for left, right in pairs]
    return Content("\n").join(lines)


def _keys(owner: type[Any]) -> Iterator[tuple[str, str]]:
    """Each thing that the keys of a screen do, with the keys that do it."""
    together: dict[str, list[str]] = {}
    for binding in owner.BINDINGS:
        if binding.description:
            together.setdefault(binding.tooltip or binding.description, []).append(NAMES.get(binding.key, binding.key))
    for what, keys in together.items():
        yield " ".join(keys), what
