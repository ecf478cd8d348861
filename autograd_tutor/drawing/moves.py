"""Moving the selection along a drawn graph, and finding what was clicked."""

from __future__ import annotations

from typing import Literal

from autograd_tutor.drawing.cells import Picture, Placed, Ref, columns

Direction = Literal["up", "down", "left", "right"]


def neighbour(picture: Picture, ref: Ref | None, direction: Direction) -> Ref | None:
    """What lies next in a direction: up towards the leaves, down towards the loss, or beside in the same layer.

    Without a selection, the last thing computed. At an edge of the picture, `ref` itself.
    """
    if not picture.placed:
        return ref
    here = find(picture, ref)
    if here is None:
        return picture.placed[-1].ref
    return _next(picture, here, direction).ref


def find(picture: Picture, ref: Ref | None) -> Placed | None:
    """Where a thing is drawn; a tensor counts as the box that made it."""
    if ref is None:
        return None
    best = max(picture.placed, key=lambda one: _likeness(one.ref, ref), default=None)
    return best if best is not None and _likeness(best.ref, ref) else None


def _likeness(one: Ref, other: Ref) -> int:
    """How surely two references mean the same thing; 0: they do not."""
    if one == other:
        return 4
    same = ((one.node, other.node, 3), (one.operation, other.operation, 2), (one.tensor, other.tensor, 1))
    return next((sure for mine, yours, sure in same if mine is not None and mine == yours), 0)


def at(picture: Picture, column: int, row: int) -> Ref | None:
    """What the cell at `column` and `row` stands for."""
    if not 0 <= row < picture.height:
        return None
    for segment in picture.rows[row]:
        column -= columns(segment.text)
        if column < 0:
            return segment.ref
    return None


def _next(picture: Picture, here: Placed, direction: Direction) -> Placed:
    placed = picture.placed
    if picture.style == "list":
        step = {"up": -1, "left": -1, "down": 1, "right": 1}[direction]
        return placed[min(max(placed.index(here) + step, 0), len(placed) - 1)]
    if direction in ("up", "down"):
        linked = here.inputs if direction == "up" else here.outputs
        return min((placed[one] for one in linked), key=lambda one: abs(_middle(one) - _middle(here)), default=here)
    side = [
        one
        for one in placed
        if one.row == here.row and (one.column < here.column if direction == "left" else one.column > here.column)
    ]
    return min(side, key=lambda one: abs(one.column - here.column), default=here)


def _middle(one: Placed) -> float:
    return one.column + one.width / 2
