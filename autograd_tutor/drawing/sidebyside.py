"""Two graphs beside each other: what an experiment changed, row by row."""

from __future__ import annotations

from difflib import SequenceMatcher

from autograd_tutor.drawing import annotate
from autograd_tutor.drawing.cells import Picture, Placed, Segment, columns
from autograd_tutor.drawing.flow import flow
from autograd_tutor.drawing.listing import Block, blocks
from autograd_tutor.drawing.loops import folded
from autograd_tutor.drawing.modules import gathered
from autograd_tutor.drawing.past import past
from autograd_tutor.drawing.updates import at_leaves
from autograd_tutor.drawing.values import LENGTHS
from autograd_tutor.trace import Record, Trace

GAP = 3
"""Columns between the two."""
_MARGIN = 2


class Pair(Record, frozen=True):
    """Two lists whose rows correspond; on the right `≠` marks what changed and `+` what is new."""

    left: Picture
    right: Picture

    def beside(self) -> Picture:
        """Both in one picture."""
        width = self.left.width + GAP
        rows = []
        for left, right in zip(self.left.rows, self.right.rows, strict=True):
            blank = " " * (width - sum(columns(segment.text) for segment in left))
            rows.append((*left, Segment(blank), *right))
        return Picture(tuple(rows), "list")


def pair(before: Trace, after: Trace, width: int) -> Pair:
    """The graphs of two runs as lists, both with their gradients, in at most `width` columns together."""
    each = (width - GAP - _MARGIN) // 2
    left, right = _blocks(before, each), _blocks(after, each)
    match = SequenceMatcher(None, [block.name for block in left], [block.name for block in right], autojunk=False)
    rows = _Rows()
    for tag, from_left, to_left, from_right, to_right in match.get_opcodes():
        if tag == "equal":
            for old, new in zip(left[from_left:to_left], right[from_right:to_right], strict=True):
                rows.add(old, new)
            continue
        for old in left[from_left:to_left]:
            rows.add(old, None)
        for new in right[from_right:to_right]:
            rows.add(None, new)
    return Pair(rows.picture(0), rows.picture(1))


def _blocks(trace: Trace, width: int) -> list[Block]:
    shape = gathered(trace.calls, folded(trace, past(trace, at_leaves(trace, flow(trace, trace.operations)))))
    return blocks(shape, annotate.after(trace, shape, None, LENGTHS), width)


class _Rows:
    """Rows of both sides as they are matched."""

    def __init__(self) -> None:
        self.rows: tuple[list[tuple[Segment, ...]], list[tuple[Segment, ...]]] = ([], [])
        self.placed: tuple[list[Placed], list[Placed]] = ([], [])

    def add(self, old: Block | None, new: Block | None) -> None:
        """Two blocks that correspond, or one that has no counterpart; their last rows stand level."""
        height = max(len(block.rows) for block in (old, new) if block is not None)
        before = [()] * (height - len(old.rows)) + list(old.rows) if old else [()] * height
        after = [()] * (height - len(new.rows)) + list(new.rows) if new else [()] * height
        for side, block in enumerate((old, new)):
            if block is not None:
                self.placed[side].append(_moved(block.placed, len(self.rows[side]) + height - 1))
        self.rows[0].extend(before)
        for one, other in zip(before, after, strict=True):
            mark = "" if _words(other) in ([], _words(one)) else "≠" if old and new else "+" if new else ""
            self.rows[1].append((Segment(mark.ljust(_MARGIN), "label"), *other))

    def picture(self, side: int) -> Picture:
        """One side."""
        return Picture(tuple(self.rows[side]), "list", tuple(self.placed[side]))


def _words(row: tuple[Segment, ...]) -> list[str]:
    return " ".join(segment.text for segment in row).split()


def _moved(placed: Placed, row: int) -> Placed:
    return Placed(placed.ref, placed.column, row, placed.width, placed.height, (), (), placed.name)
