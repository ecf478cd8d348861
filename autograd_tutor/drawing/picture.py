"""From a trace to a picture: the one function that screens call."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal, Protocol

import msgspec

from autograd_tutor.drawing import annotate
from autograd_tutor.drawing.boxes import boxes
from autograd_tutor.drawing.cells import Picture, Ref, Segment, clip
from autograd_tutor.drawing.flow import Flow, flow
from autograd_tutor.drawing.listing import listing
from autograd_tutor.drawing.loops import folded
from autograd_tutor.drawing.modules import gathered, headings
from autograd_tutor.drawing.past import past
from autograd_tutor.drawing.phases import LATER, before_operations, goes_on, may_show_before
from autograd_tutor.drawing.rows import together
from autograd_tutor.drawing.updates import at_leaves, stepped
from autograd_tutor.drawing.values import LENGTHS
from autograd_tutor.trace import Trace

ROOMY_FORMS, ALL_FORMS = 2, 4
"""How many are tried with the longest words, and with shorter ones."""
MOST_BOXES = 24
"""A graph of more units is listed, unless boxes are asked for."""
Phase = Literal["before", "after"]
Style = Literal["boxes", "list"]


class Stop(Protocol):
    """What may be selected: a node, an edge, or both; ids in the trace."""

    @property
    def node(self) -> int | None:
        """The node to draw heavy."""

    @property
    def edge(self) -> int | None:
        """The edge to draw heavy."""

    @property
    def arithmetic(self) -> str:
        """What to write at that edge in place of its gradient, where there is room: `−0.9577 · 8 = −7.6613`."""


def picture(
    trace: Trace,
    *,
    width: int,
    phase: Phase,
    pass_: int | None = None,
    stop: Stop | None = None,
    hide: Collection[str] = (),
    style: Style | None = None,
) -> Picture:
    """The graph of `trace` in at most `width` columns.

    Before the prediction only the forward values are drawn, without those of the targets in `hide` and what
    follows from them. After it also the nodes' names, what flowed along each edge in `pass_` (None: in all
    passes), each leaf's .grad, and what torch did not record. `stop` is drawn heavy. Without a `style`, boxes
    where they fit and are not too many, and a list elsewhere; `boxes` too become a list where they do not fit.
    """
    if phase == "before":
        if not may_show_before(trace):
            return words(LATER, width)
        shape = flow(trace, before_operations(trace), hide)
    else:
        shape = past(trace, at_leaves(trace, flow(trace, trace.operations)))
    shape = gathered(trace.calls, folded(trace, together(trace, stepped(trace, shape))))
    if not shape.units:
        return words("There is nothing to draw: the program computes no tensor.", width)
    forms = (
        [annotate.before(shape, most) for most in LENGTHS] if phase == "before" else annotate.after(trace, shape, pass_)
    )
    if style is None and len(shape.units) > MOST_BOXES:
        style = "list"
    chosen = _selected(trace, forms[0], stop)
    drawn = None if style == "list" else _boxes(shape, forms, width, chosen, stop)
    drawn = drawn or listing(shape, forms, width, chosen, headings(trace.calls, shape))
    line = goes_on(trace) if phase == "before" else None
    if line is None:
        return drawn
    remark = words(f"What follows line {line} is drawn once you have answered.", width)
    return Picture(drawn.rows + remark.rows, drawn.style, drawn.placed)


def _boxes(
    shape: Flow, forms: Sequence[annotate.Notes], width: int, chosen: frozenset[Ref], stop: Stop | None
) -> Picture | None:
    """Boxes with the longest words that fit, and the arithmetic of `stop` if nothing moves for it.

    Boxes that move from step to step would be hard to follow.
    """
    for notes in forms:
        tried = ROOMY_FORMS if notes is forms[0] else ALL_FORMS
        drawn = boxes(shape, notes, width, chosen, tried)
        if drawn is None:
            continue
        worked = boxes(shape, _worked(notes, stop), width, chosen, tried) if stop and stop.arithmetic else None
        return worked if worked is not None and worked.placed == drawn.placed else drawn
    return None


def words(sentence: str, width: int) -> Picture:
    """A sentence in place of a graph, on as many rows as it needs."""
    lines = [""]
    for word in sentence.split():
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(clip(word, width))
    return Picture(tuple((Segment(line, "dim"),) for line in lines if line), "words")


def _worked(notes: annotate.Notes, stop: Stop) -> annotate.Notes:
    """With the arithmetic at the edge of `stop`."""
    wires = (
        msgspec.structs.replace(note, label=stop.arithmetic) if note.edges == (stop.edge,) else note
        for note in notes.wires
    )
    return annotate.Notes(notes.units, tuple(wires))


def _selected(trace: Trace, notes: annotate.Notes, stop: Stop | None) -> frozenset[Ref]:
    """Before the prediction a box knows its operation, and not yet its nodes."""
    if stop is None:
        return frozenset()
    made = trace.nodes[stop.node].operation if stop.node is not None else None
    wires = [note.ref for note in notes.wires if stop.edge in note.edges]
    units = [
        note.ref
        for note in notes.units
        if stop.node in note.nodes or (made is not None and not note.nodes and note.ref.operation == made)
    ]
    return frozenset((*units, *wires))
