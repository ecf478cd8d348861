"""All that is seen of an experiment; it holds no state."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, ScrollableContainer, Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Region
from textual.widgets import Static

from autograd_tutor.drawing.cells import Picture
from autograd_tutor.drawing.sidebyside import GAP, pair
from autograd_tutor.trace import Span
from autograd_tutor.tui.answer import AnswerField
from autograd_tutor.tui.class_line import ClassLine
from autograd_tutor.tui.experiment_words import (
    changed_program,
    diff_lines,
    heading,
    offer_lines,
    said,
    told,
    touched,
    unfit,
)
from autograd_tutor.tui.graph import GraphPane
from autograd_tutor.tui.hanging import hung
from autograd_tutor.tui.keybar import KeyBar
from autograd_tutor.tui.panes import CodePane
from autograd_tutor.tui.prose import inline
from autograd_tutor.tui.trial import Trial, Tried


class ExperimentView(Vertical):
    """The list of changes; or the change and its question; or both graphs and what changed."""

    def compose(self) -> ComposeResult:
        """Everything is there from the start; what is not needed is hidden."""
        yield Static(id="heading", classes="top")
        yield ClassLine()
        with VerticalScroll(id="now-box", classes="box", can_focus=False) as now_box:
            now_box.border_title = Content("code")
            yield CodePane()
        with VerticalScroll(id="offers", can_focus=False):
            yield Static(id="list")
        with Vertical(id="writing"):
            yield Static(id="unfit", classes="feedback")
        with VerticalScroll(id="program", can_focus=False):
            yield Static(id="diff")
        with Horizontal(id="graphs"):
            for name in ("before", "after"):
                with ScrollableContainer(id=f"{name}-box", classes="box", can_focus=False):
                    yield GraphPane(id=name)
        with VerticalScroll(id="lower", classes="words", can_focus=False):
            yield Static(id="told")
        with Vertical(id="ask", classes="ask"):
            yield Static(id="question", classes="question")
            yield Static(id="said", classes="feedback")
            yield AnswerField()
        yield KeyBar()

    @property
    def answer(self) -> AnswerField:
        """Where the learner types."""
        return self.query_one(AnswerField)

    async def edit(self) -> None:
        """Type into what stands in the editor."""
        from autograd_tutor.tui.editor import Editor

        if not self.query(Editor):
            await self.query_one("#writing").mount(Editor())
        self.screen.set_focus(self.query_one(Editor))

    async def write(self, program: str, unfinished: str | None) -> None:
        """Type into `program`, or go on with what was made of it."""
        from autograd_tutor.tui.editor import Editor

        await self.edit()
        self.query_one(Editor).begin(program, unfinished)

    @property
    def has_more_words(self) -> bool:
        """The words are longer than their room."""
        return any(lower.display and lower.max_scroll_y > 0 for lower in self.query("#lower"))

    @property
    def hides_rows(self) -> bool:
        """A graph that is seen is longer than its box."""
        return any(box.display and box.max_scroll_y > 0 for box in self.query("#before-box, #after-box"))

    def page(self, pages: int) -> None:
        """The words, a page up or down."""
        lower = self.query_one("#lower", VerticalScroll)
        lower.scroll_relative(y=pages * max(lower.size.height - 1, 1), animate=False)

    def scroll_graphs(self, by: int) -> None:
        """Both graphs together, by rows."""
        for name in ("before", "after"):
            self.query_one(f"#{name}-box").scroll_relative(y=by, animate=False)

    def show(self, trial: Trial) -> None:
        """Everything as `trial` says."""
        phase, width = trial.phase, self.app.size.width
        self.query_one("#heading", Static).update(heading(trial, width - 2))
        for name, phases in _SEEN_IN.items():
            self.query_one(name).display = phase in phases
        if phase == "choosing":
            self._offer(trial, offer_lines(trial, width - 5))
            return
        if phase == "writing":
            self.query_one("#unfit", Static).update(unfit(trial, width - 4))
            return
        offer = trial.offer or trial.tried[-1].offer
        predicting, source = phase == "predicting", trial.now.trace.source
        shown = changed_program(source, offer, width - 5) if predicting else diff_lines(offer, width - 5)
        self.query_one("#diff", Static).update(shown)
        self.query_one("#program").set_class(phase == "seen", "-seen")
        if predicting:
            question = Content.assemble(("? ", "bold $accent"), inline(offer.question))
            self.query_one("#question", Static).update(hung([question], width - 4))
            feedback = said(trial, width - 4)
            self.query_one("#said", Static).update(feedback)
            self.query_one("#said").display = bool(feedback.plain)
            self.answer.names = frozenset(name for one in trial.now.trace.tensors for name in one.names)
        else:
            self._compare(trial, trial.tried[-1])

    def _offer(self, trial: Trial, lines: list[Content]) -> None:
        """The program as it is, ▸ where the chosen change would be made, and below it all changes."""
        self.query_one("#list", Static).update(Content("\n").join(lines))
        heights = [line.plain.count("\n") + 1 for line in lines]
        code = self.query_one(CodePane)
        code.source = trial.now.trace.source
        code.chosen = tuple(Span(line, 0, line, 0) for line in touched(trial))
        free = self.app.size.height - self.query_one(ClassLine).rows - 3
        wanted = code.rows(self.app.size.width - 4) + 2
        self.query_one("#now-box").styles.height = max(min(wanted, max(free - sum(heights), free // 2)), 4)
        region = Region(0, sum(heights[: trial.cursor + 1]), 1, sum(heights[trial.cursor + 1 : trial.cursor + 2]))
        self.call_after_refresh(self._follow, region)

    def _follow(self, offer: Region) -> None:
        """The chosen change and its lines come into view."""
        self.query_one("#offers", VerticalScroll).scroll_to_region(offer, animate=False)
        self.query_one(CodePane).follow()

    def _compare(self, trial: Trial, tried: Tried) -> None:
        wide = self.screen.has_class("-wide")
        width = (self.app.size.width // 2 if wide else self.app.size.width) - 5
        both = pair(tried.before.trace, tried.after.trace, 2 * width + GAP)
        self._draw("before", both.left, "as it was", wide or not trial.after_shown)
        self._draw("after", both.right, "with the change  ≠ other  + new", wide or trial.after_shown)
        lower = told(tried, self.app.size.width - 5)
        self.query_one("#told", Static).update(lower)
        height = both.left.height
        free = self.app.size.height - self.query_one(ClassLine).rows - 3 - len(tried.offer.diff) - 1
        rows = lower.plain.count("\n") + 1
        self.query_one("#graphs").styles.height = max(min(height + 2, max(free - rows, free // 2)), 4)

    def _draw(self, name: str, drawn: Picture, title: str, shown: bool) -> None:
        box = self.query_one(f"#{name}-box")
        box.display = shown
        box.border_title = Content(title)
        if shown and not self.screen.has_class("-wide"):
            # The rows that only keep the two level are not needed where one stands alone.
            rows = tuple(row for row in drawn.rows if "".join(segment.text for segment in row).strip())
            drawn = Picture(rows, drawn.style)
        self.query_one(f"#{name}", GraphPane).picture = drawn


_SEEN_IN = {
    "#now-box": ("choosing",),
    "#offers": ("choosing",),
    "#writing": ("writing",),
    "#program": ("predicting", "seen"),
    "#graphs": ("seen",),
    "#lower": ("seen",),
    "#ask": ("predicting",),
}
