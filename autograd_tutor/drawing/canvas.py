"""A grid of cells to draw on: lines that join properly, text over them, then rows of segments."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from autograd_tutor.drawing.cells import Ref, Role, Segment, columns

NORTH, EAST, SOUTH, WEST = range(4)
LIGHT, HEAVY = 1, 2
Dash = Literal["solid", "dashed", "dotted"]

_JOINTS = " ╵╹╶└┖╺┕┗╷│╿┌├┞┍┝┡╻╽┃┎┟┠┏┢┣╴┘┚─┴┸╼┶┺┐┤┦┬┼╀┮┾╄┒┧┨┰╁╂┲╆╊╸┙┛╾┵┹━┷┻┑┥┩┭┽╃┯┿╇┓┪┫┱╅╉┳╈╋"
"""The line character for weights (0, 1, 2) north, east, south and west: at n + 3e + 9s + 27w."""
_ROUND = str.maketrans("┌┐└┘", "╭╮╰╯")
_DASHES: dict[Dash, dict[int, int]] = {
    "solid": {},
    "dashed": str.maketrans("│─┃━", "┆╌┇╍"),
    "dotted": str.maketrans("│─┃━", "┊┈┋┉"),
}


_SOLID = str.maketrans("╭╮╰╯┆╌┇╍┊┈┋┉", "┌┐└┘│─┃━│─┃━")


def arms(character: str) -> tuple[int, int, int, int]:
    """The weights of a line character's arms: north, east, south, west; all 0 for any other character."""
    at = max(_JOINTS.find(character.translate(_SOLID)), 0)
    return at % 3, at // 3 % 3, at // 9 % 3, at // 27


def dash(character: str) -> Dash:
    """How a line character is broken."""
    return next((name for name, table in _DASHES.items() if ord(character) in table.values()), "solid")


@dataclass(slots=True)
class Cell:
    """One cell of the grid."""

    text: str | None = None
    """A character, or empty behind a wide one; None where only lines are."""
    weights: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    dash: Dash = "solid"
    role: Role = "plain"
    ref: Ref | None = None
    net: int | None = None
    """Whose line it is, for crossings."""

    def shown(self) -> str:
        """The character to print."""
        if self.text is not None:
            return self.text
        north, east, south, west = self.weights
        joint = _JOINTS[north + 3 * east + 9 * south + 27 * west]
        return joint.translate(_ROUND).translate(_DASHES[self.dash])


@dataclass(frozen=True, slots=True)
class Pen:
    """How to draw."""

    role: Role = "plain"
    ref: Ref | None = None
    weight: int = LIGHT
    dash: Dash = "solid"
    net: int | None = None
    """Lines of the same net join where they meet; those of different nets pass each other."""


class Canvas:
    """Rows of cells, as many as are drawn on."""

    def __init__(self) -> None:
        self.cells: dict[tuple[int, int], Cell] = {}

    def _cell(self, column: int, row: int) -> Cell:
        return self.cells.setdefault((column, row), Cell())

    def text(self, column: int, row: int, text: str, role: Role, ref: Ref | None) -> None:
        """`text` from a cell to the right, over whatever is there."""
        for character in text:
            width = columns(character)
            if not width:
                before = self._cell(column - 1, row)
                before.text = (before.text or " ") + character
                continue
            for at in range(width):
                cell = self._cell(column + at, row)
                cell.text, cell.role, cell.ref = ("" if at else character), role, ref
            column += width

    def line(self, start: tuple[int, int], end: tuple[int, int], pen: Pen) -> None:
        """A straight line between the middles of two cells, given as (column, row)."""
        (left, top), (right, bottom) = sorted((start, end))
        across = top == bottom
        first, last = (EAST, WEST) if across else (SOUTH, NORTH)
        length = (right - left) if across else (bottom - top)
        for at in range(length + 1):
            column, row = (left + at, top) if across else (left, top + at)
            self._stroke(column, row, pen, first if at < length else None, last if at else None)

    def _stroke(self, column: int, row: int, pen: Pen, *directions: int | None) -> None:
        cell = self._cell(column, row)
        if cell.net is not None and pen.net is not None and cell.net != pen.net:
            if EAST in directions:
                return
            cell.weights = [0, 0, 0, 0]
        for direction in directions:
            if direction is not None:
                cell.weights[direction] = max(cell.weights[direction], pen.weight)
        cell.role, cell.ref, cell.dash, cell.net = pen.role, pen.ref, pen.dash, pen.net

    def box(self, column: int, row: int, width: int, height: int, pen: Pen) -> None:
        """A frame."""
        right, bottom = column + width - 1, row + height - 1
        for start, end in (
            ((column, row), (right, row)),
            ((column, bottom), (right, bottom)),
            ((column, row), (column, bottom)),
            ((right, row), (right, bottom)),
        ):
            self.line(start, end, pen)

    def rows(self) -> tuple[tuple[Segment, ...], ...]:
        """All that was drawn, neighbours that look alike in one segment, without trailing blanks."""
        height = max((row for _, row in self.cells), default=-1) + 1
        grid: list[dict[int, Cell]] = [{} for _ in range(height)]
        for (column, row), cell in self.cells.items():
            grid[row][column] = cell
        return tuple(map(_segments, grid))


def _segments(row: dict[int, Cell]) -> tuple[Segment, ...]:
    pieces: list[tuple[str, Role, Ref | None]] = []
    at = 0
    for column in sorted(row):
        cell = row[column]
        if column > at:
            pieces.append((" " * (column - at), "plain", None))
        if pieces and pieces[-1][1:] == (cell.role, cell.ref):
            pieces[-1] = (pieces[-1][0] + cell.shown(), cell.role, cell.ref)
        else:
            pieces.append((cell.shown(), cell.role, cell.ref))
        at = column + 1
    return tuple(Segment(*piece) for piece in pieces)
