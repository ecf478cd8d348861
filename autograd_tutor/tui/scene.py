"""The exercise screen's whole state at one moment, and how what is chosen moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from autograd_tutor.teaching import play as playing

if TYPE_CHECKING:
    from textual.content import Content

    from autograd_tutor.course.model import Variant
    from autograd_tutor.sandbox.protocol import Run
    from autograd_tutor.teaching.apart import Apart
    from autograd_tutor.teaching.model import Stop
    from autograd_tutor.teaching.play import Play
    from autograd_tutor.trace import Span
    from autograd_tutor.tui.syllabus import Place


@dataclass(frozen=True, slots=True)
class Choice:
    """What lights up in code, graph and words at once."""

    node: int | None
    edge: int | None
    span: Span | None
    pass_: int | None
    arithmetic: str = ""
    """How what flows along the edge came about."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Plain data; what of it may be seen is decided by the functions that show it."""

    place: Place
    following: Place | None
    """The exercise after this one."""
    variant: Variant
    play: Play
    run: Run | None = None
    """None: not yet, or it failed."""
    trouble: str | None = None
    """Why it failed, in a sentence."""
    waiting: bool = False
    """The learner answered, and the program still runs."""
    target: str = ""
    """Whose backward pass is walked."""
    stops: tuple[Stop, ...] = ()
    """The steps of that pass; empty before the prediction."""
    stop: int = 0
    node: int | None = None
    """The node chosen by itself; None: that of the current stop."""
    graph_shown: bool = False
    """Below 100 columns: the graph in the code's place."""
    matrix: bool | None = None
    """The chosen step's Jacobian as a matrix; None: where there is room for it."""
    locked: bool = False
    """In class: the run is not to be seen before the teacher unlocks it."""
    told: tuple[Content, ...] | None = None
    """Where the whole class does this together: what is said in the place of a verdict."""
    asks: bool = True
    """Answers are taken, if the play awaits one."""
    apart: Apart | None = None
    """How far the question that is up was taken apart; None: it was not answered yet, or there is nothing to it."""
    taking_apart: bool = False
    """That is what is on the screen."""

    @property
    def done(self) -> bool:
        """Everything that the run left may be seen."""
        return self.play.may_show_run and self.run is not None and not self.locked

    @property
    def asking(self) -> bool:
        """The answer field is there."""
        if self.taking_apart:
            return self.apart is not None and self.apart.at is not None
        return self.asks and self.play.phase == "predicting"

    @property
    def targets(self) -> list[str]:
        """What is asked for, each once."""
        return list(dict.fromkeys(question.target for question in self.variant.questions))

    @property
    def choice(self) -> Choice | None:
        """The chosen step or node; while the derivative is taken apart, what is asked about."""
        if self.taking_apart:
            piece = self.apart.piece if self.apart is not None else None
            return Choice(piece.node, None, piece.span, None) if piece is not None else None
        if not self.done or self.run is None:
            return None
        at = self.stops[self.stop] if self.stops else None
        if self.node is None:
            return Choice(at.node, at.edge, at.span, at.pass_, at.arithmetic) if at else None
        return Choice(self.node, None, self.run.trace.nodes[self.node].span, at.pass_ if at else None)

    @property
    def has_matrix(self) -> bool:
        """The chosen step has a Jacobian that is small."""
        at = self.stops[self.stop] if self.done and self.stops else None
        return at is not None and at.jacobian is not None and at.jacobian.rows is not None

    def about(self, variant: Variant) -> Scene:
        """At the beginning, with this variant, which may ask only a part of what the exercise asks."""
        return replace(self, variant=variant, play=playing.start(variant), target=variant.questions[0].target)

    def afresh(self) -> Scene:
        """At the beginning, with the run that is there already."""
        return replace(self.about(self.variant), stops=(), stop=0, node=None)

    def apartable(self) -> Scene:
        """With what there is to take apart, if the question that is up was answered, but not right."""
        if not self.play.may_take_apart:
            return replace(self, apart=None)
        if self.apart is not None or self.run is None:
            return self
        from autograd_tutor.teaching.apart import plan, start

        made = plan(self.run, self.play.question.target, set(self.targets))
        return replace(self, apart=start(made, self.run)) if made is not None else self

    def walking(self, target: str) -> Scene:
        """At the first step of the pass that led to `target`, if that may be seen."""
        if not self.done or self.run is None:
            return self
        from autograd_tutor.teaching.walk import walk

        stops = walk(self.run.trace, self.run.whole, target)
        return replace(self, target=target, stops=stops, stop=0, node=None)

    def stepped(self, by: int) -> Scene:
        """`by` steps on in the backward pass."""
        return replace(self, stop=min(max(self.stop + by, 0), len(self.stops) - 1), node=None)

    def along(self, nodes: Sequence[int], by: int) -> Scene:
        """The node `by` places on among the drawing's `nodes`."""
        choice = self.choice
        here = nodes.index(choice.node) if choice and choice.node in nodes else len(nodes)
        return self.at_node(nodes[min(max(here + by, 0), len(nodes) - 1)]) if nodes else self

    def at_node(self, node: int) -> Scene:
        """That node, and its step where it has one."""
        if not self.done:
            return self
        steps = (at for at, stop in enumerate(self.stops) if stop.node == node)
        return replace(self, node=node, stop=next(steps, self.stop))


def opening(place: Place, variant: Variant, following: Place | None) -> Scene:
    """Before anything was done."""
    return Scene(place, following, variant, playing.start(variant), target=variant.questions[0].target)


def settled(play: Play) -> Play:
    """`play` with all its questions settled: what may be seen then may be worked out ahead."""
    while play.phase != "done":
        play = play.next() if play.phase == "settled" else play.skip()[0]
    return play
