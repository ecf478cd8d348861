"""Graph in, rows of cells out: boxes placed, edges routed, what flowed written along them. Knows the trace alone."""

from autograd_tutor.drawing.ascii import ascii_only
from autograd_tutor.drawing.cells import Picture, Placed, Ref, Role, Segment
from autograd_tutor.drawing.moves import Direction, at, find, neighbour
from autograd_tutor.drawing.picture import picture
from autograd_tutor.drawing.sidebyside import Pair, pair
from autograd_tutor.drawing.svg import svg

__all__ = [
    "Direction",
    "Pair",
    "Picture",
    "Placed",
    "Ref",
    "Role",
    "Segment",
    "ascii_only",
    "at",
    "find",
    "neighbour",
    "pair",
    "picture",
    "svg",
]
