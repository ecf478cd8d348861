"""The keys of all screens, read from the screens' own bindings, and what the signs mean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from autograd_tutor.tui.answer import HINT, Line
from autograd_tutor.tui.apart import ApartScreen
from autograd_tutor.tui.class_line import ClassLine
from autograd_tutor.tui.editor import Editor
from autograd_tutor.tui.exercise import ExerciseScreen
from autograd_tutor.tui.experiment import ExperimentScreen
from autograd_tutor.tui.hanging import hung
from autograd_tutor.tui.home import HomeScreen
from autograd_tutor.tui.keybar import NAMES, KeyBar
from autograd_tutor.tui.syllabus import WORDS

if TYPE_CHECKING:
    from textual.events import Resize

    from autograd_tutor.tui.app import TutorApp

_SIGNS = (
    ("▸", "chosen; what is chosen also stands out in reverse"),
    ("┆ ghost", "an operation that torch did not record, with the reason"),
    ("✗ 4", "the program raised in line 4"),
)
_WORDS = (
    ("leaf", "a tensor that no recorded operation made"),
    ("▲ 6", "the gradient that flowed back along this line"),
    ("grad None → 6", "what .grad held before backward() and after it"),
    ("PowBackward0", "the node that torch recorded for the operation: the result's grad_fn"),
    ("Jacobian", "how each output of a step moves with each of its inputs, as a matrix"),
    ("closed form", "the gradient as one formula, worked out by SymPy"),
    ("SymPy 6", "what that formula gives at the program's numbers"),
    ("differences 6", "each input moved a little up and down: a check that needs no derivative"),
)
_COLUMN = 13
"""Columns of the longest of keys and words."""


class HelpScreen(Screen[None]):
    """One page; it scrolls."""

    app: TutorApp
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
            yield Static(self._page())
        yield KeyBar()

    def on_resize(self, event: Resize) -> None:
        """The same page at another width."""
        self.query_one(Static).update(self._page())

    def _page(self) -> Content:
        return page(self.app.teaches, self.app.size.width - 5)

    def action_scroll(self, by: int) -> None:
        """Up or down by rows."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)

    def action_close(self) -> None:
        """Back to where one was."""
        self.dismiss()


def page(teaches: bool, width: int) -> Content:
    """All of the help in `width` columns; for a teacher, that of the class comes first."""
    sections: list[tuple[str, list[tuple[str, str]]]] = [
        *(_class() if teaches else ()),
        ("Lessons", list(_keys(HomeScreen))),
        ("In the answer field", [*_keys(Line), ("any other", f"is typed; it may be {HINT}")]),
        ("Exercise, when the answer field has been left", list(_keys(ExerciseScreen))),
        ("A derivative taken apart, when the answer field has been left", list(_keys(ApartScreen))),
        ("Experiment", list(_keys(ExperimentScreen))),
        ("Where you write your own program", list(_keys(Editor))),
        ("Words", list(_WORDS)),
        ("Signs", [*_SIGNS, *((word.split()[0], word.split(maxsplit=1)[1]) for word in WORDS.values())]),
    ]
    lines = [
        Content.styled("Help", "bold"),
        hung([Content("Predict, run, see why, try something else. ctrl+c leaves at any time.")], width),
    ]
    for title, pairs in sections:
        lines += [Content(""), Content.styled(title, "bold $accent")]
        rows = [Content.assemble("  ", (f"{left:<{_COLUMN}}  ", "bold"), right) for left, right in pairs]
        lines.append(hung(rows, width, under=_COLUMN + 4))
    return Content("\n").join(lines)


def _class() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The teacher's screens."""
    from autograd_tutor.tui.room.room import RoomScreen
    from autograd_tutor.tui.room.student import StudentScreen

    yield "The class", [*_keys(RoomScreen), ("ctrl+t", "to the lessons and back, from anywhere")]
    yield "One student", list(_keys(StudentScreen))


def _keys(owner: type[Any]) -> Iterator[tuple[str, str]]:
    """Each thing that the keys of a screen do, with the keys that do it."""
    together: dict[str, list[str]] = {}
    for binding in owner.BINDINGS:
        if binding.description:
            keys, name = (
                together.setdefault(binding.tooltip or binding.description, []),
                NAMES.get(binding.key, binding.key),
            )
            keys += [] if name in keys else [name]
    for what, keys in together.items():
        yield " ".join(keys).replace("/ ", "/"), what
