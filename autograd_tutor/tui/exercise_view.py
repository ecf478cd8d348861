"""All that is seen of one exercise; it holds no state but the last scene it showed."""

from __future__ import annotations

from dataclasses import replace

from textual.app import ComposeResult
from textual.containers import Horizontal, ScrollableContainer, Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Region

from autograd_tutor.drawing.cells import Picture
from autograd_tutor.teaching.formulas import scope
from autograd_tutor.trace import Raised
from autograd_tutor.tui.account import account
from autograd_tutor.tui.answer import AnswerField
from autograd_tutor.tui.apart_words import steps
from autograd_tutor.tui.class_line import ClassLine
from autograd_tutor.tui.drawings import Drawings
from autograd_tutor.tui.graph import GraphPane
from autograd_tutor.tui.hanging import WIDEST, hung
from autograd_tutor.tui.keybar import KeyBar
from autograd_tutor.tui.panes import CodePane
from autograd_tutor.tui.prose import prose
from autograd_tutor.tui.said import Said, rows
from autograd_tutor.tui.scene import Scene
from autograd_tutor.tui.wording import feedback, heading, question

ROOMY = 30
"""Rows of a screen that has room for a step's Jacobian."""


class ExerciseView(Vertical):
    """Code and graph above, words below, the question at the bottom."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self._code = code
        self._drawings = Drawings()
        self._lower: VerticalScroll | None = None
        self._boxes: list[ScrollableContainer] = []
        self._more = False, False
        """Whether the words, and code or graph, could scroll when the keys were last shown."""

    def compose(self) -> ComposeResult:
        """Everything is there from the start; what is not needed is hidden."""
        yield Said(id="top", classes="top")
        yield ClassLine()
        with Horizontal(id="upper"):
            with VerticalScroll(id="code-box", classes="box", can_focus=False) as code_box:
                self._boxes.append(code_box)
                code_box.border_title = Content("code")
                pane = CodePane()
                pane.source = self._code
                yield pane
            with ScrollableContainer(id="graph-box", classes="box", can_focus=False) as graph_box:
                self._boxes.append(graph_box)
                yield GraphPane()
        with VerticalScroll(id="lower", classes="words", can_focus=False) as self._lower:
            yield Said(id="words")
        with Vertical(id="ask", classes="ask"):
            yield Said(id="question", classes="question")
            yield Said(id="feedback", classes="feedback")
            yield AnswerField()
        yield KeyBar()

    @property
    def wide(self) -> bool:
        """Code and graph stand side by side."""
        return self.screen.has_class("-wide")

    @property
    def answer(self) -> AnswerField:
        """Where the learner types."""
        return self.query_one(AnswerField)

    def show(self, scene: Scene) -> None:
        """Everything as `scene` says."""
        width = self.app.size.width
        self.query_one("#top", Said).say(heading(scene, width - 2))
        code = self.query_one(CodePane)
        choice = scene.choice
        code.chosen = (choice.span,) if choice is not None and choice.span is not None else ()
        code.marks = _raised_at(scene)
        drawn = self._drawings.of(scene, self._graph_width)
        self.query_one(GraphPane).picture = drawn
        self.query_one("#graph-box").border_title = Content(_graph_title(scene))
        self.query_one("#code-box").display = self.wide or not scene.graph_shown
        self.query_one("#graph-box").display = self.wide or scene.graph_shown

        said, asked = hung(feedback(scene), width - 4), hung([question(scene)], width - 4)
        self.query_one("#question", Said).say(asked)
        self.query_one("#question").display = not scene.done
        self.query_one("#feedback", Said).say(said)
        self.query_one("#feedback").display = bool(said.plain) and not scene.done
        self.answer.display = scene.asking
        if scene.asking and scene.run is not None:
            self.answer.names = scope(scene.run, scene.play.question.target).names

        lower, chosen = _below(scene, min(width - 5, WIDEST), self._draws(scene))
        self.query_one("#words", Said).say(lower)
        self._share(scene, drawn, rows(lower, width - 4), rows(asked, width - 4) + rows(said, width - 4))
        # The panes learn their new sizes in the first refresh; only then can they scroll.
        self.call_after_refresh(self.call_after_refresh, self._follow, chosen)

    def prepare(self, scene: Scene) -> None:
        """Draw `scene`, which may not be shown yet, so that it is there at once when it may."""
        self._drawings.of(scene, self._graph_width)

    @property
    def _graph_width(self) -> int:
        width = self.app.size.width
        return (width // 2 if self.wide else width) - 5

    def _draws(self, scene: Scene) -> bool:
        """The chosen step's Jacobian as a matrix: where there is room, or on demand."""
        return self.app.size.height >= ROOMY if scene.matrix is None else scene.matrix

    def turn_matrix(self, scene: Scene) -> Scene:
        """The Jacobian's matrix, or none of it."""
        return replace(scene, matrix=not self._draws(scene))

    def _follow(self, chosen: range) -> None:
        """Bring what is chosen into view in all three panes, unless they are being taken down already."""
        if not self.query("#lower"):
            return
        self._reveal(chosen)
        self.query_one(GraphPane).follow()
        self.query_one(CodePane).follow()
        if self._more != (more := (self.has_more_words, self.hides_rows)):
            self._more = more
            self.screen.refresh_bindings()
            # The keys may take a row more now.
            self.call_after_refresh(self.call_after_refresh, self._reveal, chosen)

    def _reveal(self, chosen: range) -> None:
        """These rows of the words."""
        for lower in self.query("#lower").results(VerticalScroll):
            seen = Region(0, chosen.start, 1, min(len(chosen), lower.size.height))
            lower.scroll_to_region(seen, animate=False)

    def page(self, pages: int) -> None:
        """The words, a page up or down."""
        lower = self.query_one("#lower", VerticalScroll)
        lower.scroll_relative(y=pages * max(lower.size.height - 1, 1), animate=False)

    @property
    def has_more_words(self) -> bool:
        """The words are longer than their room."""
        return self._lower is not None and self._lower.max_scroll_y > 0

    @property
    def hides_rows(self) -> bool:
        """Code or graph, whichever is seen, is longer than its box."""
        return any(box.display and box.max_scroll_y > 0 for box in self._boxes)

    def look(self, by: int) -> None:
        """Code and graph, some rows up or down."""
        for box in self._boxes:
            box.scroll_relative(y=by, animate=False)

    def _share(self, scene: Scene, drawn: Picture, lower: int, asked: int) -> None:
        """Divide the rows between code and graph above and words below: the code is whole if it can be."""
        width, height = self.app.size.width, self.app.size.height - self.query_one(ClassLine).rows
        code = self.query_one(CodePane).rows((width // 2 if self.wide else width) - 4)
        wanted = max(code, drawn.height if self.wide else 0) if self.wide or not scene.graph_shown else drawn.height
        if scene.done:
            free = height - 3
            share = 13 if self.wide else 14 if scene.graph_shown else 11
            if scene.matrix and self.app.size.height < ROOMY:
                share = 6
            most = max(free - lower, free * share // 20)
        else:
            free = height - 3 - asked - (4 if scene.asking else 0)
            most = free - min(lower, max(free // 4, 2))
        self.query_one("#upper").styles.height = max(min(wanted + 2, most), 4)


def _below(scene: Scene, width: int, drawn: bool) -> tuple[Content, range]:
    """The words under code and graph, and the rows of them to bring into view."""
    if scene.taking_apart and scene.apart is not None:
        said = hung([steps(scene.apart)], width)
        last = max(rows(said, width) - 1, 0)
        return said, range(last, last + 3)
    return account(scene, width, drawn=drawn) if scene.done else (hung([prose(scene.variant.prose)], width), range(3))


def _graph_title(scene: Scene) -> str:
    if not scene.done or scene.run is None:
        return "graph"
    return (
        "graph, with what flowed back"
        if any(one.order for one in scene.run.trace.passes)
        else "graph, as torch recorded it"
    )


def _raised_at(scene: Scene) -> dict[int, str]:
    """An ✗ before the line that raised, once that may be seen."""
    if not scene.done or scene.run is None:
        return {}
    outcome = scene.run.trace.outcome
    return {outcome.span.line: "✗"} if isinstance(outcome, Raised) and outcome.span else {}
