"""Choosing what the class does together: a question to all, or an exercise in which to lead everyone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import Static

from autograd_tutor.course.variants import count, variant
from autograd_tutor.tui.keybar import KeyBar
from autograd_tutor.tui.panes import CodePane
from autograd_tutor.tui.prose import inline
from autograd_tutor.tui.room.rows import MUTED, padded, span

if TYPE_CHECKING:
    from textual.events import Key, Resize

    from autograd_tutor.course.model import Question, Variant
    from autograd_tutor.tui.app import TutorApp
    from autograd_tutor.tui.syllabus import Place

LIMITS = (None, 30, 60, 90, 120, 180, 300, 600)
"""Seconds for a vote."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was chosen."""

    place: Place
    seed: int
    question: int
    target: str
    seconds: int | None


class AskScreen(Screen[Asked | None]):
    """Owns the search, the cursor, and the choices below it."""

    app: TutorApp
    CSS_PATH: ClassVar = ["../shared.tcss", "ask.tcss"]
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose(True)", "ask"),
        Binding("enter", "choose(False)", "lead"),
        Binding("up", "move(-1)", "exercise"),
        Binding("down", "move(1)", "exercise"),
        Binding("pageup", "move(-10)", show=False),
        Binding("pagedown", "move(10)", show=False),
        Binding("tab", "question", "other question"),
        Binding("left", "variant(-1)", "other numbers"),
        Binding("right", "variant(1)", "other numbers"),
        Binding("minus", "limit(-1)", "time"),
        Binding("plus", "limit(1)", "time"),
        Binding("escape", "dismiss(None)", "back"),
    ]
    search = reactive("", init=False)
    cursor = reactive("", init=False)
    """The key of the exercise."""
    seed = reactive(0, init=False)
    question = reactive(0, init=False)
    limit = reactive(LIMITS.index(90), init=False)

    def __init__(self, title: str, first: str, note: str = "", *, poll: bool = True) -> None:
        """`first` is the exercise offered, and `note` says why; without `poll` there is no question to choose."""
        super().__init__()
        self._title = title
        self._first = first
        self._note = note
        self._poll = poll

    def compose(self) -> ComposeResult:
        """What is searched, the exercises, and the one under the cursor as the class will see it."""
        yield Static(classes="top")
        with Container(id="both"):
            yield Static(id="places")
            with Vertical(classes="box", id="shown"):
                with VerticalScroll(can_focus=False):
                    yield CodePane()
                yield Static(id="asked")
        yield KeyBar()

    def on_mount(self) -> None:
        """At the exercise that is offered."""
        self.cursor = self._first if self._first in self.app.desk.places else next(iter(self.app.desk.places), "")
        self.show()

    def on_resize(self, event: Resize) -> None:
        """Another number of rows."""
        self.call_after_refresh(self.show)

    @property
    def listed(self) -> list[Place]:
        """The exercises that match."""
        words = self.search.casefold().split()
        return [
            place
            for place in self.app.desk.places.values()
            if all(word in f"{self.app.desk.title(place.key)} {place.lesson.title}".casefold() for word in words)
        ]

    @property
    def chosen(self) -> tuple[Place, Variant, Question] | None:
        """The exercise under the cursor, with its numbers, and the question."""
        place = next((one for one in self.listed if one.key == self.cursor), None)
        if place is None:
            return None
        shown = variant(place.lesson, place.exercise, self.seed)
        return place, shown, shown.questions[self.question % len(shown.questions)]

    def show(self) -> None:
        """Paint what is chosen."""
        listed, chosen = self.listed, self.chosen
        left = Content.assemble(
            (f" {self._title} ", "bold $accent"), f" search: {self.search}▏" if self.search else " type to search▏"
        )
        self.query_one(".top", Static).update(left, layout=False)
        self.query_one("#places", Static).update(self._list(listed), layout=False)
        self.query_one("#shown").display = chosen is not None
        if chosen is not None:
            place, shown, question = chosen
            self.query_one(CodePane).source = shown.code
            self.query_one("#shown").border_title = Content(self.app.desk.title(place.key))
            self.query_one("#asked", Static).update(self._asked(place, shown, question))
        self.refresh_bindings()

    def _list(self, listed: list[Place]) -> Content:
        size = self.query_one("#places").size
        keys = [place.key for place in listed]
        at = keys.index(self.cursor) if self.cursor in keys else 0
        top = min(max(at - size.height // 2, 0), max(len(listed) - size.height, 0))
        lines = []
        for place in listed[top : top + max(size.height, 1)]:
            here = place.key == self.cursor
            note = f"  {self._note}" if place.key == self._first and self._note else ""
            title = padded(self.app.desk.title(place.key), min(size.width - 2, 60) - len(note))
            line = Content.assemble("▸ " if here else "  ", title, (note, MUTED))
            line = line.truncate(size.width, ellipsis=True, pad=True)
            lines.append(Content.styled(line.plain, "bold reverse") if here else line)
        return Content("\n").join(lines) if lines else Content.styled("  nothing matches", MUTED)

    def _asked(self, place: Place, shown: Variant, question: Question) -> Content:
        variants, questions = count(place.exercise), len(shown.questions)
        said = [f"variant {shown.seed + 1} of {variants}"]
        if self._poll:
            seconds = LIMITS[self.limit]
            said.append(f"{span(seconds)} to answer" if seconds else "no time limit")
            said.append(f"question {self.question % questions + 1} of {questions}")
        asks = Content.assemble(("? ", "bold $accent"), inline(question.ask or question.target).stylize("bold"), "\n")
        return Content.assemble(asks if self._poll else "", (" · ".join(said), MUTED))

    def watch_search(self) -> None:
        """What matches; the cursor stays if it does."""
        listed = self.listed
        if listed and self.cursor not in [place.key for place in listed]:
            self.cursor = listed[0].key
        self.show()

    def watch_cursor(self) -> None:
        """Another exercise: its first question, its first numbers."""
        self.seed = self.question = 0
        self.show()

    def watch_seed(self) -> None:
        """Other numbers."""
        self.show()

    def watch_question(self) -> None:
        """Another question."""
        self.show()

    def watch_limit(self) -> None:
        """More time or less."""
        self.show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what makes a difference."""
        if not self.is_mounted:
            return False
        chosen = self.chosen
        match action:
            case "choose":
                return chosen is not None and parameters == (self._poll,)
            case "question":
                return self._poll and chosen is not None and len(chosen[1].questions) > 1
            case "variant":
                return chosen is not None and count(chosen[0].exercise) > 1
            case "limit":
                return self._poll
            case _:
                return True

    def on_key(self, event: Key) -> None:
        """Letters are searched for."""
        if event.key == "backspace":
            self.search = self.search[:-1]
        elif event.is_printable and event.character and event.character not in "+-":
            self.search = (self.search + event.character)[:60]

    def action_move(self, by: int) -> None:
        """The cursor up or down."""
        keys = [place.key for place in self.listed]
        if keys:
            at = keys.index(self.cursor) if self.cursor in keys else 0
            self.cursor = keys[min(max(at + by, 0), len(keys) - 1)]

    def action_question(self) -> None:
        """The next question of the exercise."""
        self.question += 1

    def action_variant(self, by: int) -> None:
        """The same with other numbers."""
        if self.chosen is not None:
            self.seed = (self.seed + by) % count(self.chosen[0].exercise)

    def action_limit(self, by: int) -> None:
        """More time or less, at the ends none."""
        self.limit = min(max(self.limit + by, 0), len(LIMITS) - 1)

    def action_choose(self, poll: bool) -> None:
        """This one."""
        if self.chosen is not None and poll == self._poll:
            place, shown, question = self.chosen
            at = self.question % len(shown.questions)
            self.dismiss(Asked(place, shown.seed, at, question.target, LIMITS[self.limit] if self._poll else None))
