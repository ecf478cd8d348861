"""Reads a picture of boxes as an eye does: from a box down along its lines to the boxes they reach."""

from __future__ import annotations

from autograd_tutor.drawing.canvas import arms
from autograd_tutor.drawing.cells import Picture, Placed, columns

NORTH, EAST, SOUTH, WEST = range(4)
STEPS = ((0, -1), (1, 0), (0, 1), (-1, 0))
Grid = dict[tuple[int, int], str]


def grid(picture: Picture) -> Grid:
    """The characters by (column, row)."""
    cells: Grid = {}
    for row, line in enumerate(picture.text().splitlines()):
        column = 0
        for character in line:
            cells[column, row] = character
            column += columns(character)
    return cells


def inside(box: Placed, column: int, row: int) -> bool:
    """A cell of the box's frame or in it."""
    return box.column <= column < box.column + box.width and box.row <= row < box.row + box.height


def reached(picture: Picture, start: int) -> set[int]:
    """The boxes to which lines lead from below box `start`, never along frames, straight over other lines."""
    cells = grid(picture)
    box = picture.placed[start]
    bottom = box.row + box.height - 1
    found: set[int] = set()
    ports = [
        (column, bottom, SOUTH)
        for column in range(box.column, box.column + box.width)
        if _arms(cells.get((column, bottom), " "))[SOUTH] and column not in (box.column, box.column + box.width - 1)
    ]
    seen = set(ports)
    waiting = list(ports)
    while waiting:
        column, row, way = waiting.pop()
        column, row = column + STEPS[way][0], row + STEPS[way][1]
        hit = next((at for at, other in enumerate(picture.placed) if inside(other, column, row)), None)
        if hit is not None:
            assert way == SOUTH, "a line meets a box from the side"
            assert row == picture.placed[hit].row, "a line runs into a box"
            found.add(hit)
            continue
        weights = _arms(cells.get((column, row), " "))
        back = (way + 2) % 4
        if not weights[back]:
            assert way in (EAST, WEST), f"a line ends at {column}, {row}"
            assert weights[NORTH], f"a line ends at {column}, {row}"
            assert weights[SOUTH], f"a line ends at {column}, {row}"
            ways = [way]
        else:
            ways = [one for one in range(4) if one != back and weights[one]]
            assert ways, f"a line ends at {column}, {row}"
        for one in ways:
            if (column, row, one) not in seen:
                seen.add((column, row, one))
                waiting.append((column, row, one))
    return found


def _arms(character: str) -> tuple[int, int, int, int]:
    return (1, 0, 1, 0) if character == "▲" else arms(character)
